-- +goose Up
-- Each line of the trail carries a seal, made with the vault's key when it is
-- written. A moment later a worker gives it its place in the practice's chain:
-- seq counts from 1, hash is made of the hash before it and the line, link
-- seals both. Lines from before this migration have no seal.
ALTER TABLE trail_entries ADD COLUMN surface TEXT NOT NULL DEFAULT '';
ALTER TABLE trail_entries ADD COLUMN seal BYTEA;
ALTER TABLE trail_entries ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE trail_entries ADD COLUMN hash BYTEA;
ALTER TABLE trail_entries ADD COLUMN link BYTEA;
CREATE UNIQUE INDEX trail_entries_chain ON trail_entries (practice_id, seq) WHERE seq > 0;
CREATE INDEX trail_entries_unlinked ON trail_entries (practice_id, id) WHERE seq = 0;
-- Where the chain ends.
CREATE TABLE trail_heads (
    practice_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    begun BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    linked_at BIGINT NOT NULL,
    seal BYTEA NOT NULL,
    PRIMARY KEY (practice_id)
);
-- Signed statements of how the chain stood, kept elsewhere by whoever got them.
CREATE TABLE trail_anchors (
    practice_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (practice_id, at)
);
-- What a client asks about a line of their trail, and what the owner answers.
CREATE TABLE space_questions (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    entry_id BYTEA NOT NULL,
    asked BYTEA NOT NULL,
    asked_at BIGINT NOT NULL,
    answer BYTEA,
    answered_by BYTEA,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX space_questions_entry ON space_questions (practice_id, person_id, entry_id);
CREATE INDEX space_questions_open ON space_questions (practice_id, answered_at, id);
