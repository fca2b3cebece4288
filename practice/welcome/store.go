package welcome

import (
	"strings"

	"held/internal/db"
	"held/practice/access"
)

const sqlAdd = `INSERT INTO welcome_invitations
(practice_id, id, kind, state, roles, body, by_hand, turn, person_id, made_by, made_at, sent_at, expires_at, settled_at, forget_at)
VALUES ($1, $2, $3, 'open', $4, $5, $6, 1, $7, $8, $9, $9, $10, 0, $11)`

const sqlOne = `SELECT id, kind, state, roles, body, by_hand, turn, person_id, made_by, made_at, sent_at, expires_at, settled_at
FROM welcome_invitations WHERE practice_id = $1 AND id = $2`

const sqlList = `SELECT id, kind, state, roles, body, by_hand, turn, person_id, made_by, made_at, sent_at, expires_at, settled_at
FROM welcome_invitations WHERE practice_id = $1 AND kind = $2 ORDER BY made_at DESC LIMIT $3`

const sqlOfPerson = `SELECT id, kind, state, roles, body, by_hand, turn, person_id, made_by, made_at, sent_at, expires_at, settled_at
FROM welcome_invitations WHERE practice_id = $1 AND person_id = $2 ORDER BY id`

// Of two who settle it at the same moment, one does.
const sqlSettle = `UPDATE welcome_invitations SET state = $1, person_id = $2, settled_at = $3, forget_at = $4
WHERE practice_id = $5 AND id = $6 AND state = 'open' AND turn = $7`

const sqlAgain = `UPDATE welcome_invitations SET turn = turn + 1, sent_at = $1, expires_at = $2, forget_at = $3
WHERE practice_id = $4 AND id = $5 AND state = 'open' AND turn = $6`

const sqlForgettable = `SELECT id FROM welcome_invitations WHERE practice_id = $1 AND forget_at <= $2 ORDER BY forget_at LIMIT 200`

const sqlForget = `DELETE FROM welcome_invitations WHERE practice_id = $1 AND id = $2`

type row struct {
	Invitation
	body []byte
}

func scanRow(r db.Row) (x row, err error) {
	var roles string
	var byHand int64
	err = r.Scan(&x.ID, &x.Kind, &x.State, &roles, &x.body, &byHand, &x.turn, &x.Person, &x.By, db.T(&x.Made), db.T(&x.Sent), db.T(&x.Expires), db.T(&x.Settled))
	x.ByHand = byHand == 1
	for w := range strings.FieldsSeq(roles) {
		x.Roles = append(x.Roles, access.Role(w))
	}
	return x, err
}
