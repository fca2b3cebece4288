package orders

import (
	"time"

	"held/internal/db"
	"held/rules/protocol"
)

const orderColumns = `id, session_id, client_id, number, medicine, body, hash, by_id, made_at, ended, ender_id, ended_at, end_why`

const sqlOrders = `SELECT ` + orderColumns + ` FROM orders_orders WHERE practice_id = $1 AND session_id = $2 ORDER BY number DESC`

const sqlOrdersOf = `SELECT ` + orderColumns + ` FROM orders_orders WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

// Of two who sign at the same moment, the key lets one.
const sqlSign = `INSERT INTO orders_orders (practice_id, id, session_id, client_id, number, medicine, body, hash, by_id, made_at, ended, ender_id, ended_at, end_why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', NULL, 0, $11)`

const sqlEndOrder = `UPDATE orders_orders SET ended = $1, ender_id = $2, ended_at = $3, end_why = $4 WHERE practice_id = $5 AND id = $6 AND ended_at = 0`

const sqlDropOrders = `DELETE FROM orders_orders WHERE practice_id = $1 AND client_id = $2`

const checkColumns = `id, order_id, drawn_id, session_id, client_id, kind, body, by_id, made_at`

const sqlChecks = `SELECT ` + checkColumns + ` FROM orders_checks WHERE practice_id = $1 AND session_id = $2 ORDER BY made_at`

const sqlChecksOf = `SELECT ` + checkColumns + ` FROM orders_checks WHERE practice_id = $1 AND client_id = $2 ORDER BY made_at`

const sqlAddCheck = `INSERT INTO orders_checks (practice_id, id, order_id, drawn_id, session_id, client_id, kind, body, by_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (practice_id, order_id, drawn_id, kind) DO NOTHING`

const sqlDropChecks = `DELETE FROM orders_checks WHERE practice_id = $1 AND client_id = $2`

const givenColumns = `entry_id, session_id, client_id, order_id, body, differs, by_id, given_at, made_at, undone_at, looked_by_id, looked_at, word`

const sqlGivenOf = `SELECT ` + givenColumns + ` FROM orders_given WHERE practice_id = $1 AND client_id = $2 ORDER BY given_at`

const sqlGivenAt = `SELECT ` + givenColumns + ` FROM orders_given WHERE practice_id = $1 AND session_id = $2 ORDER BY given_at`

const sqlToLook = `SELECT ` + givenColumns + ` FROM orders_given WHERE practice_id = $1 AND differs = 1 AND looked_at = 0 AND undone_at = 0 ORDER BY given_at LIMIT 200`

// What the room sends twice is kept once.
const sqlGive = `INSERT INTO orders_given (practice_id, entry_id, session_id, client_id, order_id, body, differs, by_id, given_at, made_at, undone_at, looked_by_id, looked_at, word)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, NULL, 0, $11) ON CONFLICT (practice_id, entry_id) DO NOTHING`

const sqlUndo = `UPDATE orders_given SET undone_at = $1 WHERE practice_id = $2 AND entry_id = $3 AND session_id = $4 AND undone_at = 0`

const sqlLook = `UPDATE orders_given SET looked_by_id = $1, looked_at = $2, word = $3 WHERE practice_id = $4 AND entry_id = $5 AND session_id = $6 AND looked_at = 0`

const sqlDropGiven = `DELETE FROM orders_given WHERE practice_id = $1 AND client_id = $2`

type orderRow struct {
	id, session, client, by, ender db.ID
	number                         int
	medicine                       protocol.Medicine
	body, hash, why                []byte
	made, endedAt                  time.Time
	ended                          string
}

func scanOrder(r db.Row) (x orderRow, err error) {
	err = r.Scan(&x.id, &x.session, &x.client, &x.number, &x.medicine, &x.body, &x.hash, &x.by, db.T(&x.made), &x.ended, &x.ender, db.T(&x.endedAt), &x.why)
	return x, err
}

type checkRow struct {
	Check
	id, session, client db.ID
	body                []byte
}

func scanCheck(r db.Row) (x checkRow, err error) {
	err = r.Scan(&x.id, &x.Order, &x.Drawn, &x.session, &x.client, &x.Kind, &x.body, &x.By, db.T(&x.At))
	return x, err
}

type givenRow struct {
	Given
	differs    int64
	body, word []byte
}

func scanGiven(r db.Row) (x givenRow, err error) {
	err = r.Scan(&x.Entry, &x.Session, &x.Client, &x.Order, &x.body, &x.differs, &x.By, db.T(&x.At), db.T(&x.Entered), db.T(&x.Undone), &x.LookedBy, db.T(&x.Looked), &x.word)
	return x, err
}
