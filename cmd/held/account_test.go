package main

import (
	"strings"
	"testing"

	"held/practice/access"
)

func TestTheAccountLeadsToTheDevicesOfWhoeverMayBeCalled(t *testing.T) {
	l := newLanes(t)
	for as, may := range map[access.Role]bool{teamGuide: true, teamPrescriber: true, teamAttendant: true, access.Coordinator: false, access.Client: false} {
		page := l.as(as).page("/account")
		if leads := strings.Contains(page, `href="/desk/devices"`); leads != may {
			t.Errorf("%s: it leads there: %v", as, leads)
		}
		if may && !strings.Contains(l.as(as).page("/desk/devices"), "<h1>") {
			t.Errorf("%s: what it leads to does not open", as)
		}
	}
}
