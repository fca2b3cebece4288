package stock

import (
	"time"

	"held/internal/db"
	"held/rules/protocol"
)

const itemColumns = `id, substance, body, made_by_id, made_at, closed_at`

const sqlItem = `SELECT ` + itemColumns + ` FROM stock_items WHERE practice_id = $1 AND id = $2`

const sqlOpenItems = `SELECT ` + itemColumns + ` FROM stock_items WHERE practice_id = $1 AND closed_at = 0 ORDER BY id LIMIT 200`

const sqlClosedItems = `SELECT ` + itemColumns + ` FROM stock_items WHERE practice_id = $1 AND closed_at > 0 ORDER BY closed_at DESC LIMIT 50`

const sqlAddItem = `INSERT INTO stock_items (practice_id, id, substance, body, made_by_id, made_at, closed_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`

const sqlCloseItem = `UPDATE stock_items SET closed_at = $1 WHERE practice_id = $2 AND id = $3 AND closed_at = 0`

const entryColumns = `n, id, item_id, kind, body, delta, held, session_id, client_id, of_id, by_id, made_at, hash`

const sqlEntry = `SELECT ` + entryColumns + ` FROM stock_entries WHERE practice_id = $1 AND id = $2`

const sqlEntriesOf = `SELECT ` + entryColumns + ` FROM stock_entries WHERE practice_id = $1 AND item_id = $2 ORDER BY n`

const sqlSessionEntries = `SELECT ` + entryColumns + ` FROM stock_entries WHERE practice_id = $1 AND session_id = $2 ORDER BY n`

const sqlEntriesAfter = `SELECT ` + entryColumns + ` FROM stock_entries WHERE practice_id = $1 AND n > $2 ORDER BY n LIMIT 500`

const sqlFollows = `SELECT ` + entryColumns + ` FROM stock_entries WHERE practice_id = $1 AND of_id = $2 AND kind = $3`

const sqlAppend = `INSERT INTO stock_entries (practice_id, n, id, item_id, kind, body, delta, held, session_id, client_id, of_id, by_id, made_at, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const sqlBalance = `SELECT CAST(COALESCE(SUM(delta), 0) AS BIGINT) FROM stock_entries WHERE practice_id = $1 AND item_id = $2`

const sqlBegin = `INSERT INTO stock_heads (practice_id, n, hash, two_count) VALUES ($1, 0, $2, 0) ON CONFLICT (practice_id) DO NOTHING`

const sqlHead = `SELECT n, hash, two_count FROM stock_heads WHERE practice_id = $1`

// Of two who append at the same moment, one goes after the other.
const sqlNext = `UPDATE stock_heads SET n = n + 1 WHERE practice_id = $1 RETURNING n, hash, two_count`

const sqlEnd = `UPDATE stock_heads SET hash = $1 WHERE practice_id = $2`

const sqlTwo = `UPDATE stock_heads SET two_count = $1 WHERE practice_id = $2`

const sqlWaits = `INSERT INTO stock_open (practice_id, entry_id, kind) VALUES ($1, $2, $3)`

const sqlSettled = `DELETE FROM stock_open WHERE practice_id = $1 AND entry_id = $2 AND kind = $3`

const sqlOpen = `SELECT e.n, e.id, e.item_id, e.kind, e.body, e.delta, e.held, e.session_id, e.client_id, e.of_id, e.by_id, e.made_at, e.hash
FROM stock_open o JOIN stock_entries e ON e.practice_id = o.practice_id AND e.id = o.entry_id WHERE o.practice_id = $1 ORDER BY o.entry_id LIMIT 100`

type itemRow struct {
	Item
	body []byte
}

func scanItem(r db.Row) (x itemRow, err error) {
	err = r.Scan(&x.ID, &x.Substance, &x.body, &x.By, db.T(&x.Made), db.T(&x.Closed))
	return x, err
}

type entryRow struct {
	Entry
	body []byte
}

func scanEntry(r db.Row) (x entryRow, err error) {
	var delta, held int64
	err = r.Scan(&x.N, &x.ID, &x.Item, &x.Kind, &x.body, &delta, &held, &x.Session, &x.Client, &x.Of, &x.By, db.T(&x.At), &x.Hash)
	x.Delta, x.Held = protocol.Decimal(delta), protocol.Decimal(held)
	return x, err
}

type head struct {
	n    int64
	hash []byte
	two  int64
}

func scanHead(r db.Row) (x head, err error) {
	err = r.Scan(&x.n, &x.hash, &x.two)
	return x, err
}

func micros(t time.Time) int64 { return db.Micros(t) }
