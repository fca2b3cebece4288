package preparation

import (
	"time"

	"held/internal/db"
)

// Courses and plans.

const sqlCourses = `SELECT id, body FROM preparation_courses WHERE practice_id = $1 ORDER BY id LIMIT 200`

const sqlKeepCourse = `INSERT INTO preparation_courses (practice_id, id, body, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at`

const sqlDropCourse = `DELETE FROM preparation_courses WHERE practice_id = $1 AND id = $2`

const planColumns = `id, client_id, course_id, body, made_by, made_at, look_at`

const sqlAddPlan = `INSERT INTO preparation_plans (practice_id, id, client_id, course_id, body, made_by, made_at, look_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`

const sqlPlan = `SELECT ` + planColumns + ` FROM preparation_plans WHERE practice_id = $1 AND id = $2`

const sqlPlansOf = `SELECT ` + planColumns + ` FROM preparation_plans WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlPlanOf = `SELECT plan_id FROM preparation_steps WHERE practice_id = $1 AND appointment_id = $2`

const sqlLookAt = `UPDATE preparation_plans SET look_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlAddStep = `INSERT INTO preparation_steps (practice_id, plan_id, step, appointment_id) VALUES ($1, $2, $3, $4)`

const sqlStepsOf = `SELECT step, appointment_id FROM preparation_steps WHERE practice_id = $1 AND plan_id = $2 ORDER BY step`

const sqlDropPlans = `DELETE FROM preparation_plans WHERE practice_id = $1 AND client_id = $2`

const sqlDropSteps = `DELETE FROM preparation_steps WHERE practice_id = $1 AND plan_id = $2`

// Towards a session.

const sqlWritten = `SELECT intention, bring FROM preparation_sessions WHERE practice_id = $1 AND appointment_id = $2`

const sqlWrittenOf = `SELECT appointment_id, intention, bring FROM preparation_sessions WHERE practice_id = $1 AND client_id = $2 ORDER BY appointment_id`

const sqlKeepIntention = `INSERT INTO preparation_sessions (practice_id, appointment_id, client_id, intention, bring) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, appointment_id) DO UPDATE SET intention = excluded.intention`

const sqlKeepBring = `INSERT INTO preparation_sessions (practice_id, appointment_id, client_id, intention, bring) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, appointment_id) DO UPDATE SET bring = excluded.bring`

const sqlDropWritten = `DELETE FROM preparation_sessions WHERE practice_id = $1 AND client_id = $2`

const holdColumns = `id, appointment_id, client_id, by_id, kind, body, until_at, made_at, ended_at`

const sqlAddHold = `INSERT INTO preparation_holds (practice_id, id, appointment_id, client_id, by_id, kind, body, until_at, made_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`

const sqlHolds = `SELECT ` + holdColumns + ` FROM preparation_holds WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlHoldsOf = `SELECT ` + holdColumns + ` FROM preparation_holds WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlEndHold = `UPDATE preparation_holds SET ended_at = $1 WHERE practice_id = $2 AND appointment_id = $3 AND id = $4 AND ended_at = 0`

const sqlDropHolds = `DELETE FROM preparation_holds WHERE practice_id = $1 AND client_id = $2`

const checkinColumns = `id, appointment_id, client_id, kind, body, sent_at`

const sqlAddCheckin = `INSERT INTO preparation_checkins (practice_id, id, appointment_id, client_id, kind, body, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlCheckins = `SELECT ` + checkinColumns + ` FROM preparation_checkins WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlCheckinsOf = `SELECT ` + checkinColumns + ` FROM preparation_checkins WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlDropCheckins = `DELETE FROM preparation_checkins WHERE practice_id = $1 AND client_id = $2`

const changeColumns = `id, client_id, body, told_at, looked_by, looked_at, word`

const sqlAddChange = `INSERT INTO preparation_changes (practice_id, id, client_id, body, told_at, looked_at, word) VALUES ($1, $2, $3, $4, $5, 0, $6)`

const sqlChangesOf = `SELECT ` + changeColumns + ` FROM preparation_changes WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlLooked = `UPDATE preparation_changes SET looked_by = $1, looked_at = $2, word = $3 WHERE practice_id = $4 AND client_id = $5 AND id = $6 AND looked_at = 0`

const sqlDropChanges = `DELETE FROM preparation_changes WHERE practice_id = $1 AND client_id = $2`

const vitalsColumns = `id, appointment_id, client_id, by_id, body, taken_at, entered_at`

const sqlAddVitals = `INSERT INTO preparation_vitals (practice_id, id, appointment_id, client_id, by_id, body, taken_at, entered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlVitals = `SELECT ` + vitalsColumns + ` FROM preparation_vitals WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlVitalsOf = `SELECT ` + vitalsColumns + ` FROM preparation_vitals WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlDropVitals = `DELETE FROM preparation_vitals WHERE practice_id = $1 AND client_id = $2`

// The escort.

const escortColumns = `id, appointment_id, client_id, body, state, made_at, answered_at, here_at`

const sqlAddEscort = `INSERT INTO preparation_escorts (practice_id, id, appointment_id, client_id, body, state, made_at, answered_at, here_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)`

const sqlEscort = `SELECT ` + escortColumns + ` FROM preparation_escorts WHERE practice_id = $1 AND id = $2`

const sqlEscorts = `SELECT ` + escortColumns + ` FROM preparation_escorts WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlEscortsOf = `SELECT ` + escortColumns + ` FROM preparation_escorts WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlReplaceEscorts = `UPDATE preparation_escorts SET state = $1 WHERE practice_id = $2 AND appointment_id = $3 AND state <> $1`

const sqlAnswerEscort = `UPDATE preparation_escorts SET state = $1, answered_at = $2 WHERE practice_id = $3 AND id = $4 AND state <> $5`

const sqlEscortHere = `UPDATE preparation_escorts SET here_at = $1 WHERE practice_id = $2 AND id = $3 AND state = $4 AND here_at = 0`

const sqlDropEscorts = `DELETE FROM preparation_escorts WHERE practice_id = $1 AND client_id = $2`

// The gate.

const keyColumns = `id, appointment_id, client_id, role, by_id, seen, made_at, withdrawn_at`

const sqlAddKey = `INSERT INTO preparation_keys (practice_id, id, appointment_id, client_id, role, by_id, seen, made_at, withdrawn_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`

const sqlKeys = `SELECT ` + keyColumns + ` FROM preparation_keys WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlKeysOf = `SELECT ` + keyColumns + ` FROM preparation_keys WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlWithdrawKeys = `UPDATE preparation_keys SET withdrawn_at = $1 WHERE practice_id = $2 AND appointment_id = $3 AND role = $4 AND by_id = $5 AND withdrawn_at = 0`

const sqlDropKeys = `DELETE FROM preparation_keys WHERE practice_id = $1 AND client_id = $2`

const overrideColumns = `id, appointment_id, client_id, by_id, rule, body, made_at`

const sqlAddOverride = `INSERT INTO preparation_overrides (practice_id, id, appointment_id, client_id, by_id, rule, body, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlOverrides = `SELECT ` + overrideColumns + ` FROM preparation_overrides WHERE practice_id = $1 AND appointment_id = $2 ORDER BY id`

const sqlOverridesOf = `SELECT ` + overrideColumns + ` FROM preparation_overrides WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlDropOverrides = `DELETE FROM preparation_overrides WHERE practice_id = $1 AND client_id = $2`

// What was told of ends before a session.

const sqlTellLapse = `INSERT INTO preparation_lapses (practice_id, appointment_id, id, client_id, told_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, appointment_id, id) DO NOTHING`

const sqlLapses = `SELECT appointment_id, id, client_id, told_at FROM preparation_lapses WHERE practice_id = $1 ORDER BY appointment_id, id LIMIT 2000`

const sqlLapsesOf = `SELECT appointment_id, id, client_id, told_at FROM preparation_lapses WHERE practice_id = $1 AND client_id = $2 ORDER BY appointment_id, id`

const sqlForgetLapses = `DELETE FROM preparation_lapses WHERE practice_id = $1 AND appointment_id = $2`

const sqlDropLapses = `DELETE FROM preparation_lapses WHERE practice_id = $1 AND client_id = $2`

type lapseRow struct {
	appointment, id, client db.ID
	told                    time.Time
}

func scanLapse(r db.Row) (l lapseRow, err error) {
	err = r.Scan(&l.appointment, &l.id, &l.client, db.T(&l.told))
	return l, err
}

type row struct {
	id   db.ID
	body []byte
}

func scanRow(r db.Row) (x row, err error) {
	err = r.Scan(&x.id, &x.body)
	return x, err
}

type planRow struct {
	id, client, course, by db.ID
	body                   []byte
	made, look             time.Time
}

func scanPlan(r db.Row) (p planRow, err error) {
	err = r.Scan(&p.id, &p.client, &p.course, &p.body, &p.by, db.T(&p.made), db.T(&p.look))
	return p, err
}

type stepRow struct {
	step        int
	appointment db.ID
}

func scanStep(r db.Row) (x stepRow, err error) {
	err = r.Scan(&x.step, &x.appointment)
	return x, err
}

type writtenRow struct {
	appointment      db.ID
	intention, bring []byte
}

func scanWritten(r db.Row) (w writtenRow, err error) {
	err = r.Scan(&w.intention, &w.bring)
	return w, err
}

func scanWrittenOf(r db.Row) (w writtenRow, err error) {
	err = r.Scan(&w.appointment, &w.intention, &w.bring)
	return w, err
}

type holdRow struct {
	Hold
	body []byte
}

func scanHold(r db.Row) (h holdRow, err error) {
	err = r.Scan(&h.ID, &h.Appointment, &h.Client, &h.By, &h.Kind, &h.body, db.T(&h.Until), db.T(&h.Made), db.T(&h.Ended))
	return h, err
}

type checkinRow struct {
	Checkin
	body []byte
}

func scanCheckin(r db.Row) (c checkinRow, err error) {
	err = r.Scan(&c.ID, &c.Appointment, &c.Client, &c.Kind, &c.body, db.T(&c.Sent))
	return c, err
}

type changeRow struct {
	Change
	body, word []byte
}

func scanChange(r db.Row) (c changeRow, err error) {
	err = r.Scan(&c.ID, &c.Client, &c.body, db.T(&c.Told), &c.LookedBy, db.T(&c.Looked), &c.word)
	return c, err
}

type vitalsRow struct {
	Reading
	body []byte
}

func scanVitals(r db.Row) (v vitalsRow, err error) {
	err = r.Scan(&v.ID, &v.Appointment, &v.Client, &v.By, &v.body, db.T(&v.Taken), db.T(&v.Entered))
	return v, err
}

type escortRow struct {
	Escort
	body []byte
}

func scanEscort(r db.Row) (e escortRow, err error) {
	err = r.Scan(&e.ID, &e.Appointment, &e.Client, &e.body, &e.State, db.T(&e.Made), db.T(&e.Answered), db.T(&e.Here))
	return e, err
}

type keyRow struct {
	id, appointment, client, by db.ID
	role                        string
	seen                        []byte
	made, withdrawn             time.Time
}

func scanKey(r db.Row) (k keyRow, err error) {
	err = r.Scan(&k.id, &k.appointment, &k.client, &k.role, &k.by, &k.seen, db.T(&k.made), db.T(&k.withdrawn))
	return k, err
}

type overrideRow struct {
	id, appointment, client, by db.ID
	rule                        string
	body                        []byte
	made                        time.Time
}

func scanOverride(r db.Row) (o overrideRow, err error) {
	err = r.Scan(&o.id, &o.appointment, &o.client, &o.by, &o.rule, &o.body, db.T(&o.made))
	return o, err
}
