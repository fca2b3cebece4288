package alerts

import "held/internal/db"

const sqlPlan = `SELECT named_id, deputy_id, minutes, outside, changed_at FROM alerts_plans WHERE practice_id = $1`

const sqlSetPlan = `INSERT INTO alerts_plans (practice_id, named_id, deputy_id, minutes, outside, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (practice_id) DO UPDATE SET named_id = excluded.named_id, deputy_id = excluded.deputy_id, minutes = excluded.minutes, outside = excluded.outside, changed_at = excluded.changed_at`

const alertColumns = `id, client_id, kind, ref_id, words, raised_at, state, due_at, done_by, done, done_at`

const sqlOne = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND id = $2`

const sqlOpen = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND done_at = 0 ORDER BY raised_at`

const sqlDue = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND done_at = 0 AND due_at > 0 AND due_at <= $2 ORDER BY raised_at`

const sqlLately = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND done_at > 0 ORDER BY done_at DESC LIMIT $2`

const sqlOpenAbout = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND client_id = $2 AND ref_id = $3 AND done_at = 0`

const sqlOfClient = `SELECT ` + alertColumns + ` FROM alerts_raised WHERE practice_id = $1 AND client_id = $2 ORDER BY raised_at DESC`

const sqlRaise = `INSERT INTO alerts_raised (practice_id, id, client_id, kind, ref_id, words, raised_at, state, due_at, done_by, done, done_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, 0)`

const sqlAdvance = `UPDATE alerts_raised SET state = $1, due_at = $2 WHERE practice_id = $3 AND id = $4 AND state = $5 AND done_at = 0`

const sqlAcknowledge = `UPDATE alerts_raised SET done_by = $1, done = $2, done_at = $3, due_at = 0 WHERE practice_id = $4 AND id = $5 AND done_at = 0`

const sqlTell = `INSERT INTO alerts_told (practice_id, alert_id, person_id, told_at) VALUES ($1, $2, $3, $4) ON CONFLICT (practice_id, alert_id, person_id) DO NOTHING`

const sqlTold = `SELECT person_id, told_at FROM alerts_told WHERE practice_id = $1 AND alert_id = $2`

const sqlForgetTold = `DELETE FROM alerts_told WHERE practice_id = $1 AND alert_id = $2`

const sqlForget = `DELETE FROM alerts_raised WHERE practice_id = $1 AND client_id = $2`

type planRow struct {
	Plan
	outside []byte
}

func scanPlan(r db.Row) (p planRow, err error) {
	err = r.Scan(&p.Named, &p.Deputy, &p.Minutes, &p.outside, db.T(&p.Changed))
	return p, err
}

type alertRow struct {
	Alert
	words, done []byte
}

func scanAlert(r db.Row) (a alertRow, err error) {
	err = r.Scan(&a.ID, &a.Client, &a.Kind, &a.Ref, &a.words, db.T(&a.Raised), &a.State, db.T(&a.Due), &a.DoneBy, &a.done, db.T(&a.DoneAt))
	return a, err
}

func scanTold(r db.Row) (t Told, err error) {
	err = r.Scan(&t.Person, db.T(&t.At))
	return t, err
}
