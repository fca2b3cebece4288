-- +goose Up
-- Who would like a time. What they wrote about the times that suit them is
-- sealed under their own key; nothing else here is in words.
CREATE TABLE inquiry_waiting (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    zone TEXT NOT NULL,
    suits BYTEA,
    since_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX inquiry_waiting_line ON inquiry_waiting (practice_id, state, since_at, id);
CREATE INDEX inquiry_waiting_person ON inquiry_waiting (practice_id, person_id, state);
-- A stretch of time that opened while somebody waited for such a time.
CREATE TABLE inquiry_openings (
    practice_id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, offering_id, from_at)
);
CREATE INDEX inquiry_openings_state ON inquiry_openings (practice_id, state, from_at);
-- An open time shown to one waiting person. The same time is never offered to
-- the same person twice.
CREATE TABLE inquiry_offers (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    waiting_id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    from_at BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    hold_id BYTEA NOT NULL,
    appointment_id BYTEA,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX inquiry_offers_once ON inquiry_offers (practice_id, waiting_id, start_at);
CREATE INDEX inquiry_offers_opening ON inquiry_offers (practice_id, offering_id, from_at, state);
CREATE INDEX inquiry_offers_state ON inquiry_offers (practice_id, state, expires_at);
