package circle

import "held/internal/db"

const sqlEntries = `SELECT id, kind, body FROM circle_entries WHERE practice_id = $1 AND person_id = $2 ORDER BY id LIMIT 100`

const sqlCount = `SELECT COUNT(*) FROM circle_entries WHERE practice_id = $1 AND person_id = $2`

const sqlAdd = `INSERT INTO circle_entries (practice_id, person_id, id, kind, body, made_at) VALUES ($1, $2, $3, $4, $5, $6)`

const sqlRemove = `DELETE FROM circle_entries WHERE practice_id = $1 AND person_id = $2 AND id = $3`

const sqlForget = `DELETE FROM circle_entries WHERE practice_id = $1 AND person_id = $2`

const sqlShown = `SELECT member_id FROM circle_shown WHERE practice_id = $1 AND person_id = $2`

const sqlShow = `INSERT INTO circle_shown (practice_id, person_id, member_id, since_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, person_id) DO UPDATE SET member_id = excluded.member_id, since_at = excluded.since_at`

const sqlHide = `DELETE FROM circle_shown WHERE practice_id = $1 AND person_id = $2`

const sqlDecide = `INSERT INTO circle_decisions (practice_id, object_id, with_id, by_id, code, pairs, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (practice_id, object_id, with_id) DO UPDATE SET by_id = excluded.by_id, code = excluded.code, pairs = excluded.pairs, decided_at = excluded.decided_at`

const sqlDecision = `SELECT by_id, code, decided_at FROM circle_decisions WHERE practice_id = $1 AND object_id = $2 AND with_id = $3 AND pairs = $4`

type entryRow struct {
	Entry
	body []byte
}

func scanEntry(r db.Row) (e entryRow, err error) {
	err = r.Scan(&e.ID, &e.Kind, &e.body)
	return e, err
}

func scanDecision(r db.Row) (d Decision, err error) {
	err = r.Scan(&d.By, &d.Code, db.T(&d.At))
	return d, err
}
