package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pool bounds the connections of one side.
const pool = 16

// server is how the connections of this program are called.
const server = "held"

// openPostgres opens a pool for each side, at READ COMMITTED: the constraints
// judge, the code explains. Two pools, so that a transaction which reads
// outside itself never waits for a connection that another one like it holds.
func openPostgres(url, as string) (*DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database address could not be read; it looks like postgres://user:password@host:5432/name")
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	cfg.RuntimeParams["application_name"] = as
	cfg.RuntimeParams["timezone"] = "UTC"
	// Every query here is small and bounded: starting workers for one takes ten times as long as answering it.
	cfg.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	alive := stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
		return p.IdleDuration > time.Second || stirred(p.Conn.PgConn().Conn())
	})
	d := &DB{engine: Postgres, write: stdlib.OpenDB(*cfg, alive), read: stdlib.OpenDB(*cfg, alive)}
	for _, p := range []*sql.DB{d.write, d.read} {
		p.SetMaxOpenConns(pool)
		p.SetMaxIdleConns(pool)
		p.SetConnMaxIdleTime(5 * time.Minute)
	}
	return d, nil
}

// stirred tells whether something came to a connection at rest, which is most
// often that the server has ended it. It costs one look into the kernel, where
// asking the server would cost a journey.
func stirred(c net.Conn) bool {
	if secured, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secured.NetConn()
	}
	socket, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	quiet := false
	// Not raw.Read: pgx may have left a reader waiting, and this would wait for that.
	err = raw.Control(func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT) // #nosec G115 -- a file's number
		quiet = errors.Is(err, syscall.EAGAIN)
	})
	return err != nil || !quiet
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

// broken tells whether a connection that was there ended under a statement.
func broken(err error) bool {
	var connect *pgconn.ConnectError
	if err == nil || errors.As(err, &connect) {
		return false
	}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, driver.ErrBadConn} {
		if errors.Is(err, end) {
			return true
		}
	}
	return strings.HasPrefix(pgCode(err), "57P")
}

// pgDown: no connection, or one that ended (classes 08 and 57P), or no room (53).
func pgDown(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || broken(err) || errors.As(err, &network) && !errors.Is(err, context.Canceled) {
		return true
	}
	code := pgCode(err)
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "53")
}
