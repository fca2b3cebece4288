package identity_test

import (
	"fmt"
	"net/url"
	"sync"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

// TestManyWhoComeAtOnceAreEachThemselves: who is signed in is asked for several
// together, and nobody is taken for another; whoever has signed out is nobody in
// the very next request.
func TestManyWhoComeAtOnceAreEachThemselves(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		kinds := []access.Role{access.Client, access.Guide, access.Attendant, access.Coordinator}
		var all []*browser
		var want []string
		for i := range 3 * len(kinds) {
			kind := kinds[i%len(kinds)]
			all = append(all, o.in(t, o.add(t, fmt.Sprint("Person ", i), fmt.Sprintf("p%d@example.org", i), kind)))
			want = append(want, "session "+string(kind))
		}
		o.clock.Add(people.FreshFor)
		stranger := o.browser()
		stranger.cookies["__Host-held"] = "nothing that was ever handed out"
		all, want = append(all, stranger, o.browser()), append(want, "public", "public")
		var wg sync.WaitGroup
		for i, b := range all {
			for range 2 { // in two tabs
				wg.Go(func() {
					tab := o.browser()
					for k, v := range b.cookies {
						tab.cookies[k] = v
					}
					for range 15 {
						tab.is(t, want[i])
					}
				})
			}
		}
		wg.Wait()
		for i, b := range all[:4] {
			wg.Go(func() {
				tab := o.browser()
				for k, v := range b.cookies {
					tab.cookies[k] = v
				}
				if w := b.do("POST", "/sign-out", url.Values{}); w.Code != 303 {
					t.Errorf("signing out: %d", w.Code)
				}
				tab.is(t, "public")
			})
			wg.Go(func() { all[4+i].is(t, want[4+i]) })
		}
		wg.Wait()
	})
}
