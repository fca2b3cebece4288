package trail

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/quick"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// TestNoTwoEntriesHaveOneEncoding reads the encoding back: what can be read back
// whole cannot stand for two.
func TestNoTwoEntriesHaveOneEncoding(t *testing.T) {
	random := func(args []reflect.Value, r *rand.Rand) {
		word := func() string { return string(bytes.Repeat([]byte{byte(r.IntN(3)), 'a'}, r.IntN(4))) }
		id := func() (id db.ID) {
			if r.IntN(3) > 0 {
				id[r.IntN(16)] = byte(r.Uint32())
			}
			return id
		}
		args[0] = reflect.ValueOf(id())
		args[1] = reflect.ValueOf(Entry{
			ID: id(), At: db.At(r.Int64() - 1<<62), Actor: id(), Role: word(), Via: access.Via(word()), Surface: Surface(word()),
			Verb: word(), Subject: id(), Kind: word(), Object: id(), Why: word(),
		})
	}
	whole := func(practice db.ID, e Entry) bool {
		p, back := decoded(t, canonical(practice, e))
		return p == practice && back == e
	}
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test's chance is to be the same each time
	for range 5000 {
		args := make([]reflect.Value, 2)
		random(args, r)
		if p, e := args[0].Interface().(db.ID), args[1].Interface().(Entry); !whole(p, e) {
			t.Fatalf("%+v does not come back", e)
		}
	}
	if err := quick.Check(func(role, verb, kind, why string) bool {
		return whole(db.ID{1}, Entry{At: db.At(1), Role: role, Verb: verb, Kind: kind, Why: why})
	}, nil); err != nil {
		t.Error(err)
	}
}

func decoded(t *testing.T, b []byte) (practice db.ID, e Entry) {
	t.Helper()
	take := func(n int) (part []byte) { part, b = b[:n], b[n:]; return part }
	id := func() db.ID { return db.ID(take(16)) }
	word := func() string { return string(take(int(binary.BigEndian.Uint32(take(4))))) }
	if take(1)[0] != 1 {
		t.Fatal("another version")
	}
	practice, e.ID = id(), id()
	e.At = db.At(int64(binary.BigEndian.Uint64(take(8))))
	e.Actor, e.Subject, e.Object = id(), id(), id()
	e.Role, e.Via, e.Surface, e.Verb, e.Kind, e.Why = word(), access.Via(word()), Surface(word()), word(), word(), word()
	if len(b) > 0 {
		t.Fatalf("%d bytes are left", len(b))
	}
	return practice, e
}

// TestTheEncodingStaysAsItIs: every chain there is was made of it. A line once
// written must hash the same in every later version.
func TestTheEncodingStaysAsItIs(t *testing.T) {
	e := Entry{
		ID: db.ID{1, 2, 3}, At: time.Date(2026, 3, 3, 9, 0, 0, 123456000, time.UTC), Actor: db.ID{4}, Role: "prescriber", Via: access.Session, Surface: Page,
		Verb: "read", Subject: db.ID{5}, Kind: "contact", Object: db.ID{6}, Why: "clearance",
	}
	const want = "7423f99fe7d745b4aaf6ff5b1cf35198f24447c6994ab7a7b79eff680dfb9140"
	if got := fmt.Sprintf("%x", chained(first, db.ID{9}, e)); got != want {
		t.Errorf("it hashes to %s now", got)
	}
}

// TestIdsFollowTheClock: entries of one stretch of time lie beside each other,
// and of two at one instant the later has the later id.
func TestIdsFollowTheClock(t *testing.T) {
	var m ids
	now := time.Date(2026, 3, 3, 9, 0, 0, 123456000, time.UTC)
	var all []db.ID
	for i := range 3000 {
		all = append(all, m.next(now.Add(time.Duration(i/1000)*time.Microsecond)))
	}
	all = append(all, m.next(now.Add(time.Hour)))
	if !slices.IsSortedFunc(all, func(a, b db.ID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("they are out of order")
	}
	back := m.next(now.AddDate(0, 0, -1)) // the clock was set
	if bytes.Compare(back[:], all[0][:]) > 0 {
		t.Error("a day earlier is later")
	}
	for _, id := range all {
		if id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%s is no UUIDv7", id)
		}
	}
	at, until := floor(tick(now)), floor(tick(now.Add(time.Second)))
	if bytes.Compare(at[:], all[0][:]) > 0 || bytes.Compare(until[:], all[2999][:]) < 0 || bytes.Compare(until[:], all[3000][:]) > 0 {
		t.Error("the bounds of a stretch do not hold what is in it")
	}
}
