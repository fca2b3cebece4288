package emergency

import "held/internal/db"

const cardColumns = `id, number, body, author_id, made_at`

const sqlCurrent = `SELECT ` + cardColumns + ` FROM emergency_cards WHERE practice_id = $1 ORDER BY number DESC LIMIT 1`

const sqlVersions = `SELECT ` + cardColumns + ` FROM emergency_cards WHERE practice_id = $1 ORDER BY number DESC LIMIT $2`

const sqlVersion = `SELECT ` + cardColumns + ` FROM emergency_cards WHERE practice_id = $1 AND number = $2`

const sqlAddCard = `INSERT INTO emergency_cards (practice_id, id, number, body, author_id, made_at) VALUES ($1, $2, $3, $4, $5, $6)`

const sqlDuty = `SELECT id, day, body, author_id, set_at FROM emergency_duty WHERE practice_id = $1 AND day = $2 ORDER BY set_at DESC, id DESC LIMIT 1`

const sqlSetDuty = `INSERT INTO emergency_duty (practice_id, id, day, body, author_id, set_at) VALUES ($1, $2, $3, $4, $5, $6)`

type cardRow struct {
	Version
	id   db.ID
	body []byte
}

func scanCard(r db.Row) (c cardRow, err error) {
	err = r.Scan(&c.id, &c.Number, &c.body, &c.By, db.T(&c.At))
	return c, err
}

type dutyRow struct {
	Duty
	id   db.ID
	body []byte
}

func scanDuty(r db.Row) (d dutyRow, err error) {
	err = r.Scan(&d.id, &d.Day, &d.body, &d.By, db.T(&d.At))
	return d, err
}
