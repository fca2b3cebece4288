package emergency

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/once"
	"held/practice/trail"
)

// Day is a day of the week, by its short name.
type Day string

// Days are those of a week, from Monday on.
var Days = []struct {
	Day  Day
	Name string
	of   time.Weekday
}{
	{"mon", "Monday", time.Monday}, {"tue", "Tuesday", time.Tuesday}, {"wed", "Wednesday", time.Wednesday}, {"thu", "Thursday", time.Thursday},
	{"fri", "Friday", time.Friday}, {"sat", "Saturday", time.Saturday}, {"sun", "Sunday", time.Sunday},
}

func dayOf(w time.Weekday) Day {
	for _, d := range Days {
		if d.of == w {
			return d.Day
		}
	}
	return ""
}

// at tells whether the call's hours hold at a moment of the practice's clock.
// Hours that end before they begin go on into the next day.
func (c Call) at(now time.Time) bool {
	on := func(t time.Time) bool { return len(c.Days) == 0 || slices.Contains(c.Days, dayOf(t.Weekday())) }
	if c.From == "" {
		return on(now)
	}
	clock := now.Format("15:04")
	if c.From < c.To {
		return on(now) && c.From <= clock && clock < c.To
	}
	return on(now) && c.From <= clock || on(now.AddDate(0, 0, -1)) && clock < c.To
}

// When is the call's hours in words.
func (c Call) When() string {
	days := c.days()
	switch {
	case c.From == "":
		return days + ", at any hour"
	case c.From > c.To:
		return days + ", " + c.From + " to " + c.To + " of the next day"
	}
	return days + ", " + c.From + " to " + c.To
}

// days are the call's days in words; three and more in a row are "to".
func (c Call) days() string {
	if len(c.Days) == 0 || len(c.Days) == len(Days) {
		return "every day"
	}
	var names []string
	for i := 0; i < len(Days); i++ {
		if !slices.Contains(c.Days, Days[i].Day) {
			continue
		}
		last := i
		for last+1 < len(Days) && slices.Contains(c.Days, Days[last+1].Day) {
			last++
		}
		if last-i < 2 {
			names = append(names, Days[i].Name)
			continue
		}
		names = append(names, Days[i].Name+" to "+Days[last].Name)
		i = last
	}
	return strings.Join(names, ", ")
}

// onCall is who can be called: whoever was set for today, those whose hours
// these are, and then the others.
func onCall(all []Call, d Duty, now time.Time) (out []OnCall) {
	if d.Name != "" {
		out = append(out, OnCall{Name: d.Name, Number: d.Number, When: "on duty today", Now: true, Today: true})
	}
	for _, c := range all {
		if d.Name == c.Name && d.Number == c.Number {
			continue
		}
		out = append(out, OnCall{Name: c.Name, Number: c.Number, When: c.When(), Now: c.at(now)})
	}
	slices.SortStableFunc(out, func(a, b OnCall) int { return rank(a) - rank(b) })
	return out
}

// onPaper is who can be called, as it stands on a wall: paper knows no hour.
func onPaper(all []Call) (out []OnCall) {
	for _, c := range all {
		out = append(out, OnCall{Name: c.Name, Number: c.Number, When: c.When()})
	}
	return out
}

func rank(c OnCall) int {
	switch {
	case c.Today:
		return 0
	case c.Now:
		return 1
	}
	return 2
}

var (
	hour    = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	dialled = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]{1,38}$`)
)

const badNumber = "Please write a number that can be dialled, with the country's code, as in +351 210 000 000."

// check says what is missing or cannot stand, field by field.
func (w Words) check() error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	if w.Address == "" {
		e.AddField("address", "Please write the address, as one says it to an ambulance.")
	}
	if w.Say == "" {
		e.AddField("say", "Please write what to say on the telephone, in your own words.")
	}
	if w.Number != "" && !dialled.MatchString(w.Number) {
		e.AddField("number", "Please write a number that can be dialled.")
	}
	if len(w.Calls) == 0 {
		e.AddField("name-1", "Please name at least one person who is called, with a number.")
	}
	if len(w.Calls) > MaxCalls {
		e.AddField("name-1", "A card has room for "+strconv.Itoa(MaxCalls)+" people.")
	}
	for i, c := range w.Calls {
		c.check(e, strconv.Itoa(i+1))
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (c Call) check(e *fault.Error, row string) {
	if c.Name == "" {
		e.AddField("name-"+row, "Please write who this is.")
	}
	if !dialled.MatchString(c.Number) {
		e.AddField("number-"+row, badNumber)
	}
	switch {
	case c.From == "" && c.To == "":
	case !hour.MatchString(c.From) || !hour.MatchString(c.To):
		e.AddField("from-"+row, "Please give both hours, as in 09:00 and 18:00, or neither for the whole day.")
	case c.From == c.To:
		e.AddField("from-"+row, "These are the same; leave both empty for the whole day.")
	}
}

// Duty is who is on call on one day, as it was set at the desk.
type Duty struct {
	Day    string    `json:"-"` // YYYY-MM-DD, in the practice's zone
	Name   string    `json:"name,omitempty"`
	Number string    `json:"number,omitempty"`
	By     db.ID     `json:"-"`
	At     time.Time `json:"-"`
}

func (s *Service) duty(ctx context.Context, q db.Q, day string) (Duty, error) {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, q, scanDuty, sqlDuty, practice, day)
	if errors.Is(err, db.ErrNone) {
		return Duty{}, nil
	}
	if err != nil {
		return Duty{}, err
	}
	plain, err := s.Vault.Open(ctx, q, field(practice, r.id, "emergency_duty"), r.body)
	if err != nil {
		return Duty{}, err
	}
	return r.Duty, json.Unmarshal([]byte(plain), &r.Duty)
}

// SetDuty says who is on duty today; two empty words take it back, and then the
// hours on the card hold again. It ends with the day, by the practice's clock.
func (s *Service) SetDuty(ctx context.Context, name, number string) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	if name == "" && number != "" {
		e.AddField("duty-name", "Please write who this is.")
	}
	if (name != "" || number != "") && !dialled.MatchString(number) {
		e.AddField("duty-number", badNumber)
	}
	if len(e.Fields) > 0 {
		return e
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(Duty{Name: name, Number: number})
	if err != nil {
		return err
	}
	a, now := access.From(ctx), s.Now()
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		id := db.NewID()
		body, err := s.Vault.Seal(ctx, tx, field(a.Practice, id, "emergency_duty"), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetDuty, a.Practice, id, now.In(st.Location()).Format(time.DateOnly), body, a.Person, db.Micros(now)); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "who is on duty", Object: id})
	})
}
