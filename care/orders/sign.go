package orders

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/once"
	"held/rules/dosing"
)

// fieldOf is where on the form a finding belongs.
func fieldOf(key string) string {
	switch key {
	case "dose", "boosters", "booster":
		return key
	}
	return ""
}

// refusal says what keeps an order from being signed: what stops it, and what
// has no reason yet.
func refusal(r dosing.Result, reasons map[string]string) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was signed; what you typed stands below.")
	for _, f := range r.Of(dosing.Stop) {
		text := f.Say + " " + f.Do
		if was := e.Fields[fieldOf(f.Key)]; was != "" {
			text = was + " " + text
		}
		e.AddField(fieldOf(f.Key), strings.TrimSpace(text))
	}
	for _, f := range r.Of(dosing.Ask) {
		if reasons[f.Key] == "" {
			e.AddField("reason-"+f.Key, "Please write why you order it all the same. "+f.Say)
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Sign signs an order. It takes the place of the one before, which stays as it
// was signed.
func (s *Service) Sign(ctx context.Context, session db.ID, d Draft) (number int, err error) {
	err = once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		x, err := s.session(ctx, tx, session, access.Write, access.Ordering)
		switch {
		case err != nil:
			return err
		case x.State == calendar.Cancelled:
			return fault.New(fault.Gone, "This session was cancelled. Nothing was signed.")
		case !x.End.After(s.Now()):
			return fault.New(fault.Gone, "This session is over. Nothing was signed.")
		}
		k, err := s.known(ctx, tx, x)
		if err != nil {
			return err
		}
		r := k.Check(d)
		if err := refusal(r, d.Reasons); err != nil {
			return err
		}
		if d.Seen != k.Seal(d) {
			return fault.New(fault.Taken, "What you ordered, or what is known, has changed since it was worked out. Nothing was signed; it is worked out anew below. Please read it, and sign again.")
		}
		number, err = s.keep(ctx, tx, &k, d, r)
		return err
	})
	return number, err
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, k *Known, d Draft, r dosing.Result) (int, error) {
	a, now := access.From(ctx), s.Now()
	o := Signed{
		ID: db.NewID(), Practice: a.Practice, Session: k.ID, Client: k.Client, Number: 1, Medicine: k.Terms.Product, Protocol: k.Version,
		Dose: d.Dose, Both: d.Dose.Both(k.Weight.Kg), Boosters: *d.Boosters, Weight: k.Weight, WeightOf: k.WeightOf, Words: d.Words,
		Findings: r.Findings, Reasons: map[string]string{}, By: a.Person, Role: string(access.Prescriber), At: now,
	}
	o.Mg, _, _ = d.Dose.Mg(k.Weight.Kg)
	o.PerKg, _, _ = d.Dose.ByWeight(k.Weight.Kg)
	if o.Boosters > 0 {
		o.Booster, o.FromMin, o.ToMin = d.Booster, *k.Doc.Dose.BoosterFromMin, *k.Doc.Dose.BoosterToMin
		o.Most, _, _ = d.Booster.Mg(k.Weight.Kg)
		o.MostKg, _, _ = d.Booster.ByWeight(k.Weight.Kg)
	}
	for _, f := range r.Of(dosing.Ask) {
		o.Reasons[f.Key] = d.Reasons[f.Key]
	}
	if len(k.Versions) > 0 {
		o.Number, o.Prior = k.Versions[0].Number+1, k.Versions[0].ID
	}
	if v := k.Standing(); v != nil {
		if _, err := s.end(ctx, tx, *v, Superseded, ""); err != nil {
			return 0, err
		}
	}
	plain, err := json.Marshal(o)
	if err != nil {
		return 0, err
	}
	sealed, err := s.seal(ctx, tx, o.Client, o.ID, orderBody, string(plain))
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(plain)
	if _, err := tx.Exec(ctx, sqlSign, a.Practice, o.ID, o.Session, o.Client, o.Number, string(o.Medicine), sealed, sum[:], a.Person, db.Micros(now), []byte{}); err != nil {
		return 0, err
	}
	return o.Number, s.Trail.Record(ctx, tx, line("signed", "order", o.Client, o.ID, ""))
}

func (s *Service) end(ctx context.Context, tx *db.Tx, v Version, how, why string) (int64, error) {
	a := access.From(ctx)
	sealed, err := s.seal(ctx, tx, v.Client, v.ID, orderWhy, why)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, sqlEndOrder, how, a.Person, db.Micros(s.Now()), sealed, a.Practice, v.ID)
}

// Withdraw ends the order that stands, with a reason. Nothing is given by it.
func (s *Service) Withdraw(ctx context.Context, session db.ID, why string) error {
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		x, err := s.session(ctx, tx, session, access.Write, access.Ordering)
		if err != nil {
			return err
		}
		all, err := s.versions(ctx, tx, session)
		if err != nil {
			return err
		}
		v := standing(all)
		switch {
		case v == nil:
			return errNone
		case why == "":
			return fault.Field("end", "Please say why the order ends.")
		}
		if n, err := s.end(ctx, tx, *v, Withdrawn, why); err != nil || n == 0 {
			return err
		}
		return s.Trail.Record(ctx, tx, line("withdrew", "order", x.Client, v.ID, ""))
	})
}
