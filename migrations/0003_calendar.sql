-- +goose Up
-- What can be booked. All of it is sealed: names, words and prices are the practice's.
CREATE TABLE calendar_offerings (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    slug_hash BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX calendar_offerings_slug ON calendar_offerings (practice_id, slug_hash);
CREATE TABLE calendar_rooms (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    name BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE TABLE calendar_hours (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    zone TEXT NOT NULL,
    week TEXT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
CREATE TABLE calendar_overrides (
    practice_id BYTEA NOT NULL,
    date TEXT NOT NULL,
    person_id BYTEA NOT NULL,
    hours TEXT NOT NULL,
    PRIMARY KEY (practice_id, date, person_id)
);
CREATE TABLE calendar_away (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX calendar_away_end ON calendar_away (practice_id, end_at);
-- Grows with every change to the tables above, so that they can be kept in memory.
CREATE TABLE calendar_plans (
    practice_id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
-- Five minutes of a person, a room or a day's count, taken by an appointment
-- or, until it expires, by a hold. The primary key is the lock.
CREATE TABLE calendar_claims (
    practice_id BYTEA NOT NULL,
    resource_id BYTEA NOT NULL,
    step BIGINT NOT NULL,
    holder_id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, resource_id, step)
); -- narrow
CREATE TABLE calendar_holds (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    host_id BYTEA NOT NULL,
    room_id BYTEA,
    seconds BYTEA,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    first_step BIGINT NOT NULL,
    past_step BIGINT NOT NULL,
    day_step BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX calendar_holds_expiry ON calendar_holds (practice_id, expires_at);
CREATE TABLE calendar_appointments (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    host_id BYTEA NOT NULL,
    room_id BYTEA,
    seconds BYTEA,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    first_step BIGINT NOT NULL,
    past_step BIGINT NOT NULL,
    day_step BIGINT NOT NULL,
    place TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    once BYTEA,
    note BYTEA,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX calendar_appointments_start ON calendar_appointments (practice_id, state, start_at);
CREATE INDEX calendar_appointments_client ON calendar_appointments (practice_id, client_id, start_at);
CREATE UNIQUE INDEX calendar_appointments_once ON calendar_appointments (practice_id, once);
