-- +goose Up
-- Sessions carry more than before; those that are open end.
DROP TABLE people_sessions;
CREATE TABLE people_sessions (
    practice_id BYTEA NOT NULL,
    token BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    device TEXT NOT NULL,
    half BIGINT NOT NULL,
    strong BIGINT NOT NULL,
    proved_at BIGINT NOT NULL,
    mailed_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    lock_after BIGINT NOT NULL,
    locked BIGINT NOT NULL,
    pin BYTEA,
    pin_tries BIGINT NOT NULL,
    PRIMARY KEY (practice_id, token)
);
CREATE UNIQUE INDEX people_sessions_id ON people_sessions (practice_id, id);
CREATE INDEX people_sessions_person ON people_sessions (practice_id, person_id);
CREATE INDEX people_sessions_expiry ON people_sessions (practice_id, expires_at);
CREATE TABLE identity_passkeys (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    name BYTEA,
    sign_count BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    transports TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    doubted_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX identity_passkeys_credential ON identity_passkeys (practice_id, credential_id);
CREATE INDEX identity_passkeys_person ON identity_passkeys (practice_id, person_id);
-- A person's authenticator app: the one that counts, and one that is being set up.
CREATE TABLE identity_apps (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, state)
);
CREATE TABLE identity_recovery (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, hash)
);
CREATE TABLE identity_tries (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    way TEXT NOT NULL,
    full_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, way)
);
-- A challenge that waits for its passkey, once.
CREATE TABLE identity_ceremonies (
    practice_id BYTEA NOT NULL,
    handle_hash BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    session_id BYTEA,
    data BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, handle_hash)
);
CREATE INDEX identity_ceremonies_expiry ON identity_ceremonies (practice_id, expires_at);
-- A code that was mailed to whoever is in a session.
CREATE TABLE identity_mailed (
    practice_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, session_id)
);
CREATE INDEX identity_mailed_expiry ON identity_mailed (practice_id, expires_at);
-- The browsers in which somebody who works here has signed in.
CREATE TABLE identity_devices (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    token_hash BYTEA NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, token_hash)
);
CREATE INDEX identity_devices_seen ON identity_devices (practice_id, seen_at);
