package timeline

import (
	"slices"
	"strconv"
	"time"

	"held/rules/protocol"
)

// sign is how one vital sign is read out of a reading. Its key is that of the
// protocol's lists.
type sign struct {
	key string
	of  func(r Reading) (text string, n int64, ok bool)
}

func whole(p func(r Reading) *int) func(r Reading) (string, int64, bool) {
	return func(r Reading) (string, int64, bool) {
		n := p(r)
		if n == nil {
			return "", 0, false
		}
		return strconv.Itoa(*n), int64(*n), true
	}
}

var signs = []sign{
	{"bp", func(r Reading) (string, int64, bool) {
		bp := r.BP()
		return bp.Value.String(), int64(bp.Value[0])<<16 + int64(bp.Value[1]), bp.Known
	}},
	{"hr", whole(func(r Reading) *int { return r.Pulse })},
	{"spo2", whole(func(r Reading) *int { return r.Oxygen })},
	{"rr", whole(func(r Reading) *int { return r.Breaths })},
	{"moaas", whole(func(r Reading) *int { return r.MOAAS })},
	{"temp", func(r Reading) (string, int64, bool) {
		if r.Warmth == nil {
			return "", 0, false
		}
		return r.Warmth.String(), int64(*r.Warmth), true
	}},
	{"dissociation", whole(func(r Reading) *int { return r.Dissociation })},
	{"nausea", whole(func(r Reading) *int { return r.Nausea })},
}

// has tells whether a reading holds one of the protocol's vitals.
func (r Reading) has(vital string) bool {
	i := slices.IndexFunc(signs, func(s sign) bool { return s.key == vital })
	if i < 0 {
		return false
	}
	_, _, ok := signs[i].of(r)
	return ok
}

// State is how a point of the protocol stands.
type State string

// The states of a point.
const (
	Coming   State = "coming"
	Due      State = "due"       // now, or soon enough after
	Late     State = "late"      // over the protocol's grace, and still to be taken
	Done     State = "done"      // whole, in time
	DoneLate State = "done_late" // whole, over the grace
	Missing  State = "missing"   // the next point has come, and it was not whole
	NotDue   State = "not_due"   // the session had ended by then
)

// Point is one at which the protocol has values taken.
type Point struct {
	Min     int       `json:"min"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until,omitzero"` // late from here on; zero: the protocol does not say
	State   State     `json:"state"`
	Missing []string  `json:"missing,omitempty"` // which vitals
	Entries []string  `json:"entries,omitempty"` // the readings that count for it
	DoneAt  time.Time `json:"done_at,omitzero"`
}

// Points are those of the protocol, from the first dose on. A reading counts
// for the point in whose stretch it was taken: from the grace before it, to the
// grace before the next one.
func (t Timeline) Points(doc *protocol.Document, now time.Time) (out []Point) {
	dose, given := t.Dose()
	if !given || doc == nil {
		return nil
	}
	grace := minutes(doc.Observation.GraceMin)
	at := slices.Clone(doc.Observation.AtMin)
	slices.Sort(at)
	at = slices.Compact(at)
	over, ended := t.Over()
	readings := t.Vitals()
	for i, m := range at {
		p := Point{Min: m, At: dose.Add(time.Duration(m) * time.Minute)}
		if doc.Observation.GraceMin != nil {
			p.Until = p.At.Add(grace)
		}
		from, to := p.At.Add(-grace), time.Time{}
		if i == 0 || from.Before(dose) && m > 0 {
			from = dose
		}
		if i+1 < len(at) {
			to = dose.Add(time.Duration(at[i+1])*time.Minute - grace)
		}
		p.take(readings, from, to, doc.Observation.During)
		p.stand(now, to, over, ended)
		out = append(out, p)
	}
	return out
}

func minutes(n *int) time.Duration {
	if n == nil {
		return 0
	}
	return time.Duration(*n) * time.Minute
}

// take finds the readings of the point's stretch, and what they leave open.
func (p *Point) take(readings []Reading, from, to time.Time, wanted []string) {
	p.Missing = slices.Clone(wanted)
	for _, r := range readings {
		if r.At.Before(from) || !to.IsZero() && !r.At.Before(to) {
			continue
		}
		p.Entries = append(p.Entries, r.ID)
		open := len(p.Missing)
		p.Missing = slices.DeleteFunc(p.Missing, r.has)
		if open > 0 && len(p.Missing) == 0 {
			p.DoneAt = r.At
		}
	}
	if len(wanted) == 0 { // the protocol does not say what must be known: nothing is ever whole
		p.Missing = []string{"observation.during"}
	}
}

func (p *Point) stand(now, to, over time.Time, ended bool) {
	late := func(at time.Time) bool { return !p.Until.IsZero() && at.After(p.Until) }
	switch {
	case len(p.Missing) == 0 && late(p.DoneAt):
		p.State = DoneLate
	case len(p.Missing) == 0:
		p.State = Done
	case ended && over.Before(p.At):
		p.State = NotDue
	case ended, !to.IsZero() && !now.Before(to) && (late(now) || p.Until.IsZero()):
		p.State = Missing
	case now.Before(p.At):
		p.State = Coming
	case late(now):
		p.State = Late
	default:
		p.State = Due
	}
}

// Due is Points under the name by which the room asks for them.
func (t Timeline) Due(doc *protocol.Document, now time.Time) []Point { return t.Points(doc, now) }

// Next is the first point that is still to be taken.
func (t Timeline) Next(doc *protocol.Document, now time.Time) (Point, bool) {
	for _, p := range t.Points(doc, now) {
		if p.State == Coming || p.State == Due || p.State == Late {
			return p, true
		}
	}
	return Point{}, false
}

// since is from when on a value counts as known now: once a point is over its
// grace, what was taken before its stretch is not known any more.
func (t Timeline) since(doc *protocol.Document, now time.Time) (from time.Time) {
	dose, given := t.Dose()
	if !given || doc == nil {
		return from
	}
	grace := minutes(doc.Observation.GraceMin)
	for _, m := range doc.Observation.AtMin {
		at := dose.Add(time.Duration(m) * time.Minute)
		if now.After(at.Add(grace)) && at.Add(-grace).After(from) {
			from = at.Add(-grace)
		}
	}
	return from
}
