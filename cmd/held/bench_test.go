package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"held/care/inquiry"
	"held/cmd/held/demo"
	"held/internal/db"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// How much lies behind a practice, and how many people it has.
const (
	youngHistory = 1_000
	oldHistory   = 1_000_000
	manyClients  = 10_000 // of ten years
	nowClients   = 500    // of them on the path now; the others have closed
	crowd        = 16     // clients of a load, and bookers at once
)

// BenchmarkHouse prints the figures of speed and cost that need the whole
// program: each beside a reference measured in the same minute, in turns, so
// that whatever else the machine does falls on both alike.
func BenchmarkHouse(b *testing.B) {
	for _, engine := range []string{db.SQLite, db.Postgres} {
		if engine == db.Postgres && os.Getenv(testkit.PostgresEnv) == "" {
			continue
		}
		b.Run(engine, func(b *testing.B) {
			young := once(func() *practice { return newPractice(b, engine, youngHistory) })
			old := once(func() *practice { return newPractice(b, engine, oldHistory) })
			b.Run("pages", func(b *testing.B) { benchPages(b, young()) })
			b.Run("today", func(b *testing.B) { benchToday(b, young()) })
			b.Run("trail", func(b *testing.B) { benchTrail(b, young()) })
			b.Run("booking", func(b *testing.B) { benchBooking(b, young()) }) // the last of the young: its copied rows open for nobody
			b.Run("growth", func(b *testing.B) { benchGrowth(b, newPractice(b, engine, youngHistory), old()) })
			b.Run("chain", func(b *testing.B) { benchChain(b, old()) })
			b.Run("program", func(b *testing.B) { benchProgram(b, old()) })
		})
	}
}

// once makes something when it is first wanted. (sync.OnceValue hides why a
// benchmark failed.)
func once[T any](build func() T) func() T {
	var made *T
	return func() T {
		if made == nil {
			v := build()
			made = &v
		}
		return *made
	}
}

// figure prints one line of the table that scripts/bench.sh draws.
func figure(what, measured, reference, ratio, bar string, ok bool) {
	verdict := "ok"
	if !ok {
		verdict = "SHORT"
	}
	fmt.Println(strings.Join([]string{"figure", what, measured, reference, ratio, bar, verdict}, "\t"))
}

// inTurns measures something and its reference alternately, beginning with
// either in turn, and gives the median of each and of their ratios.
func inTurns(turns int, thing, reference func() float64) (measured, beside, ratio float64) {
	var a, z, r []float64
	for i := range turns {
		var x, y float64
		if i%2 == 0 {
			x, y = thing(), reference()
		} else {
			y, x = reference(), thing()
		}
		a, z, r = append(a, x), append(z, y), append(r, x/y)
	}
	return median(a), median(z), median(r)
}

func median[T float64 | time.Duration](all []T) T {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// practice is the demo's practice with many more clients and a long past,
// wired as `held serve` wires it and answering on a port of its own.
type practice struct {
	*house
	b      *testing.B
	engine string
	addr   string
	public context.Context
	staff  context.Context
	pool   []db.ID // clients whose past is long

	rooms  func() []calendar.Offering // bookable around the clock, a host and a room each
	starts []time.Time                // free with each of them
	booked atomic.Int64
}

func newPractice(b *testing.B, engine string, past int) *practice {
	b.Helper()
	p := &practice{b: b, engine: engine}
	cfg := defaults()
	cfg.Listen, cfg.KeyFile = "127.0.0.1:0", filepath.Join(b.TempDir(), "held.key")
	if engine == db.Postgres {
		cfg.Database, cfg.Data = testkit.PostgresURL(b), b.TempDir()
	} else {
		cfg.Data = filepath.Dir(testkit.SQLitePath(b))
	}
	ctx := b.Context()
	h, err := openBare(ctx, cfg, p.log(), wall)
	p.must(err)
	b.Cleanup(func() { p.must(h.close()) })
	l, err := listen(ctx, cfg.Listen)
	p.must(err)
	p.house, p.addr = h, l.Addr().String()
	clock := &demoClock{}
	h.now = clock.Now
	p.must(h.build(ctx, clock, 1, cfg.base(p.addr)))
	p.serve(l, h.app.Handler())
	p.public = h.as(ctx, access.Public)
	owner, err := h.people.ByEmail(h.as(ctx, access.System), email("owner"))
	p.must(err)
	p.staff = access.With(ctx, access.Actor{Practice: h.practice, Person: owner.ID, Roles: owner.Roles, Via: access.Session, Strong: true})
	clock.Stand(p.now().AddDate(0, 0, -30)) // nobody came just now
	p.fill(past)
	clock.Stand(time.Time{})
	p.rooms = once(p.open)
	return p
}

func email(as string) string {
	address, _ := demo.Email(as)
	return address
}

func (p *practice) must(err error) {
	p.b.Helper()
	if err != nil {
		p.b.Fatal(sentence(err))
	}
}

// log writes lines as the program does, to a real file.
func (p *practice) log() *slog.Logger {
	f, err := os.Create(filepath.Join(p.b.TempDir(), "log"))
	p.must(err)
	p.b.Cleanup(func() { p.must(f.Close()) })
	return logger(f)
}

// serve answers on l until the benchmark ends.
func (p *practice) serve(l net.Listener, h http.Handler) {
	s := web.Server("", h)
	go func() { _ = s.Serve(l) }() // ends with Close
	p.b.Cleanup(func() { p.must(s.Close()) })
}

// open makes hosts who can be booked at any hour, each with a room: a load of
// bookings never runs out of times, and bookers meet only by chance.
func (p *practice) open() []calendar.Offering {
	var all []calendar.Offering
	for i := range 8 {
		host := people.Person{Name: fmt.Sprint("Host ", i), Contact: fmt.Sprintf("host%d@example.org", i), Zone: "Europe/Lisbon", Roles: []access.Role{access.Guide}}
		p.must(p.db.Write(p.staff, func(tx *db.Tx) (err error) { host, err = p.people.Add(p.staff, tx, host); return err }))
		week := calendar.Hours{Person: host.ID, Zone: host.Zone}
		for d := range week.Week {
			week.Week[d] = "00:00–24:00"
		}
		p.must(p.calendar.SaveHours(p.staff, week))
		room, err := p.calendar.SaveRoom(p.staff, calendar.Room{Name: fmt.Sprint("Room ", i)})
		p.must(err)
		o, err := p.calendar.SaveOffering(p.staff, calendar.Offering{
			Name: fmt.Sprint("Session ", i), Slug: fmt.Sprint("session-", i), Length: 50 * time.Minute, Before: 10 * time.Minute, After: 10 * time.Minute,
			Every: 30 * time.Minute, Where: calendar.InRoom, Hosts: []db.ID{host.ID}, Rooms: []db.ID{room.ID}, Who: calendar.Anyone, Open: true, Position: 100 + i,
		})
		p.must(err)
		all = append(all, o)
	}
	const apart, enough = 90 * time.Minute, 8000
	for from := p.now().AddDate(0, 0, 1); len(p.starts) < enough; from = from.AddDate(0, 0, 90) {
		free, err := p.calendar.Times(p.public, all[0], from, from.AddDate(0, 0, 90))
		p.must(err)
		for _, t := range free {
			if n := len(p.starts); n == 0 || t.Sub(p.starts[n-1]) >= apart {
				p.starts = append(p.starts, t)
			}
		}
	}
	return all
}

// book books the next free time for somebody who was never here before.
func (p *practice) book() error {
	all, n := p.rooms(), int(p.booked.Add(1))
	o := all[n%len(all)]
	_, err := p.inquiry.Book(p.public, o, inquiry.Wish{
		Visitor: inquiry.Visitor{Name: fmt.Sprint("Visitor ", n), Contact: fmt.Sprintf("visitor%d@example.org", n), Discretion: people.Neutral, Zone: "Europe/Paris"},
		Start:   p.starts[n/len(all)],
		Note:    "I would like to know how the first hour goes, and whether I may bring somebody.",
		Once:    fmt.Sprint("form ", n),
	})
	return err
}

// together does something n times, so many at once, and gives times per second.
func (p *practice) together(at, n int, do func() error) float64 {
	var left atomic.Int64
	left.Store(int64(n))
	errs := make(chan error, at)
	began := time.Now()
	for range at {
		go func() {
			var err error
			for err == nil && left.Add(-1) >= 0 {
				err = do()
			}
			errs <- err
		}()
	}
	for range at {
		p.must(<-errs)
	}
	return float64(n) / time.Since(began).Seconds()
}
