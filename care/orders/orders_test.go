package orders_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	. "held/care/orders"
	"held/care/preparation"
	"held/care/screening"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
	"held/rules/dosing"
	"held/rules/protocol"
)

const product protocol.Medicine = "ketamine_im"

// house is a practice with everybody who has to do with one medicine session.
type house struct {
	*Service
	*testing.T
	clock    *testkit.Clock
	ctx      context.Context
	who      map[string]people.Person
	offering calendar.Offering
	session  db.ID
	doc      *protocol.Document // in force; nil: none
	version  string
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}, version: "1"}
	now := h.clock.Now
	v, practice := testkit.Vault(t, d, now)
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	le := &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Host: "practice.example"}
	ca := &calendar.Service{DB: d, Vault: v, Trail: tr, Settings: st, Now: now}
	fo := &forms.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: now}
	al := &alerts.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: now}
	inForce := func(context.Context, db.Q, protocol.Medicine) (*protocol.Document, string, error) {
		return h.doc, h.version, nil
	}
	sc := &screening.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Forms: fo, Alerts: al, Now: now, Protocol: inForce}
	pr := &preparation.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Calendar: ca, Base: "https://practice.example", Now: now}
	pr.Terms = func(_ context.Context, _ db.Q, offering db.ID) (preparation.Terms, error) {
		if offering == h.offering.ID {
			return preparation.Terms{Medicine: true, Product: product, What: product.Name()}, nil
		}
		return preparation.Terms{}, nil
	}
	so := &stock.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Now: now}
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Preparation: pr, Screening: sc, Stock: so, Now: now, Protocol: inForce}
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	pr.RegisterLetters()
	h.found(practice)
	h.protocol()
	h.session = h.book(now().Truncate(24*time.Hour).AddDate(0, 0, 6).Add(14 * time.Hour))
	return h
}

func (h *house) found(practice db.ID) {
	h.Helper()
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := h.Settings.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for name, role := range map[string]access.Role{
			"guide": access.Guide, "prescriber": access.Prescriber, "attendant": access.Attendant, "other prescriber": access.Prescriber, "coordinator": access.Coordinator, "client": access.Client,
		} {
			who := people.Person{Name: "The " + name, Contact: strings.ReplaceAll(name, " ", "-") + "@example.org", Zone: "Europe/Lisbon", Discretion: people.Neutral, Roles: []access.Role{role}}
			if h.who[name], err = h.People.Add(h.ctx, tx, who); err != nil {
				return err
			}
		}
		return nil
	}))
	for name, role := range map[string]access.Role{"guide": access.Guide, "prescriber": access.Prescriber, "attendant": access.Attendant} {
		h.must(h.People.Assign(h.ctx, h.who["client"].ID, h.who[name].ID, role))
	}
	week := [7]string{}
	for d := range week {
		week[d] = "09:00–18:00"
	}
	h.must(h.Preparation.Calendar.SaveHours(h.ctx, calendar.Hours{Person: h.who["guide"].ID, Zone: "Europe/Lisbon", Week: week}))
	o, err := h.Preparation.Calendar.SaveOffering(h.ctx, calendar.Offering{Name: "Medicine session", Length: 3 * time.Hour, Every: time.Hour, Where: calendar.ByVideo, VideoLink: "https://meet.example/a", Hosts: []db.ID{h.who["guide"].ID}, Who: calendar.Invited})
	h.must(err)
	h.offering = o
}

func (h *house) book(at time.Time) (id db.ID) {
	h.Helper()
	h.must(h.Preparation.Calendar.Write(h.ctx, func(tx *db.Tx) error {
		a, err := h.Preparation.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: h.offering.ID, Client: h.who["client"].ID, Start: at, Zone: "Europe/Lisbon", ByStaff: true})
		id = a.ID
		return err
	}))
	return id
}

func ptr[T any](v T) *T { return &v }

func (h *house) n(s string) protocol.Decimal {
	h.Helper()
	d, err := protocol.ParseDecimal(s)
	h.must(err)
	return d
}

func (h *house) protocol() {
	d := protocol.ExampleOf(product)
	d.Dose = protocol.Dose{Unit: dosing.PerKilo, From: ptr(h.n("0.5")), To: ptr(h.n("1")), AlertOver: ptr(h.n("1")), StopOver: ptr(h.n("2")), Boosters: ptr(1), BoosterTo: ptr(h.n("0.4")), BoosterFromMin: ptr(10), BoosterToMin: ptr(30)}
	d.Validity.WeightDays = ptr(30)
	d.Sessions = protocol.Sessions{GapDays: ptr(7), FlagWeek: ptr(3), Most: ptr(6)}
	h.doc = d
}

func (h *house) must(err error) {
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

// as is somebody signed in who has proved who they are.
func (h *house) as(name string) context.Context {
	p := h.who[name]
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) (c access.Care) {
		card, err := h.People.Card(h.ctx, client)
		h.must(err)
		for _, m := range card.Team {
			if m.Person == p.ID {
				c.As = append(c.As, m.Role)
			}
		}
		return c
	}
	return access.With(h.ctx, a)
}

func (h *house) weigh(kg string, ago time.Duration) {
	h.Helper()
	_, err := h.Screening.Record(h.as("prescriber"), screening.Fact{Client: h.who["client"].ID, Kind: screening.Weight, Taken: h.clock.Now().Add(-ago), Body: screening.Body{Value: kg}})
	h.must(err)
}

// draft is a dose in mg/kg with a booster, as the prescriber saw it worked out.
func (h *house) draft(dose string) Draft {
	h.Helper()
	d := Draft{Dose: dosing.Amount{Value: h.n(dose), Unit: dosing.PerKilo}, Boosters: ptr(1), Booster: dosing.Amount{Value: h.n("0.25"), Unit: dosing.PerKilo}, Reasons: map[string]string{"most": "The clearance is on paper.", "dose": "Spoken about."}}
	x, err := h.Preparation.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	k, err := h.Known(h.ctx, h.DB.Reader(), x)
	h.must(err)
	d.Seen = k.Seal(d)
	return d
}

func (h *house) sign(dose string) error {
	h.Helper()
	_, err := h.Sign(h.as("prescriber"), h.session, h.draft(dose))
	return err
}

func (h *house) order() Order {
	h.Helper()
	o, there, err := h.Of(h.as("attendant"), h.DB.Reader(), h.session)
	h.must(err)
	if !there {
		h.Fatal("no order stands")
	}
	return o
}

func (h *house) vial() db.ID {
	h.Helper()
	id, err := h.Stock.Begin(h.as("prescriber"), stock.Item{Substance: stock.Ketamine, Label: stock.Label{Form: "Vial 10 mL", Unit: "mL", Strength: h.n("50"), Lot: "A1", Expires: h.clock.Now().AddDate(0, 6, 0).Format(time.DateOnly)}})
	h.must(err)
	h.must(h.Stock.Receive(h.as("prescriber"), id, h.n("10"), "Invented Wholesale", ""))
	return id
}

// ready is a session with an order of 34.25 mg that may be given.
func (h *house) ready() db.ID {
	h.Helper()
	h.weigh("68.5", 24*time.Hour)
	h.must(h.sign("0.5"))
	item := h.vial()
	h.must(h.Draw(h.as("attendant"), h.session, item, h.n("1")))
	h.must(h.confirm("guide"))
	return item
}

func (h *house) confirm(who string) error {
	h.Helper()
	all, err := h.Stock.Draws(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	return h.Confirm(h.as(who), h.session, all[len(all)-1].ID)
}

func (h *house) give(entry db.ID, mg string, booster bool, at time.Time) {
	h.Helper()
	by := h.as("attendant")
	h.must(h.DB.Write(by, func(tx *db.Tx) error { return h.Service.Given(by, tx, h.session, entry, h.n(mg), booster, at) }))
}

func (h *house) start() time.Time {
	x, err := h.Preparation.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	return x.Start
}

// taken is what the client takes along, one text for each thing.
func (h *house) taken() (out []string) {
	h.Helper()
	items, err := h.Kept()[0].Of(h.as("client"), h.who["client"].ID)
	h.must(err)
	for _, i := range items {
		text := i.Title
		for _, l := range i.Lines {
			text += "\n" + l.Text
		}
		out = append(out, text)
	}
	return out
}

func (h *house) all() string { return strings.Join(h.taken(), "\n\n") }

func (h *house) last() string { return h.taken()[len(h.taken())-1] }

func each(t *testing.T, test func(h *house)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}

func TestAnOrderIsSignedOverAWeightAndByAProtocol(t *testing.T) {
	each(t, func(h *house) {
		h.refused("without a weight", h.sign("0.5"), fault.Invalid)
		h.weigh("68.5", 27*24*time.Hour)
		h.refused("over a weight that will be too old on the day", h.sign("0.5"), fault.Invalid)
		h.weigh("68.5", time.Hour)
		doc := h.doc
		h.doc = nil
		h.refused("without a protocol", h.sign("0.5"), fault.Invalid)
		h.doc = doc
		h.refused("above what is never passed", h.sign("2.001"), fault.Invalid)
		d := h.draft("1.5")
		d.Reasons = map[string]string{"most": "x"}
		_, err := h.Sign(h.as("prescriber"), h.session, d)
		h.refused("above what is asked about, without a reason", err, fault.Invalid)
		if fault.Of(err).Fields["reason-dose"] == "" {
			t.Errorf("the reason is not asked for: %+v", fault.Of(err).Fields)
		}
		h.must(h.sign("0.5"))
		o := h.order()
		if o.Both != "34.25 mg (0.5 mg/kg)" || o.Mg != h.n("34.25") || o.Route != "IM" || o.Medicine != "Ketamine" || o.WeightDays != 6 || o.Boosters != 1 || o.BoosterMg != h.n("17.125") || o.BoosterFromMin != 10 || o.Givable {
			t.Errorf("%+v", o)
		}
	})
}

func TestAnOrderIsReplacedAndNeverEdited(t *testing.T) {
	each(t, func(h *house) {
		h.weigh("68.5", time.Hour)
		h.must(h.sign("0.5"))
		old := h.draft("0.6")
		h.must(h.sign("0.7"))
		_, err := h.Sign(h.as("prescriber"), h.session, old)
		h.refused("over what has changed since", err, fault.Taken)
		if o := h.order(); o.Number != 2 || o.Mg != h.n("47.95") {
			t.Errorf("%+v", o)
		}
		h.refused("withdrawn without a word", h.Withdraw(h.as("prescriber"), h.session, ""), fault.Invalid)
		h.must(h.Withdraw(h.as("prescriber"), h.session, "They are ill."))
		if _, there, err := h.Of(h.as("guide"), h.DB.Reader(), h.session); there || err != nil {
			t.Errorf("a withdrawn order stands: %v", err)
		}
		h.must(h.sign("0.5"))
		if o := h.order(); o.Number != 3 {
			t.Errorf("version %d", o.Number)
		}
		h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, "UPDATE orders_orders SET hash = $1 WHERE number = 3", []byte("another"))
			return err
		}))
		if _, there, err := h.Of(h.as("guide"), h.DB.Reader(), h.session); there || err != nil {
			t.Errorf("what is not what was signed stands: %v", err)
		}
	})
}

func TestOnlyThePrescriberOfTheTeamOrders(t *testing.T) {
	each(t, func(h *house) {
		h.weigh("68.5", time.Hour)
		for _, who := range []string{"guide", "attendant", "other prescriber", "coordinator", "client"} {
			_, err := h.Sign(h.as(who), h.session, h.draft("0.5"))
			h.refused(who, err, fault.Forbidden)
		}
		stale := access.From(h.as("prescriber"))
		stale.Fresh = false
		_, err := h.Sign(access.With(h.ctx, stale), h.session, h.draft("0.5"))
		h.refused("who has not just shown who they are", err, fault.Confirm)
		for _, who := range []string{"other prescriber", "coordinator", "client"} {
			_, _, err := h.Of(h.as(who), h.DB.Reader(), h.session)
			h.refused(who+" reads", err, fault.Forbidden)
		}
	})
}

func TestASecondPersonLooksAtWhatIsDrawnUp(t *testing.T) {
	each(t, func(h *house) {
		h.weigh("68.5", time.Hour)
		item := h.vial()
		h.refused("without an order", h.Draw(h.as("attendant"), h.session, item, h.n("0.7")), fault.NotFound)
		h.must(h.sign("0.5"))
		h.must(h.Draw(h.as("attendant"), h.session, item, h.n("0.7")))
		h.refused("by who drew it up", h.confirm("attendant"), fault.Forbidden)
		h.refused("by somebody else's prescriber", h.confirm("other prescriber"), fault.Forbidden)
		h.must(h.confirm("guide"))
		if o := h.order(); !o.Givable || o.CheckedBy != "The guide" || o.Lots[0].Lot != "A1" || o.Lots[0].Mg != h.n("35") {
			t.Errorf("%+v", o)
		}
		h.must(h.sign("0.6"))
		if o := h.order(); o.Givable || len(o.Missing) != 1 {
			t.Errorf("another version is given by the look at the one before: %+v", o)
		}
		h.refused("without a word", h.Waive(h.as("prescriber"), h.session, ""), fault.Invalid)
		h.refused("by the attendant", h.Waive(h.as("attendant"), h.session, "Alone."), fault.Forbidden)
		h.must(h.Waive(h.as("prescriber"), h.session, "Nobody else is here."))
		if o := h.order(); !o.Givable || o.CheckedBy != "" || o.Unchecked != "Nobody else is here." {
			t.Errorf("%+v", o)
		}
	})
}

func TestAnOrderWhoseWeightGrewTooOldIsSignedAnew(t *testing.T) {
	each(t, func(h *house) {
		h.ready()
		h.doc.Validity.WeightDays = ptr(3)
		if o := h.order(); o.Givable || !strings.Contains(strings.Join(o.Missing, " "), "to be signed anew") {
			t.Errorf("%+v", o)
		}
	})
}

func TestWhatIsGivenIsKeptOnceAndHeldAgainstTheOrder(t *testing.T) {
	each(t, func(h *house) {
		item := h.ready()
		at, dose, more := h.start(), db.RandomID(), db.RandomID()
		h.clock.Add(at.Sub(h.clock.Now()))
		h.give(dose, "34.25", false, at)
		h.give(dose, "34.25", false, at) // sent again
		if s := h.last(); strings.Contains(s, "ordered") {
			t.Errorf("what was ordered differs: %s", s)
		}
		h.give(more, "20", true, at.Add(5*time.Minute))
		if s := h.last(); !strings.Contains(s, "17.125 mg were allowed") || !strings.Contains(s, "5 minutes after") {
			t.Errorf("a booster too large and too early: %s", s)
		}
		h.refused("without a word", h.Look(h.as("prescriber"), h.session, more, " "), fault.Invalid)
		h.refused("by the guide", h.Look(h.as("guide"), h.session, more, "x"), fault.Forbidden)
		if all, err := h.ToLook(h.as("guide")); err != nil || len(all) != 1 || all[0].Entry != more {
			t.Errorf("to look at: %+v %v", all, err)
		}
		if all, err := h.ToLook(h.as("other prescriber")); err != nil || len(all) != 0 {
			t.Errorf("another's: %+v %v", all, err)
		}
		h.must(h.Look(h.as("prescriber"), h.session, more, "Said in the room."))
		if all, err := h.ToLook(h.as("guide")); err != nil || len(all) != 0 {
			t.Errorf("still to look at: %+v %v", all, err)
		}
		h.refused("twice", h.Look(h.as("prescriber"), h.session, more, "x"), fault.Taken)
		b, err := h.Stock.Book(h.as("prescriber"), item)
		h.must(err)
		if b.Balance != h.n("9") || len(b.Left) != 1 || b.Left[0].Amount != -h.n("0.085") {
			t.Errorf("balance %s, left %+v", b.Balance, b.Left)
		}
		by := h.as("attendant")
		for range 2 {
			h.must(h.DB.Write(by, func(tx *db.Tx) error { return h.Undone(by, tx, h.session, more) }))
		}
		if b, err = h.Stock.Book(h.as("prescriber"), item); err != nil || b.Left[0].Amount != h.n("0.315") {
			t.Errorf("undone: %+v %v", b.Left, err)
		}
		right := db.RandomID()
		h.must(h.DB.Write(by, func(tx *db.Tx) error {
			return h.Corrected(by, tx, h.session, dose, right, h.n("30"), false, at)
		}))
		if b, err = h.Stock.Book(h.as("prescriber"), item); err != nil || b.Left[0].Amount != h.n("0.4") {
			t.Errorf("corrected: %+v %v", b.Left, err)
		}
		if s := h.all(); !strings.Contains(s, "30 mg were given; 34.25 mg were ordered") || strings.Contains(s, "further dose") {
			t.Error(s)
		}
		p, err := h.Stock.Verify(h.as("prescriber"))
		if err != nil || !p.Holds() {
			t.Errorf("%+v %v", p, err)
		}
	})
}

func TestNothingGivenIsLostWithoutAnOrder(t *testing.T) {
	each(t, func(h *house) {
		h.give(db.RandomID(), "35", false, h.start())
		h.give(db.RandomID(), "0", false, h.start().Add(-time.Minute))
		if s := h.all(); !strings.Contains(s, "Dose, the amount was not entered") {
			t.Error(s)
		}
		if s := h.last(); !strings.Contains(s, "No order stood") {
			t.Error(s)
		}
		var file bytes.Buffer
		h.must(h.Stock.Export(h.as("prescriber"), &file, "csv"))
		if !strings.Contains(file.String(), "no lot was drawn up here") || !strings.Contains(file.String(), "The client") {
			t.Error(file.String())
		}
	})
}

func TestEarlierSessionsStandBesideAnOrder(t *testing.T) {
	each(t, func(h *house) {
		h.ready()
		h.give(db.RandomID(), "34.25", false, h.start())
		h.clock.Add(h.start().Add(24 * time.Hour).Sub(h.clock.Now()))
		h.session = h.book(h.start().AddDate(0, 0, 3))
		d := h.draft("0.5")
		_, err := h.Sign(h.as("prescriber"), h.session, d)
		h.refused("sooner than the protocol wants", err, fault.Invalid)
		if say := fault.Of(err).Fields["reason-gap"]; !strings.Contains(say, "3 days before this one; the protocol wants 7 days") {
			t.Errorf("%+v", fault.Of(err).Fields)
		}
		d.Reasons["gap"] = "Agreed in person."
		_, err = h.Sign(h.as("prescriber"), h.session, d)
		h.must(err)
	})
}

func TestWhatIsKeptOfAClientIsErased(t *testing.T) {
	each(t, func(h *house) {
		h.ready()
		h.give(db.RandomID(), "34.25", false, h.start())
		held := h.Kept()[0]
		if items, err := held.Of(h.as("client"), h.who["client"].ID); err != nil || len(items) != 3 {
			t.Errorf("%+v %v", items, err)
		}
		h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error { return held.Erase(h.ctx, tx, h.who["client"].ID) }))
		if items, err := held.Of(h.as("client"), h.who["client"].ID); err != nil || len(items) != 0 {
			t.Errorf("%+v %v", items, err)
		}
	})
}
