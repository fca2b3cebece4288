-- +goose Up
-- A course: a template of linked sessions.
CREATE TABLE preparation_courses (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- A course as it was laid over the calendar for one client.
CREATE TABLE preparation_plans (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    course_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    made_by BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    look_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_plans_client ON preparation_plans (practice_id, client_id, id);
CREATE TABLE preparation_steps (
    practice_id BYTEA NOT NULL,
    plan_id BYTEA NOT NULL,
    step BIGINT NOT NULL,
    appointment_id BYTEA NOT NULL,
    PRIMARY KEY (practice_id, plan_id, step)
);
CREATE UNIQUE INDEX preparation_steps_appointment ON preparation_steps (practice_id, appointment_id);
-- What is written towards one session: the shared intention, what to bring.
CREATE TABLE preparation_sessions (
    practice_id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    intention BYTEA NOT NULL,
    bring BYTEA NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX preparation_sessions_client ON preparation_sessions (practice_id, client_id, appointment_id);
-- What the prescriber asks to pause before a session, or that nothing is to be.
CREATE TABLE preparation_holds (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    by_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    until_at BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_holds_appointment ON preparation_holds (practice_id, appointment_id, id);
CREATE INDEX preparation_holds_client ON preparation_holds (practice_id, client_id, id);
-- Answers the day before, and on the day.
CREATE TABLE preparation_checkins (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_checkins_appointment ON preparation_checkins (practice_id, appointment_id, id);
CREATE INDEX preparation_checkins_client ON preparation_checkins (practice_id, client_id, id);
-- What a client says has changed, and the prescriber's word when they have looked at it.
CREATE TABLE preparation_changes (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    told_at BIGINT NOT NULL,
    looked_by BYTEA,
    looked_at BIGINT NOT NULL,
    word BYTEA NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_changes_client ON preparation_changes (practice_id, client_id, id);
-- What was measured before a session, on its day.
CREATE TABLE preparation_vitals (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    by_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    taken_at BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_vitals_appointment ON preparation_vitals (practice_id, appointment_id, id);
CREATE INDEX preparation_vitals_client ON preparation_vitals (practice_id, client_id, id);
-- The escort to one session. A new one takes the place of the old one.
CREATE TABLE preparation_escorts (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    here_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_escorts_appointment ON preparation_escorts (practice_id, appointment_id, id);
CREATE INDEX preparation_escorts_client ON preparation_escorts (practice_id, client_id, id);
-- A key to one session: what its holder saw when they attested.
CREATE TABLE preparation_keys (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    role TEXT NOT NULL,
    by_id BYTEA NOT NULL,
    seen BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_keys_appointment ON preparation_keys (practice_id, appointment_id, id);
CREATE INDEX preparation_keys_client ON preparation_keys (practice_id, client_id, id);
-- A prescriber's word that one condition does not hold a session up. Added, never changed.
CREATE TABLE preparation_overrides (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    appointment_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    by_id BYTEA NOT NULL,
    rule TEXT NOT NULL,
    body BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX preparation_overrides_appointment ON preparation_overrides (practice_id, appointment_id, id);
CREATE INDEX preparation_overrides_client ON preparation_overrides (practice_id, client_id, id);
