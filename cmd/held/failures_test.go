package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/mailbox"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
)

// trouble is a practice with one offering, its clock in the test's hand, on
// which something is about to go wrong.
type trouble struct {
	t     *testing.T
	p     *place
	h     *house
	clock *testkit.Clock
	b     *browser
	log   *lines
	n     int
}

func newTrouble(t *testing.T, p *place) *trouble {
	t.Helper()
	x := &trouble{t: t, p: p.founded(), clock: testkit.NewClock(wall()), log: newLines()}
	x.h = p.house(x.clock.Now, x.log)
	x.b = site(t, x.h)
	ctx := x.h.as(t.Context(), access.Operator)
	room, err := x.h.calendar.SaveRoom(ctx, calendar.Room{Name: "The window room"})
	if err != nil {
		t.Fatal(err)
	}
	opened(t, x.h, calendar.Offering{Name: "A talk", Slug: "talk", Where: calendar.InRoom, Rooms: []db.ID{room.ID}, Length: 10 * time.Minute})
	x.book()
	return x
}

// form is the next visitor's; each wants another time, days ahead.
func (x *trouble) form() url.Values {
	x.n++
	start := x.clock.Now().Add(100 * time.Hour).Truncate(time.Hour).Add(time.Duration(x.n) * 10 * time.Minute)
	n := strconv.Itoa(x.n)
	return form("start", start.Format(time.RFC3339), "zone", "UTC", "name", "Visitor "+n, "contact", "v"+n+"@client.example", "note", "The number is "+n+".", "once", "form-"+n)
}

func (x *trouble) try(v url.Values) answer {
	x.t.Helper()
	return x.b.must(x.b.send(x.t.Context(), http.MethodPost, "/book/talk", v, "application/json"))
}

// book books a time, which must succeed.
func (x *trouble) book() (token string) {
	x.t.Helper()
	a := x.try(x.form())
	var out struct{ Token string }
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusCreated {
		x.t.Fatalf("booking: %d %s\n%s", a.status, a.body, x.log)
	}
	return out.Token
}

// excused holds that a failure is said plainly, with no word of its cause.
func (x *trouble) excused(a answer) {
	x.t.Helper()
	if a.status != http.StatusServiceUnavailable && a.status != http.StatusInternalServerError {
		x.t.Errorf("a failure answers %d", a.status)
	}
	for _, word := range []string{"SQL", "sqlite", "database or disk", "pgx", "panic", "goroutine", "127.0.0.1"} {
		if strings.Contains(a.body, word) {
			x.t.Errorf("a failure tells strangers of %q: %s", word, words(a.body))
		}
	}
	if !strings.Contains(a.body, "try again") {
		x.t.Errorf("a failure does not say what to do: %s", words(a.body))
	}
}

func TestLettersWaitForAMailServerThatIsDown(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		box, err := mailbox.Listen(":0", mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		at := box.Addr()
		p.vars["HELD_SMTP"] = box.URL()
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
		x := newTrouble(t, p)
		ctx := x.h.system(t.Context())
		for range 4 { // a night of it
			if err := x.h.letters.Send(ctx); err != nil {
				t.Errorf("a mail server that is down stops the worker: %v", err)
			}
			x.clock.Add(90 * time.Minute)
			x.b.page("/")
		}
		if strings.Contains(x.log.String(), "@client.example") {
			t.Errorf("the log tells whom it could not write to: %s", x.log)
		}
		if box, err = mailbox.Listen(at, mailbox.Options{}); err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		x.clock.Add(24 * time.Hour)
		for range 3 {
			if err := x.h.letters.Send(ctx); err != nil {
				t.Error(err)
			}
			x.clock.Add(time.Hour)
		}
		to := map[string]int{}
		for _, m := range box.Messages() {
			to[m.To]++
		}
		if to["v1@client.example"] != 1 || to[ownerEmail] != 1 || len(to) != 2 {
			t.Errorf("after it came back, letters went to %v; want one to each", to)
		}
	})
}

func TestALetterThatWasCutOffIsTheSameLetterAgain(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	box, err := mailbox.Listen(":0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	p.vars["HELD_SMTP"] = box.URL()
	x := newTrouble(t, p)
	box.DropNext()
	for range 3 {
		if err := x.h.letters.Send(x.h.system(t.Context())); err != nil {
			t.Error(err)
		}
		x.clock.Add(time.Hour)
	}
	ids := map[string]int{}
	for _, m := range box.Messages() {
		ids[m.MessageID]++
	}
	if len(ids) != 2 || len(box.Messages()) != 3 {
		t.Errorf("two letters, one cut off, arrived as %v", ids)
	}
}

// Somebody else's transaction makes bookings wait; none is lost or doubled.
func TestBookingsWaitForADatabaseThatIsBusy(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		x := newTrouble(t, p)
		other, begun, free := p.database(), make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := other.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE calendar_plans SET version = version + 1`)
				close(begun)
				<-free
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-begun
		for range 4 {
			v := x.form()
			wg.Go(func() {
				if a := x.try(v); a.status != http.StatusCreated {
					t.Errorf("a booking that had to wait: %d %s", a.status, a.body)
				}
			})
		}
		x.b.page("/book/talk") // reading does not wait
		time.AfterFunc(400*time.Millisecond, func() { close(free) })
		wg.Wait()
		if all := whole(t, x.h.db); len(all) != 5 {
			t.Errorf("%d appointments, want 5", len(all))
		}
	})
}

// A visitor does not wait for ever, and nobody's patience is booked.
func TestAVisitorWhoGoesAwayBooksNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		x := newTrouble(t, p)
		other, begun, free := p.database(), make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := other.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM calendar_claims WHERE step < 0`)
				if err == nil && p.engine == db.Postgres { // whoever claims must wait
					_, err = tx.Exec(t.Context(), `LOCK TABLE calendar_claims IN EXCLUSIVE MODE`)
				}
				close(begun)
				<-free
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-begun
		ctx, leave := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer leave()
		v := x.form()
		if a, err := x.b.send(ctx, http.MethodPost, "/book/talk", v, "application/json"); err == nil {
			t.Errorf("it was answered: %d %s", a.status, a.body)
		}
		close(free)
		wg.Wait()
		if a := x.try(v); a.status != http.StatusCreated {
			t.Errorf("the same form, later: %d %s", a.status, a.body)
		}
		if all := whole(t, x.h.db); len(all) != 2 {
			t.Errorf("%d appointments, want 2", len(all))
		}
	})
}

// A full disk is SQLite's: no page can be added to the database. What was
// acknowledged stays, nothing is half, and all goes on once there is room.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	x := newTrouble(t, newPlace(t))
	pragma := func(text string) {
		t.Helper()
		err := x.h.db.Write(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.Query(t.Context(), text)
			if err == nil {
				err = rows.Close()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	pages, err := db.One(t.Context(), x.h.db.Reader(), db.Value[int64], `PRAGMA page_count`)
	if err != nil {
		t.Fatal(err)
	}
	pragma(fmt.Sprintf("PRAGMA max_page_count = %d", pages+4))
	var tokens []string
	var refused url.Values
	for range 300 {
		v := x.form()
		a := x.try(v)
		if a.status == http.StatusCreated {
			tokens = append(tokens, a.body)
			continue
		}
		refused = v
		x.excused(a)
		break
	}
	if refused == nil {
		t.Fatal("the disk did not become full")
	}
	x.excused(x.b.must(x.b.send(t.Context(), http.MethodPost, "/book/talk", x.form(), "text/html")))
	x.b.page("/") // what is there can be read
	x.b.page("/book/talk")
	if all := whole(t, x.h.db); len(all) != 1+len(tokens) {
		t.Errorf("%d appointments for %d acknowledged", len(all), 1+len(tokens))
	}
	pragma("PRAGMA max_page_count = 1000000")
	if a := x.try(refused); a.status != http.StatusCreated {
		t.Errorf("with room again, the same form: %d %s", a.status, a.body)
	}
	whole(t, x.h.db)
	if !strings.Contains(x.log.String(), "full") {
		t.Errorf("the operator is not told that the disk is full: %s", x.log)
	}
	if strings.Contains(x.log.String(), "client.example") || strings.Contains(x.log.String(), "Visitor") {
		t.Errorf("the log tells who wanted a time: %s", x.log)
	}
}

// A database that is gone for a while, and comes back.
func TestADatabaseThatIsGoneForAWhile(t *testing.T) {
	t.Parallel()
	if os.Getenv(testkit.PostgresEnv) == "" {
		return // SQLite's is a file of this machine's own
	}
	p := newPlace(t)
	p.engine, p.vars["HELD_DATABASE"] = db.Postgres, emptyPostgres(t)
	x := newTrouble(t, p)
	admin, err := sql.Open("pgx", os.Getenv(testkit.PostgresEnv))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	u, err := url.Parse(p.vars["HELD_DATABASE"])
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	do := func(text string, args ...any) {
		t.Helper()
		if _, err := admin.Exec(text, args...); err != nil {
			t.Fatal(err)
		}
	}
	end := func() {
		do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name)
	}
	end() // every connection is cut at once; those that were just in use are noticed by whoever is next
	eventually(t, 5*time.Second, "bookings go on after every connection was cut", func() bool {
		a := x.try(x.form())
		if a.status != http.StatusCreated {
			x.excused(a)
		}
		return a.status == http.StatusCreated
	})
	do(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS false`)
	end()
	x.clock.Add(time.Minute) // nothing is answered from memory
	v := x.form()
	x.excused(x.try(v))
	x.excused(x.b.must(x.b.send(t.Context(), http.MethodPost, "/book/talk", v, "text/html")))
	if a := x.b.get("/readyz"); a.status != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %d", a.status)
	}
	if a := x.b.get("/healthz"); a.status != http.StatusOK {
		t.Errorf("the program is well, and says %d", a.status)
	}
	if err := x.h.letters.Send(x.h.system(t.Context())); err == nil && x.h.letters.Sender != nil {
		t.Error("letters were sent without a database")
	}
	do(`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS true`)
	if a := x.try(v); a.status != http.StatusCreated {
		t.Errorf("when it is back, the same form: %d %s", a.status, a.body)
	}
	if all := whole(t, x.h.db); len(all) != 3 {
		t.Errorf("%d appointments, want 3", len(all))
	}
	if said := x.log.String(); strings.Contains(said, "client.example") || strings.Contains(said, "held@127") {
		t.Errorf("the log tells too much: %s", said)
	}
}

// The clock of the machine is set, forward and back, while people book.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		box, err := mailbox.Listen(":0", mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		p.vars["HELD_SMTP"] = box.URL()
		x := newTrouble(t, p)
		owner := newBrowser(t, x.b.base)
		enter := func() {
			t.Helper()
			link := strings.TrimSpace(p.can("sign-in-link", ownerEmail))
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			owner.done(u.Path)
			owner.page("/desk")
		}
		enter()
		for _, jump := range []time.Duration{-time.Hour, 2 * time.Hour, -26 * time.Hour, 25 * time.Hour} {
			x.clock.Add(jump)
			x.b.page("/")
			x.b.page("/book/talk")
			x.book()
			for _, w := range x.h.workers {
				x.h.runner.Once(t.Context(), w)
			}
		}
		x.clock.Add(30 * time.Minute) // what was leased under another clock is free again
		x.h.runner.Once(t.Context(), x.h.workers[0])
		if strings.Contains(x.log.String(), `"level":"ERROR"`) {
			t.Errorf("the log has faults: %s", x.log)
		}
		to := map[string]int{}
		for _, m := range box.Messages() {
			if m.To != ownerEmail {
				to[m.To]++
			}
		}
		for who, n := range to {
			if n != 1 {
				t.Errorf("%s was written to %d times", who, n)
			}
		}
		if len(to) != x.n {
			t.Errorf("%d of %d visitors have a confirmation", len(to), x.n)
		}
		neverTwice(t, whole(t, x.h.db))
		x.clock.Add(13 * time.Hour) // a shift is over
		if a := owner.get("/desk"); word(a) != "sign-in" {
			t.Errorf("a session of yesterday still opens the desk: %d", a.status)
		}
	})
}

// asNobody lets the program run without root's power to write anywhere.
func (p *place) asNobody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	for dir := p.vars["HELD_DATA"]; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			_ = os.Chmod(dir, info.Mode().Perm()|0o055) // #nosec G302 -- a test's own folders
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// own gives everything of the place to whom the program runs as.
func (p *place) own() {
	p.t.Helper()
	for _, root := range []string{p.vars["HELD_DATA"], filepath.Dir(p.vars["HELD_KEY_FILE"])} {
		err := filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
			if err == nil && os.Geteuid() == 0 {
				err = os.Chown(file, 65534, 65534)
			}
			return err
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

func TestADataFolderThatCannotBeWrittenIsSaidPlainly(t *testing.T) {
	t.Parallel()
	p := newPlace(t).founded()
	attr := p.asNobody()
	p.own()
	if err := os.Chmod(filepath.Dir(program(t)), 0o755); err != nil { // #nosec G302 -- the program is no secret
		t.Fatal(err)
	}
	refuses := func(what string, word string) {
		t.Helper()
		pr := p.launchAs(attr, "serve")
		_, ok := pr.out.ready(t, pr.ended)
		if ok {
			t.Errorf("%s: it serves", what)
			pr.kill()
			return
		}
		if said := pr.err.String(); pr.cmd.ProcessState.ExitCode() != 1 || !strings.HasPrefix(said, "held serve: ") || strings.Count(said, "\n") != 1 || !strings.Contains(said, word) {
			t.Errorf("%s: %s, said %q; want one line with %q", what, pr.cmd.ProcessState, said, word)
		}
	}
	file := filepath.Join(p.vars["HELD_DATA"], "held.db")
	for _, c := range []struct {
		what, path string
		mode       fs.FileMode
		word       string
	}{
		{"a folder without write", p.vars["HELD_DATA"], 0o500, "write"},
		{"a folder without anything", p.vars["HELD_DATA"], 0, "could not be"},
		{"a file without write", file, 0o400, "could not be opened"},
		{"a key that cannot be read", p.vars["HELD_KEY_FILE"], 0, "key file could not be read"},
	} {
		info, err := os.Stat(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		refuses(c.what, c.word)
		if err := os.Chmod(c.path, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	pr := p.launchAs(attr, "serve")
	if _, ok := pr.out.ready(t, pr.ended); !ok {
		t.Fatalf("with everything as it was, it does not serve: %s", pr.err)
	}
}

func TestAnAddressThatIsTakenIsSaidPlainly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := newPlace(t).founded()
	p.but("HELD_LISTEN", l.Addr().String()).cannot(1, []string{"serve"}, "cannot answer on "+l.Addr().String())
	p.but("HELD_METRICS_LISTEN", l.Addr().String()).cannot(1, []string{"serve"}, "cannot answer on "+l.Addr().String())
	newPlace(t).but("HELD_LISTEN", l.Addr().String()).cannot(1, []string{"demo", "--now", demoNow}, "cannot answer on")
}

// halfway sends a booking but for its last byte. It returns once the program
// has begun to read it: what it has not begun, it may leave.
func halfway(t *testing.T, address string, v url.Values) (rest func() (*http.Response, error), closed func() error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", u.Port()))
	if err != nil {
		t.Fatal(err)
	}
	body, in := v.Encode(), bufio.NewReader(c)
	_, err = fmt.Fprintf(c, "POST /book/talk HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", u.Host, len(body))
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != http.StatusContinue {
		t.Fatalf("before the form is sent: %v, %v", res, err)
	}
	if _, err := io.WriteString(c, body[:len(body)-1]); err != nil {
		t.Fatal(err)
	}
	return func() (*http.Response, error) {
		if _, err := io.WriteString(c, body[len(body)-1:]); err != nil {
			return nil, err
		}
		return http.ReadResponse(in, nil)
	}, c.Close
}

// Asked to stop, the program lets no one new in and finishes what it began.
func TestARequestInFlightIsFinishedBeforeTheProgramStops(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		x := newTrouble(t, p)
		pr := p.start("serve")
		rest, closed := halfway(t, pr.url, x.form())
		defer closed()
		if err := pr.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(pr.url)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, 5*time.Second, "nobody new is let in", func() bool {
			c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", u.Port()))
			if err == nil {
				_ = c.Close()
			}
			return err != nil
		})
		res, err := rest()
		if err != nil || res.StatusCode != http.StatusCreated {
			t.Errorf("the request that was under way: %v, %v\n%s", res, err, pr.err)
		}
		began := time.Now()
		<-pr.ended
		if took := time.Since(began); pr.cmd.ProcessState.ExitCode() != 0 || took > 5*time.Second {
			t.Errorf("it ended with %s after %v: %s", pr.cmd.ProcessState, took, pr.err)
		}
		if all := whole(t, x.h.db); len(all) != 2 {
			t.Errorf("%d appointments, want 2", len(all))
		}
	})
}

// A caller who never finishes keeps nobody from stopping.
func TestTheProgramStopsWithinTenSecondsWhateverItsCallersDo(t *testing.T) {
	t.Parallel()
	x := newTrouble(t, newPlace(t))
	pr := x.p.start("serve")
	_, closed := halfway(t, pr.url, x.form())
	defer closed()
	began := time.Now()
	if err := pr.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-pr.ended
	if took := time.Since(began); took > 12*time.Second || pr.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("it took %v and ended with %s: %s", took, pr.cmd.ProcessState, pr.err)
	}
	if all := whole(t, x.h.db); len(all) != 1 {
		t.Errorf("%d appointments, want 1", len(all))
	}
}
