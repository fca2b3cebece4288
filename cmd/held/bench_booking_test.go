package main

import (
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"held/internal/db"
)

// The bars of what is written, and of growth.
const (
	bookingBar = 0.35
	growthBar  = 1.2
)

const (
	benchTable = "CREATE TABLE IF NOT EXISTS bench_rows (practice_id BYTEA NOT NULL, id BYTEA NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (practice_id, id))"
	benchRow   = "INSERT INTO bench_rows (practice_id, id, body) VALUES ($1, $2, $3)"
)

// single gives what commits one row of 200 bytes by itself: begin, insert,
// commit, waited for. That is what a booking is measured against, so it must
// not share in what the house does to write faster: on SQLite it stands alone
// in the line, so that no commit is shared, with the house's own driver and
// settings; on PostgreSQL it goes through pgx alone, on as many connections, and
// makes each of the three journeys.
func (p *practice) single() func() error {
	p.must(p.db.Write(p.staff, func(tx *db.Tx) error { _, err := tx.Exec(p.staff, benchTable); return err }))
	body := make([]byte, 200)
	if p.engine == db.SQLite {
		var alone sync.Mutex
		return func() error {
			alone.Lock()
			defer alone.Unlock()
			return p.db.Write(p.staff, func(tx *db.Tx) error {
				_, err := tx.Exec(p.staff, benchRow, p.practiceID(), db.NewID(), body)
				return err
			})
		}
	}
	d, err := sql.Open("pgx", p.cfg.Database)
	p.must(err)
	p.b.Cleanup(func() { p.must(d.Close()) })
	d.SetMaxOpenConns(crowd)
	d.SetMaxIdleConns(crowd)
	return func() error {
		tx, err := d.BeginTx(p.staff, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // which does nothing once it is committed
		if _, err := tx.ExecContext(p.staff, benchRow, p.practiceID(), db.NewID(), body); err != nil {
			return err
		}
		return tx.Commit()
	}
}

func (p *practice) practiceID() db.ID { return p.house.practice }

// benchBooking measures whole bookings of people who were never here: person,
// keys, claims, appointment, letters, card, trail. Beside them stands how many
// there could be if the house did nothing but write the rows (bench_ceiling_test.go).
func benchBooking(b *testing.B, p *practice) {
	p.rooms()
	rows, ceiling := p.ceiling()
	single := p.single()
	const turn = 200
	p.together(crowd, turn, single) // statements prepared, connections open
	p.together(crowd, turn, p.book)
	p.together(crowd, turn, ceiling)
	for _, at := range []int{crowd, 1} {
		got, reference, ratio := inTurns(9,
			func() float64 { return p.together(at, turn, p.book) },
			func() float64 { return p.together(at, turn, single) })
		bar, ok := fmt.Sprintf("≥ %.2f", bookingBar), ratio >= bookingBar
		if at == 1 {
			bar, ok = "–", true
		}
		figure(fmt.Sprintf("%s: bookings, %d at once", p.engine, at), perSecond(got), perSecond(reference)+" rows", fmt.Sprintf("%.2f", ratio), bar, ok)
	}
	highest, reference, ratio := inTurns(9,
		func() float64 { return p.together(crowd, turn, ceiling) },
		func() float64 { return p.together(crowd, turn, single) })
	figure(fmt.Sprintf("%s: the ceiling: a booking's %d rows alone, %d at once", p.engine, rows, crowd), perSecond(highest), perSecond(reference)+" rows", fmt.Sprintf("%.2f", ratio), "–", true)
	got, highest, ratio := inTurns(9,
		func() float64 { return p.together(crowd, turn, p.book) },
		func() float64 { return p.together(crowd, turn, ceiling) })
	figure(fmt.Sprintf("%s: bookings of their ceiling, %d at once", p.engine, crowd), perSecond(got), perSecond(highest)+" ceiling", fmt.Sprintf("%.2f", ratio), "–", true)
}

// benchGrowth measures what should not notice a long past.
func benchGrowth(b *testing.B, young, old *practice) {
	grown := func(what string, now, then func() float64) {
		slow, quick, ratio := inTurns(9, now, then)
		took := func(perSecond float64) string { return ms(time.Duration(float64(time.Second) / perSecond)) }
		figure(fmt.Sprintf("%s: %s, a thousand times the past", young.engine, what), took(slow), took(quick), fmt.Sprintf("%.2f", 1/ratio), "≤ 1.20", 1/ratio <= growthBar)
	}
	for _, p := range []*practice{young, old} {
		p.rooms()
		p.together(crowd, 200, p.book)
	}
	grown("a booking", func() float64 { return old.together(1, 100, old.book) }, func() float64 { return young.together(1, 100, young.book) })
	person, err := young.people.ByEmail(young.system(young.staff), email("client"))
	young.must(err)
	other, err := old.people.ByEmail(old.system(old.staff), email("client"))
	old.must(err)
	cookie, theirs := young.signIn(email("owner")), old.signIn(email("owner"))
	for _, path := range []string{
		"/desk", "/desk/week", "/desk/people", "/desk/people/ID", "/desk/questions", "/desk/inquiries", "/desk/trail", "/desk/doctor",
		"/book/consultation/times?from=" + young.now().Format(time.DateOnly) + "&days=31",
	} {
		few, many := path, path
		if path == "/desk/people/ID" {
			few, many = "/desk/people/"+person.ID.String(), "/desk/people/"+other.ID.String()
		}
		grown(path,
			func() float64 { return rate(b, old.addr, get(old.addr, many, theirs), 1, 300*time.Millisecond) },
			func() float64 { return rate(b, young.addr, get(young.addr, few, cookie), 1, 300*time.Millisecond) })
	}
}

func percentile(all []time.Duration, n int) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[(len(all)-1)*n/100]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }
