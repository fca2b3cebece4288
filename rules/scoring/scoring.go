// Package scoring reckons what an instrument's answers come to, exactly as the
// instrument's own data says: which items, what may be missing, what is turned
// round, where a band begins. It knows no instrument by name. Every sum is kept
// as a fraction until it is shown, so that a boundary is decided by integers.
//
// What is missing is missing: it is never taken for a nought, and an item that
// asks about safety is never filled in from the others.
package scoring

import (
	"fmt"
)

// Answers are one per item, in the instrument's order; nil is "not answered".
// Trailing items that count for no score may be left out.
type Answers []*int

// Result is what an instrument's answers come to.
type Result struct {
	Scores  []Value // in the order of the instrument's data
	Band    string  // of the score that the instrument's bands are read from; "" is none
	Missing int     // scored items without an answer, and without one that follows from another
	Safety  []string
	// Safety lists the keys of safety items that were answered so that somebody
	// must look; Unasked those that were not answered at all.
	Unasked []string
}

// Value is one score. Its value is nil when it cannot be reckoned.
type Value struct {
	Key      string
	Value    any // nil, Number, bool, string, []any of these
	Band     string
	Prorated bool
}

// Get finds a value by its key; nil when there is none.
func (r Result) Get(key string) any {
	for _, v := range r.Scores {
		if v.Key == key {
			return v.Value
		}
	}
	return nil
}

// Score reckons. The answers must fit the instrument: as many as it has items,
// each one of the item's values; the error names the first that does not.
func Score(in Instrument, given Answers) (Result, error) {
	a, err := in.fit(given)
	if err != nil {
		return Result{}, err
	}
	s := &sheet{in: in, at: map[string]int{}, done: map[string]outcome{}}
	for i, it := range in.Items {
		s.at[it.Key] = i
		s.points = append(s.points, it.points(a[i]))
	}
	s.imply()
	var r Result
	for _, it := range in.Items {
		p := s.point(it.Key)
		if p == nil && !it.Unscored {
			r.Missing++
		}
		if it.Safety == nil {
			continue
		}
		switch {
		case p == nil:
			r.Unasked = append(r.Unasked, it.Key)
		case *p >= *it.Safety:
			r.Safety = append(r.Safety, it.Key)
		}
	}
	for _, sc := range in.Scores {
		o := methods[sc.Method].reckon(s, sc)
		s.done[sc.Key] = o
		v := Value{Key: sc.Key, Value: o.value, Band: sc.band(o), Prorated: o.prorated}
		r.Scores = append(r.Scores, v)
		if sc.BandKey != "" {
			r.Scores = append(r.Scores, Value{Key: sc.BandKey, Value: orNil(v.Band)})
		}
		if in.BandOf == sc.Key {
			r.Band = v.Band
		}
	}
	return r, nil
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// fit holds answers against the items they belong to.
func (in Instrument) fit(given Answers) (Answers, error) {
	least := len(in.Items)
	for least > 0 && in.Items[least-1].Unscored {
		least--
	}
	if len(given) < least || len(given) > len(in.Items) {
		return nil, fmt.Errorf("%s has %d items, and %d answers were given; one that is missing is null", in.Title, least, len(given))
	}
	a := make(Answers, len(in.Items))
	copy(a, given)
	for i, v := range a {
		if v != nil && !in.Allows(in.Items[i], *v) {
			return nil, fmt.Errorf("answer %d (item %s of %s) is %d, which is none of its values: %s", i+1, in.Items[i].Key, in.Title, *v, in.values(in.Items[i]))
		}
	}
	return a, nil
}

// sheet is one set of answers while it is reckoned.
type sheet struct {
	in     Instrument
	at     map[string]int
	points []*int // turned round where the item is; nil is missing
	done   map[string]outcome
}

// outcome is a score before it is shown.
type outcome struct {
	value    any
	exact    *Number // the fraction, for bands and for scores made of scores
	shown    *Number // as shown: rounded
	sum, n   int     // of what was answered
	missing  int
	prorated bool
}

func (s *sheet) point(key string) *int { return s.points[s.at[key]] }

// imply fills in what follows from another answer: whoever never drinks has no
// number of drinks to tell.
func (s *sheet) imply() {
	for _, im := range s.in.Implied {
		p := s.point(im.When)
		if p == nil || *p != im.Is {
			continue
		}
		for _, key := range im.Then {
			if s.point(key) == nil {
				v := im.Value
				s.points[s.at[key]] = &v
			}
		}
	}
}

// add sums what was answered of some items.
func (s *sheet) add(items []string) (sum, n int) {
	for _, key := range items {
		if p := s.point(key); p != nil {
			sum, n = sum+*p, n+1
		}
	}
	return sum, n
}

// points is an answer as it counts.
func (it Item) points(v *int) *int {
	if v == nil {
		return nil
	}
	p := *v
	if it.Reverse != nil {
		p = *it.Reverse - p
	}
	return &p
}
