package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"held/practice/access"
)

var (
	linkTo  = regexp.MustCompile(`href="(/[^"#]*)`)
	varying = regexp.MustCompile(`\{[^}]+\}`)
	// scripted are no pages: the journal's script asks for them.
	scripted = regexp.MustCompile(`^/space/journal(/|-worker)|^/space/capture/|^/desk/people/\{id\}/shared/`)
)

// TestEveryPageInsideCanBeReached follows the links from where somebody lands:
// a page that no link leads to is a page that nobody finds.
func TestEveryPageInsideCanBeReached(t *testing.T) {
	t.Parallel()
	k := newKnocker(t)
	for _, who := range []struct {
		landing string
		as      []access.Role // all of them together reach everything
	}{{"/desk", []access.Role{access.Owner, teamPrescriber}}, {"/space", []access.Role{access.Client}}} {
		landing := who.landing
		missing := map[string]*regexp.Regexp{"/account": regexp.MustCompile(`^/account$`)}
		for _, r := range sortedRoutes(k.h.app) {
			if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok && strings.HasPrefix(path, landing) && !scripted.MatchString(path) {
				missing[path] = regexp.MustCompile("^" + varying.ReplaceAllString(path, `[^/]+`) + "$")
			}
		}
		for _, as := range who.as {
			b := k.as(as)
			seen, todo := map[string]bool{landing: true}, []string{landing}
			for len(todo) > 0 && len(missing) > 0 {
				at := todo[0]
				todo = todo[1:]
				path, _, _ := strings.Cut(at, "?")
				for name, pattern := range missing {
					if pattern.MatchString(path) {
						delete(missing, name)
					}
				}
				page := b.get(at)
				if page.status != http.StatusOK {
					t.Errorf("as %s: a link leads to %s, which answers %d", as, at, page.status)
					continue
				}
				for _, m := range linkTo.FindAllStringSubmatch(page.body, -1) {
					next := strings.ReplaceAll(m[1], "&amp;", "&")
					if plain, _, _ := strings.Cut(next, "?"); !seen[plain] && (strings.HasPrefix(next, landing) || plain == "/account") {
						seen[plain] = true
						todo = append(todo, next)
					}
				}
			}
		}
		for name := range missing {
			t.Errorf("as %v: no link leads to %s", who.as, name)
		}
	}
}
