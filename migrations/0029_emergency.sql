-- +goose Up
-- The practice's emergency card. Each change is a version of its own; the one
-- with the greatest number is in use.
CREATE TABLE emergency_cards (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    body BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX emergency_cards_number ON emergency_cards (practice_id, number);
-- Who is on call on one day, as it was set at the desk; what was set last holds.
CREATE TABLE emergency_duty (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    day TEXT NOT NULL,
    body BYTEA NOT NULL,
    author_id BYTEA NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX emergency_duty_day ON emergency_duty (practice_id, day, set_at);
