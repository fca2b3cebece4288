package vault

import "held/internal/db"

const sqlInsertClassKey = `INSERT INTO vault_class_keys (practice_id, class, version, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)`

const sqlClassKeys = `SELECT class, version, wrapped FROM vault_class_keys WHERE practice_id = $1`

const sqlInsertDataKey = `INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (practice_id, subject_id, class, version) DO NOTHING`

const sqlAddDataKey = `INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`

const sqlBury = `INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at)
VALUES ($1, $2, $3, $4, $4, NULL, $5, $5)`

const sqlNewestDataKey = `SELECT version, class_version, wrapped, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 ORDER BY version DESC LIMIT 1`

const sqlDataKey = `SELECT class_version, wrapped, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 AND version = $4`

// The data keys of many subjects at once (manyKeys); fewer are filled up with the last.
const sqlDataKeysOf = `SELECT subject_id, class, version, class_version, wrapped, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND class = $2 AND subject_id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)`

const sqlDestroyDataKeys = `UPDATE vault_data_keys SET wrapped = NULL, destroyed_at = $1
WHERE practice_id = $2 AND subject_id = $3 AND class = $4 AND destroyed_at = 0`

// Writes nothing, and holds the row until the transaction ends.
const sqlHoldDataKey = `UPDATE vault_data_keys SET made_at = made_at
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 AND version = $4 AND destroyed_at = 0`

const sqlEpoch = `SELECT epoch FROM vault_epochs WHERE practice_id = $1`

const sqlNextEpoch = `INSERT INTO vault_epochs (practice_id, epoch) VALUES ($1, 1)
ON CONFLICT (practice_id) DO UPDATE SET epoch = vault_epochs.epoch + 1`

const sqlRewrapClassKey = `UPDATE vault_class_keys SET wrapped = $1 WHERE practice_id = $2 AND class = $3 AND version = $4`

const sqlDropClassKeys = `DELETE FROM vault_class_keys WHERE practice_id = $1 AND class = $2 AND version < $3`

const sqlDataKeys = `SELECT subject_id, class, version, class_version, wrapped, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND (subject_id, class, version) > ($2, $3, $4) ORDER BY subject_id, class, version LIMIT $5`

const sqlRewrapDataKey = `UPDATE vault_data_keys SET wrapped = $1, class_version = $2
WHERE practice_id = $3 AND subject_id = $4 AND class = $5 AND version = $6 AND class_version = $7 AND destroyed_at = 0`

const sqlDropDataKey = `DELETE FROM vault_data_keys
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 AND version = $4 AND destroyed_at = 0`

const sqlBeginRotation = `INSERT INTO vault_rotations (practice_id, version, started_at, pass_at, place, after_key, found, resealed, done_at)
VALUES ($1, $2, $3, $3, '', NULL, 0, 0, 0)`

const sqlRotation = `SELECT version, started_at, pass_at, place, after_key, found, resealed, done_at FROM vault_rotations
WHERE practice_id = $1 ORDER BY version DESC LIMIT 1`

const sqlKeepPlace = `UPDATE vault_rotations SET place = $1, after_key = $2, found = found + $3, resealed = resealed + $3
WHERE practice_id = $4 AND version = $5 AND pass_at = $6 AND done_at = 0`

// #nosec G101 -- a pass along the columns, no password
const sqlNextPass = `UPDATE vault_rotations SET place = '', after_key = NULL, found = 0, pass_at = $1
WHERE practice_id = $2 AND version = $3 AND pass_at = $4 AND done_at = 0`

const sqlEndRotation = `UPDATE vault_rotations SET done_at = $1
WHERE practice_id = $2 AND version = $3 AND pass_at = $4 AND found = 0 AND done_at = 0`

type classRow struct {
	ref     classRef
	wrapped []byte
}

func scanClassKey(r db.Row) (c classRow, err error) {
	err = r.Scan(&c.ref.class, &c.ref.version, &c.wrapped)
	return c, err
}

type newestRow struct {
	version int64
	dataRow
}

func scanNewest(r db.Row) (n newestRow, err error) {
	err = r.Scan(&n.version, &n.classVersion, &n.wrapped, &n.destroyed)
	return n, err
}

type dataRow struct {
	classVersion, destroyed int64
	wrapped                 []byte
}

func scanDataKey(r db.Row) (d dataRow, err error) {
	err = r.Scan(&d.classVersion, &d.wrapped, &d.destroyed)
	return d, err
}

type keyRow struct {
	ref dataRef
	dataRow
}

func scanKey(r db.Row) (k keyRow, err error) {
	err = r.Scan(&k.ref.subject, &k.ref.class, &k.ref.version, &k.classVersion, &k.wrapped, &k.destroyed)
	return k, err
}

type rotationRow struct {
	Rotation
	pass, found int64
	after       []byte
}

func scanRotation(r db.Row) (x rotationRow, err error) {
	err = r.Scan(&x.Version, db.T(&x.Started), &x.pass, &x.Place, &x.after, &x.found, &x.Resealed, db.T(&x.Done))
	return x, err
}
