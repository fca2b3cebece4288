-- +goose Up
-- The practice's documents: what is being written, and whom it is asked of.
-- need: 0 not decided yet, 1 asked before a medicine session, 2 asked and may
-- be left open, 3 not asked.
CREATE TABLE consent_documents (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    need BIGINT NOT NULL,
    draft BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    changed_by BYTEA NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- What was published, as it was: never changed. again: it is to be signed anew
-- before the next session.
CREATE TABLE consent_versions (
    practice_id BYTEA NOT NULL,
    document_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    again BIGINT NOT NULL,
    published_by BYTEA NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, document_id, n)
);
-- With whom a client lets the practice speak: each is signed by itself.
CREATE TABLE consent_parties (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    document_id BYTEA NOT NULL,
    name BYTEA NOT NULL,
    named_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, client_id, id)
);
-- What was agreed, asked, talked about, signed and withdrawn, each client's in
-- one chain: appended, never changed.
CREATE TABLE consent_records (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    id BYTEA NOT NULL,
    act TEXT NOT NULL,
    document_id BYTEA,
    party_id BYTEA,
    version BIGINT NOT NULL,
    by_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    legal BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (practice_id, client_id, seq)
);
CREATE UNIQUE INDEX consent_records_id ON consent_records (practice_id, id);
CREATE INDEX consent_records_document ON consent_records (practice_id, document_id, client_id, seq);
-- The client's copies as PDF, made of the record and made again when missing.
CREATE TABLE consent_copies (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    record_id BYTEA NOT NULL,
    body BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, client_id, record_id)
);
