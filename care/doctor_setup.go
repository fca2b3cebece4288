package care

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/internal/work"
)

// watching is the worker that notes whether callers can be told apart, so that
// the command, which is another process, knows it too.
const watching = "callers"

var errHidden = errors.New("every request came from this machine or a private network without X-Forwarded-For")

// Watch makes the worker that keeps what the callers' requests tell.
func (d *Doctor) Watch(c *web.Callers) *work.Worker {
	w := &work.Worker{Name: watching, Every: time.Hour, Do: func(context.Context) error {
		if d.public() && c.Hidden() {
			return errHidden
		}
		return nil
	}}
	c.Turned = w.Wake
	return w
}

// public tells whether others than this machine are to reach the site.
func (d *Doctor) public() bool {
	u, err := url.Parse(d.Base)
	return err == nil && !here(u.Hostname())
}

func here(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}

func (d *Doctor) callers(r work.Run) (bool, string, string) {
	switch {
	case !d.public():
		return true, "Callers", "The site is on this machine only. Nobody is held off by their address."
	case r.Fault != "":
		return false, "Callers", "Every request since the last start came from this machine or a private network and did not say for whom. So the limits on asking, booking and signing in cannot tell one caller from another, and hold off nobody or everybody. Let the proxy set X-Forwarded-For."
	}
	return true, "Callers", "Requests say where they come from, or few have come yet."
}

func (d *Doctor) address() (bool, string, string) {
	u, err := url.Parse(d.Base)
	switch {
	case err == nil && u.Scheme == "https":
		return true, "Address", "The site is reached by https."
	case d.public():
		return false, "Address", "HELD_URL begins with http://, so anybody on the way can read what people write here. Give HELD_URL with https, and let Held have a certificate (HELD_ACME, or HELD_TLS_CERT and HELD_TLS_KEY) or put a proxy that ends TLS in front."
	}
	return false, "Address", "The site is not reached by https. That is right on your own machine only; a public site needs HELD_URL with https, and a certificate: HELD_ACME, HELD_TLS_CERT and HELD_TLS_KEY, or a proxy that ends TLS."
}

// folder looks at the data folder, which is there as long as anything is kept in it.
func (d *Doctor) folder() (fine bool, about, sentence string, there bool) {
	info, err := os.Stat(d.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, "", "", false
	case err != nil:
		return false, "Data folder", "It cannot be looked at. Does it belong to the account that the program runs as?", true
	case info.Mode().Perm()&0o077 != 0:
		return false, "Data folder", "Other accounts of this machine can look into it. What people write is sealed there, times and states are not. Change its mode to 0700.", true
	}
	return true, "Data folder", "Only this account can look into it.", true
}

// server looks at how PostgreSQL is set up; the embedded database has no server.
func (d *Doctor) server(ctx context.Context, say func(bool, string, string)) error {
	if d.DB.Engine() != db.Postgres {
		return nil
	}
	set, err := d.DB.Setup(ctx)
	if err != nil {
		return err
	}
	switch {
	case set.Sealed:
		say(true, "Way to the database", "It is under TLS.")
	case here(d.DatabaseHost):
		say(true, "Way to the database", "It does not leave this machine.")
	default:
		say(false, "Way to the database", "It goes to another host ("+d.DatabaseHost+") in the clear. Turn TLS on there, and add sslmode=verify-full to HELD_DATABASE.")
	}
	order := "It sorts texts by their bytes, as Held wants it."
	if !set.Bytes {
		order = "It sorts texts by the rules of a language. Held wants locale C: lists may be in another order than on the embedded database, and an update of the system can damage indexes. Make a new database with LC_COLLATE 'C', and move the data there with pg_dump."
	}
	say(set.Bytes, "Locale of the database", order)
	return nil
}
