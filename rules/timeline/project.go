package timeline

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/rules/protocol"
)

// Base is what was known of somebody on the day, before the first dose.
type Base struct {
	At   time.Time                       `json:"at,omitzero"`
	Age  protocol.Told[int]              `json:"age"`
	BP   protocol.Told[protocol.BP]      `json:"bp"`
	HR   protocol.Told[int]              `json:"hr"`
	SpO2 protocol.Told[int]              `json:"spo2"`
	RR   protocol.Told[int]              `json:"rr"`
	MOAA protocol.Told[int]              `json:"moaas"`
	Temp protocol.Told[protocol.Decimal] `json:"temp"`
}

// Of are the lines of one kind that stand, in order.
func (t Timeline) Of(k Kind) (out []Line) {
	for _, l := range t.Entries {
		if l.Kind == k && l.Stands() {
			out = append(out, l)
		}
	}
	return out
}

// Given is one dose that stands.
type Given struct {
	Line
	DoseBody
}

// Doses are those that stand.
func (t Timeline) Doses() (out []Given) {
	for _, l := range t.Of(Dose) {
		g := Given{Line: l}
		_ = l.Read(&g.DoseBody) // a dose that nobody can read was given all the same
		out = append(out, g)
	}
	return out
}

// Dose is when the first dose was given.
func (t Timeline) Dose() (at time.Time, given bool) {
	all := t.Of(Dose)
	if len(all) == 0 {
		return at, false
	}
	return all[0].At, true
}

// Elapsed is how long ago that was.
func (t Timeline) Elapsed(now time.Time) (time.Duration, bool) {
	at, given := t.Dose()
	return now.Sub(at), given
}

// Reading is one set of values that stands.
type Reading struct {
	Line
	VitalsBody
}

// BP is its blood pressure, where both figures are there.
func (r Reading) BP() (bp protocol.Told[protocol.BP]) {
	if r.Systolic != nil && r.Diastolic != nil {
		bp = protocol.Tell(protocol.BP{*r.Systolic, *r.Diastolic})
	}
	return bp
}

// Vitals are the readings that stand; the scale of sedation by itself is one.
func (t Timeline) Vitals() (out []Reading) {
	for _, l := range t.Entries {
		r := Reading{Line: l}
		switch {
		case !l.Stands():
		case l.Kind == Vitals && l.Read(&r.VitalsBody), l.Kind == Scale && r.sedation():
			out = append(out, r)
		}
	}
	return out
}

// sedation reads the MOAA/S out of a scale.
func (r *Reading) sedation() bool {
	var b ScaleBody
	if !r.Read(&b) || b.Instrument != "moaas" {
		return false
	}
	n, ok := figure(b.Answers["1"])
	r.MOAAS = &n
	return ok && n >= 0 && n <= 5
}

// Went is where the session stands: the last phase, "" before anything was said.
func (t Timeline) Went() (phase string, at time.Time) {
	for _, l := range t.Of(Phase) {
		var b PhaseBody
		if l.Read(&b) {
			phase, at = b.To, l.At
		}
	}
	return phase, at
}

// Over tells whether the session has ended, and when.
func (t Timeline) Over() (time.Time, bool) {
	phase, at := t.Went()
	return at, phase != "" && phase != Recovery
}

// The phases that an entry can name.
const (
	Recovery      = "recovery"
	Ended         = "ended"
	AgainstAdvice = "left_against_advice"
	NotGiven      = "not_given"
)

// Person is somebody in the room.
type Person struct {
	Person string    `json:"person,omitempty"`
	Who    string    `json:"who,omitempty"`
	Role   string    `json:"role,omitempty"`
	Since  time.Time `json:"since"`
}

// In are those who arrived and have not left, in the order in which they came.
func (t Timeline) In() (out []Person) {
	for _, l := range t.Of(Present) {
		var b PresentBody
		if !l.Read(&b) {
			continue
		}
		same := func(p Person) bool {
			if b.Person != "" || p.Person != "" {
				return b.Person == p.Person
			}
			return strings.EqualFold(strings.TrimSpace(b.Who), p.Who)
		}
		if b.Action == "left" {
			out = slices.DeleteFunc(out, same)
		} else if !slices.ContainsFunc(out, same) {
			out = append(out, Person{b.Person, strings.TrimSpace(b.Who), b.Role, l.At})
		}
	}
	return out
}

// Alarm is an emergency's log.
type Alarm struct {
	Opened Line   `json:"opened"`
	Log    []Line `json:"log,omitempty"`
	Closed *Line  `json:"closed,omitempty"`
}

// Alarms are the emergencies' logs, the last one last. Another red while one is
// open is a line of its log.
func (t Timeline) Alarms() (out []Alarm) {
	open := func() *Alarm {
		if n := len(out); n > 0 && out[n-1].Closed == nil {
			return &out[n-1]
		}
		return nil
	}
	for _, l := range t.Entries {
		if !l.Stands() {
			continue
		}
		a := open()
		switch {
		case l.Kind == Red && a == nil:
			out = append(out, Alarm{Opened: l})
		case a != nil && (l.Kind == Log || l.Kind == Red):
			a.Log = append(a.Log, l)
		case l.Kind == Calm && a != nil:
			a.Closed = &l
		}
	}
	return out
}

// OpenRed is the log that is open.
func (t Timeline) OpenRed() (Alarm, bool) {
	all := t.Alarms()
	if n := len(all); n > 0 && all[n-1].Closed == nil {
		return all[n-1], true
	}
	return Alarm{}, false
}

// Symptoms are the codes of those that are not over, in order.
func (t Timeline) Symptoms() (out []string) {
	type open struct{ id, code string }
	var all []open
	for _, l := range t.Of(Symptom) {
		var b CodeBody
		if !l.Read(&b) {
			continue
		}
		if b.Over {
			all = slices.DeleteFunc(all, func(o open) bool {
				if b.Of != "" {
					return o.id == b.Of
				}
				return o.code == b.Code
			})
			continue
		}
		all = append(all, open{l.ID, b.Code})
	}
	for _, o := range all {
		if !slices.Contains(out, o.code) {
			out = append(out, o.code)
		}
	}
	return out
}

// Heard tells who said that they heard a call, by what the call is of.
func (t Timeline) Heard(of string) (Line, bool) { return t.HeardSince(of, time.Time{}) }

// HeardSince is Heard for a call that has become graver at an instant: who heard
// that a reading was due has not heard that it is late.
func (t Timeline) HeardSince(of string, since time.Time) (Line, bool) {
	for _, l := range t.Of(Ack) {
		var b AckBody
		if l.Read(&b) && b.Of == of && !l.At.Before(since) {
			return l, true
		}
	}
	return Line{}, false
}

// checks are the last words on each condition of leaving.
func (t Timeline) checks() map[string]CheckBody {
	out := map[string]CheckBody{}
	for _, l := range t.Of(Check) {
		var b CheckBody
		if l.Read(&b) {
			out[b.Item] = b
		}
	}
	return out
}

func (b CheckBody) yes() (v protocol.Told[bool]) {
	_ = json.Unmarshal(orNull(b.Value), &v)
	return v
}

func (b CheckBody) number() (v protocol.Told[int]) {
	_ = json.Unmarshal(orNull(b.Value), &v)
	return v
}

// name is a text, or the words beside a yes.
func (b CheckBody) name() (v protocol.Told[string]) {
	if json.Unmarshal(orNull(b.Value), &v) == nil {
		return v
	}
	if y := b.yes(); y.Known && y.Value && b.Words != "" {
		return protocol.Tell(b.Words)
	}
	return protocol.Told[string]{}
}

func orNull(b json.RawMessage) []byte {
	if len(b) == 0 {
		return []byte("null")
	}
	return b
}

// answers are the last ones to a scale.
func (t Timeline) answers(instrument string, since time.Time) (out map[string]any, at time.Time) {
	for _, l := range t.Of(Scale) {
		var b ScaleBody
		if l.Read(&b) && b.Instrument == instrument && !l.At.Before(since) {
			out, at = b.Answers, l.At
		}
	}
	return out, at
}

// figure is an answer that is a whole number, however it is written.
func figure(v any) (int, bool) {
	switch v := v.(type) {
	case float64:
		return int(v), v == float64(int(v))
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

// Value is the last that is known of one sign, with the one before it.
type Value struct {
	Sign   string    `json:"sign"`
	Value  string    `json:"value"`
	At     time.Time `json:"at"`
	Entry  string    `json:"entry"`
	Before string    `json:"before,omitempty"`
	Trend  string    `json:"trend,omitempty"` // up, down, same; "" where there is nothing before
}

// Last are the last values of each sign that was ever taken, as they stand.
func (t Timeline) Last() (out []Value) {
	all := t.Vitals()
	for _, s := range signs {
		var v Value
		var was int64
		for _, r := range all {
			text, n, ok := s.of(r)
			if !ok {
				continue
			}
			next := Value{Sign: s.key, Value: text, At: r.At, Entry: r.ID}
			if v.Entry != "" {
				next.Before, next.Trend = v.Value, map[int]string{-1: "down", 0: "same", 1: "up"}[cmp.Compare(n, was)]
			}
			v, was = next, n
		}
		if v.Entry != "" {
			out = append(out, v)
		}
	}
	return out
}
