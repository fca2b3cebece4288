package settings

import "held/internal/db"

const sqlFound = `INSERT INTO settings_practices (practice_id, body, version, changed_at) VALUES ($1, $2, 1, $3)`

const sqlPractice = `SELECT body, version FROM settings_practices WHERE practice_id = $1`

// Whoever changes the settings or the owners waits here for whoever does so too.
const sqlLock = `UPDATE settings_practices SET changed_at = changed_at WHERE practice_id = $1`

const sqlSave = `UPDATE settings_practices SET body = $1, version = version + 1, changed_at = $2 WHERE practice_id = $3`

const sqlPractices = `SELECT practice_id FROM settings_practices LIMIT 2`

type practiceRow struct {
	body    []byte
	version int64
}

func scanPractice(r db.Row) (p practiceRow, err error) {
	err = r.Scan(&p.body, &p.version)
	return p, err
}
