-- +goose Up
-- Who is told when somebody's safety may be at stake, as the practice has set it.
CREATE TABLE alerts_plans (
    practice_id BYTEA NOT NULL,
    named_id BYTEA NOT NULL,
    deputy_id BYTEA,
    minutes BIGINT NOT NULL,
    outside BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
-- An alert, from when it was raised until somebody has acknowledged it by name.
CREATE TABLE alerts_raised (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    ref_id BYTEA,
    words BYTEA NOT NULL,
    raised_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    done_by BYTEA,
    done BYTEA,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX alerts_raised_open ON alerts_raised (practice_id, done_at, raised_at);
CREATE INDEX alerts_raised_client ON alerts_raised (practice_id, client_id, raised_at);
CREATE TABLE alerts_told (
    practice_id BYTEA NOT NULL,
    alert_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, alert_id, person_id)
);
-- Values that were recorded, and laboratory orders. A mistake is replaced, never
-- changed.
CREATE TABLE screening_facts (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    taken_at BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    author_id BYTEA NOT NULL,
    order_id BYTEA,
    replaces_id BYTEA,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX screening_facts_client ON screening_facts (practice_id, client_id, taken_at);
-- What a prescriber asks: of the client, or, with their release, of others.
CREATE TABLE screening_requests (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    author_id BYTEA NOT NULL,
    asked_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    body BYTEA NOT NULL,
    answer BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX screening_requests_client ON screening_requests (practice_id, client_id, asked_at);
-- Decisions, signed. A later one takes the place of an earlier one, which stays.
CREATE TABLE screening_decisions (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    product TEXT NOT NULL,
    kind TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    author_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    superseded_at BIGINT NOT NULL,
    stale_at BIGINT NOT NULL,
    letter BYTEA NOT NULL,
    letter_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX screening_decisions_client ON screening_decisions (practice_id, client_id, decided_at);
CREATE INDEX screening_decisions_current ON screening_decisions (practice_id, superseded_at, stale_at);
