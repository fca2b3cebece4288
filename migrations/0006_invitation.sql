-- +goose Up
-- What the site says. The counter goes up with every change; each row keeps the
-- count at which it was last changed, so that what is kept in memory is brought
-- up to date from the rows that are new.
CREATE TABLE invitation_sites (
    practice_id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
CREATE TABLE invitation_pages (
    practice_id BYTEA NOT NULL,
    page TEXT NOT NULL,
    body BYTEA,
    version BIGINT NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, page)
);
CREATE INDEX invitation_pages_version ON invitation_pages (practice_id, version);
-- An article that was deleted keeps its row, empty.
CREATE TABLE invitation_articles (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    slug_hash BYTEA,
    body BYTEA,
    version BIGINT NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX invitation_articles_slug ON invitation_articles (practice_id, slug_hash);
CREATE INDEX invitation_articles_version ON invitation_articles (practice_id, version);
CREATE TABLE invitation_profiles (
    practice_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    body BYTEA,
    version BIGINT NOT NULL,
    changed_by BYTEA,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, person_id)
);
CREATE INDEX invitation_profiles_version ON invitation_profiles (practice_id, version);
