package screening

import (
	"time"

	"held/internal/db"
	"held/rules/protocol"
)

const factColumns = `id, client_id, kind, body, taken_at, entered_at, author_id, order_id, replaces_id, replaced_at`

const sqlFact = `SELECT ` + factColumns + ` FROM screening_facts WHERE practice_id = $1 AND id = $2`

const sqlFactsOf = `SELECT ` + factColumns + ` FROM screening_facts WHERE practice_id = $1 AND client_id = $2 ORDER BY taken_at DESC, entered_at DESC`

const sqlAddFact = `INSERT INTO screening_facts (practice_id, id, client_id, kind, body, taken_at, entered_at, author_id, order_id, replaces_id, replaced_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`

const sqlReplaceFact = `UPDATE screening_facts SET replaced_at = $1 WHERE practice_id = $2 AND id = $3 AND client_id = $4 AND replaced_at = 0`

const sqlForgetFacts = `DELETE FROM screening_facts WHERE practice_id = $1 AND client_id = $2`

const requestColumns = `id, client_id, kind, author_id, asked_at, state, body, answer, changed_at`

const sqlRequest = `SELECT ` + requestColumns + ` FROM screening_requests WHERE practice_id = $1 AND id = $2`

const sqlRequestsOf = `SELECT ` + requestColumns + ` FROM screening_requests WHERE practice_id = $1 AND client_id = $2 ORDER BY asked_at DESC`

const sqlAddRequest = `INSERT INTO screening_requests (practice_id, id, client_id, kind, author_id, asked_at, state, body, answer, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9)`

const sqlMoveRequest = `UPDATE screening_requests SET state = $1, answer = $2, changed_at = $3 WHERE practice_id = $4 AND id = $5 AND state = $6`

const sqlForgetRequests = `DELETE FROM screening_requests WHERE practice_id = $1 AND client_id = $2`

const decisionColumns = `id, client_id, product, kind, until_at, decided_at, author_id, body, hash, superseded_at, stale_at, letter, letter_at`

const sqlDecision = `SELECT ` + decisionColumns + ` FROM screening_decisions WHERE practice_id = $1 AND id = $2`

const sqlDecisionsOf = `SELECT ` + decisionColumns + ` FROM screening_decisions WHERE practice_id = $1 AND client_id = $2 ORDER BY decided_at DESC`

const sqlLookAgain = `SELECT ` + decisionColumns + ` FROM screening_decisions WHERE practice_id = $1 AND superseded_at = 0 AND (stale_at > 0 OR until_at > 0 AND until_at <= $2)`

const sqlAddDecision = `INSERT INTO screening_decisions (practice_id, id, client_id, product, kind, until_at, decided_at, author_id, body, hash, superseded_at, stale_at, letter, letter_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11, 0)`

const sqlSupersede = `UPDATE screening_decisions SET superseded_at = $1 WHERE practice_id = $2 AND client_id = $3 AND product = $4 AND superseded_at = 0`

const sqlMarkStale = `UPDATE screening_decisions SET stale_at = $1 WHERE practice_id = $2 AND client_id = $3 AND superseded_at = 0 AND stale_at = 0`

const sqlLetter = `UPDATE screening_decisions SET letter = $1, letter_at = $2 WHERE practice_id = $3 AND id = $4 AND letter_at = 0`

const sqlForgetDecisions = `DELETE FROM screening_decisions WHERE practice_id = $1 AND client_id = $2`

type factRow struct {
	Fact
	body []byte
}

func scanFact(r db.Row) (f factRow, err error) {
	err = r.Scan(&f.ID, &f.Client, &f.Kind, &f.body, db.T(&f.Taken), db.T(&f.Entered), &f.Author, &f.Order, &f.Replaces, db.T(&f.Replaced))
	return f, err
}

type requestRow struct {
	Request
	body, answer []byte
}

func scanRequest(r db.Row) (q requestRow, err error) {
	err = r.Scan(&q.ID, &q.Client, &q.Kind, &q.Author, db.T(&q.At), &q.State, &q.body, &q.answer, db.T(&q.Changed))
	return q, err
}

type decisionRow struct {
	ID, Client, Author         db.ID
	Product                    protocol.Medicine
	Kind                       Verdict
	Until, At                  time.Time
	Superseded, Stale, Letters time.Time
	body, hash, letter         []byte
}

func scanDecision(r db.Row) (d decisionRow, err error) {
	err = r.Scan(&d.ID, &d.Client, &d.Product, &d.Kind, db.T(&d.Until), db.T(&d.At), &d.Author, &d.body, &d.hash, db.T(&d.Superseded), db.T(&d.Stale), &d.letter, db.T(&d.Letters))
	return d, err
}
