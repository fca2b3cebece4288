-- +goose Up
-- Whether, and when, the practice calls colleagues outside Held; the sealed body
-- is the key that signs what is pushed.
CREATE TABLE devices_settings (
    practice_id BYTEA NOT NULL,
    pushing BIGINT NOT NULL,
    wait_minutes BIGINT NOT NULL,
    letter_minutes BIGINT NOT NULL,
    body BYTEA NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
-- A browser of a colleague's that may be called, with what it gave to be called by.
CREATE TABLE devices_known (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    endpoint_hash BYTEA NOT NULL,
    body BYTEA NOT NULL,
    name TEXT NOT NULL,
    kinds TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    failed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX devices_known_endpoint ON devices_known (practice_id, endpoint_hash);
CREATE INDEX devices_known_person ON devices_known (practice_id, person_id, made_at);
-- That a call went to a device, or a letter about it to a colleague: once each.
-- Which call it was is a keyed hash; what called, and whose it was, is not here.
CREATE TABLE devices_calls (
    practice_id BYTEA NOT NULL,
    call_hash BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, call_hash, device_id)
);
CREATE INDEX devices_calls_due ON devices_calls (practice_id, state, due_at);
CREATE INDEX devices_calls_made ON devices_calls (practice_id, made_at);
CREATE INDEX devices_calls_device ON devices_calls (practice_id, device_id);
