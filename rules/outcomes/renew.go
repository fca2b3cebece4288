package outcomes

import (
	"slices"

	"held/rules/checkins"
)

// Said is what is said of one point, and what it was made of. Between two
// reports a figure changes only when at least as many people are behind the
// change as a group must have: of one person who answered meanwhile, nothing can
// be subtracted.
type Said struct {
	Summary Summary `json:"summary"`        // to be shown
	Last    Summary `json:"last"`           // the last figures that were made, shown or not since
	People  People  `json:"people"`         // of whom they were made
	Gone    int     `json:"gone,omitempty"` // of these, how many were forgotten since
}

// People are those behind a figure: each with their value at the point and at
// the beginning.
type People map[string][2]*float64

// Renew reckons each point anew where enough has changed since it was last, and
// leaves its figures as they were where it has not.
func Renew(was []Said, values []Value, least int) []Said {
	least = max(least, Least)
	by := grouped(values)
	var out []Said
	for _, p := range checkins.Points {
		var before Said
		if i := slices.IndexFunc(was, func(s Said) bool { return s.Last.Point == p }); i >= 0 {
			before = was[i]
		}
		all := by[p]
		if len(all) == 0 && before.People == nil {
			continue
		}
		out = append(out, renewed(p, before, all, by[checkins.Start], least))
	}
	return out
}

func renewed(p checkins.Point, before Said, all, start map[string]*float64, least int) Said {
	now := Said{Last: summary(p, all, start, least), People: people(p, all, start)}
	switch {
	case before.People != nil && differ(before, now.People) < least, now.Last.Hidden && before.People != nil:
		now = before
	case now.Last.Hidden:
		now = Said{Last: Summary{Point: p, Hidden: true}}
	}
	now.Summary = now.Last
	if now.Last.Hidden || now.Last.Answered < least || living(now) < least {
		now.Summary = Summary{Point: p, Hidden: true}
	} else if c := now.Summary.Change; c != nil && c.N < least {
		now.Summary.Change = nil
	}
	return now
}

// living counts those behind a figure who answered and were not forgotten since.
func living(s Said) (n int) {
	for _, v := range s.People {
		if v[0] != nil {
			n++
		}
	}
	return n
}

func people(p checkins.Point, all, start map[string]*float64) People {
	out := People{}
	for who, v := range all {
		pair := [2]*float64{v}
		if v != nil && p != checkins.Start {
			pair[1] = start[who]
		}
		out[who] = pair
	}
	return out
}

// differ counts the people by whom two figures differ: who came, who went, and
// whose value is another one.
func differ(before Said, now People) int {
	n := before.Gone
	for who, v := range now {
		if was, there := before.People[who]; !there || !same(was[0], v[0]) || !same(was[1], v[1]) {
			n++
		}
	}
	for who := range before.People {
		if _, there := now[who]; !there {
			n++
		}
	}
	return n
}

func same(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// Forget takes a person out of what a figure was made of, and counts them.
func (s *Said) Forget(person string) {
	if _, there := s.People[person]; there {
		delete(s.People, person)
		s.Gone++
	}
}
