package identity

import (
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"held/internal/db"
)

const sqlFactors = `SELECT
(SELECT COUNT(*) FROM identity_passkeys WHERE practice_id = $1 AND person_id = $2 AND doubted_at = 0),
(SELECT COUNT(*) FROM identity_apps WHERE practice_id = $1 AND person_id = $2 AND state = 'on'),
(SELECT COUNT(*) FROM identity_recovery WHERE practice_id = $1 AND person_id = $2 AND used_at = 0),
(SELECT COUNT(*) FROM identity_subjects WHERE practice_id = $1 AND person_id = $2)`

const sqlAddPasskey = `INSERT INTO identity_passkeys
(practice_id, id, person_id, credential_id, public_key, name, sign_count, flags, transports, made_at, used_at, doubted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)`

const sqlPasskeys = `SELECT id, credential_id, public_key, name, sign_count, flags, transports, made_at, used_at, doubted_at
FROM identity_passkeys WHERE practice_id = $1 AND person_id = $2 ORDER BY made_at, id` // #nosec G101 -- a statement, and no credential

const sqlUsePasskey = `UPDATE identity_passkeys SET sign_count = $1, flags = $2, used_at = $3 WHERE practice_id = $4 AND id = $5 AND doubted_at = 0`

const sqlDoubtPasskey = `UPDATE identity_passkeys SET doubted_at = $1 WHERE practice_id = $2 AND id = $3 AND doubted_at = 0`

const sqlNamePasskey = `UPDATE identity_passkeys SET name = $1 WHERE practice_id = $2 AND person_id = $3 AND id = $4`

const sqlDropPasskey = `DELETE FROM identity_passkeys WHERE practice_id = $1 AND person_id = $2 AND id = $3`

const sqlDropPasskeys = `DELETE FROM identity_passkeys WHERE practice_id = $1 AND person_id = $2`

const sqlKeepApp = `INSERT INTO identity_apps (practice_id, person_id, state, secret, last_step, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (practice_id, person_id, state) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step, made_at = excluded.made_at`

const sqlApp = `SELECT secret, last_step, made_at FROM identity_apps WHERE practice_id = $1 AND person_id = $2 AND state = $3`

// Only forward: of two who give the same code, one is let in.
const sqlStepApp = `UPDATE identity_apps SET last_step = $1 WHERE practice_id = $2 AND person_id = $3 AND state = $4 AND last_step < $1`

const sqlDropApp = `DELETE FROM identity_apps WHERE practice_id = $1 AND person_id = $2 AND state = $3`

const sqlDropApps = `DELETE FROM identity_apps WHERE practice_id = $1 AND person_id = $2`

const sqlAddCodesValues = `INSERT INTO identity_recovery (practice_id, person_id, hash, made_at, used_at) VALUES`

const codeCols = 5

const sqlUseCode = `UPDATE identity_recovery SET used_at = $1 WHERE practice_id = $2 AND person_id = $3 AND hash = $4 AND used_at = 0`

const sqlDropCodes = `DELETE FROM identity_recovery WHERE practice_id = $1 AND person_id = $2`

// Written before it is read, so that tries at one moment wait for each other.
const sqlHoldTries = `INSERT INTO identity_tries (practice_id, person_id, way, full_at, told_at) VALUES ($1, $2, $3, 0, 0)
ON CONFLICT (practice_id, person_id, way) DO UPDATE SET full_at = identity_tries.full_at`

const sqlTries = `SELECT full_at, told_at FROM identity_tries WHERE practice_id = $1 AND person_id = $2 AND way = $3`

const sqlKeepTries = `UPDATE identity_tries SET full_at = $1, told_at = $2 WHERE practice_id = $3 AND person_id = $4 AND way = $5`

const sqlDropTries = `DELETE FROM identity_tries WHERE practice_id = $1 AND person_id = $2`

const sqlAddCeremony = `INSERT INTO identity_ceremonies (practice_id, handle_hash, purpose, session_id, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`

const sqlCeremony = `SELECT purpose, session_id, data, expires_at FROM identity_ceremonies WHERE practice_id = $1 AND handle_hash = $2`

const sqlDropCeremony = `DELETE FROM identity_ceremonies WHERE practice_id = $1 AND handle_hash = $2`

const sqlSweepCeremonies = `DELETE FROM identity_ceremonies WHERE practice_id = $1 AND expires_at < $2`

const sqlKeepMailed = `INSERT INTO identity_mailed (practice_id, session_id, hash, tries, expires_at) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT (practice_id, session_id) DO UPDATE SET hash = excluded.hash, tries = 0, expires_at = excluded.expires_at`

const sqlTryMailed = `UPDATE identity_mailed SET tries = tries + 1 WHERE practice_id = $1 AND session_id = $2 AND tries < $3 AND expires_at > $4`

const sqlMailed = `SELECT hash FROM identity_mailed WHERE practice_id = $1 AND session_id = $2`

const sqlDropMailed = `DELETE FROM identity_mailed WHERE practice_id = $1 AND session_id = $2`

const sqlSweepMailed = `DELETE FROM identity_mailed WHERE practice_id = $1 AND expires_at < $2`

const sqlSeeDevice = `UPDATE identity_devices SET seen_at = $1 WHERE practice_id = $2 AND person_id = $3 AND token_hash = $4`

const sqlAnyDevice = `SELECT COUNT(*) FROM identity_devices WHERE practice_id = $1 AND person_id = $2`

const sqlAddDevice = `INSERT INTO identity_devices (practice_id, person_id, token_hash, seen_at) VALUES ($1, $2, $3, $4)`

const sqlDropDevices = `DELETE FROM identity_devices WHERE practice_id = $1 AND person_id = $2`

const sqlSweepDevices = `DELETE FROM identity_devices WHERE practice_id = $1 AND seen_at < $2`

const sqlSubject = `SELECT person_id FROM identity_subjects WHERE practice_id = $1 AND subject_hash = $2`

// An account whose person does not sign in any more becomes the next one's.
const sqlLinkSubject = `INSERT INTO identity_subjects (practice_id, subject_hash, person_id, linked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, subject_hash) DO UPDATE SET person_id = excluded.person_id, linked_at = excluded.linked_at`

const sqlDropSubjects = `DELETE FROM identity_subjects WHERE practice_id = $1 AND person_id = $2`

func scanFactors(r db.Row) (f Factors, err error) {
	var apps, linked int
	err = r.Scan(&f.Passkeys, &apps, &f.Codes, &linked)
	f.App, f.Linked = apps > 0, linked > 0
	return f, err
}

func scanPasskey(r db.Row) (k Passkey, err error) {
	var count, flags int64
	var transports string
	err = r.Scan(&k.ID, &k.credential.ID, &k.credential.PublicKey, &k.name, &count, &flags, &transports, db.T(&k.Made), db.T(&k.Used), db.T(&k.Doubted))
	k.credential.Authenticator.SignCount = uint32(count)                                       // #nosec G115 -- as it was written
	k.credential.Flags = webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(byte(flags))) // #nosec G115 -- as it was written
	for t := range strings.FieldsSeq(transports) {
		k.credential.Transport = append(k.credential.Transport, protocol.AuthenticatorTransport(t))
	}
	return k, err
}

type appRow struct {
	secret []byte
	last   int64
	made   time.Time
}

func scanApp(r db.Row) (a appRow, err error) {
	err = r.Scan(&a.secret, &a.last, db.T(&a.made))
	return a, err
}

type triesRow struct{ full, told time.Time }

func scanTries(r db.Row) (t triesRow, err error) {
	err = r.Scan(db.T(&t.full), db.T(&t.told))
	return t, err
}

type ceremonyRow struct {
	purpose string
	session db.ID
	data    []byte
	expires time.Time
}

func scanCeremony(r db.Row) (c ceremonyRow, err error) {
	err = r.Scan(&c.purpose, &c.session, &c.data, db.T(&c.expires))
	return c, err
}
