// Package consent reckons how a person's consent stands: what was published,
// signed, signed by the second hand and withdrawn, in its order. It knows no
// texts and no names.
package consent

import "time"

// State is how one document stands with one person.
type State string

// The states.
const (
	NotYet    State = "not yet"          // nothing is signed
	ByClient  State = "signed by client" // the second signature is missing
	Signed    State = "signed"           // both have signed
	Earlier   State = "earlier version"  // signed, and a version that must be signed anew has come
	Withdrawn State = "withdrawn"        // it was taken back
)

// Holds tells whether the document is signed by both, in a version that counts.
func (s State) Holds() bool { return s == Signed }

// Act is what was done.
type Act int

// The acts that count.
const (
	Signing Act = iota
	Countersigning
	Withdrawing
)

// Event is one act on one version.
type Event struct {
	Act     Act
	Version int64
	At      time.Time
}

// Version is one publication. Again says that whoever signed an earlier one is
// to read and sign this one before the next session.
type Version struct {
	N     int64
	Again bool
	At    time.Time
}

// Standing is how it stands: since when, and which version was signed last.
type Standing struct {
	State   State
	Version int64
	Since   time.Time
}

// Stand reckons how a document stands, from its versions and from what one
// person did, both in their order.
func Stand(versions []Version, events []Event) Standing {
	out := Standing{State: NotYet}
	for _, e := range events {
		switch e.Act {
		case Signing:
			out = Standing{ByClient, e.Version, e.At}
		case Countersigning:
			if out.State == ByClient && out.Version == e.Version {
				out.State, out.Since = Signed, e.At
			}
		case Withdrawing:
			if out.State != NotYet {
				out.State, out.Since = Withdrawn, e.At
			}
		}
	}
	if out.State != Signed && out.State != ByClient {
		return out
	}
	for _, v := range versions {
		if v.Again && v.N > out.Version {
			return Standing{Earlier, out.Version, v.At}
		}
	}
	return out
}

// DoseDay tells whether now is the day of a dose, by any of the clocks: the
// practice's and the person's own. Nothing is signed on such a day.
func DoseDay(dose, now time.Time, clocks ...*time.Location) bool {
	if dose.After(now) {
		return false
	}
	for _, c := range clocks {
		y, m, d := dose.In(c).Date()
		ny, nm, nd := now.In(c).Date()
		if y == ny && m == nm && d == nd {
			return true
		}
	}
	return false
}
