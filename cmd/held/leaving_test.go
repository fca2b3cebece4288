package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/circle"
	"held/practice/keeping"
	"held/practice/people"
)

// unpacked reads what was taken along.
func unpacked(t *testing.T, body string) (page string, data keeping.Along) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Name {
		case "everything.html":
			page = string(b)
		case "everything.json":
			if err := json.Unmarshal(b, &data); err != nil {
				t.Fatal(err)
			}
		}
	}
	return page, data
}

func TestAClientTakesEverythingAlongAndHasItErased(t *testing.T) {
	k := newKnocker(t)
	me, ctx := k.actors[access.Client].Person, k.h.system(t.Context())
	who, err := k.h.people.Get(ctx, k.h.db.Reader(), me)
	if err != nil {
		t.Fatal(err)
	}
	b := k.as(access.Client)
	self := access.With(t.Context(), k.actors[access.Client])
	const legal, unmet = "Ilanah Oriole Legal", "Somebody Unmet"
	if err := k.h.people.SaveIdentity(self, people.Identity{Name: legal}); err != nil {
		t.Fatal(err)
	}
	if err := k.h.circle.Add(self, circle.Entry{Kind: circle.Person, Name: unmet}); err != nil {
		t.Fatal(err)
	}
	seenBy := newest(t, b.page("/space"), regexp.MustCompile(`^/space/looks/[0-9a-f-]{36}$`))
	b.filled(seenBy, seenBy, "words", "Why was this read?")
	a := b.post("/space/leaving/take")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("taking along answers %d: %s", a.status, words(a.body))
	}
	page, data := unpacked(t, a.body)
	seen := map[string]int{}
	for _, part := range data.Parts {
		seen[part.Name] = len(part.Items)
	}
	if seen["you"] != 1 || seen["appointments"] == 0 || seen["trail"] == 0 {
		t.Errorf("the file holds %v", seen)
	}
	for _, want := range []string{who.Name, who.Contact, legal, unmet, "Why was this read?"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page that is taken along", want)
		}
	}
	for id, name := range k.secrets().names {
		if id != me && name.MatchString(page) {
			t.Errorf("another client's name is taken along: %s", name)
		}
	}
	if a := b.post("/space/leaving/erase"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("erased without being sure: %d", a.status)
	}
	k.freeOf(me)
	gone := b.post("/space/leaving/erase", "sure", "yes")
	if gone.status != http.StatusOK || !strings.Contains(gone.body, "It is erased") {
		t.Fatalf("erasing answers %d: %s", gone.status, words(gone.body))
	}
	if a := b.get("/space"); word(a) != "sign-in" {
		t.Errorf("still signed in: %d", a.status)
	}
	if i, err := k.h.people.OwnIdentity(self); err != nil || i.Name != "" {
		t.Errorf("who they are in law is kept: %q, %v", i.Name, err)
	}
	if left, err := k.h.circle.Mine(self); err != nil || len(left) > 0 {
		t.Errorf("their circle is kept: %v, %v", left, err)
	}
	if p, err := k.h.consent.Verify(k.h.as(t.Context(), access.Operator), db.ID{}); err != nil || len(p.Broken) > 0 {
		t.Errorf("what others signed does not hold after the erasure: %v, %v", p.Broken, err)
	}
	desk := k.as(access.Owner)
	for _, path := range []string{"/desk", "/desk/people", "/desk/people/" + me.String(), "/desk/week", "/desk/inquiries", "/desk/waiting"} {
		if a := desk.get(path); a.status != http.StatusOK || strings.Contains(a.body, who.Name) {
			t.Errorf("%s answers %d and names them still: %v", path, a.status, strings.Contains(a.body, who.Name))
		}
	}
}

// freeOf cancels what is still to come of a client.
func (k *knocker) freeOf(client db.ID) {
	k.t.Helper()
	ctx := k.h.system(k.t.Context())
	all, err := k.h.calendar.OfClient(ctx, client)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, a := range all {
		if a.End.Before(k.h.now()) {
			continue
		}
		err := k.h.calendar.Write(ctx, func(tx *db.Tx) error { _, err := k.h.calendar.Cancel(ctx, tx, a.ID, "client"); return err })
		if err != nil {
			k.t.Fatal(err)
		}
	}
}
