-- +goose Up
-- A guide's own notes: drafts, then signed, with addenda; of a held time or of
-- the person alone. The table is made anew, because a time was demanded of it.
-- Its name stays: the seals of its texts are bound to it.
DROP INDEX notes_process_once;
DROP INDEX notes_process_client;
ALTER TABLE notes_process RENAME TO notes_process_before;
CREATE TABLE notes_process (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    of_id BYTEA,
    client_id BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    appointment_id BYTEA,
    body BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    signature BYTEA,
    PRIMARY KEY (practice_id, id)
);
INSERT INTO notes_process (practice_id, id, client_id, author_id, appointment_id, body, revision, state, made_at, changed_at, told_at, signed_at)
SELECT practice_id, id, client_id, author_id, appointment_id, body, 1, 'draft', changed_at, changed_at, changed_at, 0 FROM notes_process_before;
DROP TABLE notes_process_before;
CREATE INDEX notes_process_client ON notes_process (practice_id, client_id, author_id, id);
CREATE INDEX notes_process_of ON notes_process (practice_id, of_id, id);
CREATE INDEX notes_process_time ON notes_process (practice_id, appointment_id, author_id);
CREATE INDEX notes_process_author ON notes_process (practice_id, author_id, state, id);
-- The notes of the record: the guide's progress notes, the prescriber's chart,
-- and the bridge that both have signed.
CREATE TABLE notes_record (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    of_id BYTEA,
    client_id BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    other_id BYTEA,
    appointment_id BYTEA,
    lane TEXT NOT NULL,
    side TEXT NOT NULL,
    body BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    held_code TEXT NOT NULL,
    held_why BYTEA,
    held_by BYTEA,
    held_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX notes_record_client ON notes_record (practice_id, client_id, id);
CREATE INDEX notes_record_of ON notes_record (practice_id, of_id, id);
CREATE INDEX notes_record_author ON notes_record (practice_id, author_id, state, id);
CREATE INDEX notes_record_state ON notes_record (practice_id, state, id);
-- Who signed a note of the record: of a bridge note two people, of any other one.
CREATE TABLE notes_signatures (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    note_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    role TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    seal BYTEA NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX notes_signatures_once ON notes_signatures (practice_id, note_id, person_id);
CREATE INDEX notes_signatures_client ON notes_signatures (practice_id, client_id);
-- Headings to begin a note from. They hold no note's text.
CREATE TABLE notes_templates (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    owner_id BYTEA,
    lane TEXT NOT NULL,
    slug TEXT NOT NULL,
    title BYTEA NOT NULL,
    headings BYTEA NOT NULL,
    PRIMARY KEY (practice_id, id)
);
