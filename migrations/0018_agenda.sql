-- +goose Up
-- A shared entry that is to be taken up at a time together.
CREATE TABLE space_agenda (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    with_id BYTEA NOT NULL,
    file_id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    PRIMARY KEY (practice_id, client_id, with_id, file_id)
);
