-- +goose Up
-- Forms as data: each published version as it was, and one draft beside them (number 0).
CREATE TABLE forms_versions (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    form TEXT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    body BYTEA NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX forms_versions_once ON forms_versions (practice_id, form, number);
-- What was given to whom to fill in.
CREATE TABLE forms_given (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    form TEXT NOT NULL,
    version_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    occasion TEXT NOT NULL,
    giver_id BYTEA,
    given_at BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX forms_given_person ON forms_given (practice_id, person_id, form);
-- What was answered: number 0 is being filled in, the others were sent.
CREATE TABLE forms_responses (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    given_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    body BYTEA NOT NULL,
    marks BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX forms_responses_once ON forms_responses (practice_id, given_id, number);
CREATE INDEX forms_responses_person ON forms_responses (practice_id, person_id);
-- Files that were attached to an answer.
CREATE TABLE forms_files (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    given_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    name BYTEA NOT NULL,
    body BYTEA NOT NULL,
    size BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX forms_files_given ON forms_files (practice_id, given_id);
CREATE INDEX forms_files_person ON forms_files (practice_id, person_id, id);
