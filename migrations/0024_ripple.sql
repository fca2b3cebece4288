-- +goose Up
-- When the practice asks what: points of a course, for how many days, at which hour.
CREATE TABLE ripple_plan (
    practice_id BYTEA NOT NULL,
    what TEXT NOT NULL,
    points TEXT NOT NULL,
    open_days BIGINT NOT NULL,
    begin_hour BIGINT NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, what)
);
-- Since when somebody is on the path, as far as check-ins go.
CREATE TABLE ripple_begun (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
-- What was asked of whom at which point: once.
CREATE TABLE ripple_asked (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    what TEXT NOT NULL,
    point TEXT NOT NULL,
    given_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, what, point)
);
CREATE INDEX ripple_asked_given ON ripple_asked (practice_id, given_id);
CREATE INDEX ripple_asked_state ON ripple_asked (practice_id, state, until_at);
-- What was answered, with what it came to under which version: never overwritten.
CREATE TABLE ripple_scores (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    given_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    instrument TEXT NOT NULL,
    version TEXT NOT NULL,
    scoring TEXT NOT NULL,
    body BYTEA NOT NULL,
    seer_id BYTEA,
    seen_at BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX ripple_scores_person ON ripple_scores (practice_id, person_id, made_at);
CREATE INDEX ripple_scores_seen ON ripple_scores (practice_id, seen_at, made_at);
-- What everybody's answers say together, reckoned once a day: one row.
CREATE TABLE ripple_outcomes (
    practice_id BYTEA NOT NULL,
    least BIGINT NOT NULL,
    body BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
