package work

import "held/internal/db"

const sqlKeepRun = `INSERT INTO work_runs (practice_id, worker, last_run_at, last_ok_at, last_fault) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, worker) DO UPDATE SET last_run_at = excluded.last_run_at, last_fault = excluded.last_fault,
last_ok_at = CASE WHEN excluded.last_ok_at > 0 THEN excluded.last_ok_at ELSE work_runs.last_ok_at END`

const sqlRuns = `SELECT worker, last_run_at, last_ok_at, last_fault FROM work_runs WHERE practice_id = $1 ORDER BY worker`

func scanRun(r db.Row) (w Run, err error) {
	err = r.Scan(&w.Worker, db.T(&w.Last), db.T(&w.Fine), &w.Fault)
	return w, err
}
