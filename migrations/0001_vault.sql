-- +goose Up
-- Keys by class of content, wrapped by the key outside the data folder.
CREATE TABLE vault_class_keys (
    practice_id BYTEA NOT NULL,
    class TEXT NOT NULL,
    version BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, class, version)
);
-- Keys by person and class, wrapped by the class key. Destroying one makes
-- everything sealed under it unreadable for good.
CREATE TABLE vault_data_keys (
    practice_id BYTEA NOT NULL,
    subject_id BYTEA NOT NULL,
    class TEXT NOT NULL,
    version BIGINT NOT NULL,
    class_version BIGINT NOT NULL,
    wrapped BYTEA,
    made_at BIGINT NOT NULL,
    destroyed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, subject_id, class, version)
);
CREATE TABLE work_runs (
    practice_id BYTEA NOT NULL,
    worker TEXT NOT NULL,
    last_run_at BIGINT NOT NULL,
    last_ok_at BIGINT NOT NULL,
    last_fault TEXT NOT NULL,
    PRIMARY KEY (practice_id, worker)
);
