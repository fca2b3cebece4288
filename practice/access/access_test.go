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

// who is everybody who may come, by name. All have proved who they are;
// TestWhatMustBeProved tries those who have not.
func who() (names []string, actors map[string]access.Actor) {
	actors = map[string]access.Actor{}
	add := func(name string, a access.Actor) {
		a.Practice, a.Cares = practice, cares
		names, actors[name] = append(names, name), a
	}
	for _, r := range access.Roles {
		add(string(r), access.Actor{Person: me, Roles: []access.Role{r}, Via: access.Session, Strong: true, Fresh: true})
	}
	add("link", access.Actor{Person: me, Via: access.Link})
	add("public", access.Actor{Via: access.Public})
	add("system", access.Actor{Via: access.System})
	add("operator", access.Actor{Via: access.Operator})
	return names, actors
}

// cares: everybody is on the team of mine, in whatever role they have, and has
// opened the record of opened.
func cares(client db.ID) access.Care {
	return access.Care{As: map[db.ID][]access.Role{mine: access.Roles}[client], Glass: client == opened}
}

var mine, opened = db.NewID(), db.NewID()

// relations are who one may be to a thing.
var relations = []struct {
	name string
	of   func(c access.Class) access.Resource
}{
	{"somebody's", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: other, Charge: other} }},
	{"somebody's, for a reason", func(c access.Class) access.Resource {
		return access.Resource{Class: c, Subject: other, Reason: access.Emergency}
	}},
	{"on the care team", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: mine} }},
	{"on the care team, for a reason", func(c access.Class) access.Resource {
		return access.Resource{Class: c, Subject: mine, Reason: access.Prescription}
	}},
	{"opened for a stated reason", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: opened} }},
	{"my own", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: me} }},
	{"in my charge", func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: other, Charge: me} }},
	{"nobody's", func(c access.Class) access.Resource { return access.Resource{Class: c} }},
}

var words = map[access.Decision]string{
	access.Allow: "yes", access.Deny: "-", access.DenySignIn: "sign in", access.DenyReason: "say why", access.DenySecond: "second", access.DenyConfirm: "confirm",
}

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
	golden(t, "testdata/matrix.golden", out.String())
}

// golden holds what was made against a page that a person has read.
func golden(t *testing.T, file, made string) {
	t.Helper()
	got := tidied(made)
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
				for _, subject := range []db.ID{other, mine, opened, {}} {
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
			both := access.Actor{Practice: practice, Person: me, Roles: []access.Role{a, b}, Via: access.Session, Strong: true, Fresh: true, Cares: cares}
			for _, c := range access.Classes {
				for _, v := range verbs {
					for _, subject := range []db.ID{other, mine, opened} {
						r := access.Resource{Class: c, Subject: subject, Reason: access.Legal}
						either := access.Decide(actors[string(a)], v, r) == access.Allow || access.Decide(actors[string(b)], v, r) == access.Allow
						if (access.Decide(both, v, r) == access.Allow) != either {
							t.Errorf("%s and %s: %s %s", a, b, v, c)
						}
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
				_, decided := reasoned[c]
				some := decided && access.Possible(actors[n], v, c) == access.Allow || slices.ContainsFunc(relations, func(rel struct {
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

// reasoned are the classes whose reasons depend on whose work it is; the
// matrix tries two of them only.
var reasoned = map[access.Class]bool{access.Identity: true, access.Glass: true}

func TestBeingOnOneTeamOpensNoOtherRecord(t *testing.T) {
	_, actors := who()
	for _, r := range access.Roles {
		for _, c := range access.Classes {
			for _, v := range verbs {
				for _, why := range []access.Reason{"", access.Emergency} {
					alone := actors[string(r)]
					alone.Cares = nil
					of := access.Resource{Class: c, Subject: other, Reason: why}
					if a, b := access.Decide(actors[string(r)], v, of), access.Decide(alone, v, of); a != b {
						t.Errorf("%s %s %s of somebody else's: %v with a team, %v without", r, v, c, a, b)
					}
				}
			}
		}
	}
}

func TestOnATeamAsOneThingIsNotAsAnother(t *testing.T) {
	both := access.Actor{Practice: practice, Person: me, Roles: []access.Role{access.Guide, access.Prescriber}, Via: access.Session, Strong: true, Fresh: true,
		Cares: func(db.ID) access.Care { return access.Care{As: []access.Role{access.Guide}} }}
	if d := access.Decide(both, access.Read, access.Resource{Class: access.Chart, Subject: mine}); d != access.Deny {
		t.Errorf("the guide of a client, who is a prescriber for others, reads the prescriber's chart: %v", d)
	}
	if d := access.Decide(both, access.Read, access.Resource{Class: access.Process, Subject: mine}); d != access.Allow {
		t.Errorf("the guide does not read their own notes: %v", d)
	}
}

func TestNobodyButTheGuideReadsProcessNotes(t *testing.T) {
	names, actors := who()
	for _, n := range names {
		for _, subject := range []db.ID{other, mine, opened, me, {}} {
			d := access.Decide(actors[n], access.Read, access.Resource{Class: access.Process, Subject: subject, Reason: access.Emergency})
			if d == access.Allow && !(n == "guide" && subject == mine) && n != "system" {
				t.Errorf("%s reads process notes", n)
			}
		}
	}
}

// TestWhatMustBeProved: staff without a second factor open nothing clinical,
// and what changes access or takes things along asks for it freshly.
func TestWhatMustBeProved(t *testing.T) {
	var out bytes.Buffer
	_, actors := who()
	for _, c := range access.Classes {
		for _, v := range verbs {
			for _, n := range []string{"owner", "guide", "prescriber", "coordinator", "client"} {
				subject, reason := mine, access.Legal
				if n == "client" {
					subject = me
				}
				if n == "coordinator" {
					reason = access.Superbill
				}
				if c == access.Glass {
					reason = access.Emergency
				}
				r := access.Resource{Class: c, Subject: subject, Reason: reason}
				weak, stale := actors[n], actors[n]
				weak.Strong, stale.Fresh = false, false
				if a := access.Decide(actors[n], v, r); a != access.Allow {
					continue
				}
				if w, s := access.Decide(weak, v, r), access.Decide(stale, v, r); w != access.Allow || s != access.Allow {
					fmt.Fprintf(&out, "%-10s %-6s %-12s %-8s %s\n", c, v, n, words[w], words[s])
				}
			}
		}
	}
	golden(t, "testdata/proved.golden", out.String())
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
