package stock_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
	"held/rules/protocol"
)

// house is a practice with a prescriber, an attendant, a guide and a client.
type house struct {
	*stock.Service
	*testing.T
	ctx   context.Context
	clock *testkit.Clock
	who   map[string]people.Person
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}}
	v, practice := testkit.Vault(t, d, h.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: h.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: h.clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: h.clock.Now, Base: "https://practice.example"}
	h.Service = &stock.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Now: h.clock.Now}
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for name, role := range map[string]access.Role{"owner": access.Owner, "prescriber": access.Prescriber, "attendant": access.Attendant, "guide": access.Guide, "coordinator": access.Coordinator, "Wren": access.Client} {
			if h.who[name], err = pe.Add(h.ctx, tx, people.Person{Name: name, Contact: name + "@example.org", Roles: []access.Role{role}}); err != nil {
				return err
			}
		}
		return nil
	}))
	return h
}

func each(t *testing.T, test func(h *house)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) refused(what string, err error, k fault.Kind) {
	h.Helper()
	if !fault.Is(err, k) {
		h.Errorf("%s: %v", what, err)
	}
}

func (h *house) as(name string) context.Context {
	p := h.who[name]
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true})
}

func figure(t testing.TB, s string) protocol.Decimal {
	t.Helper()
	d, err := protocol.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (h *house) n(s string) protocol.Decimal { return figure(h.T, s) }

// vial begins a lot of vials and receives some of it.
func (h *house) vial(lot, amount string) db.ID {
	h.Helper()
	id, err := h.Begin(h.as("prescriber"), stock.Item{Substance: stock.Ketamine, Label: stock.Label{Form: "Vial 10 mL", Unit: "mL", Strength: h.n("50"), Lot: lot, Expires: h.clock.Now().AddDate(0, 6, 0).Format("2006-01-02")}})
	h.ok(err)
	h.ok(h.Receive(h.as("attendant"), id, h.n(amount), "Invented Wholesale", "R-1"))
	return id
}

func (h *house) draw(item, session db.ID, amount string) error {
	return h.DB.Write(h.as("attendant"), func(tx *db.Tx) error {
		return h.Draw(h.as("attendant"), tx, stock.Draw{Item: item, Session: session, Client: h.who["Wren"].ID, Substance: stock.Ketamine, Amount: h.n(amount)})
	})
}

func (h *house) give(session db.ID, mg, ref string) {
	h.Helper()
	h.ok(h.DB.Write(h.as("attendant"), func(tx *db.Tx) error {
		return h.Give(h.as("attendant"), tx, stock.Giving{Session: session, Client: h.who["Wren"].ID, Mg: h.n(mg), Ref: ref})
	}))
}

func (h *house) book(item db.ID) stock.Book {
	h.Helper()
	b, err := h.Book(h.as("owner"), item)
	h.ok(err)
	return b
}

func (h *house) last(item db.ID, k stock.Kind) stock.Line {
	h.Helper()
	lines := h.book(item).Lines
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].Kind == k {
			return lines[i]
		}
	}
	h.Fatalf("there is no %s", k)
	return stock.Line{}
}

func TestTheBookFollowsEveryMilligram(t *testing.T) {
	each(t, func(h *house) {
		item, session := h.vial("A1", "10"), db.NewID()
		h.ok(h.draw(item, session, "0.8"))
		h.give(session, "34.25", "dose 1")
		b := h.book(item)
		if b.Balance != h.n("9.2") || len(b.Left) != 1 || b.Left[0].Amount != h.n("0.115") {
			t.Errorf("balance %s, left %+v", b.Balance, b.Left)
		}
		h.refused("more wasted than is left", h.Waste(h.as("attendant"), item, session, h.n("0.2"), "rest"), fault.Invalid)
		h.refused("no reason", h.Waste(h.as("attendant"), item, session, h.n("0.115"), ""), fault.Invalid)
		h.ok(h.Waste(h.as("attendant"), item, session, h.n("0.115"), "The rest in the syringe"))
		if b = h.book(item); len(b.Left) != 0 || b.Balance != h.n("9.2") {
			t.Errorf("after the waste: %s, %+v", b.Balance, b.Left)
		}
		h.refused("more drawn than there is", h.draw(item, session, "9.3"), fault.Invalid)
	})
}

func TestAWasteWaitsForSomebodyElse(t *testing.T) {
	each(t, func(h *house) {
		item := h.vial("A1", "10")
		h.ok(h.Waste(h.as("attendant"), item, db.ID{}, h.n("1"), "Dropped"))
		e := h.last(item, stock.Wasted)
		if e.Waits != stock.ForWitness {
			t.Error("nobody is asked to witness it")
		}
		h.refused("who entered it", h.Witness(h.as("attendant"), e.ID), fault.Forbidden)
		h.refused("a coordinator", h.Witness(h.as("coordinator"), e.ID), fault.Forbidden)
		stale := access.From(h.as("guide"))
		stale.Fresh = false
		h.refused("who has not just shown who they are", h.Witness(access.With(h.ctx, stale), e.ID), fault.Confirm)
		if h.last(item, stock.Wasted).Waits == "" {
			t.Error("a refusal settled it")
		}
		h.ok(h.Witness(h.as("guide"), e.ID))
		h.refused("twice", h.Witness(h.as("prescriber"), e.ID), fault.Taken)
		if e = h.last(item, stock.Wasted); e.Waits != "" || e.Witness != h.who["guide"].ID {
			t.Errorf("witness %s, waits %q", e.Witness, e.Waits)
		}
	})
}

func TestACountThatDiffersIsExplained(t *testing.T) {
	each(t, func(h *house) {
		item := h.vial("A1", "10")
		h.ok(h.Count(h.as("prescriber"), item, h.n("10"), ""))
		h.ok(h.CountByTwo(h.as("prescriber"), true))
		h.ok(h.Count(h.as("prescriber"), item, h.n("9.5"), "evening"))
		b, d := h.book(item), h.last(item, stock.Discrepancy)
		if b.Balance != h.n("9.5") || d.Delta != -h.n("0.5") || d.Waits != stock.ForExplanation {
			t.Errorf("balance %s, %+v", b.Balance, d)
		}
		c := h.last(item, stock.Counted)
		if c.Waits != stock.ForWitness {
			t.Error("a count by two does not wait for the second")
		}
		h.ok(h.Witness(h.as("attendant"), c.ID))
		h.refused("no words", h.Explain(h.as("prescriber"), d.ID, "", ""), fault.Invalid)
		h.ok(h.Explain(h.as("prescriber"), d.ID, "A syringe was broken and not entered.", "report 1"))
		if w, err := h.Waits(h.as("owner")); err != nil || len(w) != 0 {
			t.Errorf("something waits still: %+v %v", w, err)
		}
	})
}

func TestAWrongEntryGetsACounterEntryOnce(t *testing.T) {
	each(t, func(h *house) {
		item, session := h.vial("A1", "100"), db.NewID()
		wrong := h.last(item, stock.Receipt)
		h.refused("no words", h.Correct(h.as("prescriber"), wrong.ID, ""), fault.Invalid)
		h.ok(h.draw(item, session, "1"))
		h.refused("what is used already", h.Correct(h.as("prescriber"), wrong.ID, "It was 10"), fault.Taken)
		h.ok(h.Correct(h.as("prescriber"), h.last(item, stock.Drawn).ID, "Not drawn"))
		h.ok(h.Correct(h.as("prescriber"), wrong.ID, "It was 10"))
		h.refused("twice", h.Correct(h.as("prescriber"), wrong.ID, "It was 10"), fault.Taken)
		b := h.book(item)
		if b.Balance != 0 || len(b.Left) != 0 || len(b.Lines) != 5 || !b.Lines[1].Undone {
			t.Errorf("balance %s, %+v", b.Balance, b.Lines)
		}
		h.ok(h.PutAway(h.as("prescriber"), item))
		h.refused("a lot that was put away", h.Receive(h.as("prescriber"), item, h.n("1"), "x", ""), fault.Gone)
	})
}

func TestADoseThatIsUndoneGoesBackAndNothingGivenIsRefused(t *testing.T) {
	each(t, func(h *house) {
		one, two, session := h.vial("A1", "1"), h.vial("B2", "1"), db.NewID()
		h.ok(h.draw(one, session, "0.5"))
		h.ok(h.draw(two, session, "0.5"))
		h.give(session, "60", "dose 1")
		if b := h.book(two).Left; len(b) != 1 || b[0].Amount != -h.n("0.2") {
			t.Errorf("more was given than was drawn up, and it does not show: %+v", b)
		}
		h.ok(h.DB.Write(h.as("attendant"), func(tx *db.Tx) error { return h.TakeBack(h.as("attendant"), tx, session, "dose 1") }))
		if a, b := h.book(one).Left, h.book(two).Left; a[0].Amount != h.n("0.5") || b[0].Amount != h.n("0.5") {
			t.Errorf("undone: %+v %+v", a, b)
		}
		h.give(db.NewID(), "5", "dose 2") // nothing was drawn up: it stands without a lot
		p, err := h.Verify(h.as("owner"))
		h.ok(err)
		if !p.Holds() || p.Entries == 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestAnExpiredLotOrAnotherSubstanceIsNotDrawn(t *testing.T) {
	each(t, func(h *house) {
		item := h.vial("A1", "10")
		h.refused("another substance", h.DB.Write(h.as("attendant"), func(tx *db.Tx) error {
			return h.Draw(h.as("attendant"), tx, stock.Draw{Item: item, Session: db.NewID(), Substance: stock.Esketamine, Amount: h.n("1")})
		}), fault.Invalid)
		h.clock.Add(200 * 24 * 3600 * 1e9)
		h.refused("expired", h.draw(item, db.NewID(), "1"), fault.Invalid)
	})
}

func TestWhoMayNotWriteWritesNothing(t *testing.T) {
	each(t, func(h *house) {
		item := h.vial("A1", "10")
		for _, who := range []string{"owner", "guide", "coordinator", "Wren"} {
			h.refused(who+" receives", h.Receive(h.as(who), item, h.n("1"), "x", ""), fault.Forbidden)
			h.refused(who+" counts", h.Count(h.as(who), item, h.n("1"), ""), fault.Forbidden)
			h.refused(who+" corrects", h.Correct(h.as(who), h.last(item, stock.Receipt).ID, "x"), fault.Forbidden)
		}
		for _, who := range []string{"guide", "coordinator", "Wren"} {
			_, err := h.Book(h.as(who), item)
			h.refused(who+" reads", err, fault.Forbidden)
			h.refused(who+" exports", h.Export(h.as(who), &bytes.Buffer{}, "csv"), fault.Forbidden)
		}
	})
}

func TestAnEntryThatWasTouchedIsFound(t *testing.T) {
	each(t, func(h *house) {
		item := h.vial("A1", "10")
		h.vial("B2", "4")
		e := h.last(item, stock.Receipt)
		h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, "UPDATE stock_entries SET delta = 9000 WHERE n = $1", e.N)
			return err
		}))
		if p, err := h.Verify(h.as("owner")); err != nil || p.Broken != e.N {
			t.Errorf("%+v %v", p, err)
		}
		h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(h.ctx, "UPDATE stock_entries SET delta = 10000 WHERE n = $1", e.N); err != nil {
				return err
			}
			_, err := tx.Exec(h.ctx, "DELETE FROM stock_entries WHERE n = 4")
			return err
		}))
		if p, err := h.Verify(h.as("owner")); err != nil || !p.Short {
			t.Errorf("the last is gone: %+v %v", p, err)
		}
	})
}

func TestTheLedgerIsTakenAlongWithoutNamesOfClients(t *testing.T) {
	each(t, func(h *house) {
		item, session := h.vial("=A1", "10"), db.NewID()
		h.ok(h.draw(item, session, "0.8"))
		var file bytes.Buffer
		h.ok(h.Export(h.as("owner"), &file, "csv"))
		rows, err := csv.NewReader(&file).ReadAll()
		h.ok(err)
		if len(rows) != 4 || rows[3][2] != "drawn" || rows[3][12] != "40" || rows[3][13] != "9.2" {
			t.Errorf("%q", rows)
		}
		if all := strings.Join(rows[3], ","); strings.Contains(all, "Wren") || !strings.Contains(all, h.who["Wren"].ID.String()) || !strings.Contains(all, "'=A1") {
			t.Error(all)
		}
		file.Reset()
		h.ok(h.Export(h.as("owner"), &file, "json"))
		var got struct{ Entries []map[string]any }
		h.ok(json.Unmarshal(file.Bytes(), &got))
		if len(got.Entries) != 3 {
			t.Errorf("%+v", got)
		}
	})
}
