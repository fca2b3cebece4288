-- +goose Up
-- Right after a session. A page of the practice's tablet that was handed to a
-- client: until when it opens, and by whom it was opened. It holds nothing of
-- what is made there.
CREATE TABLE space_captures (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    opened_by BYTEA NOT NULL,
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX space_captures_person ON space_captures (practice_id, person_id);
-- What was left for a client's journal: an age file for their public key alone,
-- sealed in a browser that had no other. state is 0 while parts of it are still to
-- come, 1 when it waits for its owner, 2 when they have taken it in or removed it:
-- that it was there is kept, so that one which is sent late does not come back.
-- day is the day on which it came, size the padded length.
CREATE TABLE space_deposits (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    place TEXT NOT NULL,
    session_id BYTEA,
    state BIGINT NOT NULL,
    size BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, id)
);
CREATE INDEX space_deposits_state ON space_deposits (practice_id, state, day);
CREATE TABLE space_deposit_parts (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    deposit_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    size BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (practice_id, person_id, deposit_id, n)
);
