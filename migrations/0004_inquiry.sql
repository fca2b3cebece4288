-- +goose Up
-- A question and everything said after it. Who asked is not known: the thread
-- itself is the subject under whose key its words are sealed, and the reply
-- code that opens it is kept as a keyed hash only.
CREATE TABLE inquiry_threads (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    code_hash BYTEA NOT NULL,
    state TEXT NOT NULL,
    charge_id BYTEA,
    person_id BYTEA,
    opening BYTEA NOT NULL,
    contact BYTEA,
    turns BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX inquiry_threads_code ON inquiry_threads (practice_id, code_hash);
CREATE INDEX inquiry_threads_state ON inquiry_threads (practice_id, state, changed_at, id);
CREATE INDEX inquiry_threads_charge ON inquiry_threads (practice_id, charge_id, state, changed_at, id);
CREATE INDEX inquiry_threads_person ON inquiry_threads (practice_id, person_id, changed_at);
-- said_hash is of the form's one-time word and its text: the same form sent
-- twice is one message.
CREATE TABLE inquiry_messages (
    practice_id BYTEA NOT NULL,
    thread_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    author_id BYTEA,
    body BYTEA NOT NULL,
    said_hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, thread_id, id)
);
CREATE UNIQUE INDEX inquiry_messages_said ON inquiry_messages (practice_id, said_hash);
CREATE TABLE inquiry_saved (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    title BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- A person has at most one card on the board.
CREATE TABLE inquiry_cards (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    place TEXT NOT NULL,
    charge_id BYTEA,
    thread_id BYTEA,
    appointment_id BYTEA,
    note BYTEA,
    made_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
CREATE INDEX inquiry_cards_place ON inquiry_cards (practice_id, place, moved_at, person_id);
