package scoring

import "slices"

// Class is one answer of an algorithm: it holds when each of its conditions
// does. The first that holds is the answer.
type Class struct {
	Is   string      `json:"is"`
	When []Condition `json:"when"`
}

// Condition asks that at least so many of some items count as a symptom.
type Condition struct {
	Items   []string `json:"items"`
	AtLeast int      `json:"at_least"`
}

// Gate asks for items once another was answered so.
type Gate struct {
	When string   `json:"when,omitempty"` // "" is always
	Is   int      `json:"is,omitempty"`
	Then []string `json:"then"`
}

// classes is an algorithm over counts of symptoms. Every condition asks for "at
// least", so answering higher can only move towards an earlier class: when the
// lowest and the highest way of filling what is missing agree, so do all
// between. Where they do not, the answer is that nobody can know.
func classes(s *sheet, sp Spec) outcome {
	low, high := s.classify(sp, false), s.classify(sp, true)
	if low != high {
		return outcome{value: sp.Unsure}
	}
	return outcome{value: low}
}

// classify names the class with what is missing taken as no symptom or as one.
func (s *sheet) classify(sp Spec, missing bool) string {
	for _, c := range sp.Classes {
		holds := !slices.ContainsFunc(c.When, func(w Condition) bool {
			n := 0
			for _, key := range w.Items {
				p := s.point(key)
				if p == nil && missing || p != nil && *p >= s.in.Items[s.at[key]].symptomFrom() {
					n++
				}
			}
			return n < w.AtLeast
		})
		if holds {
			return c.Is
		}
	}
	return sp.Else
}

// firstClass is a triage: the gravest class stands as soon as it is answered
// so; any other only when everything that had to be asked was answered.
func firstClass(s *sheet, sp Spec) outcome {
	is := s.classify(sp, false)
	if is != sp.Classes[0].Is && s.gated(sp.Gates) {
		return outcome{value: sp.Unsure}
	}
	return outcome{value: is}
}

// gated tells whether something that had to be asked was not answered.
func (s *sheet) gated(gates []Gate) bool {
	return slices.ContainsFunc(gates, func(g Gate) bool {
		if g.When != "" {
			p := s.point(g.When)
			if p == nil || *p != g.Is {
				return false
			}
		}
		return slices.ContainsFunc(g.Then, func(key string) bool { return s.point(key) == nil })
	})
}
