package dosing

import (
	"fmt"
	"time"

	"held/rules/protocol"
)

// Level is how a finding binds. Notes are to be read and bind nobody.
type Level int

// The levels, the graver the greater.
const (
	Note Level = iota
	Ask        // the prescriber is asked again, and writes why
	Stop       // not signed
)

func (l Level) String() string { return [...]string{"note", "ask", "stop"}[l] }

// Finding is one thing that is said about an order.
type Finding struct {
	Key   string `json:"key"`
	Level Level  `json:"level"`
	Say   string `json:"say"`
	Do    string `json:"do,omitempty"` // of a stop: what to do about it
}

// Weight is the last recorded weight, and when it was taken. Zero: none is known.
type Weight struct {
	Kg    protocol.Decimal `json:"kg"`
	Taken time.Time        `json:"taken"`
}

// Given is one earlier dose; 0 mg: how much it was is not on record.
type Given struct {
	At      time.Time
	Session string
	Mg      protocol.Decimal
}

// Past is what is known of earlier sessions. Unrecorded are those that were held
// without a dose written down here: they count as sessions, and what was given
// at them is not known.
type Past struct {
	Given      []Given
	Unrecorded []time.Time
	Cleared    time.Time // since when the clearance in force holds; zero: none is known
}

// Order is what is to be looked at.
type Order struct {
	Medicine protocol.Medicine
	Dose     Amount
	Boosters *int // nil: not said
	Booster  Amount
	At       time.Time // the session's beginning
	Weight   Weight
	Past     Past
}

// Result is everything that is said about an order.
type Result struct {
	Findings []Finding
	Sums     Sums
}

// Worst is the gravest level among the findings; with none it is a note.
func (r Result) Worst() (l Level) {
	for _, f := range r.Findings {
		l = max(l, f.Level)
	}
	return l
}

// Of lists the findings of a level.
func (r Result) Of(l Level) (out []Finding) {
	for _, f := range r.Findings {
		if f.Level == l {
			out = append(out, f)
		}
	}
	return out
}

type checking struct {
	doc *protocol.Document
	o   Order
	out []Finding
}

func (c *checking) say(key string, l Level, do, format string, args ...any) {
	c.out = append(c.out, Finding{key, l, fmt.Sprintf(format, args...), do})
}

// Check holds an order against the protocol in force; nil: there is none.
func Check(doc *protocol.Document, o Order) Result {
	c := &checking{doc: doc, o: o}
	if doc == nil || doc.Medicine != o.Medicine {
		c.say("protocol", Stop, "The prescriber signs one first, at Protocols.", "No signed protocol is in force for this medicine and route.")
		return Result{Findings: c.out}
	}
	c.weight()
	c.dose()
	c.boosters()
	sums := c.past()
	return Result{c.out, sums}
}

// weight: a dose is not ordered over a weight that nobody knows, or that is older
// than the protocol lets it be on the day of the session. Facts §7: hard stop at
// a missing weight; how old it may be is the protocol's (validity.weight_days).
func (c *checking) weight() {
	const again = "Weigh them, and record it at their screening."
	w, most := c.o.Weight, c.doc.Validity.WeightDays
	switch {
	case w.Kg <= 0 || w.Taken.IsZero():
		c.say("weight", Stop, again, "No weight is recorded that can be reckoned with.")
		return
	case w.Taken.After(c.o.At):
		c.say("weight", Stop, again, "The weight is dated after the session.")
		return
	case most == nil:
		c.say("weight", Stop, "The prescriber completes the protocol, and signs it.", "The protocol does not say how old a weight may be.")
		return
	}
	if age := c.o.Weight.Days(c.o.At); age > *most {
		c.say("weight", Stop, again, "The weight is %s old on the day of the session; the protocol lets it be %s.", days(age), days(*most))
	}
}

// Days is how many whole days old a weight is at an instant.
func (w Weight) Days(at time.Time) int { return int(at.Sub(w.Taken) / (24 * time.Hour)) }

func days(n int) string { return count(n, "day", "days") }

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func known(unit string) bool { return unit == Milligrams || unit == PerKilo }

// limit is a figure of the protocol as an amount.
func (c *checking) limit(d *protocol.Decimal) Amount { return Amount{*d, c.doc.Dose.Unit} }

// exceeds tells whether an amount is over a limit of the protocol; what cannot
// be compared counts as over: nothing unknown passes.
func (c *checking) exceeds(a Amount, d *protocol.Decimal) bool {
	over, known := a.over(c.limit(d), c.o.Weight.Kg)
	return over || !known
}

func (c *checking) both(a Amount) string { return a.Both(c.o.Weight.Kg) }

// dose: facts §7, software checks: a soft alert above the route's maximum, a hard
// stop at twice. Both figures are the protocol's (dose.alert_over, dose.stop_over).
func (c *checking) dose() {
	d := c.doc.Dose
	switch {
	case c.o.Dose.Value <= 0 || !known(c.o.Dose.Unit):
		c.say("dose", Stop, "Write the dose, and choose its unit.", "No dose is written.")
		return
	case !known(d.Unit) || d.StopOver == nil || d.AlertOver == nil:
		c.say("dose", Stop, "The prescriber completes the protocol, and signs it.", "The protocol does not say above what a dose is asked about or never given.")
		return
	case c.exceeds(c.o.Dose, d.StopOver):
		c.say("dose", Stop, "Write a dose within the protocol. Another limit is another version of the protocol, signed.", "%s is above what the protocol never goes over: %s.", c.both(c.o.Dose), c.both(c.limit(d.StopOver)))
	case c.exceeds(c.o.Dose, d.AlertOver):
		c.say("dose", Ask, "", "%s is above the dose at which the protocol asks again: %s.", c.both(c.o.Dose), c.both(c.limit(d.AlertOver)))
	case d.To != nil && c.exceeds(c.o.Dose, d.To):
		c.say("dose", Note, "", "%s is above the protocol's range, which ends at %s.", c.both(c.o.Dose), c.both(c.limit(d.To)))
	case d.From != nil:
		if below, _ := c.limit(d.From).over(c.o.Dose, c.o.Weight.Kg); below {
			c.say("dose", Note, "", "%s is below the protocol's range, which begins at %s.", c.both(c.o.Dose), c.both(c.limit(d.From)))
		}
	}
}

// boosters: how many, how large, and what all of it would come to.
func (c *checking) boosters() {
	d, n := c.doc.Dose, c.o.Boosters
	const within = "Allow what the protocol allows, or none."
	switch {
	case n == nil || *n < 0:
		c.say("boosters", Stop, "Say how many boosters are allowed; 0 is none.", "It is not said whether boosters are allowed.")
		return
	case *n == 0:
		return
	case d.Boosters == nil || *n > *d.Boosters:
		c.say("boosters", Stop, within, "The protocol allows %s, and the order %d.", allowed(d.Boosters), *n)
		return
	case c.o.Booster.Value <= 0 || !known(c.o.Booster.Unit):
		c.say("booster", Stop, "Write how large a booster may be.", "A booster is allowed, and its dose is not written.")
		return
	case d.BoosterTo == nil || d.BoosterFromMin == nil || d.BoosterToMin == nil || !known(d.Unit):
		c.say("booster", Stop, "The prescriber completes the protocol, and signs it.", "The protocol does not say how large a booster may be, or when it may be given.")
		return
	case c.exceeds(c.o.Booster, d.BoosterTo):
		c.say("booster", Stop, within, "A booster of %s is above what the protocol allows: %s.", c.both(c.o.Booster), c.both(c.limit(d.BoosterTo)))
		return
	}
	c.whole(*n)
}

func allowed(n *int) string {
	if n == nil {
		return "no number of boosters"
	}
	return count(*n, "booster", "boosters")
}

// whole: dose and boosters together, against the figures for one dose. The
// protocol has none for both together, so it is asked about and stops nothing.
func (c *checking) whole(n int) {
	all := Whole(c.o.Dose, c.o.Booster, n, c.o.Weight.Kg)
	d := c.doc.Dose
	if all.Value > 0 && d.AlertOver != nil && c.exceeds(all, d.AlertOver) && !c.exceeds(c.o.Dose, d.AlertOver) {
		c.say("whole", Ask, "", "With every booster it comes to %s, which is above the dose at which the protocol asks again: %s.", c.both(all), c.both(c.limit(d.AlertOver)))
	}
}

// Whole is a dose with all its boosters, in mg; nothing where it cannot be known.
func Whole(dose, booster Amount, n int, kg protocol.Decimal) Amount {
	mg, _, ok := dose.Mg(kg)
	if n == 0 {
		if !ok {
			return Amount{}
		}
		return Amount{mg, Milligrams}
	}
	more, _, also := booster.Mg(kg)
	if !ok || !also {
		return Amount{}
	}
	return Amount{mg + more*protocol.Decimal(n), Milligrams}
}
