package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/dosing"
	"held/rules/protocol"
)

// Known is everything that an order is written over.
type Known struct {
	preparation.Session
	Doc      *protocol.Document // in force; nil: none
	Version  string
	Weight   dosing.Weight
	WeightOf db.ID
	Past     dosing.Past
	Versions []Version
}

// Standing is the order that holds now; nil: none does.
func (k *Known) Standing() *Version { return standing(k.Versions) }

// Draft is what a prescriber fills in.
type Draft struct {
	Dose     dosing.Amount
	Boosters *int
	Booster  dosing.Amount
	Words    string
	Reasons  map[string]string // by finding
	Seen     string            // what they saw worked out when they sign: Known.Seal
}

// Check holds a draft against the protocol in force.
func (k *Known) Check(d Draft) dosing.Result {
	return dosing.Check(k.Doc, dosing.Order{Medicine: k.Terms.Product, Dose: d.Dose, Boosters: d.Boosters, Booster: d.Booster, At: k.Start, Weight: k.Weight, Past: k.Past})
}

// Seal marks a draft with what is known about it, so that nobody signs what they
// have not seen worked out.
func (k *Known) Seal(d Draft) string {
	r := k.Check(d)
	prior := db.ID{}
	if v := k.Standing(); v != nil {
		prior = v.ID
	}
	plain, err := json.Marshal([]any{k.ID, k.Start, k.Version, k.Weight, d.Dose, d.Boosters, d.Booster, r.Findings, prior})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:8])
}

// draft is a signed order as a form would hold it.
func (v Signed) draft() Draft {
	n := v.Boosters
	return Draft{Dose: v.Dose, Boosters: &n, Booster: v.Booster, Words: v.Words, Reasons: v.Reasons}
}

// again says why an order that was signed may not be given as things stand now,
// and what is to be known about it.
func (k *Known) again(v *Version) (stops, notes []string) {
	for _, f := range k.Check(v.draft()).Of(dosing.Stop) {
		stops = append(stops, "The order is to be signed anew: "+f.Say)
	}
	if k.Version != v.Protocol && k.Doc != nil {
		notes = append(notes, "It was signed by version "+v.Protocol+" of the protocol; version "+k.Version+" is in force.")
	}
	if k.WeightOf != v.WeightOf && !k.WeightOf.IsZero() {
		notes = append(notes, "It was signed over "+v.Weight.Kg.String()+" kg; "+k.Weight.Kg.String()+" kg was recorded since.")
	}
	return stops, notes
}

// Work works a draft out for whoever orders, and keeps nothing.
func (s *Service) Work(ctx context.Context, session db.ID, d Draft) (k Known, r dosing.Result, err error) {
	q := s.DB.Reader()
	x, err := s.session(ctx, q, session, access.Write, access.Orders)
	if err != nil {
		return k, r, err
	}
	if k, err = s.known(ctx, q, x); err != nil {
		return k, r, err
	}
	return k, k.Check(d), nil
}

// known loads it for a session that was asked about already.
func (s *Service) known(ctx context.Context, q db.Q, x preparation.Session) (k Known, err error) {
	k.Session = x
	if k.Doc, k.Version, err = s.Protocol(ctx, q, x.Terms.Product); err != nil {
		return k, err
	}
	if err := s.weight(ctx, q, &k); err != nil {
		return k, err
	}
	if k.Past, err = s.past(ctx, q, x); err != nil {
		return k, err
	}
	k.Versions, err = s.versions(ctx, q, x.ID)
	return k, err
}

// weight is the last that was recorded. One that is no figure is none: the rule
// stops at it.
func (s *Service) weight(ctx context.Context, q db.Q, k *Known) error {
	f, there, err := s.Screening.Weighed(ctx, q, k.Client)
	if err != nil || !there {
		return err
	}
	if kg, no := protocol.ParseDecimal(strings.TrimSpace(f.Body.Value)); no == nil { // one that nobody can read is none
		k.Weight, k.WeightOf = dosing.Weight{Kg: kg, Taken: f.Taken}, f.ID
	}
	return nil
}

// past are the doses on record, and the sessions that were held without one.
func (s *Service) past(ctx context.Context, q db.Q, x preparation.Session) (p dosing.Past, err error) {
	all, err := s.givenOf(ctx, q, x.Client)
	if err != nil {
		return p, err
	}
	on := map[db.ID]bool{x.ID: true}
	for _, g := range all {
		if g.Undone.IsZero() && g.Session != x.ID {
			on[g.Session] = true
			p.Given = append(p.Given, dosing.Given{At: g.At, Session: g.Session.String(), Mg: g.Body.Mg})
		}
	}
	// Whoever asks was asked before whether they may.
	program := access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
	times, err := s.Preparation.Calendar.OfClient(program, x.Client)
	if err != nil {
		return p, err
	}
	for _, a := range times {
		if on[a.ID] || a.State == calendar.Cancelled || a.End.After(s.Now()) {
			continue
		}
		medicine, err := s.Preparation.Of(program, a)
		if err != nil {
			return p, err
		}
		if medicine {
			p.Unrecorded = append(p.Unrecorded, a.Start)
		}
	}
	c, there, err := s.Screening.Clearance(ctx, q, x.Client, x.Terms.Product)
	if err == nil && there && c.Verdict == "cleared" {
		p.Cleared = c.At
	}
	return p, err
}
