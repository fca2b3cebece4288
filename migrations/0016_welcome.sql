-- +goose Up
-- Invitations to work here, and to a space of one's own. Whom one is for, and
-- what it says, is sealed under a key of the invitation's own: nobody is a
-- person here before they accept.
CREATE TABLE welcome_invitations (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    roles TEXT NOT NULL,
    body BYTEA NOT NULL,
    by_hand BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    person_id BYTEA,
    made_by BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX welcome_invitations_list ON welcome_invitations (practice_id, kind, made_at);
CREATE INDEX welcome_invitations_person ON welcome_invitations (practice_id, person_id, id);
CREATE INDEX welcome_invitations_forget ON welcome_invitations (practice_id, forget_at);
