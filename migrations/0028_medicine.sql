-- +goose Up
-- A room in which one or several medicine sessions are held at once.
CREATE TABLE medicine_rooms (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    made_by BYTEA,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- One person's place in it: a session whose gate was open. The protocol is the
-- version that was in force then; last_n numbers the entries.
CREATE TABLE medicine_seats (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    room_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    protocol_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    opened_by BYTEA,
    opened_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    sealed_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    last_n BIGINT NOT NULL,
    PRIMARY KEY (practice_id, session_id)
);
CREATE INDEX medicine_seats_room ON medicine_seats (practice_id, room_id, session_id);
CREATE INDEX medicine_seats_client ON medicine_seats (practice_id, client_id, opened_at);
CREATE INDEX medicine_seats_open ON medicine_seats (practice_id, ended_at, opened_at);
-- What was entered, append-only. The id is its device's; what kind of entry it
-- is lies in the sealed body.
CREATE TABLE medicine_entries (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    client_id BYTEA NOT NULL,
    device_id BYTEA,
    seq BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    offset_ms BIGINT,
    error_ms BIGINT,
    backdated BIGINT NOT NULL,
    supersedes_id BYTEA,
    with_id BYTEA,
    body BYTEA NOT NULL,
    by_id BYTEA,
    role TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX medicine_entries_session ON medicine_entries (practice_id, session_id, n);
CREATE INDEX medicine_entries_client ON medicine_entries (practice_id, client_id, session_id);
-- What somebody said in their session, apart from the entry that tells of it: it
-- is theirs to take away. The digest is salted, and the salt goes with the words.
CREATE TABLE medicine_said (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    body BYTEA NOT NULL,
    gone_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX medicine_said_session ON medicine_said (practice_id, session_id, id);
CREATE INDEX medicine_said_client ON medicine_said (practice_id, client_id, id);
