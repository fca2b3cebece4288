-- +goose Up
-- Grows with every rotation and erasure, so that each program notices what
-- another one did to the keys.
CREATE TABLE vault_epochs (
    practice_id BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
-- How far the sealing anew after a rotation has come: the column, the key of
-- the row that was looked at last, how many texts this pass and all passes
-- found under an older key.
CREATE TABLE vault_rotations (
    practice_id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    pass_at BIGINT NOT NULL,
    place TEXT NOT NULL,
    after_key BYTEA,
    found BIGINT NOT NULL,
    resealed BIGINT NOT NULL,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, version)
);
-- Every backup, drill and restore, and how it went.
CREATE TABLE backup_runs (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    why TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX backup_runs_newest ON backup_runs (practice_id, kind, state, at);
-- Which program does the next one: of several, the one that takes the turn.
CREATE TABLE backup_turns (
    practice_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, kind)
);
