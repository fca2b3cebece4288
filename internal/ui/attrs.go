package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// states are the attributes that tie a control to its hint and its mistake.
func states(id, hint, problem string) templ.Attributes {
	a := groupStates(id, hint, problem)
	if problem != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// groupStates is states for a fieldset, on which aria-invalid is not allowed.
func groupStates(id, hint, problem string) templ.Attributes {
	a := templ.Attributes{}
	if d := describedBy(id, hint, problem); d != "" {
		a["aria-describedby"] = d
	}
	return a
}

// optionStates is states for one box; its hint has a name of its own, because
// the first of a group carries the group's id.
func optionStates(id, hint, problem string) templ.Attributes {
	a := states(id, "", problem)
	if hint != "" {
		a["aria-describedby"] = strings.TrimSpace(id + "-about " + describedBy(id, "", problem))
	}
	return a
}

func rows(n int) int {
	if n > 0 {
		return n
	}
	return 6
}

func itoa(n int) string { return strconv.Itoa(n) }

func contains(all []string, one string) bool { return slices.Contains(all, one) }
