package trail

import (
	"time"

	"held/internal/db"
)

const insertCols = 13

const sqlInsertValues = `INSERT INTO trail_entries
(practice_id, id, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, seal) VALUES `

const columns = `id, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, seal, seq, hash, link`

const sqlEntry = `SELECT ` + columns + ` FROM trail_entries WHERE practice_id = $1 AND id = $2`

const sqlOfSubject = `SELECT ` + columns + ` FROM trail_entries
WHERE practice_id = $1 AND subject_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`

// An id begins with its instant, so that a stretch of time is a stretch of ids.
const sqlBetween = `SELECT ` + columns + ` FROM trail_entries
WHERE practice_id = $1 AND id >= $2 AND id < $3
AND ($4 = '' OR kind = $4) AND (CAST($5 AS BIGINT) = 0 OR actor_id = $6)
ORDER BY id DESC LIMIT $7`

const sqlUnlinked = `SELECT ` + columns + ` FROM trail_entries
WHERE practice_id = $1 AND seq = 0 AND id > $2 ORDER BY id LIMIT $3`

const sqlChain = `SELECT ` + columns + ` FROM trail_entries
WHERE practice_id = $1 AND seq > $2 AND seq > 0 ORDER BY seq LIMIT $3`

const sqlLink = `UPDATE trail_entries SET seq = $1, hash = $2, link = $3 WHERE practice_id = $4 AND id = $5 AND seq = 0`

const sqlAdopt = `UPDATE trail_entries SET seq = $1, hash = $2, link = $3 WHERE practice_id = $4 AND id = $5`

const sqlHead = `SELECT seq, hash, begun, begun_at, linked_at, seal FROM trail_heads WHERE practice_id = $1`

const sqlBegin = `INSERT INTO trail_heads (practice_id, seq, hash, begun, begun_at, linked_at, seal) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlAdvance = `UPDATE trail_heads SET seq = $1, hash = $2, begun = $3, begun_at = $4, linked_at = $5, seal = $6
WHERE practice_id = $7 AND seq = $8`

const sqlKeepAnchor = `INSERT INTO trail_anchors (practice_id, at, seq, hash, signature) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, at) DO NOTHING`

const sqlAnchors = `SELECT at, seq, hash, signature FROM trail_anchors WHERE practice_id = $1 ORDER BY at`

const sqlLastAnchor = `SELECT at, seq, hash, signature FROM trail_anchors WHERE practice_id = $1 ORDER BY at DESC LIMIT 1`

// line is an entry with what holds it in its place.
type line struct {
	Entry
	seal, hash, link []byte
	seq              int64
}

func scanLine(r db.Row) (l line, err error) {
	err = r.Scan(&l.ID, db.T(&l.At), &l.Actor, &l.Role, &l.Via, &l.Surface, &l.Verb, &l.Subject, &l.Kind, &l.Object, &l.Why,
		&l.seal, &l.seq, &l.hash, &l.link)
	return l, err
}

func scanEntry(r db.Row) (Entry, error) {
	l, err := scanLine(r)
	return l.Entry, err
}

// head is where the chain ends.
type head struct {
	seq     int64
	hash    []byte
	begun   int64 // from which line on all have seals; while older lines are taken in, the last without one, negative
	begunAt time.Time
	linked  time.Time
	seal    []byte
}

func scanHead(r db.Row) (h head, err error) {
	err = r.Scan(&h.seq, &h.hash, &h.begun, db.T(&h.begunAt), db.T(&h.linked), &h.seal)
	return h, err
}

func scanAnchor(r db.Row) (a Anchor, err error) {
	err = r.Scan(db.T(&a.At), &a.Lines, &a.Hash, &a.Signature)
	return a, err
}
