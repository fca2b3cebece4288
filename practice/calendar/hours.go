package calendar

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/availability"
)

// Hours reads a person's week; closed all week, in the practice's zone, when
// none was saved.
func (s *Service) Hours(ctx context.Context, person db.ID) (Hours, error) {
	p, err := s.seeHours(ctx, person)
	if err != nil {
		return Hours{}, err
	}
	if h, ok := p.weeks[person]; ok {
		return h, nil
	}
	h := Hours{Person: person, Zone: p.zone.String()}
	for i := range h.Week {
		h.Week[i] = availability.FormatDay(nil)
	}
	return h, nil
}

func (s *Service) seeHours(ctx context.Context, person db.ID) (*plan, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Hours, Subject: person}); err != nil {
		return nil, err
	}
	return s.planned(ctx)
}

// SaveHours changes a person's week. What cannot be read has a message at
// "zone" or "day0" (Sunday) to "day6".
func (s *Service) SaveHours(ctx context.Context, h Hours) error {
	e := fault.New(fault.Invalid, "Some of these hours need another look. Nothing was changed.")
	if !zoneKnown(h.Zone) {
		e.AddField("zone", "This is no time zone known by its full name, as in Europe/Lisbon.")
	}
	var week [7]string
	for i, text := range h.Week {
		day, err := availability.ParseDay(text)
		if err != nil {
			e.AddField(fmt.Sprintf("day%d", i), err.Error())
		}
		week[i] = availability.FormatDay(day)
	}
	if len(e.Fields) > 0 {
		return e
	}
	return s.changeHours(ctx, h.Person, "hours", func(tx *db.Tx, practice db.ID) (int64, error) {
		return tx.Exec(ctx, sqlKeepHours, practice, h.Person, h.Zone, strings.Join(week[:], "\n"))
	})
}

// changeHours writes something about when a person can be booked.
func (s *Service) changeHours(ctx context.Context, person db.ID, kind string, write func(tx *db.Tx, practice db.ID) (int64, error)) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Hours, Subject: person}); err != nil {
		return err
	}
	if person.IsZero() {
		return fault.Field("person", "Please choose whose hours these are.")
	}
	return s.change(ctx, func(tx *db.Tx) error {
		n, err := write(tx, access.From(ctx).Practice)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "This is not in the calendar any more.")
		}
		if err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Subject: person, Kind: kind, Object: person})
	})
}

// Overrides lists a person's changed dates within [from, to], as in 2026-12-24.
func (s *Service) Overrides(ctx context.Context, person db.ID, from, to string) ([]Override, error) {
	p, err := s.seeHours(ctx, person)
	if err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanOverride, sqlOverrides, p.practice, from, to)
	var out []Override
	for _, r := range rows {
		if r.person == person {
			out = append(out, r.Override)
		}
	}
	return out, err
}

// SaveOverride sets the hours of one date; messages at "date" and "hours".
func (s *Service) SaveOverride(ctx context.Context, person db.ID, o Override) error {
	date, err := time.Parse(time.DateOnly, strings.TrimSpace(o.Date))
	if err != nil {
		return fault.Field("date", "Please write the date as 2026-12-24.")
	}
	day, err := availability.ParseDay(o.Hours)
	if err != nil {
		return fault.Field("hours", err.Error())
	}
	return s.changeHours(ctx, person, "override", func(tx *db.Tx, practice db.ID) (int64, error) {
		return tx.Exec(ctx, sqlKeepOverride, practice, date.Format(time.DateOnly), person, availability.FormatDay(day))
	})
}

// DropOverride gives a date its ordinary hours back.
func (s *Service) DropOverride(ctx context.Context, person db.ID, date string) error {
	return s.changeHours(ctx, person, "override", func(tx *db.Tx, practice db.ID) (int64, error) {
		return tx.Exec(ctx, sqlDropOverride, practice, date, person)
	})
}

// Aways lists a person's time away that touches [from, to), by start.
func (s *Service) Aways(ctx context.Context, person db.ID, from, to time.Time) ([]Away, error) {
	p, err := s.seeHours(ctx, person)
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, s.DB.Reader(), scanAway, sqlAways, p.practice, db.Micros(from), db.Micros(to))
	all = slices.DeleteFunc(all, func(a Away) bool { return a.Person != person })
	slices.SortFunc(all, func(a, b Away) int {
		return cmp.Or(a.Start.Compare(b.Start), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all, err
}

// longestAway is longer than any leave that is not better said by closed hours.
const longestAway = 366 * 24 * time.Hour

// SaveAway adds (zero ID) or changes time away; messages at "start" and "end".
// What was booked before stays booked.
func (s *Service) SaveAway(ctx context.Context, a Away) (Away, error) {
	a.Start, a.End = a.Start.UTC().Truncate(time.Microsecond), a.End.UTC().Truncate(time.Microsecond)
	switch {
	case a.Start.IsZero():
		return a, fault.Field("start", "Please say when it begins.")
	case !a.Start.Before(a.End):
		return a, fault.Field("end", "Please let it end after it begins.")
	case a.End.Sub(a.Start) > longestAway:
		return a, fault.Field("end", "Please give at most a year at a time.")
	}
	add := a.ID.IsZero()
	if add {
		a.ID = db.NewID()
	}
	return a, s.changeHours(ctx, a.Person, "away", func(tx *db.Tx, practice db.ID) (int64, error) {
		if add {
			return tx.Exec(ctx, sqlAddAway, practice, a.ID, a.Person, db.Micros(a.Start), db.Micros(a.End))
		}
		return tx.Exec(ctx, sqlChangeAway, db.Micros(a.Start), db.Micros(a.End), practice, a.ID, a.Person)
	})
}

// DropAway takes time away back.
func (s *Service) DropAway(ctx context.Context, person, id db.ID) error {
	return s.changeHours(ctx, person, "away", func(tx *db.Tx, practice db.ID) (int64, error) {
		return tx.Exec(ctx, sqlDropAway, practice, id, person)
	})
}

// Open gives the hours in which a person can be booked, as instants within
// [from, to): what a week page draws.
func (s *Service) Open(ctx context.Context, person db.ID, from, to time.Time) ([]availability.Span, error) {
	p, err := s.seeHours(ctx, person)
	if err != nil {
		return nil, err
	}
	h := p.of(person)
	if week, ok := p.weeks[person]; ok && from.Before(p.from) { // further back than the plan knows
		h = parsed(week, p)
		if err := s.addExceptions(ctx, s.DB.Reader(), p.practice, map[db.ID]*availability.Hours{person: h}, from, to); err != nil {
			return nil, err
		}
	}
	return h.Open(from, to), nil
}

// zones remembers which names are zones: the file behind one is read once, and
// a form cannot fill the memory, because only real zones are kept.
var zones sync.Map

func zoneKnown(zone string) bool {
	if zone == "" || zone == "Local" {
		return false
	}
	if _, known := zones.Load(zone); known {
		return true
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return false
	}
	zones.Store(zone, true)
	return true
}
