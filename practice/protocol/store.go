package protocol

import (
	"held/internal/db"
	rule "held/rules/protocol"
)

const draftColumns = `id, medicine, body, based_id, author_id, made_at, changed_at, revision`

const sqlDraft = `SELECT ` + draftColumns + ` FROM protocol_drafts WHERE practice_id = $1 AND id = $2`

const sqlDraftFor = `SELECT ` + draftColumns + ` FROM protocol_drafts WHERE practice_id = $1 AND medicine = $2`

const sqlDrafts = `SELECT ` + draftColumns + ` FROM protocol_drafts WHERE practice_id = $1 ORDER BY medicine LIMIT $2`

const sqlAddDraft = `INSERT INTO protocol_drafts (practice_id, id, medicine, body, based_id, author_id, made_at, changed_at, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)`

// Of two who change it at the same moment, one does.
const sqlKeepDraft = `UPDATE protocol_drafts SET body = $1, author_id = $2, changed_at = $3, revision = revision + 1
WHERE practice_id = $4 AND id = $5 AND revision = $6`

const sqlDropDraft = `DELETE FROM protocol_drafts WHERE practice_id = $1 AND id = $2 AND revision = $3`

const versionColumns = `id, medicine, number, body, sha256, signed_name, signer_id, signed_at, ended, ender_id, ended_at`

const sqlVersion = `SELECT ` + versionColumns + ` FROM protocol_versions WHERE practice_id = $1 AND id = $2`

const sqlLastVersion = `SELECT ` + versionColumns + ` FROM protocol_versions
WHERE practice_id = $1 AND medicine = $2 ORDER BY number DESC LIMIT 1`

const sqlVersionBefore = `SELECT ` + versionColumns + ` FROM protocol_versions
WHERE practice_id = $1 AND medicine = $2 AND number < $3 ORDER BY number DESC LIMIT 1`

const sqlVersions = `SELECT ` + versionColumns + ` FROM protocol_versions
WHERE practice_id = $1 AND medicine = $2 ORDER BY number DESC LIMIT $3`

// Of two who sign at the same moment, the key lets one.
const sqlSign = `INSERT INTO protocol_versions (practice_id, id, medicine, number, body, sha256, signed_name, signer_id, signed_at, ended, ender_id, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', NULL, 0)`

const sqlEnd = `UPDATE protocol_versions SET ended = $1, ender_id = $2, ended_at = $3
WHERE practice_id = $4 AND id = $5 AND ended_at = 0`

type draftRow struct {
	Draft
	body []byte
}

func scanDraft(r db.Row) (x draftRow, err error) {
	var medicine string
	err = r.Scan(&x.ID, &medicine, &x.body, &x.Based, &x.Author, db.T(&x.Made), db.T(&x.Changed), &x.Revision)
	x.Medicine = rule.Medicine(medicine)
	return x, err
}

type versionRow struct {
	Signed
	body, sum, name []byte
}

func scanVersion(r db.Row) (x versionRow, err error) {
	var medicine string
	err = r.Scan(&x.ID, &medicine, &x.Number, &x.body, &x.sum, &x.name, &x.By, db.T(&x.At), &x.Ended, &x.EndedBy, db.T(&x.EndedAt))
	x.Medicine = rule.Medicine(medicine)
	return x, err
}
