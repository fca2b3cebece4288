package preparation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/readiness"
)

// Vitals are measured values; what was not measured is not there.
type Vitals struct {
	Systolic  int    `json:"systolic,omitempty"`
	Diastolic int    `json:"diastolic,omitempty"`
	Pulse     int    `json:"pulse,omitempty"`
	Oxygen    int    `json:"oxygen,omitempty"`
	Breaths   int    `json:"breaths,omitempty"`
	Sedation  string `json:"sedation,omitempty"` // MOAA/S, "0" to "5"
	Warmth    string `json:"warmth,omitempty"`   // °C, as it was typed
	Age       int    `json:"age,omitempty"`      // years, where the protocol's limits depend on it
}

// Reading is one set of them, before a session.
type Reading struct {
	ID          db.ID
	Appointment db.ID
	Client      db.ID
	By          db.ID
	Taken       time.Time
	Entered     time.Time
	Vitals
}

// String is a reading in field terms, with what is missing said.
func (v Vitals) String() string {
	var out []string
	add := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(min(v.Systolic, v.Diastolic), "BP %d/%d mmHg", v.Systolic, v.Diastolic)
	add(v.Pulse, "HR %d/min", v.Pulse)
	add(v.Oxygen, "SpO₂ %d %%", v.Oxygen)
	add(v.Breaths, "RR %d/min", v.Breaths)
	add(len(v.Sedation), "MOAA/S %s", v.Sedation)
	add(len(v.Warmth), "%s °C", v.Warmth)
	return strings.Join(out, ", ")
}

// Readings lists a session's, the earliest first.
func (s *Service) Readings(ctx context.Context, x Session) ([]Reading, error) {
	if err := reads(ctx, x.Client); err != nil {
		return nil, err
	}
	return s.readings(ctx, s.DB.Reader(), x.ID)
}

// ReadingsIn is Readings within somebody's transaction.
func (s *Service) ReadingsIn(ctx context.Context, q db.Q, x Session) ([]Reading, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Gate, Subject: x.Client}); err != nil {
		return nil, err
	}
	return s.readings(ctx, q, x.ID)
}

func (s *Service) readings(ctx context.Context, q db.Q, appointment db.ID) ([]Reading, error) {
	rows, err := db.All(ctx, q, scanVitals, sqlVitals, access.From(ctx).Practice, appointment)
	if err != nil {
		return nil, err
	}
	return s.openReadings(ctx, q, rows)
}

func (s *Service) openReadings(ctx context.Context, q db.Q, rows []vitalsRow) ([]Reading, error) {
	out := make([]Reading, len(rows))
	for i, r := range rows {
		if err := s.openJSON(ctx, q, r.Client, r.ID, vitalsBody, r.body, &r.Vitals); err != nil {
			return nil, err
		}
		out[i] = r.Reading
	}
	return out, nil
}

// limits of what a typed value can be: beyond them it is a slip of the hand.
// They judge nothing; the protocol does.
var limits = []struct {
	field    string
	lo, hi   int
	of       func(*Vitals) *int
	sentence string
}{
	{"systolic", 40, 300, func(v *Vitals) *int { return &v.Systolic }, "Please give the systolic pressure in mmHg, or leave both empty."},
	{"diastolic", 20, 200, func(v *Vitals) *int { return &v.Diastolic }, "Please give the diastolic pressure in mmHg, or leave both empty."},
	{"pulse", 20, 300, func(v *Vitals) *int { return &v.Pulse }, "Please give beats in a minute, or leave it empty."},
	{"oxygen", 40, 100, func(v *Vitals) *int { return &v.Oxygen }, "Please give the oxygen saturation in percent, or leave it empty."},
	{"age", 18, 120, func(v *Vitals) *int { return &v.Age }, "Please give whole years, or leave it empty."},
	{"breaths", 2, 80, func(v *Vitals) *int { return &v.Breaths }, "Please give breaths in a minute, or leave it empty."},
}

func (v Vitals) check() error {
	e := fault.New(fault.Invalid, "Something needs another look. What you typed stands below and was not kept.")
	for _, l := range limits {
		if n := *l.of(&v); n != 0 && (n < l.lo || n > l.hi) {
			e.AddField(l.field, l.sentence)
		}
	}
	if (v.Systolic == 0) != (v.Diastolic == 0) {
		e.AddField("diastolic", "Please give both values of the blood pressure, or neither.")
	}
	if v.Systolic != 0 && v.Systolic <= v.Diastolic {
		e.AddField("systolic", "The systolic value is not above the diastolic one. Please look again.")
	}
	if v.Sedation != "" && (len(v.Sedation) != 1 || v.Sedation < "0" || v.Sedation > "5") {
		e.AddField("sedation", "Please choose one of these.")
	}
	if n, err := strconv.ParseFloat(v.Warmth, 64); v.Warmth != "" && (err != nil || n < 30 || n > 45) {
		e.AddField("warmth", "Please give degrees Celsius, as 36.6, or leave it empty.")
	}
	if v == (Vitals{Age: v.Age}) {
		e.AddField("systolic", "Nothing was measured yet.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Measure keeps what was measured on a session's day. Readings are added, never
// changed: another one takes the place of the last.
func (s *Service) Measure(ctx context.Context, session db.ID, v Vitals, taken time.Time) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Vitals))
		if err == nil {
			err = v.check()
		}
		if err != nil {
			return err
		}
		if taken.After(s.Now()) {
			return fault.Field("taken", "This time has not come yet. Please give the time at which it was measured.")
		}
		id := db.NewID()
		sealed, err := s.sealJSON(ctx, tx, x.Client, id, vitalsBody, v)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddVitals, me.Practice, id, x.ID, x.Client, me.Person, sealed, db.Micros(taken), db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "measured", Subject: x.Client, Kind: "vitals", Object: id})
	})
}

// vitalsCondition: the last reading of the session's day, as the protocol in
// force judges it.
func (s *Service) vitalsCondition(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	all, err := s.readings(ctx, q, x.ID)
	if err != nil {
		return nil, err
	}
	from, until, err := s.day(ctx, x.Start)
	if err != nil {
		return nil, err
	}
	ofTheDay := slices.DeleteFunc(all, func(r Reading) bool { return r.Taken.Before(from) || !r.Taken.Before(until) })
	c := readiness.Condition{Key: Measured, State: readiness.Unknown, Why: words("Not measured today.", "Not measured today.", "We measure them with you on the day.")}
	if len(ofTheDay) == 0 {
		return []readiness.Condition{c}, nil
	}
	last := slices.MaxFunc(ofTheDay, func(a, b Reading) int { return a.Taken.Compare(b.Taken) })
	c.Basis, c.Since, c.Until = last.ID.String()+x.Terms.Version, last.Taken, until
	if x.Terms.Judge == nil {
		c.Why = words("Measured: "+last.Vitals.String()+". The protocol in force sets no bands.", "Measured; the protocol in force sets no bands.", "We have measured them. Your prescriber decides.")
		return []readiness.Condition{c}, nil
	}
	v := x.Terms.Judge(last.Vitals)
	c.State, c.Overridable = v.State, !v.Never
	c.Why = words(last.Vitals.String()+". "+v.Why, v.Why, clientVitals(v.State))
	return []readiness.Condition{c}, nil
}

func clientVitals(s readiness.State) string {
	switch s {
	case readiness.Met:
		return "Measured, and as your prescriber wants them."
	case readiness.Unknown:
		return "Something is still to be measured."
	}
	return "Measured. Your prescriber looks at them before anything goes on."
}
