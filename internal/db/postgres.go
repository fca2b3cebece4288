package db

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens one pool for both sides, at READ COMMITTED: the
// constraints judge, the code explains.
func openPostgres(url string) (*DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database address could not be read; it looks like postgres://user:password@host:5432/name")
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	cfg.RuntimeParams["application_name"] = "held"
	cfg.RuntimeParams["timezone"] = "UTC"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	p := stdlib.OpenDB(*cfg)
	p.SetMaxOpenConns(16)
	p.SetMaxIdleConns(16)
	p.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{engine: Postgres, write: p, read: p}, nil
}

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Taken tells whether a key said that somebody was first.
func Taken(err error) bool { return pgCode(err) == "23505" || sqliteTaken(err) }

// collided tells whether the whole transaction is worth repeating.
func collided(err error) bool {
	switch pgCode(err) {
	case "40001", "40P01":
		return true
	}
	return sqliteCollided(err)
}

// rawFor hands the writing pool to the migrations.
func (d *DB) rawFor() (*sql.DB, error) {
	if d.write == nil {
		return nil, fmt.Errorf("db: closed")
	}
	return d.write, nil
}
