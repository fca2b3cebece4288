// Package readiness reckons whether a medicine session may begin: two keys,
// turned by two people over the same conditions. It knows no domain beyond
// that, keeps nothing and asks no clock. Whatever is missing closes the gate.
package readiness

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// State is how a condition stands.
type State string

// The states, from the best to the worst. Overridden is reckoned, never given.
const (
	Met        State = "met"
	Overridden State = "overridden" // not met, and a prescriber goes on all the same
	Open       State = "open"       // still to be done
	Unknown    State = "not known"  // nothing is kept about it
	Closed     State = "closed"     // somebody said no, or it has ended
)

// rank orders the states; what is no state at all is worse than any.
func (s State) rank() int {
	return slices.Index([]State{Closed, Unknown, Open, Overridden, Met}, s)
}

// The roles that the gate knows.
const (
	Prescriber = "prescriber"
	Guide      = "guide"
	Client     = "client"
	Attendant  = "attendant"
)

// Words say one thing to each of the three who read it.
type Words struct{ Prescriber, Guide, Client string }

// Condition is one thing that must be so before a session may begin.
type Condition struct {
	Key         string
	State       State
	Holder      string // whose it is to settle
	Since       time.Time
	Until       time.Time // zero: it does not end by itself
	Basis       string    // what it rests on: another basis is another fact, even in the same state
	Title       Words
	Why         Words
	Overridable bool // the facts of this moment allow a prescriber to go on without it
}

// Need is a condition that every session has.
type Need struct {
	Key         string
	Dated       bool // without a date on which it ends it is not met
	Overridable bool // false: nobody goes on without it
	Holder      string
	Title       Words
}

// Mark is a condition as somebody saw it when they attested.
type Mark struct {
	Key   string `json:"key"`
	State State  `json:"state"`
	Basis string `json:"basis"`
}

// Attestation is one key, turned by one person over what they saw.
type Attestation struct {
	ID        string
	Role      string
	By        string
	At        time.Time
	Seen      []Mark
	Withdrawn time.Time // zero: it was not
}

// Override is a prescriber's word that one condition need not hold them up.
type Override struct {
	ID   string
	Role string
	By   string
	At   time.Time
	Rule string // the condition's key
	Seen Mark   // as the condition stood when they said so
	Why  string // their reason; without one it counts for nothing

	Found State // reckoned: how the condition it passes stands
}

// Shown is a condition as the page shows it.
type Shown struct {
	Condition
	Passed []Override // those by which it is passed, the newest first
	may    bool       // its need and its fact allow it to be passed
}

// Key is one of the two keys.
type Key struct {
	Role    string
	Turned  bool
	By      string
	At      time.Time
	Lapsed  bool     // it was turned, and counts no more
	Changed []string // because of these conditions
}

// Result is the gate.
type Result struct {
	Open       bool
	Conditions []Shown // in the order of the needs
	Keys       []Key   // the prescriber's, the guide's
	Same       bool    // both keys are one person's, which is one key
}

// Ready tells whether every condition is met or passed, so that keys may be turned.
func (r Result) Ready() bool {
	return len(r.Conditions) > 0 && !slices.ContainsFunc(r.Conditions, func(c Shown) bool { return c.State.rank() < Overridden.rank() })
}

// Marks are the conditions as they stand, for whoever attests now.
func (r Result) Marks() []Mark {
	out := make([]Mark, len(r.Conditions))
	for i, c := range r.Conditions {
		out[i] = c.mark()
	}
	return out
}

// Condition finds one by its key.
func (r Result) Condition(key string) (Shown, bool) {
	i := slices.IndexFunc(r.Conditions, func(c Shown) bool { return c.Key == key })
	if i < 0 {
		return Shown{}, false
	}
	return r.Conditions[i], true
}

// Key finds a role's key.
func (r Result) Key(role string) Key {
	if i := slices.IndexFunc(r.Keys, func(k Key) bool { return k.Role == role }); i >= 0 {
		return r.Keys[i]
	}
	return Key{Role: role}
}

// Fact is a condition without what it is passed by: what an override is about.
func (c Shown) Fact() Mark { return Mark{Key: c.Key, State: c.was(), Basis: c.Basis} }

func (c Shown) was() State {
	if c.State == Overridden {
		return c.Passed[0].Found
	}
	return c.State
}

// mark is what somebody sees who attests now. A condition that is passed rests
// on the word of whoever passed it.
func (c Shown) mark() Mark {
	if c.State == Overridden {
		return Mark{Key: c.Key, State: Overridden, Basis: c.Passed[0].ID}
	}
	return Mark{Key: c.Key, State: c.State, Basis: c.Basis}
}

// keeps tells whether a condition is at least as somebody saw it: the same
// fact, a better one, or passed by the same word.
func (c Shown) keeps(seen Mark) bool {
	switch {
	case seen.State.rank() < 0 || seen.State.rank() > c.State.rank():
		return false
	case seen.State.rank() < c.State.rank():
		return true
	case c.State == Overridden:
		return slices.ContainsFunc(c.Passed, func(o Override) bool { return o.ID == seen.Basis })
	}
	return seen.Basis == c.Basis
}

// Reckon says how the gate stands now. The order of what it is given does not
// matter, and neither does anything that is dated after now.
func Reckon(now time.Time, needs []Need, given []Condition, keys []Attestation, overrides []Override) Result {
	var r Result
	for _, n := range needs {
		c := stands(now, n, given)
		shown := Shown{Condition: c, may: n.Overridable && c.Overridable}
		if shown.Passed = passed(now, n, c, overrides); len(shown.Passed) > 0 {
			shown.State = Overridden
		}
		r.Conditions = append(r.Conditions, shown)
	}
	p, g := keysOf(now, Prescriber, r, keys), keysOf(now, Guide, r, keys)
	two, same := pair(p, g)
	r.Keys, r.Same = []Key{best(p, two[0], Prescriber), best(g, two[1], Guide)}, same
	r.Open = r.Ready() && two[0] != "" && two[1] != ""
	return r
}

// stands is how a need stands now: the worst of what is said of it.
func stands(now time.Time, n Need, given []Condition) Condition {
	missing := Condition{Key: n.Key, State: Unknown, Holder: n.Holder, Title: n.Title}
	var all []Condition
	for _, c := range given {
		if c.Key != n.Key {
			continue
		}
		switch {
		case c.State.rank() < 0 || c.State == Overridden, c.Since.After(now):
			c.State = Unknown
		case c.State == Met && n.Dated && c.Until.IsZero():
			c.State = Unknown
		case c.State == Met && !c.Until.IsZero() && !c.Until.After(now):
			c.State = Closed
		}
		c.Holder, c.Title = cmp.Or(c.Holder, n.Holder), n.Title
		all = append(all, c)
	}
	if len(all) == 0 {
		return missing
	}
	return slices.MinFunc(all, func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.State.rank(), b.State.rank()), btoi(a.Overridable)-btoi(b.Overridable), cmp.Compare(a.Basis, b.Basis), a.Since.Compare(b.Since), a.Until.Compare(b.Until))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// passed are the overrides that hold for a condition as it stands: given by a
// prescriber, with a reason, for this very fact or for a worse one.
func passed(now time.Time, n Need, c Condition, all []Override) []Override {
	if c.State == Met || !n.Overridable || !c.Overridable {
		return nil
	}
	var out []Override
	for _, o := range all {
		switch worse := o.Seen.State.rank(); {
		case o.Rule != c.Key || o.Seen.Key != c.Key || o.Role != Prescriber || o.Why == "" || o.By == "" || o.At.After(now):
		case worse < 0 || worse > c.State.rank() || worse == c.State.rank() && o.Seen.Basis != c.Basis:
		default:
			o.Found = c.State
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Override) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return out
}

// keysOf are a role's attestations, judged, the newest first.
func keysOf(now time.Time, role string, r Result, all []Attestation) []Key {
	mine := slices.DeleteFunc(slices.Clone(all), func(a Attestation) bool {
		return a.Role != role || a.By == "" || a.At.After(now) || !a.Withdrawn.IsZero() && !a.Withdrawn.After(now)
	})
	slices.SortFunc(mine, func(a, b Attestation) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	out := make([]Key, len(mine))
	for i, a := range mine {
		changed := a.worse(r)
		out[i] = Key{Role: role, By: a.By, At: a.At, Turned: len(changed) == 0, Lapsed: len(changed) > 0, Changed: changed}
	}
	return out
}

// worse names the conditions that are not as they were seen: worse than they
// were, resting on something else, or not seen at all.
func (a Attestation) worse(r Result) []string {
	var out []string
	for _, c := range r.Conditions {
		seen := false
		for _, m := range a.Seen {
			if m.Key != c.Key {
				continue
			}
			if seen = c.keeps(m); !seen {
				break // seen twice over, the stricter decides
			}
		}
		if !seen {
			out = append(out, c.Key)
		}
	}
	return out
}

// pair finds one who turned each key, and not the same person for both: two
// keys in one hand are one key.
func pair(p, g []Key) (two [2]string, same bool) {
	for _, a := range p {
		for _, b := range g {
			if a.Turned && b.Turned && a.By != b.By {
				return [2]string{a.By, b.By}, false
			}
		}
	}
	for i, all := range [][]Key{p, g} {
		for _, k := range all {
			if k.Turned && two[i] == "" {
				two[i] = k.By
			}
		}
	}
	if two[0] != "" && two[0] == two[1] {
		return [2]string{two[0], ""}, true
	}
	return two, false
}

// best is the key to show: the one that counts, else the newest.
func best(all []Key, by, role string) Key {
	for _, k := range all {
		if by != "" && k.Turned && k.By == by {
			return k
		}
	}
	if len(all) == 0 {
		return Key{Role: role}
	}
	k := all[0]
	k.Turned = false
	return k
}

// Passable tells whether a prescriber may go on without a condition as it stands.
func (c Shown) Passable() bool { return c.State.rank() < Met.rank() && c.may }

// Digest names the list as it stands: of two lists with one digest every
// condition is the same.
func (r Result) Digest() string {
	h := sha256.New()
	for _, m := range r.Marks() {
		for _, part := range []string{m.Key, string(m.State), m.Basis} {
			h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
