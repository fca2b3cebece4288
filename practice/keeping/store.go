package keeping

import "held/internal/db"

const sqlPeriods = `SELECT class, months, duty, reached_at FROM keeping_periods WHERE practice_id = $1`

const sqlSetPeriod = `INSERT INTO keeping_periods (practice_id, class, months, duty, reached_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (practice_id, class) DO UPDATE SET months = excluded.months, duty = excluded.duty`

const sqlReach = `UPDATE keeping_periods SET reached_at = $1 WHERE practice_id = $2 AND class = $3 AND reached_at < $1`

const sqlDue = `SELECT person_id, due_at, asked_at FROM keeping_due
WHERE practice_id = $1 AND class = $2 AND due_at <= $3 ORDER BY due_at, person_id LIMIT $4`

const sqlSetDue = `INSERT INTO keeping_due (practice_id, class, person_id, due_at, asked_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, class, person_id) DO UPDATE SET due_at = excluded.due_at, asked_at = excluded.asked_at`

const sqlFirstDue = `INSERT INTO keeping_due (practice_id, class, person_id, due_at, asked_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (practice_id, class, person_id) DO NOTHING`

const sqlLonger = `INSERT INTO keeping_due (practice_id, class, person_id, due_at, asked_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (practice_id, class, person_id) DO UPDATE SET due_at = excluded.due_at`

const sqlDropDue = `DELETE FROM keeping_due WHERE practice_id = $1 AND class = $2 AND person_id = $3`

func scanPeriod(r db.Row) (p Period, err error) {
	var duty int64
	err = r.Scan(&p.Class, &p.Months, &duty, db.T(&p.reached))
	p.Duty = duty == 1
	return p, err
}

func scanDue(r db.Row) (d Due, err error) {
	err = r.Scan(&d.Person, db.T(&d.At), db.T(&d.Asked))
	return d, err
}
