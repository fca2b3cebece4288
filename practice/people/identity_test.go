package people_test

import (
	"bytes"
	"slices"
	"testing"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

var alves = people.Identity{
	Name: "Catarina Alves", Born: "1980-12-03", Address: "Rua das Flores 2\n1200 Lisboa", Pronoun: "she",
	Licence: people.Licence{Number: "OPP 12345", Kind: "Psychologist", State: "PT"}, Called: []string{"Cat Alves", "Cat Alves", " "}, Works: []string{"Hospital de Santa Maria"},
}

func TestALegalIdentityOpensForAReasonOnlyAndEachOpeningIsOnTheTrail(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, guide := h.add(t, "Wren", "w@example.org", access.Client), h.add(t, "Mara", "m@example.org", access.Guide)
		prescriber, desk := h.add(t, "Amadeu", "a@example.org", access.Prescriber), h.add(t, "Benedita", "b@example.org", access.Coordinator)
		h.write(t, func(tx *db.Tx) error { return h.Join(h.ctx, tx, wren.ID, prescriber.ID) })
		if err := h.SaveIdentity(h.as(wren), alves); err != nil {
			t.Fatal(err)
		}
		if i, err := h.OwnIdentity(h.as(wren)); err != nil || i.Name != alves.Name || !slices.Equal(i.Called, []string{"Cat Alves"}) {
			t.Errorf("their own: %+v, %v", i, err)
		}
		for _, c := range []struct {
			who    people.Person
			reason access.Reason
			kind   fault.Kind
			number string
		}{
			{prescriber, access.Prescription, 0, ""}, {prescriber, access.Legal, 0, "OPP 12345"}, {desk, access.Superbill, 0, ""},
			{prescriber, "", fault.Invalid, ""}, {prescriber, "curious", fault.Invalid, ""}, {prescriber, access.Covering, fault.Invalid, ""},
			{prescriber, access.Superbill, fault.Invalid, ""}, {desk, access.Prescription, fault.Invalid, ""}, {guide, access.Legal, fault.Forbidden, ""},
		} {
			i, err := h.OpenIdentity(h.as(c.who), wren.ID, c.reason)
			switch {
			case c.kind != 0 && (!fault.Is(err, c.kind) || i.Name != ""):
				t.Errorf("%s for %q: %+v, %v", c.who.Name, c.reason, i, err)
			case c.kind == 0 && (err != nil || i.Name != alves.Name || i.Born != alves.Born || i.Number != c.number || len(i.Called)+len(i.Works) > 0):
				t.Errorf("%s for %q: %+v, %v", c.who.Name, c.reason, i, err)
			}
		}
		tr := &trail.Service{DB: d, Vault: h.Vault, Now: h.clock.Now}
		all, err := tr.Of(h.as(wren), wren.ID, db.ID{}, 20)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, e := range all {
			if e.Kind == "identity" {
				said = append(said, e.Line(true))
			}
		}
		slices.Reverse(said)
		if !slices.Equal(said, []string{"changed your legal identity", "opened your legal identity, for a prescription", "opened your legal identity, because the law asks for it", "opened your legal identity, for a receipt for insurance"}) {
			t.Errorf("the client reads %q", said)
		}
		if got := people.ReasonsFor(h.as(desk), wren.ID); !slices.Equal(got, []access.Reason{access.Emergency, access.Superbill}) {
			t.Errorf("the front desk may say %v", got)
		}
		if got := people.ReasonsFor(h.as(guide), wren.ID); got != nil {
			t.Errorf("who is not on the team may say %v", got)
		}
	})
}

func TestWhoHasNotProvedWhoTheyAreOpensNoIdentity(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, owner := h.add(t, "Wren", "w@example.org", access.Client), h.add(t, "Leonor", "l@example.org", access.Owner)
		if err := h.SaveIdentity(h.as(wren), alves); err != nil {
			t.Fatal(err)
		}
		stale := access.From(h.as(owner))
		stale.Fresh = false
		if _, err := h.OpenIdentity(access.With(h.ctx, stale), wren.ID, access.Legal); !fault.Is(err, fault.Confirm) {
			t.Errorf("opened without proving it again: %v", err)
		}
		if _, err := h.OpenIdentity(h.ctx, wren.ID, access.Legal); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a command on the machine opens it: %v", err)
		}
		if err := h.SaveIdentity(h.ctx, alves); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a command on the machine writes it: %v", err)
		}
		link := access.Holder(h.ctx, wren.ID)
		if _, err := h.OwnIdentity(link); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever holds a link reads it: %v", err)
		}
	})
}

func TestALegalIdentityIsSealedUnderAKeyOfItsOwn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren := h.add(t, "Wren", "w@example.org", access.Client)
		if has, err := h.HasIdentity(h.ctx, wren.ID); has || err != nil {
			t.Error(has, err)
		}
		if err := h.SaveIdentity(h.as(wren), alves); err != nil {
			t.Fatal(err)
		}
		body, err := db.One(t.Context(), d.Reader(), db.Value[[]byte], `SELECT body FROM people_identity`)
		if err != nil || bytes.Contains(body, []byte("Alves")) || bytes.Contains(body, []byte("1980")) {
			t.Errorf("%q, %v", body, err)
		}
		if has, err := h.HasIdentity(h.ctx, wren.ID); !has || err != nil {
			t.Error(has, err)
		}
		practice := access.From(h.ctx).Practice
		h.write(t, func(tx *db.Tx) error { return h.Vault.Erase(h.ctx, tx, practice, wren.ID, vault.Identity) })
		if has, err := h.HasIdentity(h.ctx, wren.ID); has || err != nil {
			t.Errorf("after its key was destroyed: %v, %v", has, err)
		}
		if p, err := h.Get(h.ctx, d.Reader(), wren.ID); err != nil || p.Name != "Wren" || p.Contact != "w@example.org" {
			t.Errorf("what is sealed under other keys: %+v, %v", p, err)
		}
	})
}

func TestWhatIsOnlyForTheCircleIsNoIdentityToOpen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		mara := h.add(t, "Mara", "m@example.org", access.Guide)
		if err := h.SaveIdentity(h.as(mara), people.Identity{Called: []string{"Mara Reis"}, Works: []string{"The Harbour"}}); err != nil {
			t.Fatal(err)
		}
		if has, err := h.HasIdentity(h.ctx, mara.ID); has || err != nil {
			t.Error(has, err)
		}
		system := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.System})
		names, works, err := h.KnownAs(system, d.Reader(), mara.ID)
		if err != nil || !slices.Equal(names, []string{"Mara Reis"}) || !slices.Equal(works, []string{"The Harbour"}) {
			t.Error(names, works, err)
		}
		if _, _, err := h.KnownAs(h.as(h.add(t, "Leonor", "l@example.org", access.Owner)), d.Reader(), mara.ID); err == nil {
			t.Error("a colleague reads by what else somebody is known")
		}
		if err := h.SaveIdentity(h.as(mara), people.Identity{}); err != nil {
			t.Fatal(err)
		}
		if rows, err := db.One(t.Context(), d.Reader(), db.Value[int], `SELECT COUNT(*) FROM people_identity`); rows != 0 || err != nil {
			t.Error(rows, err)
		}
	})
}

func TestAMistypedIdentityIsNotKept(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	wren := h.add(t, "Wren", "", access.Client)
	for field, i := range map[string]people.Identity{
		"born": {Born: "3.12.1980"}, "address": {Address: string(bytes.Repeat([]byte("a"), people.MaxAddress+1))}, "called": {Called: make11()},
	} {
		if err := h.SaveIdentity(h.as(wren), i); !fault.Is(err, fault.Invalid) || fault.Of(err).Fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := h.SaveIdentity(h.as(wren), people.Identity{Born: "2096-01-01"}); !fault.Is(err, fault.Invalid) {
		t.Error("born in the future")
	}
}

func make11() (out []string) {
	for c := 'a'; c < 'l'; c++ {
		out = append(out, string(c))
	}
	return out
}
