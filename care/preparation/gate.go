package preparation

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/readiness"
)

// The conditions of every medicine session.
const (
	Protocol  = "protocol"
	Clearance = "clearance"
	Consent   = "consent"
	Holds     = "holds"
	Changes   = "changes"
	Escorted  = "escort"
	Today     = "today"
	Fasting   = "fasting"
	Measured  = "vitals"
)

// Needs are these conditions, in the order in which a page shows them. Some have
// no override: without a signed protocol, a standing clearance or consent there
// is nothing to go on with, and a change is passed by looking at it.
var Needs = []readiness.Need{
	{Key: Protocol, Holder: readiness.Prescriber, Title: readiness.Words{
		Prescriber: "Signed protocol in force", Guide: "The prescriber's protocol", Client: "How the practice works with this medicine"}},
	{Key: Clearance, Holder: readiness.Prescriber, Dated: true, Title: readiness.Words{
		Prescriber: "Clearance unexpired", Guide: "The prescriber's clearance", Client: "The prescriber's decision"}},
	{Key: Consent, Holder: readiness.Client, Title: readiness.Words{
		Prescriber: "Current consent version signed", Guide: "Consent in its current version", Client: "What you agreed to"}},
	{Key: Changes, Holder: readiness.Prescriber, Title: readiness.Words{
		Prescriber: "Reported changes reviewed", Guide: "What the client says has changed", Client: "What you told us has changed"}},
	{Key: Holds, Holder: readiness.Prescriber, Overridable: true, Title: readiness.Words{
		Prescriber: "Medication holds", Guide: "Medication holds", Client: "Medicines to pause"}},
	{Key: Escorted, Holder: readiness.Client, Overridable: true, Title: readiness.Words{
		Prescriber: "Escort confirmed", Guide: "The escort", Client: "Somebody to bring you home"}},
	{Key: Today, Holder: readiness.Client, Overridable: true, Title: readiness.Words{
		Prescriber: "Day-of check-in", Guide: "The day's check-in", Client: "Your few answers on the day"}},
	{Key: Fasting, Holder: readiness.Client, Overridable: true, Title: readiness.Words{
		Prescriber: "Fasting by protocol", Guide: "Eating and drinking before", Client: "Eating and drinking before"}},
	{Key: Measured, Holder: readiness.Attendant, Overridable: true, Title: readiness.Words{
		Prescriber: "Same-day vitals in band", Guide: "Vitals of the day", Client: "Blood pressure and pulse on the day"}},
}

// Gate is a session's readiness with everything that was ever said about it.
type Gate struct {
	Session
	readiness.Result
	Overrides []readiness.Override // all of them, the earliest first
	History   []readiness.Attestation
}

// same says one sentence to all three.
func same(s string) readiness.Words {
	return readiness.Words{Prescriber: s, Guide: s, Client: s}
}

func words(prescriber, guide, client string) readiness.Words {
	return readiness.Words{Prescriber: prescriber, Guide: guide, Client: client}
}

// Open tells whether a medicine session may begin now, and why not. It is what
// the medicine room asks.
func (s *Service) Open(ctx context.Context, q db.Q, session db.ID) (readiness.Result, error) {
	x, err := s.Session(ctx, q, session)
	if err != nil {
		return readiness.Result{}, err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Gate, Subject: x.Client}); err != nil {
		return readiness.Result{}, err
	}
	g, err := s.gate(ctx, q, x)
	return g.Result, err
}

// Gate is Open with its history, for whoever cares for the client and for them.
func (s *Service) Gate(ctx context.Context, session db.ID) (Gate, error) {
	q := s.DB.Reader()
	x, err := s.Session(ctx, q, session)
	if err == nil {
		err = reads(ctx, x.Client)
	}
	if err != nil {
		return Gate{}, err
	}
	return s.gate(ctx, q, x)
}

// gate reckons a session's readiness from everything that is kept, as it stands.
func (s *Service) gate(ctx context.Context, q db.Q, x Session) (g Gate, err error) {
	g.Session = x
	conditions, err := s.conditions(ctx, q, x)
	if err != nil {
		return g, err
	}
	if g.History, err = s.keys(ctx, q, x); err != nil {
		return g, err
	}
	if g.Overrides, err = s.overrides(ctx, q, x); err != nil {
		return g, err
	}
	g.Result = readiness.Reckon(s.Now(), Needs, conditions, g.History, g.Overrides)
	for i := range g.Conditions {
		if c := &g.Conditions[i]; c.Why == (readiness.Words{}) {
			c.Why = words("Nothing is kept about it.", "Nothing is kept about it yet.", "Nothing stands here about it yet.")
		}
	}
	if x.State != "booked" {
		g.Result.Open = false
	}
	return g, nil
}

// conditions are how all of it stands, worked out anew each time it is asked.
func (s *Service) conditions(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	ctx = reckoning(ctx)
	all := []readiness.Condition{protocolCondition(x)}
	for _, source := range append(slices.Clone(s.Sources), s.changesCondition, s.holdsCondition, s.escortCondition, s.checkinConditions, s.vitalsCondition) {
		more, err := source(ctx, q, x)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// reckoning is the program's own context: what is read for a condition is not
// read by whoever looks at the gate. Who may look was asked before.
func reckoning(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
}

func protocolCondition(x Session) readiness.Condition {
	c := readiness.Condition{Key: Protocol, State: readiness.Unknown, Why: words(
		"No signed protocol is in force for this medicine and route.", "The prescriber has no signed protocol in force for this session.", "Your prescriber has not finished what the practice needs for this session. You need do nothing.")}
	if x.Terms.Signed {
		c.State, c.Basis, c.Since = readiness.Met, x.Terms.Version, x.Terms.Since
		c.Why = words("Version "+x.Terms.Version+", "+x.Terms.What+".", "A signed protocol is in force.", "Settled by your prescriber.")
	}
	return c
}

func (s *Service) keys(ctx context.Context, q db.Q, x Session) ([]readiness.Attestation, error) {
	rows, err := db.All(ctx, q, scanKey, sqlKeys, access.From(ctx).Practice, x.ID)
	if err != nil {
		return nil, err
	}
	out := make([]readiness.Attestation, len(rows))
	for i, r := range rows {
		out[i] = readiness.Attestation{ID: r.id.String(), Role: r.role, By: r.by.String(), At: r.made, Withdrawn: r.withdrawn}
		if err := s.openJSON(ctx, q, r.client, r.id, keySeen, r.seen, &out[i].Seen); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// passed is what an override is about, sealed.
type passed struct {
	Why  string         `json:"why"`
	Seen readiness.Mark `json:"seen"`
}

func (s *Service) overrides(ctx context.Context, q db.Q, x Session) ([]readiness.Override, error) {
	rows, err := db.All(ctx, q, scanOverride, sqlOverrides, access.From(ctx).Practice, x.ID)
	if err != nil {
		return nil, err
	}
	out := make([]readiness.Override, len(rows))
	for i, r := range rows {
		var p passed
		if err := s.openJSON(ctx, q, r.client, r.id, overrideBody, r.body, &p); err != nil {
			return nil, err
		}
		out[i] = readiness.Override{ID: r.id.String(), Role: readiness.Prescriber, By: r.by.String(), At: r.made, Rule: r.rule, Seen: p.Seen, Why: p.Why}
	}
	return out, nil
}

// HoldsKey tells whether the actor may turn a key of a client's sessions.
func HoldsKey(ctx context.Context, role string, client db.ID) bool {
	return mayTurn(ctx, role, client) == nil
}

// mayTurn asks the policy for a key: each opens to its own role on the
// client's care team.
func mayTurn(ctx context.Context, role string, client db.ID) error {
	switch role {
	case readiness.Prescriber:
		return access.Check(ctx, access.Write, access.Resource{Class: access.Orders, Subject: client})
	case readiness.Guide:
		return access.Check(ctx, access.Write, access.Resource{Class: access.Gate, Subject: client})
	}
	return fault.New(fault.BadRequest, "There is no such key. Nothing was changed.")
}

var (
	errNotReady = fault.New(fault.Taken, "Not every condition is met, so this key cannot be turned yet. The list shows which; nothing was changed.")
	errSeenOld  = fault.New(fault.Taken, "Something has changed since you opened this page, so nothing was attested. The list stands below as it is now; please read it and attest again.")
	errTwice    = fault.New(fault.Forbidden, "You turned the other key. Two keys are two people's; a colleague turns this one.")
)

// Attest turns a key in the actor's own name, over the conditions as they stand.
// seen is the digest of the list that they read: over another one it is refused.
func (s *Service) Attest(ctx context.Context, session db.ID, role, seen string) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, func(client db.ID) error { return mayTurn(ctx, role, client) })
		if err != nil {
			return err
		}
		g, err := s.gate(ctx, tx, x)
		switch {
		case err != nil:
			return err
		case g.Digest() != seen:
			return errSeenOld
		case !g.Ready():
			return errNotReady
		case g.Key(role).Turned && g.Key(role).By == me.Person.String():
			return nil
		case g.holds(other(role), me.Person):
			return errTwice
		}
		id := db.NewID()
		sealed, err := s.sealJSON(ctx, tx, x.Client, id, keySeen, g.Marks())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddKey, me.Practice, id, x.ID, x.Client, role, me.Person, sealed, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "attested", Subject: x.Client, Kind: "readiness", Object: x.ID, Why: role})
	})
}

func other(role string) string {
	if role == readiness.Guide {
		return readiness.Prescriber
	}
	return readiness.Guide
}

// holds tells whether somebody's key of a role counts.
func (g Gate) holds(role string, person db.ID) bool {
	k := g.Key(role)
	return k.Turned && k.By == person.String() || g.Same && k.By == person.String()
}

// Withdraw takes one's own key back.
func (s *Service) Withdraw(ctx context.Context, session db.ID, role string) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.Session(ctx, tx, session)
		if err == nil {
			err = mayTurn(ctx, role, x.Client)
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlWithdrawKeys, db.Micros(s.Now()), me.Practice, x.ID, role, me.Person)
		if err != nil || n == 0 {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "withdrew", Subject: x.Client, Kind: "readiness", Object: x.ID, Why: role})
	})
}

// Pass is a prescriber's word that a condition does not hold the session up, as
// it stands now. It is for this fact alone; nothing takes it back from the page.
func (s *Service) Pass(ctx context.Context, session db.ID, rule, why string) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Orders))
		if err != nil {
			return err
		}
		g, err := s.gate(ctx, tx, x)
		if err != nil {
			return err
		}
		c, ok := g.Condition(rule)
		switch {
		case !ok:
			return fault.New(fault.BadRequest, "There is no such condition. Nothing was changed.")
		case c.State == readiness.Met:
			return fault.New(fault.Taken, "This condition is met by now; there is nothing to go on against. Nothing was changed.")
		case !c.Passable():
			return fault.New(fault.Forbidden, "Nobody goes on without this condition. Nothing was changed.")
		case why == "":
			return fault.Field("why", "Please say why the session may go on without it. Your words stay with the session for good.")
		}
		id := db.NewID()
		sealed, err := s.sealJSON(ctx, tx, x.Client, id, overrideBody, passed{Why: why, Seen: c.Fact()})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddOverride, me.Practice, id, x.ID, x.Client, me.Person, rule, sealed, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "passed", Subject: x.Client, Kind: "readiness", Object: x.ID, Why: rule})
	})
}

// day is the day of an instant on the practice's clock: what was answered and
// measured that day ends with it.
func (s *Service) day(ctx context.Context, at time.Time) (from, until time.Time, err error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return from, until, err
	}
	y, m, d := at.In(st.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, st.Location()).UTC(), time.Date(y, m, d+1, 0, 0, 0, 0, st.Location()).UTC(), nil
}

// Standing tells whether a client's clearance and consent stand, as far as the
// sources know: who may book what is only for the ready.
func (s *Service) Standing(ctx context.Context, q db.Q, client db.ID, offering db.ID) (bool, error) {
	t, err := s.terms(ctx, q, offering)
	if err != nil {
		return false, err
	}
	ctx = reckoning(ctx)
	x := Session{Terms: t}
	x.Client, x.Offering = client, offering
	var given []readiness.Condition
	for _, source := range s.Sources {
		more, err := source(ctx, q, x)
		if err != nil {
			return false, err
		}
		given = append(given, more...)
	}
	needs := slices.DeleteFunc(slices.Clone(Needs), func(n readiness.Need) bool { return n.Key != Clearance && n.Key != Consent })
	return readiness.Reckon(s.Now(), needs, given, nil, nil).Ready(), nil
}
