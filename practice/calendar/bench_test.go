package calendar_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/testkit"
	. "held/practice/calendar"
	"held/practice/letters"
)

// engines runs a benchmark on every engine there is.
func engines(b *testing.B, run func(b *testing.B, d *db.DB)) {
	b.Helper()
	b.Run(db.SQLite, func(b *testing.B) { run(b, testkit.SQLite(b)) })
	if os.Getenv(testkit.PostgresEnv) != "" {
		b.Run(db.Postgres, func(b *testing.B) { run(b, testkit.Postgres(b)) })
	}
}

// BenchmarkBook measures whole bookings (claims of host and room, appointment,
// trail, one letter) against the same database committing one row of 200
// bytes, both with 16 at once. The bar is 0.35.
func BenchmarkBook(b *testing.B) {
	engines(b, func(b *testing.B, d *db.DB) {
		h := newHouse(b, d)
		post := &letters.Service{DB: d, Vault: h.Vault, Now: h.clock.Now}
		post.Handle("booked", func(context.Context, db.ID, []byte) (*mail.Message, error) { return nil, nil })
		h.Changed = append(h.Changed, func(ctx context.Context, tx *db.Tx, _, a Appointment) error {
			return post.Queue(ctx, tx, letters.Letter{Kind: "booked", Subject: a.Client, Ref: a.ID, Body: map[string]db.ID{"appointment": a.ID}})
		})
		const hosts = 8
		var offerings [hosts]Offering
		for i := range offerings {
			host, room := h.person("Europe/Lisbon", "00:00–24:00"), h.room(fmt.Sprint("Room ", i))
			offerings[i] = h.offering(func(o *Offering) {
				o.Name, o.Hosts, o.Where, o.Rooms = fmt.Sprint("Offering ", i), []db.ID{host}, InRoom, []db.ID{room}
			})
		}
		clients := make([]db.ID, 100) // their keys are there, as those of most who book are
		for i := range clients {
			clients[i] = db.NewID()
			h.must(h.db.Write(h.public, func(tx *db.Tx) error {
				return post.Queue(h.public, tx, letters.Letter{Kind: "booked", Subject: clients[i], Body: "hello"})
			}))
		}
		row := make([]byte, 200)
		h.must(d.Write(h.public, func(tx *db.Tx) error {
			_, err := tx.Exec(h.public, "CREATE TABLE bench_rows (id BYTEA NOT NULL PRIMARY KEY, body BYTEA NOT NULL)")
			return err
		}))
		single := func(int64) error {
			return d.Write(h.public, func(tx *db.Tx) error {
				_, err := tx.Exec(h.public, "INSERT INTO bench_rows (id, body) VALUES ($1, $2)", db.NewID(), row)
				return err
			})
		}
		start := at(4, 0, 0)
		book := func(n int64) error {
			o := offerings[n%hosts]
			a, err := h.bookAs(h.public, Booking{Offering: o.ID, Client: clients[n%100], Start: start.Add(time.Duration(n/hosts) * 90 * minutes), Zone: "Europe/Lisbon", Once: []byte(fmt.Sprint(n))})
			if err == nil && a.ID.IsZero() {
				err = errors.New("no appointment")
			}
			return err
		}
		// In turns, so that whatever else the machine does falls on both alike.
		took := func(from, to int64, do func(int64) error) time.Duration {
			next, began := atomic.Int64{}, time.Now()
			next.Store(from)
			for _, err := range race(16, func(int) error {
				for i := next.Add(1) - 1; i < to; i = next.Add(1) - 1 {
					if err := do(i); err != nil {
						return err
					}
				}
				return nil
			}) {
				h.must(err)
			}
			return time.Since(began)
		}
		const turn = 100
		took(1<<40, 1<<40+turn, single) // statements prepared, connections open
		var booking, reference time.Duration
		b.ResetTimer()
		for i := int64(0); i < int64(b.N); i += turn {
			to := min(i+turn, int64(b.N))
			booking += took(i, to, book)
			b.StopTimer()
			reference += took(i, to, single)
			b.StartTimer()
		}
		b.StopTimer()
		booked, rows := float64(b.N)/booking.Seconds(), float64(b.N)/reference.Seconds()
		b.ReportMetric(booked, "bookings/s")
		b.ReportMetric(rows, "rows/s")
		b.ReportMetric(booked/rows, "ratio")
	})
}

// BenchmarkTimes prints how long a month of free times takes with a host, a
// second person and a room, with a million past appointments behind it and
// with a thousand, in turns. The bar is 1.2 times as long.
func BenchmarkTimes(b *testing.B) {
	engines(b, func(b *testing.B, d *db.DB) {
		young, few := busyHouse(b, d, 1_000)
		old, many := busyHouse(b, d, 1_000_000)
		var slow, quick, ratios []float64
		b.ResetTimer()
		for range 15 {
			now, then := month(b, old, many), month(b, young, few)
			slow, quick, ratios = append(slow, now), append(quick, then), append(ratios, now/then)
		}
		middle := func(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }
		verdict := "ok"
		if middle(ratios) > 1.2 {
			verdict = "SHORT"
		}
		fmt.Printf("figure\t%s: free times of a month, 3 resources, a thousand times the past\t%.2f ms\t%.2f ms\t%.2f\t≤ 1.20\t%s\n",
			d.Engine(), middle(slow), middle(quick), middle(ratios), verdict)
	})
}

// month gives how many milliseconds a month of free times takes.
func month(b *testing.B, h *house, o Offering) float64 {
	b.Helper()
	const times = 50
	began := time.Now()
	for range times {
		free, err := h.Times(h.public, o, at(3, 0, 0), at(3, 0, 0).AddDate(0, 1, 0))
		if err != nil || len(free) == 0 {
			b.Fatal(len(free), err)
		}
	}
	return time.Since(began).Seconds() * 1000 / times
}

// busyHouse has a month half full, and so many past appointments behind it,
// each with a claim that was not folded away.
func busyHouse(b *testing.B, d *db.DB, past int) (*house, Offering) {
	b.Helper()
	h := newHouse(b, d)
	host, second, room := h.person("Europe/Lisbon", "09:00–18:00"), h.person("Europe/Lisbon", "09:00–18:00"), h.room("One")
	o := h.offering(func(o *Offering) {
		o.Hosts, o.Seconds, o.Where, o.Rooms, o.PerDay, o.Every = []db.ID{host}, []db.ID{second}, InRoom, []db.ID{room}, 6, 15*minutes
	})
	for day := range 28 {
		for i := range 4 {
			h.booked(o, at(4+day, 9+2*i, 0))
		}
	}
	const batch = 10 // SQLite's driver looks each parameter up by its name: many in a statement are slow
	when, row := testkit.Now, make([]byte, 0, 16)
	h.must(d.Write(h.public, func(tx *db.Tx) error {
		for done := 0; done < past; done += batch {
			var all, claims []any
			for range batch {
				when = when.Add(-75 * minutes)
				step := when.Unix() / 300
				id := db.NewID()
				all = append(all, h.practice, id, o.ID, db.NewID(), host, room, append(row[:0:0], second[:]...), when.UnixMicro(), when.Add(50*minutes).UnixMicro(),
					step, step+1, step, "room", "Europe/Lisbon", "booked", 0, when.UnixMicro(), when.UnixMicro())
				claims = append(claims, h.practice, host, step, id, 0)
			}
			if _, err := tx.Exec(h.public, "INSERT INTO calendar_appointments (practice_id, id, offering_id, client_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, place, zone, state, revision, made_at, changed_at) VALUES "+db.Values(batch, 18), all...); err != nil {
				return err
			}
			if _, err := tx.Exec(h.public, "INSERT INTO calendar_claims (practice_id, resource_id, step, holder_id, expires_at) VALUES "+db.Values(batch, 5), claims...); err != nil {
				return err
			}
		}
		return nil
	}))
	if d.Engine() == db.Postgres { // as its autovacuum does before long
		h.must(d.Write(h.public, func(tx *db.Tx) error { _, err := tx.Exec(h.public, "ANALYZE"); return err }))
	}
	return h, o
}
