-- +goose Up
-- What a practice loaded: the licensed wording of an instrument whose structure
-- is Held's, or an instrument of its own. A row is never changed; the newest of
-- an instrument holds.
CREATE TABLE ripple_instruments (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    instrument TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    loader_id BYTEA,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- What happened in somebody's life, in a few words, for the course of their measures.
CREATE TABLE ripple_events (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    day_at BIGINT NOT NULL,
    maker_id BYTEA,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX ripple_events_person ON ripple_events (practice_id, person_id, day_at);
