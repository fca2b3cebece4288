package main

import (
	"slices"
	"strings"
)

// namesOf are the names of an environment.
func namesOf(environ []string) []string {
	all := make([]string, len(environ))
	for i, pair := range environ {
		all[i], _, _ = strings.Cut(pair, "=")
	}
	return all
}

// mistyped says which names in the environment are almost a setting's: such a
// one would be passed over without a word. Other names that begin alike are
// somebody else's and none of Held's business (a cluster makes HELD_PORT and
// HELD_SERVICE_HOST of a service called held).
func mistyped(names []string, all []setting) (wrong []string) {
	known := []string{"HELD_CONFIG"}
	for _, s := range all {
		known = append(known, s.env)
		if s.secret {
			known = append(known, s.env+"_FILE")
		}
	}
	for _, name := range names {
		if !strings.HasPrefix(strings.ToUpper(name), "HELD") || slices.Contains(known, name) {
			continue
		}
		for _, k := range known {
			if apart(strings.ToUpper(name), k) <= 2 {
				wrong = append(wrong, name+": is no setting of Held; "+k+" is one")
				break
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// apart counts the letters that must be put in, taken out or changed to make
// one word of another.
func apart(a, b string) int {
	before := make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			now[j+1] = min(before[j+1]+1, now[j]+1, before[j]+same)
		}
		before = now
	}
	return before[len(b)]
}
