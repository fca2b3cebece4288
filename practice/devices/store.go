package devices

import (
	"time"

	"held/internal/db"
)

const sqlPlan = `SELECT pushing, wait_minutes, letter_minutes, body FROM devices_settings WHERE practice_id = $1`

const sqlSetPlan = `INSERT INTO devices_settings (practice_id, pushing, wait_minutes, letter_minutes, body, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (practice_id) DO UPDATE SET pushing = excluded.pushing, wait_minutes = excluded.wait_minutes, letter_minutes = excluded.letter_minutes,
changed_by = excluded.changed_by, changed_at = excluded.changed_at`

const deviceColumns = `id, person_id, body, name, kinds, made_at, sent_at, failed_at`

const sqlAddDevice = `INSERT INTO devices_known (practice_id, id, person_id, endpoint_hash, body, name, kinds, made_at, sent_at, failed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`

const sqlDevice = `SELECT ` + deviceColumns + ` FROM devices_known WHERE practice_id = $1 AND id = $2`

const sqlDevicesOf = `SELECT ` + deviceColumns + ` FROM devices_known WHERE practice_id = $1 AND person_id = $2 ORDER BY made_at, id`

const sqlChoose = `UPDATE devices_known SET kinds = $1 WHERE practice_id = $2 AND id = $3`

const sqlReached = `UPDATE devices_known SET sent_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlMissed = `UPDATE devices_known SET failed_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlDropDevice = `DELETE FROM devices_known WHERE practice_id = $1 AND id = $2`

const sqlDropEndpoint = `DELETE FROM devices_known WHERE practice_id = $1 AND endpoint_hash = $2`

const sqlDropDevicesOf = `DELETE FROM devices_known WHERE practice_id = $1 AND person_id = $2`

const sqlCount = `SELECT COUNT(*), COUNT(DISTINCT person_id), COALESCE(MAX(sent_at), 0) FROM devices_known WHERE practice_id = $1`

// Calls.

const sqlCalled = `SELECT device_id FROM devices_calls WHERE practice_id = $1 AND call_hash = $2`

const sqlQueue = `INSERT INTO devices_calls (practice_id, call_hash, device_id, person_id, kind, state, attempts, due_at, ends_at, made_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $7) ON CONFLICT (practice_id, call_hash, device_id) DO NOTHING`

const sqlAnyDue = `SELECT COUNT(*) FROM (SELECT 1 AS one FROM devices_calls WHERE practice_id = $1 AND state = 'waiting' AND due_at <= $2 LIMIT 1) AS due`

// sqlClaim takes one that is due. Its state is looked at twice: when PostgreSQL
// makes a second worker wait for the first one's row, it looks at the outer
// condition again.
const sqlClaim = `UPDATE devices_calls SET state = 'sending', attempts = attempts + 1
WHERE practice_id = $1 AND state = 'waiting' AND (call_hash, device_id) IN (
	SELECT call_hash, device_id FROM devices_calls WHERE practice_id = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY due_at LIMIT 1)
RETURNING call_hash, device_id, person_id, kind, attempts, ends_at`

const sqlSettle = `UPDATE devices_calls SET state = $1, due_at = $2 WHERE practice_id = $3 AND call_hash = $4 AND device_id = $5 AND state = 'sending'`

const sqlForgetWaiting = `DELETE FROM devices_calls WHERE practice_id = $1 AND device_id = $2 AND state = 'waiting'`

const sqlStates = `SELECT state, COUNT(*) FROM devices_calls WHERE practice_id = $1 AND made_at > $2 GROUP BY state`

const sqlSweep = `DELETE FROM devices_calls WHERE practice_id = $1 AND made_at < $2`

func scanPlan(r db.Row) (p Plan, err error) {
	var pushing, wait, letter int64
	err = r.Scan(&pushing, &wait, &letter, &p.key)
	p.Set, p.Pushing, p.Wait, p.Letter = true, pushing != 0, int(wait), int(letter)
	return p, err
}

type deviceRow struct {
	Device
	body []byte
}

func scanDevice(r db.Row) (d deviceRow, err error) {
	var kinds string
	err = r.Scan(&d.ID, &d.Person, &d.body, &d.Name, &kinds, db.T(&d.Made), db.T(&d.Sent), db.T(&d.Failed))
	d.Kinds = split(kinds)
	return d, err
}

type callRow struct {
	hash           []byte
	device, person db.ID
	kind           string
	attempts       int64
	ends           time.Time
}

func scanCall(r db.Row) (c callRow, err error) {
	err = r.Scan(&c.hash, &c.device, &c.person, &c.kind, &c.attempts, db.T(&c.ends))
	return c, err
}

type stateRow struct {
	state string
	n     int
}

func scanState(r db.Row) (x stateRow, err error) {
	err = r.Scan(&x.state, &x.n)
	return x, err
}

type countRow struct {
	devices, people int
	last            time.Time
}

func scanCount(r db.Row) (x countRow, err error) {
	err = r.Scan(&x.devices, &x.people, db.T(&x.last))
	return x, err
}
