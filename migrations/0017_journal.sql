-- +goose Up
-- The sealed journal. Everything in it is encrypted by its owner's browser
-- before it comes here; no key that opens it is kept by the practice.
--
-- One row for everybody who has a keyring: clients for their journal, guides
-- and prescribers for what is shared with them. keyring and recovery are age
-- files, opened by a passkey or by words on paper. recipient and verifier are
-- the public halves of its keys.
CREATE TABLE space_journals (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    verifier TEXT NOT NULL,
    keyring BYTEA NOT NULL,
    recovery BYTEA NOT NULL,
    head BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
-- Sealed files: entries and what belongs to them, alike. seq is their order of
-- change, day the day of the last one, size the padded length. upload names
-- the parts that make the file up.
CREATE TABLE space_files (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    upload_id BYTEA,
    size BIGINT NOT NULL,
    day BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, id)
);
CREATE UNIQUE INDEX space_files_seq ON space_files (practice_id, person_id, seq);
CREATE TABLE space_parts (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    file_id BYTEA NOT NULL,
    upload_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    size BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (practice_id, person_id, file_id, upload_id, n)
);
-- A file that was made for somebody else to read as well. about is the shared
-- entry that an answer, or a picture, belongs to.
CREATE TABLE space_shares (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    with_id BYTEA NOT NULL,
    file_id BYTEA NOT NULL,
    about_id BYTEA,
    day BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id, with_id, file_id)
);
CREATE INDEX space_shares_with ON space_shares (practice_id, with_id, person_id);
-- The practice's own open invitations, by where somebody stands.
CREATE TABLE space_prompts (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    phase TEXT NOT NULL,
    words BYTEA NOT NULL,
    PRIMARY KEY (practice_id, id)
);
