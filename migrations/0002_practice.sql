-- +goose Up
CREATE TABLE settings_practices (
    practice_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
CREATE TABLE people_persons (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    name BYTEA NOT NULL,
    contact BYTEA,
    contact_hash BYTEA,
    discretion TEXT NOT NULL,
    zone TEXT NOT NULL,
    step TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX people_persons_contact ON people_persons (practice_id, contact_hash, id);
CREATE INDEX people_persons_changed ON people_persons (practice_id, changed_at);
CREATE TABLE people_roles (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, role)
);
-- An address signs in as one person.
CREATE TABLE people_logins (
    practice_id BYTEA NOT NULL,
    contact_hash BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    PRIMARY KEY (practice_id, contact_hash)
);
CREATE INDEX people_logins_person ON people_logins (practice_id, person_id);
CREATE TABLE people_links (
    practice_id BYTEA NOT NULL,
    token_hash BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, token_hash)
);
CREATE INDEX people_links_expiry ON people_links (practice_id, expires_at);
CREATE TABLE people_sessions (
    practice_id BYTEA NOT NULL,
    token TEXT NOT NULL,
    person_id BYTEA,
    data BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, token)
);
CREATE INDEX people_sessions_person ON people_sessions (practice_id, person_id);
CREATE INDEX people_sessions_expiry ON people_sessions (practice_id, expires_at);
CREATE TABLE trail_entries (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    actor_id BYTEA,
    actor_role TEXT NOT NULL,
    via TEXT NOT NULL,
    verb TEXT NOT NULL,
    subject_id BYTEA,
    kind TEXT NOT NULL,
    object_id BYTEA,
    why TEXT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX trail_entries_subject ON trail_entries (practice_id, subject_id, id);
CREATE TABLE letters_outbox (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    subject_id BYTEA NOT NULL,
    ref_id BYTEA,
    body BYTEA,
    state TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_fault TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX letters_outbox_due ON letters_outbox (practice_id, state, not_before);
CREATE INDEX letters_outbox_ref ON letters_outbox (practice_id, ref_id, kind);
CREATE INDEX letters_outbox_done ON letters_outbox (practice_id, state, done_at);
