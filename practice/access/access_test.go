package access_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	practice, me, other = db.NewID(), db.NewID(), db.NewID()
	verbs               = []access.Verb{access.Read, access.Write}
)

// who is everybody who may come, by name.
func who() (names []string, actors map[string]access.Actor) {
	actors = map[string]access.Actor{}
	add := func(name string, a access.Actor) {
		a.Practice = practice
		names, actors[name] = append(names, name), a
	}
	for _, r := range access.Roles {
		add(string(r), access.Actor{Person: me, Roles: []access.Role{r}, Via: access.Session})
	}
	add("link", access.Actor{Person: me, Via: access.Link})
	add("public", access.Actor{Via: access.Public})
	add("system", access.Actor{Via: access.System})
	add("operator", access.Actor{Via: access.Operator})
	return names, actors
}

// relations are who one may be to a thing.
var relations = []struct {
	name string
	of   func(c access.Class) access.Resource
}{
	{"somebody's", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: other, Charge: other} }},
	{"my own", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: me} }},
	{"in my charge", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: other, Charge: me} }},
	{"nobody's", func(c access.Class) access.Resource { return access.Resource{Class: c} }},
}

var words = map[access.Decision]string{access.Allow: "yes", access.Deny: "-", access.DenySignIn: "sign in"}

// TestTheMatrix keeps the whole policy as a page that a person can read; a
// change of policy is a change of that page.
func TestTheMatrix(t *testing.T) {
	var out bytes.Buffer
	names, actors := who()
	for _, rel := range relations {
		fmt.Fprintf(&out, "%s\n%-10s %-6s", strings.ToUpper(rel.name), "", "")
		for _, n := range names {
			fmt.Fprintf(&out, " %-11s", n)
		}
		out.WriteString("\n")
		for _, c := range access.Classes {
			for _, v := range verbs {
				fmt.Fprintf(&out, "%-10s %-6s", c, v)
				for _, n := range names {
					fmt.Fprintf(&out, " %-11s", words[access.Decide(actors[n], v, rel.of(c))])
				}
				out.WriteString("\n")
			}
		}
		out.WriteString("\n")
	}
	got := tidied(out.String())
	const file = "testdata/matrix.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the policy is not what %s says; look at each line that differs, then run with -update\n%s", file, differing(string(want), got))
	}
}

func tidied(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

func differing(want, got string) string {
	var out strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			fmt.Fprintf(&out, "want %s\n got %s\n", a, b)
		}
	}
	return out.String()
}

func TestWhatNobodyDecidedIsRefusedToAll(t *testing.T) {
	names, actors := who()
	for _, n := range names {
		for _, r := range []access.Resource{{Class: "diary", Subject: me}, {Class: "", Subject: me}, {}} {
			for _, v := range verbs {
				if access.Decide(actors[n], v, r) == access.Allow || access.Possible(actors[n], v, r.Class) == access.Allow {
					t.Errorf("%s may %s %q", n, v, r.Class)
				}
			}
		}
		for _, c := range access.Classes {
			for _, v := range []access.Verb{"", "delete", "READ", "read "} {
				if access.Decide(actors[n], v, access.Resource{Class: c, Subject: me}) == access.Allow {
					t.Errorf("%s may %q %s", n, v, c)
				}
			}
		}
	}
}

func TestARoleCountsOnlyInASession(t *testing.T) {
	for _, via := range []access.Via{access.Public, access.Link, "", "session "} {
		a := access.Actor{Practice: practice, Person: me, Roles: access.Roles, Via: via}
		if a.Is(access.Owner) || a.Staff() {
			t.Errorf("%q is staff", via)
		}
		for _, c := range access.Classes {
			open := access.Decide(access.Actor{Via: access.Public}, access.Read, access.Resource{Class: c}) == access.Allow
			if !open && access.Decide(a, access.Read, access.Resource{Class: c, Subject: other}) == access.Allow {
				t.Errorf("%q reads %s", via, c)
			}
		}
	}
}

// TestNobodyReachesAnotherClient: clients and holders of links have their own
// things and no others, and an unknown person is not the same as an unknown subject.
func TestNobodyReachesAnotherClient(t *testing.T) {
	for _, a := range []access.Actor{
		{Practice: practice, Person: me, Roles: []access.Role{access.Client}, Via: access.Session},
		{Practice: practice, Person: me, Via: access.Link},
		{Practice: practice, Roles: []access.Role{access.Client}, Via: access.Session}, // no person at all
		{Practice: practice, Via: access.Link},
	} {
		for _, c := range access.Classes {
			for _, v := range verbs {
				open := access.Decide(access.Actor{Via: access.Public}, v, access.Resource{Class: c}) == access.Allow
				for _, subject := range []db.ID{other, {}} {
					if !open && access.Decide(a, v, access.Resource{Class: c, Subject: subject}) == access.Allow {
						t.Errorf("%s may %s the %s of %s", a.Via, v, c, subject)
					}
				}
			}
		}
	}
}

func TestSeveralRolesMayWhatEachMay(t *testing.T) {
	_, actors := who()
	for _, a := range access.Roles {
		for _, b := range access.Roles {
			both := access.Actor{Practice: practice, Person: me, Roles: []access.Role{a, b}, Via: access.Session}
			for _, c := range access.Classes {
				for _, v := range verbs {
					r := access.Resource{Class: c, Subject: other}
					either := access.Decide(actors[string(a)], v, r) == access.Allow || access.Decide(actors[string(b)], v, r) == access.Allow
					if (access.Decide(both, v, r) == access.Allow) != either {
						t.Errorf("%s and %s: %s %s", a, b, v, c)
					}
				}
			}
		}
	}
}

// TestARouteLetsInWhomSomeResourceLetsIn: a route's rule must not be stricter
// than the policy about the thing, nor open to whom no thing is open.
func TestARouteLetsInWhomSomeResourceLetsIn(t *testing.T) {
	names, actors := who()
	for _, n := range names {
		for _, c := range access.Classes {
			for _, v := range verbs {
				some := slices.ContainsFunc(relations, func(rel struct {
					name string
					of   func(access.Class) access.Resource
				}) bool {
					return access.Decide(actors[n], v, rel.of(c)) == access.Allow
				})
				if (access.Possible(actors[n], v, c) == access.Allow) != some {
					t.Errorf("%s: %s %s is %v for some, and the route says otherwise", n, v, c, some)
				}
			}
		}
	}
}

func TestRules(t *testing.T) {
	_, actors := who()
	kind := func(ctx context.Context, rule interface{ Check(*http.Request) error }) error {
		return rule.Check(httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	}
	for _, c := range []struct {
		name       string
		staff, own fault.Kind
		in         fault.Kind
	}{
		{"owner", 0, fault.Forbidden, 0}, {"attendant", 0, fault.Forbidden, 0}, {"client", fault.Forbidden, 0, 0},
		{"public", fault.SignIn, fault.SignIn, fault.SignIn}, {"link", fault.Forbidden, 0, fault.SignIn},
	} {
		ctx := access.With(t.Context(), actors[c.name])
		for rule, want := range map[interface{ Check(*http.Request) error }]fault.Kind{
			access.AnyStaff: c.staff, access.To(access.Read, access.Own): c.own, access.SignedIn: c.in, access.Anyone: 0, access.ByLink: 0,
		} {
			err := kind(ctx, rule)
			if want == 0 && err != nil || want != 0 && !fault.Is(err, want) {
				t.Errorf("%s, %v: %v", c.name, rule, err)
			}
		}
	}
	if err := kind(t.Context(), access.SignedIn); !fault.Is(err, fault.SignIn) {
		t.Errorf("nobody: %v", err)
	}
}

func TestWhoActsIsInTheContext(t *testing.T) {
	if a := access.From(t.Context()); a.Via != access.Public || !a.Practice.IsZero() {
		t.Errorf("%+v", a)
	}
	_, actors := who()
	ctx := access.With(t.Context(), actors["owner"])
	if !access.Can(ctx, access.Write, access.Resource{Class: access.Settings}) || access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: other}) == nil {
		t.Error("the owner is not asked as the owner")
	}
	held := access.Holder(ctx, other)
	if a := access.From(held); a.Practice != practice || a.Person != other || a.Via != access.Link || a.Staff() {
		t.Errorf("%+v", a)
	}
	if access.Can(held, access.Write, access.Resource{Class: access.Settings}) {
		t.Error("the holder of a link kept the owner's rights")
	}
}
