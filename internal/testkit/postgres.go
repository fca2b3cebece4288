package testkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io/fs"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver

	"held/internal/db"
	"held/migrations"
)

var pgOnce struct {
	sync.Mutex
	name string
}

// pgTemplate makes the migrated template once per set of migrations; several
// test programs may ask at the same time, so one advisory lock orders them.
func pgTemplate(base string) (string, error) {
	pgOnce.Lock()
	defer pgOnce.Unlock()
	if pgOnce.name != "" {
		return pgOnce.name, nil
	}
	name, err := templateName()
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	admin, err := sql.Open("pgx", base)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	conn, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(4711)"); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock(4711)") // the connection ends here anyway
	var there int
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_database WHERE datname = $1", name).Scan(&there); err != nil {
		return "", err
	}
	if there == 0 {
		// Grown under another name, so that a killed test leaves no half template.
		grow := name + "_grow"
		for _, s := range []string{`DROP DATABASE IF EXISTS "` + grow + `"`, `CREATE DATABASE "` + grow + `" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`} {
			if _, err := conn.ExecContext(ctx, s); err != nil {
				return "", err
			}
		}
		if err := migrate(ctx, pgNamed(base, grow)); err != nil {
			return "", err
		}
		if _, err := conn.ExecContext(ctx, `ALTER DATABASE "`+grow+`" RENAME TO "`+name+`"`); err != nil {
			return "", err
		}
	}
	pgOnce.name = name
	return name, nil
}

func migrate(ctx context.Context, url string) error {
	d, err := db.Open(ctx, url, "")
	if err != nil {
		return err
	}
	defer d.Close()
	_, _, err = d.Migrate(ctx, migrations.Files)
	return err
}

func templateName() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, n := range names {
		b, err := fs.ReadFile(migrations.Files, n)
		if err != nil {
			return "", err
		}
		h.Write(b)
	}
	return "held_template_" + hex.EncodeToString(h.Sum(nil))[:12], nil
}

func pgAdmin(base, statement string) error {
	admin, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer admin.Close()
	_, err = admin.Exec(statement)
	return err
}
