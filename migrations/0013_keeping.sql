-- +goose Up
-- How long each class of what is kept about people is kept. No row: until it
-- is asked for.
CREATE TABLE keeping_periods (
    practice_id BYTEA NOT NULL,
    class TEXT NOT NULL,
    months BIGINT NOT NULL,
    duty BIGINT NOT NULL,
    reached_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, class)
);
-- People whose records of a class are looked at again on a day: because they
-- were here since, because the law keeps something until then, or because
-- somebody chose to keep it longer.
CREATE TABLE keeping_due (
    practice_id BYTEA NOT NULL,
    class TEXT NOT NULL,
    person_id BYTEA NOT NULL,
    due_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, class, person_id)
);
CREATE INDEX keeping_due_when ON keeping_due (practice_id, class, due_at, person_id);
-- Erasing somebody forgets the links that were made for them.
CREATE INDEX people_links_person ON people_links (practice_id, person_id);
