package notes

import (
	"time"

	"held/internal/db"
	"held/practice/access"
)

// The columns of both kinds of notes, before and behind the text, so that a list
// can leave the texts where they are.
const (
	processFirst = `SELECT id, of_id, client_id, author_id, appointment_id, `
	processLast  = `, revision, state, made_at, changed_at, told_at, signed_at, signature FROM notes_process WHERE practice_id = $1`
	recordFirst  = `SELECT id, of_id, client_id, author_id, other_id, appointment_id, lane, side, `
	recordLast   = `, revision, state, made_at, changed_at, told_at, signed_at, held_code, held_why, held_by, held_at FROM notes_record WHERE practice_id = $1`
)

const sqlProcessOne = processFirst + `body` + processLast + ` AND id = $2`

const sqlProcessAddenda = processFirst + `body` + processLast + ` AND of_id = $2 ORDER BY id`

const sqlProcessOfTime = processFirst + `body` + processLast + ` AND appointment_id = $2 AND author_id = $3 AND of_id IS NULL ORDER BY state, id`

const sqlProcessList = processFirst + `NULL` + processLast + ` AND client_id = $2 AND author_id = $3 AND id < $4 ORDER BY id DESC LIMIT $5`

const sqlProcessTexts = processFirst + `body` + processLast + ` AND client_id = $2 AND author_id = $3 ORDER BY id DESC LIMIT $4`

const sqlProcessDrafts = processFirst + `NULL` + processLast + ` AND author_id = $2 AND state = 'draft' ORDER BY id DESC LIMIT $3`

const sqlInsertProcess = `INSERT INTO notes_process (practice_id, id, of_id, client_id, author_id, appointment_id, body, revision, state, made_at, changed_at, told_at, signed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 'draft', $8, $8, $8, 0)`

const sqlKeepProcess = `UPDATE notes_process SET body = $1, revision = revision + 1, changed_at = $2, told_at = $3 WHERE practice_id = $4 AND id = $5 AND state = 'draft'`

const sqlSignProcess = `UPDATE notes_process SET state = 'signed', signed_at = $1, signature = $2 WHERE practice_id = $3 AND id = $4 AND state = 'draft'`

const sqlDropProcess = `DELETE FROM notes_process WHERE practice_id = $1 AND id = $2 AND state = 'draft'`

const sqlCountProcess = `SELECT COUNT(*) FROM notes_process WHERE practice_id = $1 AND client_id = $2`

const sqlForgetProcess = `DELETE FROM notes_process WHERE practice_id = $1 AND client_id = $2`

const sqlRecordOne = recordFirst + `body` + recordLast + ` AND id = $2`

const sqlRecordAddenda = recordFirst + `body` + recordLast + ` AND of_id = $2 ORDER BY id`

const sqlRecordList = recordFirst + `NULL` + recordLast + ` AND client_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`

const sqlRecordTexts = recordFirst + `body` + recordLast + ` AND client_id = $2 ORDER BY id DESC LIMIT $3`

const sqlRecordAll = recordFirst + `body` + recordLast + ` AND client_id = $2 ORDER BY id`

const sqlRecordDrafts = recordFirst + `NULL` + recordLast + ` AND author_id = $2 AND state = 'draft' ORDER BY id DESC LIMIT $3`

const sqlRecordProposed = recordFirst + `NULL` + recordLast + ` AND state = 'proposed' ORDER BY id DESC LIMIT $2`

const sqlInsertRecord = `INSERT INTO notes_record (practice_id, id, of_id, client_id, author_id, appointment_id, lane, side, body, revision, state, made_at, changed_at, told_at, signed_at, held_code, held_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'draft', $10, $10, $10, 0, '', 0)`

const sqlKeepRecord = `UPDATE notes_record SET body = $1, revision = revision + 1, changed_at = $2, told_at = $3, other_id = $4 WHERE practice_id = $5 AND id = $6 AND state <> 'signed'`

const sqlStateRecord = `UPDATE notes_record SET state = $1, other_id = $2, signed_at = $3 WHERE practice_id = $4 AND id = $5 AND state <> 'signed'`

const sqlHoldRecord = `UPDATE notes_record SET held_code = $1, held_why = $2, held_by = $3, held_at = $4 WHERE practice_id = $5 AND id = $6`

const sqlDropRecord = `DELETE FROM notes_record WHERE practice_id = $1 AND id = $2 AND state = 'draft'`

const sqlForgetRecord = `DELETE FROM notes_record WHERE practice_id = $1 AND client_id = $2`

const sqlSignatures = `SELECT id, person_id, role, signed_at, seal FROM notes_signatures WHERE practice_id = $1 AND note_id = $2 ORDER BY signed_at, id`

const sqlInsertSignature = `INSERT INTO notes_signatures (practice_id, id, note_id, client_id, person_id, role, signed_at, seal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlDropSignatures = `DELETE FROM notes_signatures WHERE practice_id = $1 AND note_id = $2`

const sqlForgetSignatures = `DELETE FROM notes_signatures WHERE practice_id = $1 AND client_id = $2`

const sqlTemplates = `SELECT id, owner_id, lane, slug, title, headings FROM notes_templates WHERE practice_id = $1 ORDER BY id`

const sqlInsertTemplate = `INSERT INTO notes_templates (practice_id, id, owner_id, lane, slug, title, headings) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlUpdateTemplate = `UPDATE notes_templates SET title = $1, headings = $2 WHERE practice_id = $3 AND id = $4`

const sqlDropTemplate = `DELETE FROM notes_templates WHERE practice_id = $1 AND id = $2`

const afterColumns = `appointment_id, client_id, author_id, question, invitation, words, hours, due_at, held_at, away_at, changed_at`

const sqlAfter = `SELECT ` + afterColumns + ` FROM notes_after WHERE practice_id = $1 AND appointment_id = $2`

const sqlLastAfter = `SELECT ` + afterColumns + ` FROM notes_after
WHERE practice_id = $1 AND client_id = $2 AND held_at <= $3 ORDER BY held_at DESC LIMIT 1`

const sqlAfterOf = `SELECT ` + afterColumns + ` FROM notes_after WHERE practice_id = $1 AND client_id = $2 ORDER BY held_at`

const sqlKeepAfter = `INSERT INTO notes_after (practice_id, appointment_id, client_id, author_id, question, invitation, words, hours, due_at, held_at, away_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)
ON CONFLICT (practice_id, appointment_id) DO UPDATE SET author_id = excluded.author_id, question = excluded.question,
	invitation = excluded.invitation, words = excluded.words, hours = excluded.hours, due_at = excluded.due_at, held_at = excluded.held_at, away_at = 0, changed_at = excluded.changed_at`

const sqlDropAfter = `DELETE FROM notes_after WHERE practice_id = $1 AND appointment_id = $2`

const sqlPutAway = `UPDATE notes_after SET away_at = $1 WHERE practice_id = $2 AND appointment_id = $3 AND client_id = $4 AND away_at = 0`

const sqlForgetAfter = `DELETE FROM notes_after WHERE practice_id = $1 AND client_id = $2`

// row is a note as it lies; signature is a process note's own.
type row struct {
	Note
	body, why, signature []byte
	told                 time.Time
}

func scanProcess(r db.Row) (n row, err error) {
	n.Lane, n.Side = LaneProcess, access.Guide
	err = r.Scan(&n.ID, &n.Of, &n.Client, &n.Author, &n.Appointment, &n.body, &n.Revision, &n.State, db.T(&n.Made), db.T(&n.Changed), db.T(&n.told), db.T(&n.Signed), &n.signature)
	return n, err
}

func scanRecord(r db.Row) (n row, err error) {
	err = r.Scan(&n.ID, &n.Of, &n.Client, &n.Author, &n.Other, &n.Appointment, &n.Lane, &n.Side, &n.body, &n.Revision, &n.State,
		db.T(&n.Made), db.T(&n.Changed), db.T(&n.told), db.T(&n.Signed), &n.Hold.Code, &n.why, &n.Hold.By, db.T(&n.Hold.At))
	return n, err
}

type signatureRow struct {
	Signature
	id   db.ID
	seal []byte
}

func scanSignature(r db.Row) (g signatureRow, err error) {
	err = r.Scan(&g.id, &g.Person, &g.Role, db.T(&g.At), &g.seal)
	return g, err
}

type templateRow struct {
	Template
	title, headings []byte
}

func scanTemplate(r db.Row) (t templateRow, err error) {
	err = r.Scan(&t.ID, &t.Owner, &t.Lane, &t.Slug, &t.title, &t.headings)
	return t, err
}

type afterRow struct {
	After
	client                      db.ID
	question, invitation, words []byte
}

func scanAfter(r db.Row) (a afterRow, err error) {
	err = r.Scan(&a.Appointment, &a.client, &a.Author, &a.question, &a.invitation, &a.words, &a.Hours, db.T(&a.Due), db.T(&a.Held), db.T(&a.Away), db.T(&a.Changed))
	return a, err
}
