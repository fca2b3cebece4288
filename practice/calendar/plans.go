package calendar

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/rules/availability"
)

// plan is everything that says what can be booked, opened and parsed: a few
// offerings, rooms and weeks, the changed dates and time away from `from` on.
// It is never changed once made, so that many may read it at once.
type plan struct {
	practice   db.ID
	version    int64
	settings   int64
	offerings  []Offering // by position
	rooms      []Room     // by name
	weeks      map[db.ID]Hours
	hours      map[db.ID]*availability.Hours
	holidays   map[availability.Date]bool
	zone       *time.Location // the practice's
	attendants []db.ID        // by id
	from       time.Time
}

// plans keeps the last plan.
type plans struct {
	mu      sync.Mutex
	plan    *plan
	checked time.Time
}

const (
	// seenFor is how long another process's change may go unseen.
	seenFor = 2 * time.Second
	// seenInside is the same within a transaction, which must not ask for a
	// second connection while it holds one. Service.Write looks before it begins.
	seenInside = time.Minute
	// back is how far into the past the plan knows dates and time away: today
	// began yesterday somewhere.
	back = 48 * time.Hour
	// endOfDays bounds what is read of the future.
	endOfDays = "9999-12-31"
)

func (p *plans) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = nil
}

// planned gives the plan, at most a moment old.
func (s *Service) planned(ctx context.Context) (*plan, error) {
	return s.plannedWithin(ctx, s.DB.Reader(), seenFor)
}

func (s *Service) plannedIn(ctx context.Context, q db.Q) (*plan, error) {
	if _, inside := q.(*db.Tx); inside {
		return s.plannedWithin(ctx, q, seenInside)
	}
	return s.planned(ctx)
}

func (s *Service) plannedWithin(ctx context.Context, q db.Q, age time.Duration) (*plan, error) {
	practice, now := access.From(ctx).Practice, s.Now()
	s.plans.mu.Lock()
	p, checked := s.plans.plan, s.plans.checked
	s.plans.mu.Unlock()
	if p != nil && p.practice == practice && now.Sub(checked) < age && !now.Before(checked) {
		return p, nil
	}
	p, err := s.replan(ctx, q, p, now)
	if err != nil {
		return nil, err
	}
	if p, err = s.staffed(ctx, p); err != nil {
		return nil, err
	}
	if _, inside := q.(*db.Tx); !inside { // a transaction may still be taken back
		s.plans.mu.Lock()
		s.plans.plan, s.plans.checked = p, now
		s.plans.mu.Unlock()
	}
	return p, nil
}

// replan gives the old plan back when nothing has changed since.
func (s *Service) replan(ctx context.Context, q db.Q, old *plan, now time.Time) (*plan, error) {
	practice := access.From(ctx).Practice
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := s.Settings.Version(ctx)
	if err != nil {
		return nil, err
	}
	// The version is read before what it stands for: a change in between is
	// seen the next time, never missed.
	version, err := db.One(ctx, q, db.Value[int64], sqlPlanVersion, practice)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return nil, err
	}
	if old != nil && old.practice == practice && old.version == version && old.settings == settings {
		return old, nil
	}
	p := &plan{practice: practice, version: version, settings: settings, zone: house.Location(), from: now.Add(-back), holidays: map[availability.Date]bool{}}
	for _, h := range house.Holidays {
		if d, err := parseDate(h); err == nil {
			p.holidays[d] = true
		}
	}
	if err := s.readOfferings(ctx, q, p); err != nil {
		return nil, err
	}
	return p, s.readHours(ctx, q, p)
}

func (s *Service) readOfferings(ctx context.Context, q db.Q, p *plan) error {
	rows, err := db.All(ctx, q, scanSealed, sqlOfferings, p.practice)
	if err != nil {
		return err
	}
	for _, r := range rows {
		plain, err := s.Vault.Open(ctx, q, field(p.practice, r.id, "calendar_offerings.body"), r.body)
		if err != nil {
			return err
		}
		var o Offering
		if err := json.Unmarshal([]byte(plain), &o); err != nil {
			return err
		}
		o.ID, o.Places = r.id, max(o.Places, 1)
		p.offerings = append(p.offerings, o)
	}
	slices.SortFunc(p.offerings, func(a, b Offering) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), slices.Compare(a.ID[:], b.ID[:]))
	})
	rooms, err := db.All(ctx, q, scanSealed, sqlRooms, p.practice)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		name, err := s.Vault.Open(ctx, q, field(p.practice, r.id, "calendar_rooms.name"), r.body)
		if err != nil {
			return err
		}
		p.rooms = append(p.rooms, Room{ID: r.id, Name: name})
	}
	slices.SortFunc(p.rooms, func(a, b Room) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), slices.Compare(a.ID[:], b.ID[:]))
	})
	return nil
}

func (s *Service) readHours(ctx context.Context, q db.Q, p *plan) error {
	rows, err := db.All(ctx, q, scanHours, sqlHours, p.practice)
	if err != nil {
		return err
	}
	p.weeks, p.hours = map[db.ID]Hours{}, map[db.ID]*availability.Hours{}
	for _, r := range rows {
		h := Hours{Person: r.person, Zone: r.zone, Week: unjoin(r.week)}
		p.weeks[r.person] = h
		p.hours[r.person] = parsed(h, p)
	}
	return s.addExceptions(ctx, q, p.practice, p.hours, p.from, time.Time{})
}

// addExceptions reads changed dates and time away of [from, to) into hours; a
// zero `to` reads all that is to come.
func (s *Service) addExceptions(ctx context.Context, q db.Q, practice db.ID, hours map[db.ID]*availability.Hours, from, to time.Time) error {
	last, until := endOfDays, int64(1)<<62
	if !to.IsZero() {
		last, until = to.Add(back).Format(time.DateOnly), db.Micros(to)
	}
	overrides, err := db.All(ctx, q, scanOverride, sqlOverrides, practice, from.Add(-back).Format(time.DateOnly), last)
	if err != nil {
		return err
	}
	for _, o := range overrides {
		h, date, day, ok := hours[o.person], availability.Date{}, []availability.Minutes(nil), false
		if h == nil {
			continue
		}
		if date, err = parseDate(o.Date); err == nil {
			day, err = availability.ParseDay(o.Hours)
			ok = err == nil
		}
		if ok {
			h.Overrides[date] = day
		}
	}
	aways, err := db.All(ctx, q, scanAway, sqlAways, practice, db.Micros(from), until)
	if err != nil {
		return err
	}
	for _, a := range aways {
		if h := hours[a.Person]; h != nil {
			h.Away = append(h.Away, availability.Span{Start: a.Start, End: a.End})
		}
	}
	return nil
}

// parsed makes a week that the rules can reckon with.
func parsed(h Hours, p *plan) *availability.Hours {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		zone = p.zone
	}
	out := &availability.Hours{Zone: zone, Holidays: p.holidays, Overrides: map[availability.Date][]availability.Minutes{}}
	for i, text := range h.Week {
		out.Week[i], _ = availability.ParseDay(text) // saved as FormatDay wrote it
	}
	return out
}

// offering finds an offering; false when there is none.
func (p *plan) offering(id db.ID) (Offering, bool) {
	i := slices.IndexFunc(p.offerings, func(o Offering) bool { return o.ID == id })
	if i < 0 {
		return Offering{}, false
	}
	return p.offerings[i], true
}

// of gives a person's hours; somebody who never set any is never in.
func (p *plan) of(person db.ID) *availability.Hours {
	if h := p.hours[person]; h != nil {
		return h
	}
	return &availability.Hours{Zone: p.zone}
}

// change saves something that the plan is made of.
func (s *Service) change(ctx context.Context, fn func(tx *db.Tx) error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlPlanChanged, access.From(ctx).Practice); err != nil {
			return err
		}
		tx.After(s.plans.forget)
		tx.After(s.grow)
		return nil
	})
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "calendar_offerings", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
	{Table: "calendar_rooms", Column: "name", Class: vault.Contact, Subject: "practice_id", Row: "id"},
	{Table: "calendar_appointments", Column: "note", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "calendar_appointments", Column: "terms", Class: vault.Contact, Subject: "client_id", Row: "id"},
}

// Lookups are the columns of this package that are hashes. Which form booked an
// appointment is forgotten where it comes to another database.
var Lookups = []vault.Lookup{
	{Table: "calendar_offerings", Column: "slug_hash", Purpose: slugPurpose, Of: func(row map[string]any) string {
		var o Offering
		body, _ := row["body"].(string)
		if json.Unmarshal([]byte(body), &o) != nil {
			return ""
		}
		return o.Slug
	}},
	{Table: "calendar_appointments", Column: "once", Empty: true},
}

const slugPurpose = "calendar.slug"

func field(practice, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: row, Column: column}
}

func parseDate(s string) (availability.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	return availability.DateOf(t, time.UTC), err
}

func unjoin(week string) (days [7]string) {
	copy(days[:], strings.Split(week, "\n"))
	return days
}
