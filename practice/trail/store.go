package trail

import "held/internal/db"

const sqlInsert = `INSERT INTO trail_entries
(practice_id, id, at, actor_id, actor_role, via, verb, subject_id, kind, object_id, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const sqlOfSubject = `SELECT id, at, actor_id, actor_role, via, verb, subject_id, kind, object_id, why FROM trail_entries
WHERE practice_id = $1 AND subject_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`

func scanEntry(r db.Row) (e Entry, err error) {
	err = r.Scan(&e.ID, db.T(&e.At), &e.Actor, &e.Role, &e.Via, &e.Verb, &e.Subject, &e.Kind, &e.Object, &e.Why)
	return e, err
}
