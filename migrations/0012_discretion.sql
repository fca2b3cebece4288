-- +goose Up
-- Who somebody is in law, and by what else others may know them. Sealed under
-- their key of the class identity.
CREATE TABLE people_identity (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
-- Whom and which places a client would rather not meet here, each sealed under
-- their own key of the class identity.
CREATE TABLE circle_entries (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, id)
);
-- The one member of their care team to whom a client shows the list.
CREATE TABLE circle_shown (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    member_id BYTEA NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
-- What somebody decided after "talk first". pairs is a keyed hash of who was
-- not to meet whom then: when it is another, it is to be decided again.
CREATE TABLE circle_decisions (
    practice_id BYTEA NOT NULL,
    object_id BYTEA NOT NULL,
    with_id BYTEA NOT NULL,
    by_id BYTEA NOT NULL,
    code TEXT NOT NULL,
    pairs BYTEA NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, object_id, with_id)
);
