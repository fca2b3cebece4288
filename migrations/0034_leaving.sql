-- +goose Up
-- How a medicine session ended, once for each; the conditions as they stood are
-- in the sealed body, and their digest beside it.
CREATE TABLE medicine_leavings (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    outcome TEXT NOT NULL,
    digest TEXT NOT NULL,
    by_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (practice_id, session_id)
);
CREATE INDEX medicine_leavings_client ON medicine_leavings (practice_id, client_id, at);
-- The practice's after-care texts, for each version of a medicine's protocol;
-- the latest row holds.
CREATE TABLE medicine_aftercare (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    medicine TEXT NOT NULL,
    version TEXT NOT NULL,
    body BYTEA NOT NULL,
    by_id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX medicine_aftercare_of ON medicine_aftercare (practice_id, medicine, made_at, id);
-- What one person takes home from one session.
CREATE TABLE medicine_sheets (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    given_at BIGINT NOT NULL,
    given_by BYTEA,
    PRIMARY KEY (practice_id, session_id)
);
CREATE INDEX medicine_sheets_client ON medicine_sheets (practice_id, client_id, given_at);
