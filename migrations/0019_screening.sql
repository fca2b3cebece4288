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
