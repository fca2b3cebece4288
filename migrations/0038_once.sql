-- +goose Up
-- Forms that were done: each once, whatever comes again with it. What stands
-- here is a hash of a random text of the page with what was typed, and which row
-- came of it; it goes after some weeks.
CREATE TABLE once_forms (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    made_id BYTEA,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
); -- narrow
CREATE INDEX once_forms_done ON once_forms (practice_id, done_at);
