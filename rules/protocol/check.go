package protocol

import (
	"fmt"
	"reflect"
	"slices"
)

// Missing lists the fields that a protocol is not whole without and that nobody
// has set yet.
func (d *Document) Missing() []Field {
	var out []Field
	for _, f := range fields {
		if len(d.Get(f)) > 0 || f.Optional && !(f.boosters && d.Dose.Boosters != nil && *d.Dose.Boosters > 0) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// Check says what contradicts itself, by path. What is missing is no
// contradiction: a draft may be unfinished, and Missing tells.
func (d *Document) Check() Faults {
	c := &checking{d: d}
	if d.Format != Format {
		c.fail("format", fmt.Sprintf("this program knows format %d", Format))
	}
	if !d.Medicine.Known() {
		c.fail("medicine", "is none of the list: "+values(Medicines))
	}
	for age := range 2 {
		for _, s := range d.signs(age == 1) {
			c.sign(s)
		}
	}
	older := d.Bands.Older != (Older{})
	if older && d.Bands.OlderFrom == nil {
		c.fail("bands.older_from", "there are limits for the older, and no age from which they hold")
	}
	if !older && d.Bands.OlderFrom != nil {
		c.fail("bands.older_from", "there is an age, and no limit that is another from it on")
	}
	c.dose()
	c.times()
	c.discharge()
	return c.bad
}

type checking struct {
	d   *Document
	bad Faults
}

func (c *checking) fail(path, sentence string) {
	if !slices.ContainsFunc(c.bad, func(f Fault) bool { return f.Path == path }) {
		c.bad = append(c.bad, Fault{path, sentence})
	}
}

// sign holds that limits bind in their direction, and that the graver one of
// two is never met before the milder.
func (c *checking) sign(s sign) {
	for _, l := range s.limits {
		if l.limit != nil && l.limit.high() != l.high {
			want := "> or ≥"
			if !l.high {
				want = "< or ≤"
			}
			c.fail(l.path, "this limit is written with "+want)
		}
	}
	for i, a := range s.limits {
		for _, b := range s.limits[i+1:] {
			if a.limit == nil || b.limit == nil || a.phase != b.phase || a.high != b.high || a.rise || b.rise || a.limit.high() != a.high || b.limit.high() != b.high {
				continue
			}
			if b.level < a.level {
				a, b = b, a
			}
			if before := b.limit.edge() - a.limit.edge(); a.high && before < 0 || !a.high && before > 0 {
				c.fail(b.path, fmt.Sprintf("%s would be met before %s of %s, which is the milder one", b.limit, a.limit, a.path))
			}
		}
	}
	c.apart(s)
}

// apart holds that between a low and a high limit there is room for a figure
// that meets neither.
func (c *checking) apart(s sign) {
	for _, low := range s.limits {
		for _, high := range s.limits {
			if low.limit == nil || high.limit == nil || low.high || !high.high || high.rise || low.phase != high.phase {
				continue
			}
			if low.limit.Value >= high.limit.Value {
				c.fail(low.path, fmt.Sprintf("%s leaves no room below %s of %s", low.limit, high.limit, high.path))
			}
		}
	}
}

func (c *checking) dose() {
	d := c.d.Dose
	c.rising([]string{"dose.from", "dose.to"}, d.From, d.To)
	c.rising([]string{"dose.to", "dose.alert_over"}, d.To, d.AlertOver)
	c.rising([]string{"dose.alert_over", "dose.stop_over"}, d.AlertOver, d.StopOver)
	c.rising([]string{"dose.booster_to", "dose.stop_over"}, d.BoosterTo, d.StopOver)
	c.risingInt([]string{"dose.booster_from_min", "dose.booster_to_min"}, d.BoosterFromMin, d.BoosterToMin)
	if d.To != nil && *d.To == 0 {
		c.fail("dose.to", "is nothing")
	}
	p := c.d.Preparation
	c.rising([]string{"preparation.lorazepam_flag_mg", "preparation.lorazepam_hold_mg"}, p.LorazepamFlag, p.LorazepamHold)
}

func (c *checking) rising(paths []string, a, b *Decimal) {
	if a != nil && b != nil && *a > *b {
		c.fail(paths[1], fmt.Sprintf("%s is less than %s of %s", b, a, paths[0]))
	}
}

func (c *checking) risingInt(paths []string, a, b *int) {
	if a != nil && b != nil && *a > *b {
		c.fail(paths[1], fmt.Sprintf("%d is less than %d of %s", *b, *a, paths[0]))
	}
}

func (c *checking) times() {
	o := c.d.Observation
	for i := 1; i < len(o.AtMin); i++ {
		if o.AtMin[i] <= o.AtMin[i-1] {
			c.fail("observation.at_min", "the minutes stand in their order, each once")
		}
	}
	for _, x := range []struct {
		path string
		n    *int
	}{
		{"observation.minimum_min", o.MinimumMin}, {"symptoms.within_min", c.d.Symptoms.WithinMin}, {"validity.clearance_days", c.d.Validity.ClearanceDays},
		{"sessions.most", c.d.Sessions.Most},
	} {
		if x.n != nil && *x.n == 0 {
			c.fail(x.path, "0 would be none at all")
		}
	}
	if len(o.AtMin) > 0 && o.MinimumMin != nil && o.AtMin[len(o.AtMin)-1] > *o.MinimumMin {
		c.fail("observation.minimum_min", "somebody could leave before the last reading is due")
	}
}

func (c *checking) discharge() {
	d := c.d.Discharge
	c.risingInt([]string{"discharge.pulse_from", "discharge.pulse_to"}, d.PulseFrom, d.PulseTo)
	c.risingInt([]string{"discharge.breathing_from", "discharge.breathing_to"}, d.BreathingFrom, d.BreathingTo)
	for path, l := range map[string]*Limit{"discharge.systolic": d.Systolic, "discharge.diastolic": d.Diastolic} {
		if l != nil && l.high() {
			c.fail(path, "this limit is written with < or ≤")
		}
	}
	if d.Oxygen != nil && !d.Oxygen.high() {
		c.fail("discharge.oxygen", "this limit is written with > or ≥")
	}
}

// phase is when a limit holds.
type phase int

const (
	before phase = iota
	during
)

// level is how grave it is: the greater decides.
type level int

const (
	fine  level = iota
	mild        // review, amber
	grave       // hold, red
	final       // hold without an override
)

// bound is one limit of a sign with its place.
type bound struct {
	path  string
	phase phase
	level level
	high  bool
	rise  bool // over the baseline
	limit *Limit
}

// sign is one vital sign with all its limits.
type sign struct {
	key    string // of lists["vitals"], or systolic and diastolic
	name   string
	limits []bound
}

// named are what the names of limits mean.
var named = map[string]bound{
	"review_high": {phase: before, level: mild, high: true}, "review_low": {phase: before, level: mild},
	"hold_high": {phase: before, level: grave, high: true}, "hold_low": {phase: before, level: grave},
	"no_override": {phase: before, level: final, high: true},
	"amber_high":  {phase: during, level: mild, high: true}, "amber_low": {phase: during, level: mild},
	"amber_rise": {phase: during, level: mild, high: true, rise: true},
	"red_high":   {phase: during, level: grave, high: true}, "red_low": {phase: during, level: grave},
	// of signs that have one direction only
	"review": {phase: before, level: mild}, "hold": {phase: before, level: grave}, "amber": {phase: during, level: mild}, "red": {phase: during, level: grave},
}

// signs lists the signs with the limits that hold for an age.
func (d *Document) signs(older bool) []sign {
	b := &d.Bands
	all := []sign{
		limitsOf("systolic", "systolic", "bands.systolic", b.Systolic, false),
		limitsOf("diastolic", "diastolic", "bands.diastolic", b.Diastolic, false),
		limitsOf("hr", "pulse", "bands.pulse", b.Pulse, false),
		limitsOf("spo2", "oxygen saturation", "bands.oxygen", b.Oxygen, false),
		limitsOf("rr", "breathing", "bands.breathing", b.Breathing, false),
		limitsOf("moaas", "MOAA/S", "bands.sedation", b.Sedation, false),
		limitsOf("temp", "temperature", "bands.temperature", b.Temperature, true),
	}
	if older {
		all[0].replace(limitsOf("", "", "bands.older.systolic", b.Older.Systolic, false))
		all[1].replace(limitsOf("", "", "bands.older.diastolic", b.Older.Diastolic, false))
		all[2].replace(limitsOf("", "", "bands.older.pulse", b.Older.Pulse, false))
	}
	return all
}

// limitsOf reads the limits of a struct by their names. Where there is only one
// direction, upward says which.
func limitsOf(key, name, path string, of any, upward bool) sign {
	s := sign{key: key, name: name}
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		n := nameOf(v.Type().Field(i))
		l := named[n]
		if v.Type() == reflect.TypeFor[Low]() {
			l.high = false
		}
		l.high = l.high || upward
		l.path, l.limit = path+"."+n, v.Field(i).Interface().(*Limit)
		s.limits = append(s.limits, l)
	}
	return s
}

// replace puts those limits that are set in the place of their like.
func (s *sign) replace(with sign) {
	for _, w := range with.limits {
		if w.limit == nil {
			continue
		}
		for i, l := range s.limits {
			if l.phase == w.phase && l.level == w.level && l.high == w.high && l.rise == w.rise {
				s.limits[i] = w
			}
		}
	}
}
