package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/keeping"
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
	for _, want := range []string{who.Name, who.Contact} {
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
