-- +goose Up
-- One time of an offering with several places. It claims the people, the room
-- and the day's count once, under its own id, until its last place is given
-- back; its claims expire with its places, where all of them are only held.
-- Whoever takes or gives back a place writes the row first: one at a time.
CREATE TABLE calendar_groups (
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
    revision BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX calendar_groups_start ON calendar_groups (practice_id, offering_id, start_at);
-- A place of a group, taken by an appointment or, until it expires, by a hold.
-- The primary key is the lock.
CREATE TABLE calendar_places (
    practice_id BYTEA NOT NULL,
    group_id BYTEA NOT NULL,
    place BIGINT NOT NULL,
    holder_id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, group_id, place)
); -- narrow
ALTER TABLE calendar_appointments ADD COLUMN group_id BYTEA;
ALTER TABLE calendar_holds ADD COLUMN group_id BYTEA;
