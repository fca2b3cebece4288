-- +goose Up
-- The ledger of controlled substances: what lots there are, and what became of
-- them. An entry is never changed; each holds the hash of the one before it.
CREATE TABLE stock_items (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    substance TEXT NOT NULL,
    body BYTEA NOT NULL,
    made_by_id BYTEA,
    made_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX stock_items_open ON stock_items (practice_id, closed_at, id);
CREATE TABLE stock_entries (
    practice_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    id BYTEA NOT NULL,
    item_id BYTEA,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    delta BIGINT NOT NULL,
    held BIGINT NOT NULL,
    session_id BYTEA,
    client_id BYTEA,
    of_id BYTEA,
    by_id BYTEA,
    made_at BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (practice_id, n)
);
CREATE UNIQUE INDEX stock_entries_id ON stock_entries (practice_id, id);
CREATE UNIQUE INDEX stock_entries_of ON stock_entries (practice_id, of_id, kind);
CREATE INDEX stock_entries_item ON stock_entries (practice_id, item_id, n);
CREATE INDEX stock_entries_session ON stock_entries (practice_id, session_id, n);
-- Where the chain of a practice's ledger ends, and how it counts.
CREATE TABLE stock_heads (
    practice_id BYTEA NOT NULL,
    n BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    two_count BIGINT NOT NULL,
    PRIMARY KEY (practice_id)
);
-- What waits for somebody: a witness, an explanation.
CREATE TABLE stock_open (
    practice_id BYTEA NOT NULL,
    entry_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (practice_id, entry_id)
);
-- What a prescriber ordered for a medicine session: versions, never edited.
CREATE TABLE orders_orders (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    medicine TEXT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    by_id BYTEA,
    made_at BIGINT NOT NULL,
    ended TEXT NOT NULL,
    ender_id BYTEA,
    ended_at BIGINT NOT NULL,
    end_why BYTEA NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX orders_orders_session ON orders_orders (practice_id, session_id, number);
CREATE INDEX orders_orders_client ON orders_orders (practice_id, client_id, id);
-- Who confirmed what was drawn up for it, or why that was gone without. What was
-- drawn up stands in the ledger.
CREATE TABLE orders_checks (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    order_id BYTEA NOT NULL,
    drawn_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    by_id BYTEA,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX orders_checks_one ON orders_checks (practice_id, order_id, drawn_id, kind);
CREATE INDEX orders_checks_session ON orders_checks (practice_id, session_id, made_at);
CREATE INDEX orders_checks_client ON orders_checks (practice_id, client_id, made_at);
-- What was given, by the id of its entry in the room.
CREATE TABLE orders_given (
    practice_id BYTEA NOT NULL,
    entry_id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    order_id BYTEA,
    body BYTEA NOT NULL,
    differs BIGINT NOT NULL,
    by_id BYTEA,
    given_at BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    undone_at BIGINT NOT NULL,
    looked_by_id BYTEA,
    looked_at BIGINT NOT NULL,
    word BYTEA NOT NULL,
    PRIMARY KEY (practice_id, entry_id)
);
CREATE INDEX orders_given_session ON orders_given (practice_id, session_id, given_at);
CREATE INDEX orders_given_look ON orders_given (practice_id, differs, looked_at, undone_at, given_at);
CREATE INDEX orders_given_client ON orders_given (practice_id, client_id, given_at);
