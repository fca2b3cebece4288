package orders

import (
	"context"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/protocol"
)

// Order is what may be given at a session, as the room shows it.
type Order struct {
	ID             db.ID             `json:"id"`
	Session        db.ID             `json:"session"`
	Client         db.ID             `json:"client"`
	Number         int               `json:"number"`
	Product        protocol.Medicine `json:"product"`
	Medicine       string            `json:"medicine"`
	Route          string            `json:"route"`
	Mg             protocol.Decimal  `json:"mg"`
	PerKg          protocol.Decimal  `json:"mg_per_kg"`
	Both           string            `json:"both"` // "34.25 mg (0.5 mg/kg)"
	Weight         protocol.Decimal  `json:"weight"`
	WeightTaken    time.Time         `json:"weight_taken"`
	WeightDays     int               `json:"weight_days"` // how old it is at the session
	Boosters       int               `json:"boosters"`
	BoosterMg      protocol.Decimal  `json:"booster_mg"`
	BoosterPerKg   protocol.Decimal  `json:"booster_mg_per_kg"`
	BoosterFromMin int               `json:"booster_from_min"`
	BoosterToMin   int               `json:"booster_to_min"`
	Lots           []Lot             `json:"lots"`
	Lot            string            `json:"lot"` // of all of them, in words
	CheckedBy      string            `json:"checked_by"`
	Unchecked      string            `json:"unchecked"` // the prescriber's reason to go on without
	Givable        bool              `json:"givable"`
	Missing        []string          `json:"missing"` // why it may not be given yet
	Notes          []string          `json:"notes"`   // what has changed since it was signed
	Words          string            `json:"words"`
	By             string            `json:"by"`
	At             time.Time         `json:"at"`
}

// Lot is what was drawn up of one lot.
type Lot struct {
	Lot       string           `json:"lot"`
	Expires   string           `json:"expires"`
	Form      string           `json:"form"`
	Amount    protocol.Decimal `json:"amount"`
	Unit      string           `json:"unit"`
	Mg        protocol.Decimal `json:"mg"`
	DrawnBy   string           `json:"drawn_by"`
	CheckedBy string           `json:"checked_by"`
}

// Of is the order that stands for a session, for who cares for the client; false
// where none does.
func (s *Service) Of(ctx context.Context, q db.Q, session db.ID) (o Order, there bool, err error) {
	x, err := s.session(ctx, q, session, access.Read, access.Orders)
	if err != nil {
		return o, false, err
	}
	k, err := s.known(ctx, q, x)
	if err != nil {
		return o, false, err
	}
	v := k.Standing()
	if v == nil {
		return o, false, nil
	}
	d, err := s.drawn(ctx, q, session, v)
	if err != nil {
		return o, false, err
	}
	medicine, route := parts(v.Medicine)
	o = Order{
		ID: v.ID, Session: session, Client: v.Client, Number: v.Number, Product: v.Medicine, Medicine: medicine, Route: route, Mg: v.Mg, PerKg: v.PerKg, Both: v.Both,
		Weight: v.Weight.Kg, WeightTaken: v.Weight.Taken, WeightDays: v.Weight.Days(x.Start),
		Boosters: v.Boosters, BoosterMg: v.Most, BoosterPerKg: v.MostKg, BoosterFromMin: v.FromMin, BoosterToMin: v.ToMin, Words: v.Words, At: v.At,
	}
	o.Missing, o.Notes = k.again(v)
	err = s.name(ctx, &o, v, d)
	o.Givable = d.Ready() && len(o.Missing) == 0
	return o, true, err
}

func (s *Service) name(ctx context.Context, o *Order, v *Version, d Drawn) error {
	ids := []db.ID{v.By}
	for _, x := range d.All {
		ids = append(ids, x.By)
		if x.Check != nil {
			ids = append(ids, x.Check.By)
		}
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return err
	}
	o.By = names[v.By]
	var lots, by []string
	for _, x := range d.All {
		l := Lot{Lot: x.Of.Lot, Expires: x.Of.Expires, Form: x.Of.Form, Amount: x.Body.Amount, Unit: x.Of.Unit, DrawnBy: names[x.By]}
		if x.Body.Mg != nil {
			l.Mg = *x.Body.Mg
		}
		if x.Check != nil {
			l.CheckedBy = names[x.Check.By]
			by = append(by, l.CheckedBy)
		}
		o.Lots = append(o.Lots, l)
		lots = append(lots, l.Lot+", until "+l.Expires)
	}
	o.Lot = strings.Join(lots, "; ")
	if d.Checked() {
		o.CheckedBy = strings.Join(by, ", ")
	}
	switch {
	case d.Waived != nil:
		o.Unchecked = d.Waived.Why
	case len(d.All) == 0:
		o.Missing = append(o.Missing, "Nothing is drawn up yet.")
	case !d.Checked():
		o.Missing = append(o.Missing, "A second person has not confirmed yet what is drawn up.")
	}
	return nil
}
