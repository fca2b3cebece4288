package timeline

import (
	"fmt"
	"slices"
	"time"

	"held/rules/protocol"
)

// Owed is a blood pressure that waits for its repeated reading.
type Owed struct {
	Of    string    `json:"of"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until,omitzero"` // zero: the protocol does not say
	Late  bool      `json:"late"`
}

// Owed is the repeated reading that the protocol asks for now: the last blood
// pressure after the dose is red by itself, and repeats none.
func (t Timeline) Owed(doc *protocol.Document, now time.Time) (Owed, bool) {
	if doc == nil || !slices.Contains(doc.Symptoms.Repeat, "bp") {
		return Owed{}, false
	}
	last, repeated := t.pressure(doc, time.Time{})
	if last == nil || repeated != nil || !t.grave(doc, last.BP()) {
		return Owed{}, false
	}
	if _, over := t.Over(); over {
		return Owed{}, false
	}
	o := Owed{Of: last.ID, At: last.At}
	if doc.Symptoms.WithinMin != nil {
		o.Until = last.At.Add(minutes(doc.Symptoms.WithinMin))
		o.Late = now.After(o.Until)
	}
	return o, true
}

// grave tells whether a blood pressure is red by itself: as a repeated reading
// it would be.
func (t Timeline) grave(doc *protocol.Document, bp protocol.Told[protocol.BP]) bool {
	if !bp.Known {
		return false
	}
	for _, b := range doc.During(t.Base.Age) {
		i := slices.Index([]string{"systolic", "diastolic"}, b.Sign)
		if i < 0 || b.Level != protocol.Red {
			continue
		}
		v := protocol.Whole(bp.Value[i])
		if base := t.Baseline().BP; b.Rise {
			if !base.Known {
				continue
			}
			v -= protocol.Whole(base.Value[i])
		}
		if (protocol.Limit{Sign: b.Op, Value: b.Value}).Met(v) {
			return true
		}
	}
	return false
}

// pressure is the last blood pressure after the dose; and, where that one
// repeats another, the other. One repeats another when it says so, or when the
// one before it was red by itself: so a value that stays red never waits for a
// repeat without end.
func (t Timeline) pressure(doc *protocol.Document, since time.Time) (last, of *Reading) {
	dose, given := t.Dose()
	var before *Reading
	all := t.Vitals()
	for i := range all {
		r := &all[i]
		if !r.BP().Known || given && r.At.Before(dose) || r.At.Before(since) {
			continue
		}
		before, last = last, r
	}
	if last == nil {
		return nil, nil
	}
	if last.Repeats != "" {
		for i := range all {
			if r := &all[i]; r.ID == last.Repeats && r.BP().Known {
				return last, r
			}
		}
	}
	if before != nil && t.grave(doc, before.BP()) {
		return last, before
	}
	return last, nil
}

// Baseline is what the limits of a rise count from: the last that was taken
// before the first dose, in the room or on the day.
func (t Timeline) Baseline() Base {
	b := t.Base
	dose, given := t.Dose()
	for _, r := range t.Vitals() {
		if given && !r.At.Before(dose) || r.At.Before(b.At) {
			continue
		}
		b.take(r)
	}
	return b
}

func (b *Base) take(r Reading) {
	if bp := r.BP(); bp.Known {
		b.BP = bp
	}
	for _, x := range []struct {
		of   *int
		into *protocol.Told[int]
	}{{r.Pulse, &b.HR}, {r.Oxygen, &b.SpO2}, {r.Breaths, &b.RR}, {r.MOAAS, &b.MOAA}} {
		if x.of != nil {
			*x.into = protocol.Tell(*x.of)
		}
	}
	if r.Warmth != nil {
		b.Temp = protocol.Tell(*r.Warmth)
	}
}

// Case is what is known now, as the protocol's rules read it. Before the first
// dose it is the day's case; during and after, values count for as long as no
// later point is over its grace.
func (t Timeline) Case(phase string, doc *protocol.Document, now time.Time) protocol.Case {
	return t.known(phase, doc, now, t.since(doc, now))
}

// known is Case with what was taken since an instant.
func (t Timeline) known(phase string, doc *protocol.Document, now, since time.Time) protocol.Case {
	base := t.Baseline()
	c := protocol.Case{Phase: phase, Age: base.Age, Baseline: base.BP, SpO2Base: base.SpO2, Symptoms: t.Symptoms()}
	c.Product = t.product()
	if phase == protocol.PhaseBefore {
		c.BP, c.HR, c.SpO2, c.RR, c.MOAAS, c.Temp = base.BP, base.HR, base.SpO2, base.RR, base.MOAA, base.Temp
		c.Baseline = protocol.Told[protocol.BP]{}
		return c
	}
	var now0 Base
	if since.IsZero() { // nothing is over its grace: what was known before the dose still is
		now0 = base
	}
	dose, _ := t.Dose()
	for _, r := range t.Vitals() {
		if !r.At.Before(since) && !r.At.Before(dose) {
			now0.take(r)
		}
	}
	c.BP, c.HR, c.SpO2, c.RR, c.MOAAS, c.Temp = now0.BP, now0.HR, now0.SpO2, now0.RR, now0.MOAA, now0.Temp
	if doc != nil {
		if last, of := t.pressure(doc, since); last != nil && of != nil {
			c.BP, c.Repeat = of.BP(), last.BP()
		}
	}
	if phase == protocol.PhaseDischarge {
		t.leaving(&c, now, since)
	}
	return c
}

// product is the medicine that was given, where a dose says so in the terms of
// the protocols; one that is not the protocol's is never judged by it.
func (t Timeline) product() (m protocol.Medicine) {
	for _, g := range t.Doses() {
		if p := protocol.Medicine(g.Medicine); p.Known() {
			m = p
		}
	}
	return m
}

// leaving is what is asked before somebody goes.
func (t Timeline) leaving(c *protocol.Case, now, since time.Time) {
	if all := t.Doses(); len(all) > 0 { // of the last one: a booster is a dose
		c.Elapsed = protocol.Tell(int(now.Sub(all[len(all)-1].At) / time.Minute))
	}
	for _, r := range t.Vitals() {
		if r.Dissociation != nil && !r.At.Before(since) {
			c.Dissociation = protocol.Tell(*r.Dissociation)
		}
	}
	c.Aldrete = t.Aldrete(since)
	all := t.checks()
	c.Walks, c.Nausea, c.Fluids = all["walks"].yes(), all["nausea_controlled"].yes(), all["fluids"].yes()
	c.Intent, c.Instructions, c.BPAgreed = all["intent"].yes(), all["instructions"].yes(), all["bp_accepted"].yes()
	c.Oriented, c.Escort = all["oriented"].number(), all["escort"].name()
	c.BPFalling = t.falling()
}

// AldreteItems are the linkIds of the modified score's items, in the order in
// which the protocol's case counts them: activity, respiration, circulation,
// consciousness, saturation.
var AldreteItems = []string{"1", "2", "3", "4", "5"}

// Aldrete is the last score that was taken whole.
func (t Timeline) Aldrete(since time.Time) (out protocol.Told[[]int]) {
	answers, _ := t.answers("aldrete", since)
	if answers == nil {
		return out
	}
	items := make([]int, len(AldreteItems))
	for i, key := range AldreteItems {
		n, ok := figure(answers[key])
		if !ok {
			return out
		}
		items[i] = n
	}
	return protocol.Tell(items)
}

// falling: the last blood pressure is below the one before it, and neither of
// its figures above.
func (t Timeline) falling() (out protocol.Told[bool]) {
	dose, _ := t.Dose()
	var last, before protocol.Told[protocol.BP]
	for _, r := range t.Vitals() {
		if bp := r.BP(); bp.Known && !r.At.Before(dose) {
			before, last = last, bp
		}
	}
	if !before.Known {
		return out
	}
	a, b := before.Value, last.Value
	return protocol.Tell(b[0] <= a[0] && b[1] <= a[1] && a != b)
}

// gravity puts results in order: something missing is graver than nothing, and
// an alarm than something missing.
var gravity = map[string]int{protocol.OK: 0, protocol.NotCleared: 1, protocol.Amber: 2, protocol.Red: 3}

// Judge is what the protocol says of all that is known now. A value does not
// become milder by growing old: it is not known any more, and it still weighs.
func (t Timeline) Judge(doc *protocol.Document, now time.Time) protocol.Result {
	if doc == nil {
		return protocol.Result{Result: protocol.NotCleared, Why: []string{"no protocol is in force"}}
	}
	if _, given := t.Dose(); !given {
		return t.unsure(doc.Evaluate(t.Case(protocol.PhaseBefore, doc, now)))
	}
	since := t.since(doc, now)
	out := doc.Evaluate(t.known(protocol.PhaseDuring, doc, now, since))
	if !since.IsZero() {
		out = graver(out, doc.Evaluate(t.known(protocol.PhaseDuring, doc, now, time.Time{})))
	}
	if o, owed := t.Owed(doc, now); owed && o.Late {
		out.Why = append(out.Why, fmt.Sprintf("the repeated reading is over its %d minutes", *doc.Symptoms.WithinMin))
	}
	return t.unsure(out)
}

// unsure adds what nobody can know of what is here.
func (t Timeline) unsure(r protocol.Result) protocol.Result {
	var why []string
	if len(t.Waiting) > 0 {
		why = append(why, "entries of a device are still to come")
	}
	for _, l := range t.Of(Vitals) {
		if !l.Read(&VitalsBody{}) {
			why = append(why, "a reading cannot be read")
		}
	}
	if len(why) == 0 {
		return r
	}
	return graver(r, protocol.Result{Result: protocol.NotCleared, Why: why})
}

// graver is the graver of two results, with every reason of both.
func graver(a, b protocol.Result) protocol.Result {
	weight := func(r protocol.Result) int {
		if n, during := gravity[r.Result]; during {
			return n
		}
		return 1 // review and hold, before a dose: as grave as something missing, and said first
	}
	if weight(b) > weight(a) {
		a, b = b, a
	}
	out := protocol.Result{Result: a.Result, Why: slices.Clone(a.Why)}
	for _, w := range b.Why {
		if !slices.Contains(out.Why, w) {
			out.Why = append(out.Why, w)
		}
	}
	return out
}
