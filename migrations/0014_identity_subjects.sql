-- +goose Up
-- Which account at the practice's identity provider is whose. Of the account
-- only a keyed hash is kept.
CREATE TABLE identity_subjects (
    practice_id BYTEA NOT NULL,
    subject_hash BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, subject_hash)
);
CREATE INDEX identity_subjects_person ON identity_subjects (practice_id, person_id);
