package once

const sqlClaim = `INSERT INTO once_forms (practice_id, id, made_id, done_at) VALUES ($1, $2, $3, $4) ON CONFLICT (practice_id, id) DO NOTHING`

const sqlMade = `SELECT made_id FROM once_forms WHERE practice_id = $1 AND id = $2`

const sqlForget = `DELETE FROM once_forms WHERE practice_id = $1 AND done_at < $2`
