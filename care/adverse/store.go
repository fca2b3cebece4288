package adverse

import "held/internal/db"

const eventColumns = `id, client_id, session_id, entry_id, kind, state, number, begun_at, due_at, told_at, closed_at`

const sqlEvent = `SELECT ` + eventColumns + ` FROM adverse_events WHERE practice_id = $1 AND id = $2`

const sqlByEntry = `SELECT ` + eventColumns + ` FROM adverse_events WHERE practice_id = $1 AND entry_id = $2`

const sqlOfClient = `SELECT ` + eventColumns + ` FROM adverse_events WHERE practice_id = $1 AND client_id = $2 ORDER BY begun_at DESC`

const sqlLatest = `SELECT ` + eventColumns + ` FROM adverse_events WHERE practice_id = $1 ORDER BY begun_at DESC LIMIT $2`

const sqlDue = `SELECT ` + eventColumns + ` FROM adverse_events WHERE practice_id = $1 AND state = $2 AND due_at > 0 AND due_at <= $3 ORDER BY due_at`

const sqlAddEvent = `INSERT INTO adverse_events (practice_id, id, client_id, session_id, entry_id, kind, state, number, begun_at, due_at, told_at, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, 0, 0)`

const sqlAdvance = `UPDATE adverse_events SET number = $1, state = $2, due_at = $3, told_at = 0, closed_at = $4, session_id = $5 WHERE practice_id = $6 AND id = $7 AND number = $8`

const sqlTell = `UPDATE adverse_events SET told_at = $1 WHERE practice_id = $2 AND id = $3 AND due_at = $4 AND told_at = 0`

const sqlForgetEvents = `DELETE FROM adverse_events WHERE practice_id = $1 AND client_id = $2`

const versionColumns = `id, event_id, client_id, number, kind, body, hash, author_id, made_at`

const sqlVersionsOf = `SELECT ` + versionColumns + ` FROM adverse_versions WHERE practice_id = $1 AND event_id = $2 ORDER BY number`

const sqlVersion = `SELECT ` + versionColumns + ` FROM adverse_versions WHERE practice_id = $1 AND event_id = $2 AND number = $3`

const sqlAddVersion = `INSERT INTO adverse_versions (practice_id, id, event_id, client_id, number, kind, body, hash, author_id, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const sqlForgetVersions = `DELETE FROM adverse_versions WHERE practice_id = $1 AND client_id = $2`

func scanEvent(r db.Row) (e Event, err error) {
	err = r.Scan(&e.ID, &e.Client, &e.Session, &e.Entry, &e.Origin, &e.State, &e.Number, db.T(&e.Begun), db.T(&e.Due), db.T(&e.Told), db.T(&e.Closed))
	return e, err
}

type versionRow struct {
	Version
	body, hash []byte
}

func scanVersion(r db.Row) (v versionRow, err error) {
	err = r.Scan(&v.ID, &v.Event, &v.Client, &v.Number, &v.Kind, &v.body, &v.hash, &v.By, db.T(&v.At))
	return v, err
}
