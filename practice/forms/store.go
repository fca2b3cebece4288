package forms

import (
	"time"

	"held/internal/db"
)

const versionColumns = `id, form, number, state, origin, changed_by, changed_at`

const sqlVersions = `SELECT ` + versionColumns + ` FROM forms_versions WHERE practice_id = $1 ORDER BY form, number`

const sqlVersion = `SELECT ` + versionColumns + `, body FROM forms_versions WHERE practice_id = $1 AND id = $2`

const sqlNumbered = `SELECT ` + versionColumns + `, body FROM forms_versions WHERE practice_id = $1 AND form = $2 AND number = $3`

const sqlNewest = `SELECT ` + versionColumns + `, body FROM forms_versions WHERE practice_id = $1 AND form = $2 AND number > 0 ORDER BY number DESC LIMIT 1`

const sqlAddVersion = `INSERT INTO forms_versions (practice_id, id, form, number, state, origin, body, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const sqlKeepDraft = `UPDATE forms_versions SET body = $1, changed_by = $2, changed_at = $3 WHERE practice_id = $4 AND id = $5 AND changed_at = $6`

const sqlDropDraft = `DELETE FROM forms_versions WHERE practice_id = $1 AND form = $2 AND number = 0`

const sqlRetire = `UPDATE forms_versions SET state = $1 WHERE practice_id = $2 AND form = $3 AND number > 0`

const givenColumns = `id, person_id, form, version_id, state, occasion, giver_id, given_at, from_at, begun_at, sent_at`

const sqlGive = `INSERT INTO forms_given (practice_id, id, person_id, form, version_id, state, occasion, giver_id, given_at, from_at, begun_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)`

const sqlGiven = `SELECT ` + givenColumns + ` FROM forms_given WHERE practice_id = $1 AND id = $2`

const sqlGivenTo = `SELECT ` + givenColumns + ` FROM forms_given WHERE practice_id = $1 AND person_id = $2 ORDER BY given_at DESC, id DESC LIMIT 500`

const sqlSentOf = `SELECT ` + givenColumns + ` FROM forms_given WHERE practice_id = $1 AND person_id = $2 AND form = $3 AND sent_at > 0 ORDER BY sent_at DESC LIMIT 1`

const sqlTakeBack = `UPDATE forms_given SET state = 'taken back' WHERE practice_id = $1 AND id = $2 AND state IN ('waiting', 'begun')`

const sqlBegin = `UPDATE forms_given SET state = 'begun', begun_at = $1 WHERE practice_id = $2 AND id = $3 AND state = 'waiting'`

const sqlSend = `UPDATE forms_given SET state = 'sent', sent_at = $1 WHERE practice_id = $2 AND id = $3 AND state IN ('waiting', 'begun', 'correcting')`

const sqlCorrect = `UPDATE forms_given SET state = 'correcting' WHERE practice_id = $1 AND id = $2 AND state = 'sent'`

const responseColumns = `id, given_id, person_id, number, revision, body, marks, changed_at`

const sqlResponse = `SELECT ` + responseColumns + ` FROM forms_responses WHERE practice_id = $1 AND given_id = $2 AND number = $3`

const sqlLastResponse = `SELECT ` + responseColumns + ` FROM forms_responses WHERE practice_id = $1 AND given_id = $2 AND number > 0 ORDER BY number DESC LIMIT 1`

const sqlResponses = `SELECT ` + responseColumns + ` FROM forms_responses WHERE practice_id = $1 AND given_id = $2 AND number > 0 ORDER BY number`

const sqlAddResponse = `INSERT INTO forms_responses (practice_id, id, given_id, person_id, number, revision, body, marks, changed_at) VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8)`

const sqlKeepResponse = `UPDATE forms_responses SET body = $1, marks = $2, changed_at = $3, revision = revision + 1 WHERE practice_id = $4 AND id = $5 AND revision = $6`

const sqlAddFile = `INSERT INTO forms_files (practice_id, id, given_id, person_id, name, body, size, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlFile = `SELECT id, given_id, person_id, name, body FROM forms_files WHERE practice_id = $1 AND id = $2`

const sqlCountFiles = `SELECT COUNT(*) FROM forms_files WHERE practice_id = $1 AND given_id = $2`

const sqlFilesOf = `SELECT id, given_id, person_id, name, body FROM forms_files WHERE practice_id = $1 AND person_id = $2 ORDER BY id`

const sqlForgetFiles = `DELETE FROM forms_files WHERE practice_id = $1 AND person_id = $2`

const sqlForgetResponses = `DELETE FROM forms_responses WHERE practice_id = $1 AND person_id = $2`

const sqlForgetGiven = `DELETE FROM forms_given WHERE practice_id = $1 AND person_id = $2`

type versionRow struct {
	Version
	body []byte
}

func scanVersion(r db.Row) (v Version, err error) {
	err = r.Scan(&v.ID, &v.Key, &v.Number, &v.State, &v.Origin, &v.By, db.T(&v.Changed))
	return v, err
}

func scanWhole(r db.Row) (v versionRow, err error) {
	err = r.Scan(&v.ID, &v.Key, &v.Number, &v.State, &v.Origin, &v.By, db.T(&v.Changed), &v.body)
	return v, err
}

func scanGiven(r db.Row) (g Given, err error) {
	err = r.Scan(&g.ID, &g.Person, &g.Key, &g.Version, &g.State, &g.Occasion, &g.By, db.T(&g.At), db.T(&g.From), db.T(&g.BegunAt), db.T(&g.SentAt))
	return g, err
}

type responseRow struct {
	id, given, person db.ID
	number            int
	revision          int64
	body, marks       []byte
	changed           time.Time
}

func scanResponse(r db.Row) (x responseRow, err error) {
	err = r.Scan(&x.id, &x.given, &x.person, &x.number, &x.revision, &x.body, &x.marks, db.T(&x.changed))
	return x, err
}

type fileRow struct {
	id, given, person db.ID
	name, body        []byte
}

func scanFile(r db.Row) (f fileRow, err error) {
	err = r.Scan(&f.id, &f.given, &f.person, &f.name, &f.body)
	return f, err
}
