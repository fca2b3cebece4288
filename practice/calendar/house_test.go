package calendar_test

import (
	"context"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice in Lisbon with a calendar: Tuesday 3 March 2026, 09:00.
type house struct {
	*Service
	t        testing.TB
	db       *db.DB
	clock    *testkit.Clock
	practice db.ID
	owner    context.Context
	public   context.Context
}

const minutes = time.Minute

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
	set := &settings.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
	h := &house{t: t, db: d, clock: clock, practice: practice,
		Service: &Service{DB: d, Vault: v, Trail: tr, Settings: set, Now: clock.Now}}
	h.owner = access.With(t.Context(), access.Actor{Practice: practice, Person: db.NewID(), Roles: []access.Role{access.Owner, access.Guide}, Via: access.Session, Strong: true, Fresh: true, Cares: func(db.ID) access.Care { return access.Care{As: access.Roles} }})
	h.public = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Public})
	h.must(d.Write(h.owner, func(tx *db.Tx) error {
		return set.Found(h.owner, tx, practice, settings.New("A house", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// person works here, every day of the week at these hours.
func (h *house) person(zone, hours string) db.ID {
	h.t.Helper()
	id := db.NewID()
	w := Hours{Person: id, Zone: zone}
	for i := range w.Week {
		w.Week[i] = hours
	}
	h.must(h.SaveHours(h.owner, w))
	return id
}

func (h *house) room(name string) db.ID {
	h.t.Helper()
	r, err := h.SaveRoom(h.owner, Room{Name: name})
	h.must(err)
	return r.ID
}

// offering is a consultation of 50 minutes with buffers of ten, every half
// hour, by phone and for anyone, changed as the test wants.
func (h *house) offering(change func(*Offering)) Offering {
	h.t.Helper()
	o := Offering{Name: "Consultation", Length: 50 * minutes, Before: 10 * minutes, After: 10 * minutes, Every: 30 * minutes, Where: ByPhone, Who: Anyone, Open: true}
	change(&o)
	o, err := h.SaveOffering(h.owner, o)
	h.must(err)
	return o
}

// simple is a consultation with one host, here from nine to five.
func (h *house) simple() Offering {
	h.t.Helper()
	host := h.person("Europe/Lisbon", "09:00–17:00")
	return h.offering(func(o *Offering) { o.Hosts = []db.ID{host} })
}

// book books for a new visitor.
func (h *house) book(o Offering, start time.Time, change ...func(*Booking)) (Appointment, error) {
	b := Booking{Offering: o.ID, Client: db.NewID(), Start: start, Zone: "Europe/Paris"}
	for _, c := range change {
		c(&b)
	}
	return h.bookAs(h.public, b)
}

func (h *house) bookAs(ctx context.Context, b Booking) (a Appointment, err error) {
	err = h.Write(ctx, func(tx *db.Tx) (err error) {
		a, err = h.Book(ctx, tx, b)
		return err
	})
	return a, err
}

func (h *house) booked(o Offering, start time.Time, change ...func(*Booking)) Appointment {
	h.t.Helper()
	a, err := h.book(o, start, change...)
	h.must(err)
	return a
}

func (h *house) move(ctx context.Context, a Appointment, start time.Time, staff bool) (now Appointment, err error) {
	err = h.Write(ctx, func(tx *db.Tx) (err error) {
		now, err = h.Move(ctx, tx, a.ID, start, staff)
		return err
	})
	return now, err
}

func (h *house) cancel(ctx context.Context, a Appointment) (now Appointment, err error) {
	err = h.Write(ctx, func(tx *db.Tx) (err error) {
		now, err = h.Cancel(ctx, tx, a.ID, "asked")
		return err
	})
	return now, err
}

func (h *house) times(o Offering, from, to time.Time) []time.Time {
	h.t.Helper()
	free, err := h.Times(h.public, o, from, to)
	h.must(err)
	return free
}

// free tells whether a start is offered.
func (h *house) free(o Offering, start time.Time) bool {
	h.t.Helper()
	return len(h.times(o, start, start.Add(time.Second))) == 1
}

// claims counts the rows of the calendar's claims.
func (h *house) claims() (n int64) {
	h.t.Helper()
	n, err := db.One(h.t.Context(), h.db.Reader(), db.Value[int64], "SELECT COUNT(*) FROM calendar_claims")
	h.must(err)
	return n
}

// at is an instant in March 2026, in UTC, which is Lisbon's time until the 29th.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, time.March, day, hour, minute, 0, 0, time.UTC)
}

func refused(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if err == nil || !fault.Is(err, k) {
		t.Errorf("got %v, want a refusal of kind %d", err, k.Status())
	}
}

func refusedAt(t *testing.T, err error, name string) {
	t.Helper()
	if e := fault.Of(err); e == nil || e.Fields[name] == "" {
		t.Errorf("got %v, want a refusal at %q", err, name)
	}
}
