package preparation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/protocol"
	rule "held/rules/protocol"
	"held/rules/readiness"
)

// ByProtocols takes what holds for a session from the practice's protocols: an
// offering with a medicine is a medicine session, signed protocol or not.
func (s *Service) ByProtocols(p *protocol.Service) {
	s.Terms = func(ctx context.Context, q db.Q, offering db.ID) (Terms, error) {
		m, err := s.Calendar.MedicineOf(ctx, q, offering)
		if err != nil || m == "" {
			return Terms{}, err
		}
		t := Terms{Medicine: true, Product: m, What: m.Name()}
		v, there, err := p.InForce(ctx, q, m)
		if err != nil || !there {
			return t, err
		}
		t.Signed, t.Version, t.Since = true, fmt.Sprintf("%d", v.Number), v.At
		t.Food, t.Fluids = hours(v.Doc.Preparation.FoodHours), hours(v.Doc.Preparation.FluidHours)
		t.Judge = func(x Vitals) Verdict { return judge(v.Doc, x) }
		return t, nil
	}
}

// hours is a length of time that a protocol gives in hours; 0 where it gives none.
func hours(d *rule.Decimal) time.Duration {
	if d == nil {
		return 0
	}
	return time.Duration(float64(*d) / float64(rule.Whole(1)) * float64(time.Hour))
}

// judge asks a protocol about values before a dose. What it misses is not
// known, and nobody goes on with what is not known.
func judge(doc *rule.Document, v Vitals) Verdict {
	c := rule.Case{Phase: rule.PhaseBefore, Product: doc.Medicine}
	if v.Systolic > 0 {
		c.BP = rule.Tell(rule.BP{v.Systolic, v.Diastolic})
	}
	for _, x := range []struct {
		n    int
		into *rule.Told[int]
	}{{v.Pulse, &c.HR}, {v.Oxygen, &c.SpO2}, {v.Breaths, &c.RR}, {v.Age, &c.Age}} {
		if x.n > 0 {
			*x.into = rule.Tell(x.n)
		}
	}
	if v.Sedation != "" {
		c.MOAAS = rule.Tell(int(v.Sedation[0] - '0'))
	}
	if d, err := rule.ParseDecimal(v.Warmth); err == nil && v.Warmth != "" {
		c.Temp = rule.Tell(d)
	}
	r := doc.Evaluate(c)
	out := Verdict{State: readiness.Unknown, Why: strings.Join(r.Why, "; "), Never: true}
	switch r.Result {
	case rule.OK:
		out = Verdict{State: readiness.Met, Why: "In the protocol's bands."}
	case rule.Review:
		out.State, out.Never = readiness.Open, false
	case rule.Hold:
		out.State, out.Never = readiness.Closed, false
	case rule.HoldNoOverride, rule.Red:
		out.State = readiness.Closed
	}
	return out
}
