-- +goose Up
-- An upload of which a part has come and the last has not, by the day of its
-- first. What is not finished in a week is dropped, and charged no longer.
CREATE TABLE space_uploads (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    file_id BYTEA NOT NULL,
    upload_id BYTEA NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, file_id, upload_id)
);
CREATE INDEX space_uploads_day ON space_uploads (practice_id, day);
INSERT INTO space_uploads (practice_id, person_id, file_id, upload_id, day)
SELECT DISTINCT p.practice_id, p.person_id, p.file_id, p.upload_id, 0
FROM space_parts p
LEFT JOIN space_files f ON f.practice_id = p.practice_id AND f.person_id = p.person_id AND f.id = p.file_id AND f.upload_id = p.upload_id
WHERE f.id IS NULL;
-- Words that somebody chose themselves open their keyring too, beside the sheet.
ALTER TABLE space_journals ADD COLUMN own BYTEA;
