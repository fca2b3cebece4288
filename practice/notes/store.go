package notes

import (
	"time"

	"held/internal/db"
)

const sqlProcess = `SELECT id, body, changed_at FROM notes_process WHERE practice_id = $1 AND appointment_id = $2 AND author_id = $3`

const sqlKeepProcess = `INSERT INTO notes_process (practice_id, id, appointment_id, author_id, client_id, body, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (practice_id, id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at`

const sqlDropProcess = `DELETE FROM notes_process WHERE practice_id = $1 AND id = $2`

const sqlCountProcess = `SELECT COUNT(*) FROM notes_process WHERE practice_id = $1 AND client_id = $2`

const sqlForgetProcess = `DELETE FROM notes_process WHERE practice_id = $1 AND client_id = $2`

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

type processLine struct {
	id      db.ID
	body    []byte
	changed time.Time
}

func scanProcess(r db.Row) (p processLine, err error) {
	err = r.Scan(&p.id, &p.body, db.T(&p.changed))
	return p, err
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
