-- +goose Up
-- What was signed of a medicine session: the whole of it in one text. Its id is
-- the beginning of the text's hash, which is salted by the ids within it.
CREATE TABLE medicine_papers (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, session_id, id)
);
CREATE INDEX medicine_papers_client ON medicine_papers (practice_id, client_id);
-- Who signed which part of it, and what was added afterwards: a chain for each
-- session. A row is never changed.
CREATE TABLE medicine_signatures (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    act TEXT NOT NULL,
    part TEXT NOT NULL,
    by_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (practice_id, session_id, n)
);
CREATE INDEX medicine_signatures_client ON medicine_signatures (practice_id, client_id);
-- That somebody chose to keep what they said.
ALTER TABLE medicine_said ADD COLUMN kept_at BIGINT NOT NULL DEFAULT 0;
