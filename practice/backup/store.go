package backup

import (
	"time"

	"held/internal/db"
)

const sqlAddRun = `INSERT INTO backup_runs (practice_id, id, kind, state, name, why, row_count, begun_at, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const sqlNewestRun = `SELECT kind, state, name, why, row_count, begun_at, at FROM backup_runs
WHERE practice_id = $1 AND kind = $2 AND state = $3 ORDER BY at DESC LIMIT 1`

const sqlAddTurn = `INSERT INTO backup_turns (practice_id, kind, until_at) VALUES ($1, $2, 0)
ON CONFLICT (practice_id, kind) DO NOTHING`

const sqlTakeTurn = `UPDATE backup_turns SET until_at = $1 WHERE practice_id = $2 AND kind = $3 AND until_at <= $4`

// The states of a run. Of one that did not succeed, the owner has been told or not.
const (
	stateOK     = "ok"
	stateFailed = "failed"
	stateTold   = "told"
)

// run is one backup, drill or restore.
type run struct {
	kind, state, name, why string
	rows                   int64
	begun, at              time.Time
}

func scanRun(r db.Row) (x run, err error) {
	err = r.Scan(&x.kind, &x.state, &x.name, &x.why, &x.rows, db.T(&x.begun), db.T(&x.at))
	return x, err
}
