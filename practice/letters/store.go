package letters

import "held/internal/db"

const queueCols = 13

const sqlQueueValues = `INSERT INTO letters_outbox
(practice_id, id, kind, subject_id, ref_id, body, state, not_before, lease_until, attempts, last_fault, made_at, done_at) VALUES `

const sqlDrop = `UPDATE letters_outbox SET state = 'dropped', body = NULL, done_at = $1
WHERE practice_id = $2 AND ref_id = $3 AND kind = $4 AND state = 'waiting'`

// The lease is checked twice: when PostgreSQL makes a second worker wait for
// the first one's row, it looks at the outer condition again.
const sqlLease = `UPDATE letters_outbox SET lease_until = $1, attempts = attempts + 1
WHERE lease_until < $3 AND practice_id = $2 AND id IN (
	SELECT id FROM letters_outbox WHERE practice_id = $2 AND state = 'waiting' AND not_before <= $3 AND lease_until < $3
	ORDER BY not_before LIMIT $4)
RETURNING id, kind, subject_id, body, attempts`

const sqlNewest = `SELECT state FROM letters_outbox WHERE practice_id = $1 AND ref_id = $2 AND kind = $3 ORDER BY id DESC LIMIT 1`

const sqlSettle = `UPDATE letters_outbox SET state = $1, last_fault = $2, body = NULL, done_at = $3 WHERE practice_id = $4 AND id = $5`

const sqlTryAgain = `UPDATE letters_outbox SET not_before = $1, lease_until = 0, last_fault = $2 WHERE practice_id = $3 AND id = $4`

const sqlLastSent = `SELECT COALESCE(MAX(done_at), 0) FROM letters_outbox WHERE practice_id = $1 AND state = 'sent'`

const sqlWaiting = `SELECT COUNT(*), COALESCE(MIN(not_before), 0) FROM letters_outbox WHERE practice_id = $1 AND state = 'waiting' AND not_before <= $2`

const sqlFailed = `SELECT COUNT(*) FROM letters_outbox WHERE practice_id = $1 AND state = 'failed' AND done_at >= $2`

type dueRow struct {
	id, subject db.ID
	kind        string
	body        []byte
	attempts    int64
}

func scanDue(r db.Row) (d dueRow, err error) {
	err = r.Scan(&d.id, &d.kind, &d.subject, &d.body, &d.attempts)
	return d, err
}
