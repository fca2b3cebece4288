package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// fill gives the practice its clients and its past.
func (p *practice) fill(past int) {
	began := time.Now()
	p.must(p.db.Write(p.staff, func(tx *db.Tx) error {
		p.pool = p.pool[:0]
		for i := range manyClients {
			step := people.StepIntegration
			if i >= nowClients {
				step = people.StepClosing
			}
			c, err := p.people.Add(p.staff, tx, people.Person{Name: fmt.Sprint("Client ", i), Contact: fmt.Sprintf("client%d@example.org", i), Zone: "Europe/Lisbon", Step: step})
			if err != nil {
				return err
			}
			p.pool = append(p.pool, c.ID)
		}
		return nil
	}))
	all, err := p.calendar.Offerings(p.staff)
	p.must(err)
	p.must(p.db.Write(p.staff, func(tx *db.Tx) error { return p.writePast(p.staff, tx, all[0], past) }))
	if p.engine == db.Postgres { // what its own housekeeping would have done on the way
		d, err := sql.Open("pgx", p.cfg.Database)
		p.must(err)
		_, err = d.ExecContext(p.staff, "VACUUM ANALYZE")
		p.must(err)
		p.must(d.Close())
	}
	p.b.Logf("%s: %d clients and %d past appointments in %v", p.engine, manyClients, past, time.Since(began).Round(time.Second))
}

// The rows of the past, and how many go into one statement: SQLite's driver
// looks each parameter up by its name, so that many are slow.
const (
	pastBatch       = 10
	pastAppointment = "INSERT INTO calendar_appointments (practice_id, id, offering_id, client_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, place, zone, state, revision, once, note, made_at, changed_at) VALUES "
	pastTrail       = "INSERT INTO trail_entries (practice_id, id, at, actor_id, actor_role, via, verb, subject_id, kind, object_id, why) VALUES "
	pastLetter      = "INSERT INTO letters_outbox (practice_id, id, kind, subject_id, ref_id, body, state, not_before, lease_until, attempts, last_fault, made_at, done_at) VALUES "
)

// writePast writes ten years of appointments up to when the clock stands, and for
// each what it left: a line of the trail and a letter that was sent. Their
// claims have been folded away, as the worker does.
func (p *practice) writePast(ctx context.Context, tx *db.Tx, o calendar.Offering, past int) error {
	practice, host := access.From(ctx).Practice, o.Hosts[0]
	end := p.now()
	apart := 10 * 365 * 24 * time.Hour / time.Duration(past)
	for from := 0; from < past; from += pastBatch {
		var appointments, lines, sent []any
		for i := from; i < from+pastBatch; i++ {
			at := end.Add(-time.Duration(past-i) * apart).Truncate(5 * time.Minute)
			us, id, client, step := db.Micros(at), db.NewID(), p.pool[i*7919%len(p.pool)], at.Unix()/300
			appointments = append(appointments, practice, id, o.ID, client, host, nil, nil, us, us+50*60e6,
				step, step+14, step, "room", "Europe/Lisbon", "booked", int64(0), nil, nil, us, us)
			lines = append(lines, practice, db.NewID(), us, client, "client", "public", "booked", client, "appointment", id, "")
			sent = append(sent, practice, db.NewID(), "inquiry.booked", client, id, nil, "sent", us, int64(0), int64(1), "", us, us)
		}
		for _, x := range []struct {
			prefix string
			cols   int
			args   []any
		}{{pastAppointment, 20, appointments}, {pastTrail, 11, lines}, {pastLetter, 13, sent}} {
			if _, err := tx.Exec(ctx, x.prefix+db.Values(pastBatch, x.cols), x.args...); err != nil {
				return err
			}
		}
	}
	return nil
}
