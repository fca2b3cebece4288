package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"held/internal/db"
)

// booked is an appointment as its row tells of it.
type booked struct {
	id, offering, client, host, room db.ID
	holder                           db.ID // of the claims: itself, or its group
	seconds                          []byte
	start, end, first, past, day     int64
	state                            string
	sequence                         int64
}

func scanBooked(r db.Row) (b booked, err error) {
	err = r.Scan(&b.id, &b.offering, &b.client, &b.host, &b.room, &b.seconds, &b.start, &b.end, &b.first, &b.past, &b.day, &b.state, &b.sequence, &b.holder)
	return b, err
}

const selectBooked = `SELECT id, offering_id, client_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, state, revision, COALESCE(group_id, id)
FROM calendar_appointments ORDER BY start_at, id`

// claimed is one row of the claims.
type claimed struct {
	resource, holder db.ID
	step, expires    int64
}

func scanClaimed(r db.Row) (c claimed, err error) {
	err = r.Scan(&c.resource, &c.step, &c.holder, &c.expires)
	return c, err
}

// claims is everything that an appointment must have claimed: the count of its
// day, its host, its room, and whoever comes along.
func (b booked) claims() map[claimed]bool {
	out := map[claimed]bool{}
	if b.state != "booked" {
		return out
	}
	day := sha256.Sum256(slices.Concat([]byte("held calendar day"), b.offering[:], b.host[:]))
	out[claimed{resource: db.ID(day[:16]), holder: b.holder, step: b.day}] = true
	all := []db.ID{b.host}
	if !b.room.IsZero() {
		all = append(all, b.room)
	}
	for rest := b.seconds; len(rest) >= 16; rest = rest[16:] {
		all = append(all, db.ID(rest[:16]))
	}
	for _, resource := range all {
		for step := b.first; step < b.past; step++ {
			out[claimed{resource: resource, holder: b.holder, step: step}] = true
		}
	}
	return out
}

// pair is a count of something of something.
type pair struct {
	id   db.ID
	kind string
	n    int
}

func scanPair(r db.Row) (p pair, err error) {
	err = r.Scan(&p.id, &p.kind, &p.n)
	return p, err
}

// counts reads how many rows of each kind there are about each thing.
func counts(t testing.TB, ctx context.Context, d *db.DB, query string) map[db.ID]map[string]int {
	t.Helper()
	rows, err := db.All(ctx, d.Reader(), scanPair, query)
	if err != nil {
		t.Fatal(err)
	}
	out := map[db.ID]map[string]int{}
	for _, r := range rows {
		if out[r.id] == nil {
			out[r.id] = map[string]int{}
		}
		out[r.id][r.kind] = r.n
	}
	return out
}

// whole holds that nothing in a database is half: every appointment has all of
// its claims, its letters, its line in the trail, its person and its card; no
// claim, letter or visitor is there without one; and no time was sold twice.
// It reads while nobody books. Clients here have e-mail addresses, and book
// more than two days ahead.
func whole(t testing.TB, d *db.DB) []booked {
	t.Helper()
	ctx := t.Context()
	all, err := db.All(ctx, d.Reader(), scanBooked, selectBooked)
	if err != nil {
		t.Fatal(err)
	}
	wholeClaims(t, d, all)
	letters := counts(t, ctx, d, `SELECT ref_id, kind, COUNT(*) FROM letters_outbox WHERE ref_id IS NOT NULL GROUP BY ref_id, kind`)
	trail := counts(t, ctx, d, `SELECT object_id, verb, COUNT(*) FROM trail_entries WHERE kind = 'appointment' GROUP BY object_id, verb`)
	persons := counts(t, ctx, d, `SELECT id, 'person', COUNT(*) FROM people_persons GROUP BY id`)
	cards := counts(t, ctx, d, `SELECT appointment_id, 'card', COUNT(*) FROM inquiry_cards WHERE appointment_id IS NOT NULL GROUP BY appointment_id`)
	keys := counts(t, ctx, d, `SELECT subject_id, class, COUNT(*) FROM vault_data_keys GROUP BY subject_id, class`)
	for _, b := range all {
		l, tr := letters[b.id], trail[b.id]
		moves, cancels := tr["moved"], tr["cancelled"]
		if tr["booked"] != 1 || int64(moves+cancels) != b.sequence || (cancels == 1) != (b.state == "cancelled") {
			t.Errorf("appointment %s, %s, changed %d times: the trail has %v", b.id, b.state, b.sequence, tr)
		}
		if l["inquiry.booked"] != 1 || l["inquiry.moved"] != moves || l["inquiry.cancelled"] != cancels || l["inquiry.reminder"] != 2*(1+moves) || l["inquiry.colleague"] < 1 {
			t.Errorf("appointment %s, moved %d times, %s: the outbox has %v", b.id, moves, b.state, l)
		}
		if persons[b.client]["person"] != 1 || keys[b.client]["contact"] != 1 || keys[b.client]["clinical"] != 1 {
			t.Errorf("appointment %s: its client's rows %v, keys %v", b.id, persons[b.client], keys[b.client])
		}
		if b.state == "booked" && cards[b.id]["card"] != 1 {
			t.Errorf("appointment %s has %d cards on the board", b.id, cards[b.id]["card"])
		}
		delete(letters, b.id)
		delete(trail, b.id)
		delete(persons, b.client)
	}
	for id := range letters {
		t.Errorf("letters about %s, which is not there: %v", id, letters[id])
	}
	for id := range trail {
		t.Errorf("the trail tells of appointment %s, which is not there: %v", id, trail[id])
	}
	roles := counts(t, ctx, d, `SELECT person_id, 'role', COUNT(*) FROM people_roles GROUP BY person_id`)
	for id := range persons {
		if roles[id]["role"] == 0 {
			t.Errorf("visitor %s is there without an appointment", id)
		}
	}
	return all
}

func wholeClaims(t testing.TB, d *db.DB, all []booked) {
	t.Helper()
	rows, err := db.All(t.Context(), d.Reader(), scanClaimed, `SELECT resource_id, step, holder_id, expires_at FROM calendar_claims`)
	if err != nil {
		t.Fatal(err)
	}
	holds := counts(t, t.Context(), d, `SELECT id, 'hold', COUNT(*) FROM calendar_holds GROUP BY id`)
	found, used := map[claimed]bool{}, map[claimed]bool{}
	for _, c := range rows {
		if c.expires == 0 {
			found[c] = true
		} else if holds[c.holder]["hold"] != 1 {
			t.Errorf("a claim on step %d is held for %s, which is no hold", c.step, c.holder)
		}
	}
	for _, b := range all {
		missing := 0
		for c := range b.claims() {
			if !found[c] {
				missing++
			}
			used[c] = true
		}
		if missing > 0 {
			t.Errorf("appointment %s, %s, has not claimed %d of its steps", b.id, b.state, missing)
		}
	}
	for c := range used { // the appointments of one group have one claim together
		delete(found, c)
	}
	for c := range found {
		t.Errorf("step %d of %s is claimed for %s, which does not need it", c.step, c.resource, c.holder)
	}
	neverTwice(t, all)
}

// neverTwice looks at the appointments alone: nobody, and no room, is in two at once.
func neverTwice(t testing.TB, all []booked) {
	t.Helper()
	busy := map[string]db.ID{}
	for _, b := range all {
		if b.state != "booked" {
			continue
		}
		for step := b.first; step < b.past; step++ {
			for what, who := range map[string]db.ID{"host": b.host, "room": b.room} {
				at := fmt.Sprint(what, who, step)
				if other, taken := busy[at]; taken && !who.IsZero() {
					t.Errorf("%s and %s both have the same %s in step %d", other, b.id, what, step)
				}
				busy[at] = b.id
			}
		}
	}
}

// waiting counts the letters that are due, not under way, and not sent.
func waiting(t testing.TB, d *db.DB) int64 {
	t.Helper()
	n, err := db.One(t.Context(), d.Reader(), db.Value[int64], `SELECT COUNT(*) FROM letters_outbox WHERE state = 'waiting' AND not_before <= $1 AND lease_until < $1`, db.Micros(wall()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
