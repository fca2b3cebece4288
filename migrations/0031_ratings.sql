-- +goose Up
-- What a clinician rated by a scale. A row is never changed: another one of the
-- same instrument names what it corrects. Its ref is made where it was
-- rated, so that the same rating is kept once.
CREATE TABLE measures_ratings (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    session_id BYTEA,
    ref_id BYTEA NOT NULL,
    corrects_id BYTEA,
    instrument TEXT NOT NULL,
    version TEXT NOT NULL,
    scoring TEXT NOT NULL,
    body BYTEA NOT NULL,
    rater_id BYTEA,
    taken_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX measures_ratings_ref ON measures_ratings (practice_id, ref_id);
CREATE INDEX measures_ratings_person ON measures_ratings (practice_id, person_id, taken_at);
-- What the practice itself calls a change of a score, with its source: by
-- version, the newest of a score holds, and an empty one takes it back.
CREATE TABLE measures_changes (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    instrument TEXT NOT NULL,
    score TEXT NOT NULL,
    body BYTEA NOT NULL,
    setter_id BYTEA,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- After how many days somebody is reminded once of what was asked; nought: never.
ALTER TABLE ripple_plan ADD COLUMN remind_days BIGINT NOT NULL DEFAULT 0;
