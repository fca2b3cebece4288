package db

import "context"

// Setup is what a server decided that Held relies on.
type Setup struct {
	Sealed bool // the connection is under TLS
	Bytes  bool // texts are put in the order of their bytes, as on SQLite
}

// Setup asks the server how it is set up. SQLite has none, and nothing to set.
func (d *DB) Setup(ctx context.Context) (s Setup, err error) {
	if d.engine == SQLite {
		return Setup{Sealed: true, Bytes: true}, nil
	}
	const sqlSetup = `SELECT COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE), 'B' < 'a'`
	err = d.read.QueryRowContext(ctx, sqlSetup).Scan(&s.Sealed, &s.Bytes)
	return s, err
}
