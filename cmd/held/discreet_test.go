package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/people"
)

// colleague adds somebody who works at the demo practice.
func (k *knocker) colleague(name string, role access.Role) (p people.Person) {
	k.t.Helper()
	ctx := k.h.as(k.t.Context(), access.Operator)
	err := k.h.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = k.h.people.Add(ctx, tx, people.Person{Name: name, Zone: "Europe/Lisbon", Roles: []access.Role{role}})
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

func TestAssigningSomebodyWhomAClientNamedAsksFirst(t *testing.T) {
	k := newKnocker(t)
	sam := k.colleague("Sam Marlowe Tizard", access.Guide)
	page, desk := "/desk/people/"+k.actors[access.Client].Person.String(), k.as(access.Owner)
	before := desk.page(page)
	if strings.Contains(before, "Talk first") {
		t.Error("talk first before anybody is there whom he named")
	}
	member := sam.ID.String() + ":guide"
	a := desk.post(page+"/team", "member", member)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Talk first, then say what you decided.") || !strings.Contains(a.body, "One of the two would rather not meet the other.") {
		t.Fatalf("%d: %s", a.status, words(a.body))
	}
	if !regexp.MustCompile(`<option value="` + member + `" selected`).MatchString(a.body) {
		t.Error("the colleague who was chosen is not chosen any more")
	}
	if a := desk.post(page+"/team", "member", member, "circle", "stays"); a.status != http.StatusSeeOther {
		t.Fatalf("decided: %d %s", a.status, words(a.body))
	}
	if after := desk.page(page); !strings.Contains(after, "Talk first. Leonor: It stays as it is") {
		t.Errorf("who decided what is not on the page")
	}
	for as, path := range map[access.Role]string{access.Client: "/space/looks", access.Attendant: page} {
		if got := k.as(as).page(path); strings.Contains(got, "alk first") {
			t.Errorf("%s reads “talk first” at %s", as, path)
		}
	}
}

// TestTheDemoHasSomethingToTalkAbout: M. has named the prescriber, by a name
// that is not on any page.
func TestTheDemoHasSomethingToTalkAbout(t *testing.T) {
	k := newKnocker(t)
	ctx := k.h.system(t.Context())
	m, err := k.h.people.ByEmail(ctx, "m.nine@example.org")
	if err != nil {
		t.Fatal(err)
	}
	page := k.as(access.Coordinator).page("/desk/people/" + m.ID.String())
	if !strings.Contains(page, "Talk first") {
		t.Errorf("her page does not say so")
	}
	appointment := newest(t, page, regexp.MustCompile(`^/desk/appointments/[0-9a-f-]{36}$`))
	if got := k.as(access.Coordinator).page(appointment); !strings.Contains(got, "Talk first") || strings.Contains(got, "Furtado") {
		t.Errorf("the appointment's page does not say so, or says too much")
	}
	if got := k.as(access.Client).page("/book/first-call"); !strings.Contains(got, "You may prefer another person for this.") {
		t.Error("the client is not told of his own list")
	}
	if got := k.as("nobody").page("/book/first-call"); strings.Contains(got, "You may prefer another person") {
		t.Error("a visitor is told of somebody's list")
	}
}

func TestACircleIsShownToOneAndTakenBack(t *testing.T) {
	k := newKnocker(t)
	client, owner := k.as(access.Client), k.actors[access.Owner].Person.String()
	at := "/desk/people/" + k.actors[access.Client].Person.String() + "/circle"
	reads := func(as access.Role) bool {
		a := k.as(as).post(at)
		if strings.Contains(a.body, "supervisor until last spring") {
			t.Errorf("%s reads what he wrote for himself", as)
		}
		return a.status == http.StatusOK && strings.Contains(a.body, "Sam Marlowe-Tizard")
	}
	for _, as := range callers {
		if reads(as) {
			t.Errorf("%s reads a list that is shown to nobody", as)
		}
	}
	client.filled("/space/circle", "/space/circle/show", "member", owner)
	for _, as := range callers {
		if got := reads(as); got != (as == access.Owner) {
			t.Errorf("shown to the owner, his guide; %s reads it: %v", as, got)
		}
	}
	if !strings.Contains(client.page("/space/looks"), "read your circle") {
		t.Error("the look is not on his trail")
	}
	client.filled("/space/circle", "/space/circle/hide")
	if reads(access.Owner) {
		t.Error("taken back, and still read")
	}
}

func TestAClientWritesTheirListAndWhoTheyAreInLaw(t *testing.T) {
	k := newKnocker(t)
	b := k.as(anotherClient)
	b.filled("/space/circle", "/space/circle", "kind", "place", "name", "The Lantern Clinic", "why", "I trained there.")
	page := b.page("/space/circle")
	if !strings.Contains(page, "The Lantern Clinic") || !strings.Contains(page, "I trained there.") {
		t.Errorf("the list: %s", words(page))
	}
	entry := regexp.MustCompile(`name="entry" value="([0-9a-f-]{36})"`).FindStringSubmatch(page)
	b.done("/space/circle/remove", "entry", entry[1])
	if strings.Contains(b.page("/space/circle"), "The Lantern Clinic") {
		t.Error("taken off, and still there")
	}
	if a := b.post("/space/circle", "kind", "person", "name", "J.", "why", "a letter"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="J."`) || !strings.Contains(a.body, `value="a letter"`) {
		t.Errorf("one letter: %d, and what was typed is lost", a.status)
	}

	full := []string{"name", "Noor Haddad", "pronoun", "", "born", "1990-05-01", "address", "Street 1", "licence_number", "", "licence_kind", "", "licence_state", "", "called", "N. El-Haddad", "works", ""}
	b.filled("/space/identity", "/space/identity", full...)
	if page := b.page("/space/identity"); !strings.Contains(page, "Noor Haddad") || !strings.Contains(page, "N. El-Haddad") || !strings.Contains(page, `value="1990-05-01"`) {
		t.Error("what was saved is not there")
	}
	wrong := append([]string{}, full...)
	wrong[5] = "1 May"
	if a := b.post("/space/identity", wrong...); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="1 May"`) {
		t.Errorf("a date that is none: %d", a.status)
	}
	if a := b.post("/space/identity", "name", "Torn"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a form that lost its fields: %d", a.status)
	}
	ctx := access.With(context.Background(), access.Actor{Practice: k.h.practice, Person: k.actors[anotherClient].Person, Roles: []access.Role{access.Client}, Via: access.Session})
	if i, err := k.h.people.OwnIdentity(ctx); err != nil || i.Name != "Noor Haddad" || i.Born != "1990-05-01" {
		t.Errorf("what is kept: %+v, %v", i, err)
	}
	names := k.as(access.Attendant)
	names.filled("/desk/settings/names", "/desk/settings/names", "called", "Only Attending\nO. A.", "works", "")
	if !strings.Contains(names.page("/desk/settings/names"), "Only Attending\nO. A.") {
		t.Error("what a colleague said is not there")
	}
}
