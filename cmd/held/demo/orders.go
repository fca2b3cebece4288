package demo

import (
	"context"
	"time"

	"held/care/orders"
	"held/care/preparation"
	"held/care/screening"
	"held/internal/db"
	"held/practice/people"
	"held/practice/stock"
	"held/rules/dosing"
	"held/rules/protocol"
)

// orders: lots came in, were counted, one bottle broke and waits for a witness;
// the prescriber weighed one client and signed the order for their next session.
func (wr *writer) orders() {
	wr.on(wr.at(-40, 9, 15), func(ctx context.Context) (err error) {
		wr.lot, err = wr.receives(ctx, vials("DEMO-4471"), "60", "DEMO-ORDER-12")
		return err
	})
	wr.on(wr.at(-30, 9, 20), func(ctx context.Context) (err error) {
		wr.sprays, err = wr.receives(ctx, stock.Item{Substance: stock.Esketamine, Label: stock.Label{Form: "Nasal spray device 28 mg", Unit: "device", Strength: protocol.Whole(28), Lot: "DEMO-S-208"}}, "8", "DEMO-ORDER-14")
		return err
	})
	wr.on(wr.at(-19, 9, 40), func(ctx context.Context) error {
		_, err := wr.receives(ctx, vials("DEMO-5120"), "40", "DEMO-ORDER-15")
		return err
	})
	wr.on(wr.at(-10, 18, 20), func(ctx context.Context) error {
		return wr.counts(ctx)
	})
	wr.on(wr.at(-2, 17, 35), func(ctx context.Context) error {
		return wr.Stock.Waste(wr.as(ctx, "tome"), wr.lot, db.ID{}, protocol.Whole(10), "DEMO. A vial broke on the floor.")
	})
	wr.on(wr.at(-1, 11, 30), func(ctx context.Context) error { return wr.toward(ctx, "tamsin", wr.ordersFor) })
}

// vials is a lot of what is injected.
func vials(lot string) stock.Item {
	return stock.Item{Substance: stock.Ketamine, Label: stock.Label{Form: "Vial 10 mL", Unit: "mL", Strength: protocol.Whole(50), Lot: lot}}
}

// counts: in the evening there is what the book says.
func (wr *writer) counts(ctx context.Context) error {
	as := wr.as(ctx, "tome")
	b, err := wr.Stock.Book(as, wr.lot)
	if err != nil {
		return err
	}
	return wr.Stock.Count(as, wr.lot, b.Balance, "DEMO. Evening count.")
}

func (wr *writer) receives(ctx context.Context, lot stock.Item, amount, reference string) (db.ID, error) {
	as := wr.as(ctx, "amadeu")
	n, err := protocol.ParseDecimal(amount)
	if err != nil {
		return db.ID{}, err
	}
	lot.Expires, lot.Note = wr.at(420, 12, 0).Format(time.DateOnly), "DEMO. Invented, as everything here."
	id, err := wr.Stock.Begin(as, lot)
	if err != nil {
		return id, err
	}
	return id, wr.Stock.Receive(as, id, n, "DEMO Invented Wholesale", reference)
}

// ordersFor: a weight of the day, and an order by the protocol in force.
func (wr *writer) ordersFor(ctx context.Context, p people.Person, x preparation.Session) error {
	as, none := wr.caring(ctx, "amadeu"), 0
	if _, err := wr.Screening.Record(as, screening.Fact{Client: p.ID, Kind: screening.Weight, Taken: wr.Screening.Now(), Body: screening.Body{Value: "69"}}); err != nil {
		return err
	}
	dose, err := protocol.ParseDecimal("0.75")
	if err != nil {
		return err
	}
	return wr.signsOrder(as, x.ID, orders.Draft{Dose: dosing.Amount{Value: dose, Unit: dosing.PerKilo}, Boosters: &none, Booster: dosing.Amount{Unit: dosing.PerKilo}})
}

// signsOrder: the prescriber reads what follows from the order, and signs it.
func (wr *writer) signsOrder(as context.Context, session db.ID, d orders.Draft) error {
	d.Words, d.Reasons = "DEMO. Nobody’s clinical decision.", map[string]string{}
	k, r, err := wr.Orders.Work(as, session, d)
	if err != nil {
		return err
	}
	for _, f := range r.Of(dosing.Ask) {
		d.Reasons[f.Key] = "DEMO. Spoken about in person."
	}
	d.Seen = k.Seal(d)
	_, err = wr.Orders.Sign(as, session, d)
	return err
}

// prepared is what is ordered and drawn up for a session: of which lot, how many
// mg, and how much of the lot that is.
type prepared struct {
	client       string
	session, lot db.ID
	mg, amount   string
}

// drawsUp: the prescriber orders and draws up, the guide looks at it and
// confirms. The weight was taken some weeks before.
func (wr *writer) drawsUp(ctx context.Context, p prepared) error {
	as, none := wr.caring(ctx, "amadeu"), 0
	weight := screening.Fact{Client: wr.clients[p.client], Kind: screening.Weight, Taken: wr.Screening.Now().AddDate(0, 0, -26), Body: screening.Body{Value: "68"}}
	if _, err := wr.Screening.Record(as, weight); err != nil {
		return err
	}
	mg, err := protocol.ParseDecimal(p.mg)
	if err != nil {
		return err
	}
	if err := wr.signsOrder(as, p.session, orders.Draft{Dose: dosing.Amount{Value: mg, Unit: dosing.Milligrams}, Boosters: &none, Booster: dosing.Amount{Unit: dosing.Milligrams}}); err != nil {
		return err
	}
	amount, err := protocol.ParseDecimal(p.amount)
	if err != nil {
		return err
	}
	if err := wr.Orders.Draw(as, p.session, p.lot, amount); err != nil {
		return err
	}
	drawn, err := wr.Stock.Draws(as, wr.DB.Reader(), p.session)
	if err != nil {
		return err
	}
	for _, d := range drawn {
		if err := wr.Orders.Confirm(wr.caring(ctx, "leonor"), p.session, d.ID); err != nil {
			return err
		}
	}
	return nil
}
