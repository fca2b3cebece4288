package space

import "held/internal/db"

const columns = `id, person_id, entry_id, asked, asked_at, answer, answered_by, answered_at`

const sqlAsk = `INSERT INTO space_questions (practice_id, id, person_id, entry_id, asked, asked_at, answered_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`

const sqlQuestion = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND id = $2`

const sqlOfEntry = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND person_id = $2 AND entry_id = $3`

const sqlOpenOf = `SELECT COUNT(*) FROM space_questions WHERE practice_id = $1 AND person_id = $2 AND answered_at = 0`

// The lines of one page that somebody has asked about.
const sqlAskedBetween = `SELECT entry_id, answered_at FROM space_questions
WHERE practice_id = $1 AND person_id = $2 AND entry_id >= $3 AND entry_id <= $4`

const sqlOpen = `SELECT ` + columns + ` FROM space_questions
WHERE practice_id = $1 AND answered_at = 0 AND id > $2 ORDER BY id LIMIT $3`

const sqlAnswered = `SELECT ` + columns + ` FROM space_questions
WHERE practice_id = $1 AND answered_at > 0 AND answered_at < $2 ORDER BY answered_at DESC LIMIT $3`

const sqlAnswer = `UPDATE space_questions SET answer = $1, answered_by = $2, answered_at = $3
WHERE practice_id = $4 AND id = $5 AND answered_at = 0`

const sqlOfPerson = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND person_id = $2 ORDER BY entry_id`

const sqlForget = `DELETE FROM space_questions WHERE practice_id = $1 AND person_id = $2`

// row is a question as it lies.
type row struct {
	Question
	asked, answer []byte
}

func scanQuestion(r db.Row) (q row, err error) {
	err = r.Scan(&q.ID, &q.Person, &q.Entry, &q.asked, db.T(&q.At), &q.answer, &q.By, db.T(&q.Answered))
	return q, err
}

type state struct {
	entry    db.ID
	answered int64
}

func scanState(r db.Row) (s state, err error) {
	err = r.Scan(&s.entry, &s.answered)
	return s, err
}
