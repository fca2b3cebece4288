package web

import (
	"net/http/httptest"
	"testing"
)

func TestCallersAreHiddenWhenNobodyEverSaysWhereTheyAre(t *testing.T) {
	come := func(c *Callers, times int, from, forwarded string) {
		for range times {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = from + ":4000"
			if forwarded != "" {
				r.Header.Set("X-Forwarded-For", forwarded)
			}
			c.note(r)
		}
	}
	for name, c := range map[string]struct {
		from, forwarded string
		hidden          bool
	}{
		"a proxy here that says nothing":               {"127.0.0.1", "", true},
		"a proxy here that says nonsense":              {"127.0.0.1", "unknown", true},
		"a proxy in a private network":                 {"10.0.0.7", "", true},
		"a proxy that says for whom":                   {"127.0.0.1", "203.0.113.9", false},
		"no proxy: the caller's own address is enough": {"203.0.113.9", "", false},
	} {
		turns := 0
		w := &Callers{Turned: func() { turns++ }}
		come(w, muteEnough-1, c.from, c.forwarded)
		if w.Hidden() {
			t.Errorf("%s: said too early", name)
		}
		come(w, 10, c.from, c.forwarded)
		if w.Hidden() != c.hidden || turns != 1 {
			t.Errorf("%s: hidden is %v, turned %d times", name, w.Hidden(), turns)
		}
		if come(w, 2, "203.0.113.9", ""); w.Hidden() {
			t.Errorf("%s: still hidden after somebody came from afar", name)
		}
	}
}
