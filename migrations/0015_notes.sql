-- +goose Up
-- What a guide writes for themselves about a held time, apart from the record.
CREATE TABLE notes_process (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX notes_process_once ON notes_process (practice_id, appointment_id, author_id);
CREATE INDEX notes_process_client ON notes_process (practice_id, client_id);
-- What stays with a client after a held time: one open question, an open
-- invitation to write from, and a few words that reach them later.
CREATE TABLE notes_after (
    practice_id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    question BYTEA NOT NULL,
    invitation BYTEA NOT NULL,
    words BYTEA NOT NULL,
    hours BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    held_at BIGINT NOT NULL,
    away_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX notes_after_client ON notes_after (practice_id, client_id, held_at);
