-- +goose Up
-- Of what a care team was told: something that holds now ends by itself before
-- a session. One row for each such fact and each session ahead; the id is a hash
-- of the fact, so that a new decision or a new value is told of anew.
CREATE TABLE preparation_lapses (
    practice_id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, appointment_id, id)
);
CREATE INDEX preparation_lapses_client ON preparation_lapses (practice_id, client_id, appointment_id, id);
