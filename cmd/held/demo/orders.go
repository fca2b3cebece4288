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
		wr.lot, err = wr.receives(ctx, "DEMO-4471", "60", "DEMO Invented Wholesale", "DEMO-ORDER-12")
		return err
	})
	wr.on(wr.at(-19, 9, 40), func(ctx context.Context) error {
		_, err := wr.receives(ctx, "DEMO-5120", "40", "DEMO Invented Wholesale", "DEMO-ORDER-15")
		return err
	})
	wr.on(wr.at(-10, 18, 20), func(ctx context.Context) error {
		return wr.Stock.Count(wr.as(ctx, "tome"), wr.lot, protocol.Whole(60), "DEMO. Evening count.")
	})
	wr.on(wr.at(-2, 17, 35), func(ctx context.Context) error {
		return wr.Stock.Waste(wr.as(ctx, "tome"), wr.lot, db.ID{}, protocol.Whole(10), "DEMO. A vial broke on the floor.")
	})
	wr.on(wr.at(-1, 11, 30), func(ctx context.Context) error { return wr.toward(ctx, "tamsin", wr.ordersFor) })
}

func (wr *writer) receives(ctx context.Context, lot, amount, from, reference string) (db.ID, error) {
	as := wr.as(ctx, "amadeu")
	n, err := protocol.ParseDecimal(amount)
	if err != nil {
		return db.ID{}, err
	}
	id, err := wr.Stock.Begin(as, stock.Item{Substance: stock.Ketamine, Label: stock.Label{Form: "Vial 10 mL", Unit: "mL", Strength: protocol.Whole(50), Lot: lot, Expires: wr.at(420, 12, 0).Format(time.DateOnly), Note: "DEMO. Invented, as everything here."}})
	if err != nil {
		return id, err
	}
	return id, wr.Stock.Receive(as, id, n, from, reference)
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
	d := orders.Draft{Dose: dosing.Amount{Value: dose, Unit: dosing.PerKilo}, Boosters: &none, Booster: dosing.Amount{Unit: dosing.PerKilo}, Words: "DEMO. Nobody’s clinical decision.", Reasons: map[string]string{}}
	k, r, err := wr.Orders.Work(as, x.ID, d)
	if err != nil {
		return err
	}
	for _, f := range r.Of(dosing.Ask) {
		d.Reasons[f.Key] = "DEMO. Spoken about in person."
	}
	d.Seen = k.Seal(d)
	_, err = wr.Orders.Sign(as, x.ID, d)
	return err
}
