package vault

import "held/internal/db"

const sqlInsertClassKey = `INSERT INTO vault_class_keys (practice_id, class, version, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)`

const sqlClassKeys = `SELECT class, version, wrapped FROM vault_class_keys WHERE practice_id = $1`

const sqlInsertDataKey = `INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (practice_id, subject_id, class, version) DO NOTHING`

const sqlAddDataKey = `INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`

const sqlNewestDataKey = `SELECT version, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 ORDER BY version DESC LIMIT 1`

const sqlDataKey = `SELECT class_version, wrapped, destroyed_at FROM vault_data_keys
WHERE practice_id = $1 AND subject_id = $2 AND class = $3 AND version = $4`

const sqlDestroyDataKeys = `UPDATE vault_data_keys SET wrapped = NULL, destroyed_at = $1
WHERE practice_id = $2 AND subject_id = $3 AND class = $4 AND destroyed_at = 0`

type classRow struct {
	ref     classRef
	wrapped []byte
}

func scanClassKey(r db.Row) (c classRow, err error) {
	err = r.Scan(&c.ref.class, &c.ref.version, &c.wrapped)
	return c, err
}

type newestRow struct{ version, destroyed int64 }

func scanNewest(r db.Row) (n newestRow, err error) {
	err = r.Scan(&n.version, &n.destroyed)
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
