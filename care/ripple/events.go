package ripple

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/trail"
	"held/rules/checkins"
)

// Event is something that happened in somebody's life.
type Event struct {
	ID     db.ID
	Person db.ID
	Day    time.Time
	By     db.ID
	Words  string
}

// Limits of what is told of something that happened.
const (
	maxEvent  = 120 // runes
	maxEvents = 300 // for each person
)

func eventField(practice, person, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Clinical, Row: row, Column: "ripple_events.body"}
}

// events are somebody's, in the order of their days.
func (s *Service) events(ctx context.Context, q db.Q, person db.ID) ([]Event, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanEvent, sqlEvents, practice, person)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, r := range rows {
		r.Words, err = s.Vault.Open(ctx, q, eventField(practice, person, r.ID), r.body)
		if errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r.Event)
	}
	return out, nil
}

// Events are what happened in somebody's life, as they or their care team noted it.
func (s *Service) Events(ctx context.Context, person db.ID) ([]Event, error) {
	if err := access.Check(ctx, access.Read, measuresOf(person)); err != nil {
		return nil, err
	}
	return s.events(ctx, s.DB.Reader(), person)
}

// Note adds something that happened on a day, in a few words.
func (s *Service) Note(ctx context.Context, person db.ID, day time.Time, words string) error {
	if err := access.Check(ctx, access.Write, measuresOf(person)); err != nil {
		return err
	}
	e := fault.New(fault.Invalid, "This needs another look. Nothing was added.")
	if words == "" {
		e.AddField("happened", "Please say in a few words what happened.")
	} else if len([]rune(words)) > maxEvent {
		e.AddField("happened", "Please say it in at most 120 characters.")
	}
	if day.IsZero() || day.After(s.Now().Add(24*time.Hour)) || day.Before(s.Now().AddDate(-100, 0, 0)) {
		e.AddField("day", "Please choose a day that has been.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	had, err := s.events(ctx, s.DB.Reader(), person)
	if err != nil {
		return err
	}
	if len(had) >= maxEvents {
		return fault.Field("happened", "There is no room for more than 300. Please take one out first.")
	}
	me, id := access.From(ctx), db.NewID()
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, eventField(me.Practice, person, id), words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddEvent, me.Practice, id, person, sealed, db.Micros(day), me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "noted", Subject: person, Kind: "life event", Object: id})
	})
}

// TakeOut takes something out again: what is about somebody they may always take
// out, others what they added themselves.
func (s *Service) TakeOut(ctx context.Context, id db.ID) (person db.ID, err error) {
	me := access.From(ctx)
	e, err := db.One(ctx, s.DB.Reader(), scanEvent, sqlEvent, me.Practice, id)
	if errors.Is(err, db.ErrNone) {
		return person, fault.New(fault.NotFound, "This was taken out already.")
	}
	if err != nil {
		return person, err
	}
	if err := access.Check(ctx, access.Write, measuresOf(e.Person)); err != nil {
		return person, err
	}
	if me.Person != e.Person && me.Person != e.By {
		return person, fault.New(fault.Forbidden, "This was added by somebody else. They, or the client, can take it out.")
	}
	return e.Person, s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlDropEvent, me.Practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took out", Subject: e.Person, Kind: "life event", Object: id})
	})
}

// marks are what is drawn beside values: sessions and what happened.
func marks(sessions []checkins.Session, events []Event) []ui.ChartMark {
	var out []ui.ChartMark
	for _, s := range sessions {
		m := ui.ChartMark{At: s.At, Label: "Medicine session"}
		if s.Given != "" {
			m.Label += ": " + s.Given
		}
		out = append(out, m)
	}
	for _, e := range events {
		out = append(out, ui.ChartMark{At: e.Day, Label: e.Words})
	}
	slices.SortStableFunc(out, func(a, b ui.ChartMark) int { return a.At.Compare(b.At) })
	return out
}

// happened is what somebody typed on the page of a course and that was refused:
// about something that happened, or to ask something now.
type happened struct {
	Day, Words string
	Ask, Days  string
	Fields     map[string]string
}

// problems are what is wrong with some of the fields: those of one form.
func (h happened) problems(fields ...string) []ui.Problem {
	return slices.DeleteFunc(ui.Problems(h.Fields, fields...), func(p ui.Problem) bool { return !slices.Contains(fields, p.Name) })
}

// noted reads and keeps it. A refusal comes back with what was typed.
func (s *Service) noted(r *http.Request, person db.ID, zone *time.Location) (happened, error) {
	ctx, f, err := once.Read(r)
	if err != nil {
		return happened{}, err
	}
	typed := happened{Day: f.Raw("day"), Words: f.Raw("happened")}
	words := f.Line("happened", maxEvent)
	if err = f.Err(); err == nil {
		day, _ := time.ParseInLocation(time.DateOnly, f.Line("day", 10), zone)
		if !day.IsZero() {
			day = day.Add(12 * time.Hour)
		}
		err = s.Note(ctx, person, day, words)
	}
	if fault.Is(err, fault.Invalid) {
		typed.Fields = fault.Of(err).Fields
	}
	return typed, err
}

func (s *Service) noteMine(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	zone, err := s.Settings.ClockOf(ctx, access.From(ctx).Person)
	if err != nil {
		return err
	}
	typed, err := s.noted(r, access.From(ctx).Person, zone)
	if fault.Is(err, fault.Invalid) {
		return s.minePage(w, r, fault.Invalid.Status(), typed)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/check-ins#happened")
}

func (s *Service) noteTheirs(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	zone, err := s.house(r.Context())
	if err != nil {
		return err
	}
	typed, err := s.noted(r, id, zone)
	if fault.Is(err, fault.Invalid) {
		return s.coursePage(w, r, fault.Invalid.Status(), typed)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+id.String()+"/measures#happened")
}

func (s *Service) takeOut(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	person, err := s.TakeOut(r.Context(), id)
	if err != nil {
		return err
	}
	if person == access.From(r.Context()).Person {
		return web.See(w, r, "/space/check-ins#happened")
	}
	return web.See(w, r, "/desk/people/"+person.String()+"/measures#happened")
}
