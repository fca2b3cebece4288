package people

import (
	"time"

	"held/internal/db"
	"held/practice/access"
)

const sqlInsert = `INSERT INTO people_persons
(practice_id, id, name, contact, contact_hash, discretion, zone, step, epoch, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const sqlPerson = `SELECT id, name, contact, discretion, zone, step, epoch, made_at, changed_at FROM people_persons WHERE practice_id = $1 AND id = $2`

// Only visitors: a name typed into a public form never leads to somebody who signs in.
const sqlByContact = `SELECT p.id, p.name, p.contact, p.discretion, p.zone, p.step, p.epoch, p.made_at, p.changed_at FROM people_persons p
WHERE p.practice_id = $1 AND p.contact_hash = $2
AND NOT EXISTS (SELECT 1 FROM people_roles r WHERE r.practice_id = p.practice_id AND r.person_id = p.id)
ORDER BY p.id LIMIT 20`

const sqlChangedSince = `SELECT id, name, discretion, zone, step, changed_at FROM people_persons
WHERE practice_id = $1 AND changed_at >= $2 ORDER BY changed_at`

const sqlRolesChangedSince = `SELECT r.person_id, r.role FROM people_persons p
JOIN people_roles r ON r.practice_id = p.practice_id AND r.person_id = p.id
WHERE p.practice_id = $1 AND p.changed_at >= $2 ORDER BY r.role`

const sqlTouch = `UPDATE people_persons SET changed_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlSetStep = `UPDATE people_persons SET step = $1, changed_at = $2 WHERE practice_id = $3 AND id = $4`

// Only forward, from before the path or from its first step.
const sqlReachConsultation = `UPDATE people_persons SET step = 'consultation', changed_at = $1
WHERE practice_id = $2 AND id = $3 AND step IN ('', 'inquiry')`

const sqlRename = `UPDATE people_persons SET name = $1, changed_at = $2 WHERE practice_id = $3 AND id = $4`

const sqlSetDiscretion = `UPDATE people_persons SET discretion = $1, changed_at = $2 WHERE practice_id = $3 AND id = $4`

const sqlGrant = `INSERT INTO people_roles (practice_id, person_id, role, granted_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, person_id, role) DO UPDATE SET granted_at = people_roles.granted_at`

const sqlRevoke = `DELETE FROM people_roles WHERE practice_id = $1 AND person_id = $2 AND role = $3`

const sqlRoles = `SELECT role FROM people_roles WHERE practice_id = $1 AND person_id = $2 ORDER BY role`

const sqlLogin = `SELECT person_id FROM people_logins WHERE practice_id = $1 AND contact_hash = $2`

const sqlAddLogin = `INSERT INTO people_logins (practice_id, contact_hash, person_id) VALUES ($1, $2, $3)`

const sqlDropLogins = `DELETE FROM people_logins WHERE practice_id = $1 AND person_id = $2
AND NOT EXISTS (SELECT 1 FROM people_roles r WHERE r.practice_id = $1 AND r.person_id = $2)`

const sqlNextEpoch = `UPDATE people_persons SET epoch = epoch + 1, changed_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlEndSessions = `DELETE FROM people_sessions WHERE practice_id = $1 AND person_id = $2`

const sqlAddLink = `INSERT INTO people_links (practice_id, token_hash, person_id, made_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, 0)`

const sqlLink = `SELECT person_id, expires_at, used_at FROM people_links WHERE practice_id = $1 AND token_hash = $2`

const sqlUseLink = `UPDATE people_links SET used_at = $1 WHERE practice_id = $2 AND token_hash = $3 AND used_at = 0 AND expires_at > $1`

const sqlSweepLinks = `DELETE FROM people_links WHERE practice_id = $1 AND expires_at < $2`

const sqlJoin = `INSERT INTO people_team (practice_id, client_id, person_id, role, since_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, client_id, person_id, role) DO NOTHING`

const sqlLeave = `DELETE FROM people_team WHERE practice_id = $1 AND client_id = $2 AND person_id = $3 AND role = $4`

const sqlTeamsChangedSince = `SELECT t.client_id, t.person_id, t.role, t.since_at FROM people_persons p
JOIN people_team t ON t.practice_id = p.practice_id AND t.client_id = p.id
WHERE p.practice_id = $1 AND p.changed_at >= $2 ORDER BY t.client_id, t.role, t.person_id`

const sqlOpenNow = `SELECT client_id, id, person_id, reason, words, opened_at, ends_at FROM people_glass
WHERE practice_id = $1 AND ends_at > $2 ORDER BY ends_at LIMIT 1000`

const sqlBreak = `INSERT INTO people_glass (practice_id, client_id, id, person_id, reason, words, opened_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlStillOpen = `SELECT COUNT(*) FROM people_glass WHERE practice_id = $1 AND client_id = $2 AND person_id = $3 AND ends_at > $4`

const sqlOpenings = `SELECT client_id, id, person_id, reason, words, opened_at, ends_at FROM people_glass
WHERE practice_id = $1 AND client_id = $2 ORDER BY id DESC LIMIT 50`

// Clients who have not been heard of, whoever that is the longest first. An
// erased name is empty: nothing of theirs is left to see to.
const sqlQuiet = `SELECT p.id, p.name, p.contact, p.discretion, p.zone, p.step, p.epoch, p.made_at, p.changed_at FROM people_persons p
WHERE p.practice_id = $1 AND p.changed_at >= $2 AND (p.changed_at, p.id) > ($2, $3) AND p.changed_at < $4 AND OCTET_LENGTH(p.name) > 0
AND NOT EXISTS (SELECT 1 FROM people_roles r WHERE r.practice_id = p.practice_id AND r.person_id = p.id AND r.role <> 'client')
ORDER BY p.changed_at, p.id LIMIT $5`

const sqlIdentity = `SELECT body FROM people_identity WHERE practice_id = $1 AND person_id = $2`

const sqlKeepIdentity = `INSERT INTO people_identity (practice_id, person_id, body, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, person_id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at`

const sqlDropIdentity = `DELETE FROM people_identity WHERE practice_id = $1 AND person_id = $2`

const sqlErasePerson = `UPDATE people_persons SET name = $1, contact = NULL, contact_hash = NULL, zone = '', changed_at = $2
WHERE practice_id = $3 AND id = $4`

const sqlRevokeAll = `DELETE FROM people_roles WHERE practice_id = $1 AND person_id = $2`

const sqlDropLinks = `DELETE FROM people_links WHERE practice_id = $1 AND person_id = $2`

const sqlDropTeam = `DELETE FROM people_team WHERE practice_id = $1 AND client_id = $2`

const sqlSilence = `UPDATE people_glass SET words = $1 WHERE practice_id = $2 AND client_id = $3`

// A session with the roles of whoever is in it, one row for each role.
const sessionColumns = `s.id, s.person_id, s.device, s.half, s.strong, s.proved_at, s.mailed_at, s.began_at, s.seen_at, s.expires_at, s.lock_after, s.locked,
CASE WHEN s.pin IS NULL THEN 0 ELSE 1 END, s.pin_tries, r.role, s.token`

const sessionTables = `people_sessions s
JOIN people_persons p ON p.practice_id = s.practice_id AND p.id = s.person_id AND p.epoch = s.epoch
JOIN people_roles r ON r.practice_id = s.practice_id AND r.person_id = s.person_id`

const sqlSession = `SELECT ` + sessionColumns + ` FROM ` + sessionTables + `
WHERE s.practice_id = $1 AND s.expires_at > $2 AND s.token = $3 ORDER BY r.role`

// For as many tokens as db.Joint asks for at once.
const sqlSessions = `SELECT ` + sessionColumns + ` FROM ` + sessionTables + `
WHERE s.practice_id = $1 AND s.expires_at > $2 AND s.token IN ($3, $4, $5, $6, $7, $8, $9, $10) ORDER BY s.token, r.role`

const sqlSessionsOf = `SELECT id, person_id, device, half, strong, proved_at, mailed_at, began_at, seen_at, expires_at, lock_after, locked,
CASE WHEN pin IS NULL THEN 0 ELSE 1 END, pin_tries
FROM people_sessions WHERE practice_id = $1 AND person_id = $2 AND epoch = $3 AND expires_at > $4 ORDER BY seen_at DESC, id`

const sqlSessionSeen = `UPDATE people_sessions SET seen_at = $1 WHERE practice_id = $2 AND token = $3 AND seen_at < $1`

const sqlAddSession = `INSERT INTO people_sessions
(practice_id, token, id, person_id, epoch, device, half, strong, proved_at, mailed_at, began_at, seen_at, expires_at, lock_after, locked, pin_tries)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0)`

const sqlProveSession = `UPDATE people_sessions SET token = $1, strong = 1, proved_at = $2, seen_at = $2 WHERE practice_id = $3 AND id = $4`

const sqlProveMail = `UPDATE people_sessions SET token = $1, mailed_at = $2, seen_at = $2 WHERE practice_id = $3 AND id = $4`

const sqlProveMailFresh = `UPDATE people_sessions SET token = $1, mailed_at = $2, proved_at = $2, seen_at = $2 WHERE practice_id = $3 AND id = $4`

const sqlWeakenSessions = `UPDATE people_sessions SET strong = 0, proved_at = 0 WHERE practice_id = $1 AND person_id = $2`

const sqlShareSession = `UPDATE people_sessions SET lock_after = $1, pin = $2, pin_tries = 0, seen_at = $3 WHERE practice_id = $4 AND id = $5`

const sqlLockSession = `UPDATE people_sessions SET locked = 1 WHERE practice_id = $1 AND id = $2`

const sqlUnlockSession = `UPDATE people_sessions SET locked = 0, pin_tries = 0, seen_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlTryPIN = `UPDATE people_sessions SET pin_tries = pin_tries + 1 WHERE practice_id = $1 AND id = $2 AND pin_tries < $3 AND pin IS NOT NULL`

const sqlPIN = `SELECT pin FROM people_sessions WHERE practice_id = $1 AND id = $2`

const sqlDropSession = `DELETE FROM people_sessions WHERE practice_id = $1 AND token = $2`

const sqlEndSession = `DELETE FROM people_sessions WHERE practice_id = $1 AND person_id = $2 AND id = $3`

const sqlSweepSessions = `DELETE FROM people_sessions WHERE practice_id = $1 AND expires_at < $2`

type personRow struct {
	Person
	name, contact []byte
	changed       time.Time // only orders what is read again; two changes may share an instant
}

func scanPerson(r db.Row) (p personRow, err error) {
	err = r.Scan(&p.ID, &p.name, &p.contact, &p.Discretion, &p.Zone, &p.Step, &p.Epoch, db.T(&p.Made), db.T(&p.changed))
	return p, err
}

// cardRow is of a person's row what their card is made of.
type cardRow struct {
	id         db.ID
	name       []byte
	discretion Discretion
	zone, step string
	changed    time.Time
}

func scanCard(r db.Row) (c cardRow, err error) {
	err = r.Scan(&c.id, &c.name, &c.discretion, &c.zone, &c.step, db.T(&c.changed))
	return c, err
}

type roleRow struct {
	person db.ID
	role   access.Role
}

func scanRole(r db.Row) (x roleRow, err error) {
	err = r.Scan(&x.person, &x.role)
	return x, err
}

type teamRow struct {
	client db.ID
	Member
}

func scanTeam(r db.Row) (x teamRow, err error) {
	err = r.Scan(&x.client, &x.Person, &x.Role, db.T(&x.Since))
	return x, err
}

type openingRow struct {
	client db.ID
	Opening
	words []byte
}

func scanOpening(r db.Row) (x openingRow, err error) {
	err = r.Scan(&x.client, &x.ID, &x.Person, &x.Reason, &x.words, db.T(&x.At), db.T(&x.Ends))
	return x, err
}

type linkRow struct {
	person        db.ID
	expires, used time.Time
}

func scanLink(r db.Row) (l linkRow, err error) {
	err = r.Scan(&l.person, db.T(&l.expires), db.T(&l.used))
	return l, err
}

type sessionRow struct {
	Session
	role  access.Role
	token []byte // its hash
}

func (in *Session) read(r db.Row, more ...any) error {
	var half, strong, lockAfter, locked, pin int64
	err := r.Scan(append([]any{
		&in.ID, &in.Person, &in.Device, &half, &strong, db.T(&in.Proved), db.T(&in.Mailed), db.T(&in.Began), db.T(&in.Seen), db.T(&in.Expires),
		&lockAfter, &locked, &pin, &in.PINTries,
	}, more...)...)
	in.Half, in.Strong, in.Locked, in.HasPIN = half == 1, strong == 1, locked == 1, pin == 1
	in.LockAfter = time.Duration(lockAfter) * time.Microsecond
	return err
}

func scanSession(r db.Row) (x sessionRow, err error) {
	err = x.read(r, &x.role, &x.token)
	return x, err
}

func scanSessionOf(r db.Row) (in Session, err error) {
	err = in.read(r)
	return in, err
}
