-- +goose Up
-- One draft for each medicine and route, until it is signed or thrown away.
CREATE TABLE protocol_drafts (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    medicine TEXT NOT NULL,
    body BYTEA NOT NULL,
    based_id BYTEA,
    author_id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX protocol_drafts_medicine ON protocol_drafts (practice_id, medicine);
-- What was signed stands for good. Only that it ended is added to it.
CREATE TABLE protocol_versions (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    medicine TEXT NOT NULL,
    number BIGINT NOT NULL,
    body BYTEA NOT NULL,
    sha256 BYTEA NOT NULL,
    signed_name BYTEA NOT NULL,
    signer_id BYTEA NOT NULL,
    signed_at BIGINT NOT NULL,
    ended TEXT NOT NULL,
    ender_id BYTEA,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX protocol_versions_number ON protocol_versions (practice_id, medicine, number);
