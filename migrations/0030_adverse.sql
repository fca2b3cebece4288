-- +goose Up
-- An adverse event: whose it is, where it came from, and how it stands. What it
-- says lies in its versions.
CREATE TABLE adverse_events (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    session_id BYTEA,
    entry_id BYTEA,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    number BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX adverse_events_entry ON adverse_events (practice_id, entry_id);
CREATE INDEX adverse_events_client ON adverse_events (practice_id, client_id, begun_at);
CREATE INDEX adverse_events_due ON adverse_events (practice_id, state, due_at);
CREATE INDEX adverse_events_begun ON adverse_events (practice_id, begun_at);
-- What is written about one, each time as a whole. Nothing of it is changed
-- afterwards: the one with the greatest number holds.
CREATE TABLE adverse_versions (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    event_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    author_id BYTEA,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX adverse_versions_number ON adverse_versions (practice_id, event_id, number);
CREATE INDEX adverse_versions_client ON adverse_versions (practice_id, client_id);
