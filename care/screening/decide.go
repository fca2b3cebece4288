package screening

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/trail"
	"held/rules/protocol"
	rules "held/rules/screening"
)

// Verdict is what a prescriber decides.
type Verdict string

// The verdicts. Cleared is a person's word, signed; nothing else here says it.
const (
	Cleared  Verdict = "cleared"
	Deferred Verdict = "deferred"
	Declined Verdict = "declined"
)

// Verdicts lists them.
var Verdicts = []Verdict{Cleared, Deferred, Declined}

// Signed is a decision as it was signed, whole: the bytes of it are hashed.
type Signed struct {
	ID         db.ID             `json:"id"`
	Practice   db.ID             `json:"practice"`
	Client     db.ID             `json:"client"`
	Medicine   protocol.Medicine `json:"medicine"`
	Verdict    Verdict           `json:"verdict"`
	Until      string            `json:"until,omitempty"` // the last day, in the practice's zone
	Conditions string            `json:"conditions,omitempty"`
	Why        string            `json:"why,omitempty"` // for the chart
	Reasons    map[string]string `json:"reasons,omitempty"`
	By         db.ID             `json:"by"`
	Role       string            `json:"role"`
	At         time.Time         `json:"at"`
	Prior      db.ID             `json:"prior,omitzero"`
	Snapshot   Snapshot          `json:"snapshot"`
}

// Snapshot is what the decision was made from.
type Snapshot struct {
	Rules     string              `json:"rules"`              // their version
	Protocol  string              `json:"protocol,omitempty"` // its version
	Overall   rules.Overall       `json:"overall"`
	Lines     []SnapshotLine      `json:"lines"`
	Answers   map[string][]string `json:"answers"`
	Sent      map[string]string   `json:"sent"`
	Medicines []Medicine          `json:"medicines,omitempty"`
	Facts     []Fact              `json:"facts,omitempty"`
}

// SnapshotLine is what one rule said.
type SnapshotLine struct {
	Rule    string      `json:"rule"`
	Version int         `json:"version"`
	State   rules.State `json:"state"`
	Why     string      `json:"why"`
}

// Decision is one, with how it stands.
type Decision struct {
	Signed
	Hash       string
	Holds      bool // the hash is that of what is kept
	Ends       time.Time
	Superseded time.Time
	Stale      time.Time // since when answers have changed after it
	Letter     string
	LetterAt   time.Time // zero: it was not sent yet
}

// Draft is what a prescriber fills in.
type Draft struct {
	Client     db.ID
	Medicine   protocol.Medicine
	Verdict    Verdict
	Until      string // YYYY-MM-DD
	Conditions string
	Why        string
	Reasons    map[string]string // by rule
	Letter     string
	Seen       string // what the prescriber saw when they decided: Known.Seal
}

// Seal marks what is known, so that nobody signs what they have not seen.
func (k *Known) Seal() string {
	plain, err := json.Marshal(k.snapshot())
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:8])
}

func (k *Known) snapshot() Snapshot {
	out := Snapshot{Rules: k.Result.Version, Protocol: k.Version, Overall: k.Result.Overall(), Answers: k.Answers, Sent: map[string]string{}, Medicines: k.Medicines, Facts: k.Facts}
	for key, at := range k.Sent {
		out.Sent[key] = at.Format(time.RFC3339Nano)
	}
	for _, l := range k.Result.Lines {
		out.Lines = append(out.Lines, SnapshotLine{l.Rule.ID, l.Rule.Version, l.State, k.Why(l)})
	}
	return out
}

// LastDay is the latest day on which a clearance may end, given today; the
// sentence says why there is none.
func (k *Known) LastDay(today time.Time) (day time.Time, sentence string) {
	if k.Protocol == nil {
		return day, "No protocol is in force for " + k.Medicine.Name() + ". It says for how long a clearance holds, so no date can be given before a prescriber has signed one."
	}
	if k.Protocol.Validity.ClearanceDays == nil {
		return day, "The protocol in force does not say for how long a clearance holds, so no date can be given."
	}
	return today.AddDate(0, 0, *k.Protocol.Validity.ClearanceDays), ""
}

// Decide signs a decision. It takes the place of the one before for the same
// medicine, which stays as it was signed.
func (s *Service) Decide(ctx context.Context, d Draft) (db.ID, error) {
	if err := access.Check(ctx, access.Write, clearance(d.Client)); err != nil {
		return db.ID{}, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return db.ID{}, err
	}
	id, zone := db.NewID(), st.Location()
	return id, s.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := s.Known(ctx, tx, d.Client, d.Medicine)
		if err != nil {
			return err
		}
		if d.Seen != k.Seal() {
			return fault.New(fault.Taken, "What is known has changed since you opened this. Nothing was signed; what you typed stands below. Please look at the rules again.")
		}
		ends, err := s.checkDraft(d, &k, zone)
		if err != nil {
			return err
		}
		return s.sign(ctx, tx, id, d, &k, ends)
	})
}

func (s *Service) checkDraft(d Draft, k *Known, zone *time.Location) (ends time.Time, err error) {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was signed.")
	if !d.Medicine.Known() {
		e.AddField("medicine", "Please choose the medicine.")
	}
	if d.Letter == "" {
		e.AddField("letter", "Please write the letter. The client reads it in their space.")
	}
	switch d.Verdict {
	case Cleared:
		ends = s.checkUntil(d, k, zone, e)
		for _, l := range k.Result.Weighty() {
			if d.Reasons[l.Rule.ID] == "" {
				e.AddField("reason-"+l.Rule.ID, "Please write why you go on although this "+string(l.State)+": "+l.Rule.Condition+".")
			}
		}
	case Deferred, Declined:
		if d.Why == "" {
			e.AddField("why", "Please write why, for the chart.")
		}
	default:
		e.AddField("verdict", "Please choose what you decide.")
	}
	if len(e.Fields) > 0 {
		return ends, e
	}
	return ends, nil
}

func (s *Service) checkUntil(d Draft, k *Known, zone *time.Location, e *fault.Error) time.Time {
	now := s.Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	last, why := k.LastDay(today)
	day, err := time.ParseInLocation(time.DateOnly, d.Until, zone)
	switch {
	case why != "":
		e.AddField("until", why)
	case err != nil, day.Before(today):
		e.AddField("until", "Please give the last day on which it holds, today or later.")
	case day.After(last):
		e.AddField("until", "The protocol in force lets a clearance hold until "+last.Format("2 January 2006")+" at most.")
	}
	return day.AddDate(0, 0, 1)
}

func (s *Service) sign(ctx context.Context, tx *db.Tx, id db.ID, d Draft, k *Known, ends time.Time) error {
	a, now := access.From(ctx), s.Now()
	prior, err := s.current(ctx, tx, d.Client, d.Medicine)
	if err != nil {
		return err
	}
	signed := Signed{
		ID: id, Practice: a.Practice, Client: d.Client, Medicine: d.Medicine, Verdict: d.Verdict, Conditions: d.Conditions, Why: d.Why,
		By: a.Person, Role: string(access.Prescriber), At: now, Snapshot: k.snapshot(),
	}
	if prior != nil {
		signed.Prior = prior.ID
	}
	if d.Verdict == Cleared {
		signed.Until, signed.Reasons = d.Until, map[string]string{}
		for _, l := range k.Result.Weighty() {
			signed.Reasons[l.Rule.ID] = d.Reasons[l.Rule.ID]
		}
	} else {
		ends = time.Time{}
	}
	plain, err := json.Marshal(signed)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, field(a.Practice, d.Client, id, "screening_decisions.body"), string(plain))
	if err != nil {
		return err
	}
	letter, err := s.Vault.Seal(ctx, tx, field(a.Practice, d.Client, id, "screening_decisions.letter"), d.Letter)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlSupersede, db.Micros(now), a.Practice, d.Client, string(d.Medicine)); err != nil {
		return err
	}
	sum := sha256.Sum256(plain)
	if _, err := tx.Exec(ctx, sqlAddDecision, a.Practice, id, d.Client, string(d.Medicine), string(d.Verdict), db.Micros(ends), db.Micros(now), a.Person, body, sum[:], letter); err != nil {
		return err
	}
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "signed", Subject: d.Client, Kind: "clearance", Object: id, Why: string(d.Verdict)}); err != nil {
		return err
	}
	return s.tellChanged(ctx, tx, d.Client)
}

func (s *Service) opened(ctx context.Context, q db.Q, r decisionRow) (d Decision, err error) {
	practice := access.From(ctx).Practice
	d = Decision{Hash: hex.EncodeToString(r.hash), Ends: r.Until, Superseded: r.Superseded, Stale: r.Stale, LetterAt: r.Letters}
	plain, err := s.open(ctx, q, field(practice, r.Client, r.ID, "screening_decisions.body"), r.body)
	if err != nil {
		return d, err
	}
	d.Letter, err = s.open(ctx, q, field(practice, r.Client, r.ID, "screening_decisions.letter"), r.letter)
	if err != nil {
		return d, err
	}
	sum := sha256.Sum256([]byte(plain))
	d.Holds = bytes.Equal(sum[:], r.hash)
	if plain == "" { // erased
		d.Signed = Signed{ID: r.ID, Practice: practice, Client: r.Client, Medicine: r.Product, Verdict: r.Kind, By: r.Author, At: r.At}
		return d, nil
	}
	return d, json.Unmarshal([]byte(plain), &d.Signed)
}

// decisions are all of a client's, the latest first.
func (s *Service) decisions(ctx context.Context, q db.Q, client db.ID) ([]Decision, error) {
	rows, err := db.All(ctx, q, scanDecision, sqlDecisionsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Decision, len(rows))
	for i, r := range rows {
		if out[i], err = s.opened(ctx, q, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) current(ctx context.Context, q db.Q, client db.ID, m protocol.Medicine) (*Decision, error) {
	all, err := s.decisions(ctx, q, client)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Medicine == m && d.Superseded.IsZero() {
			return &d, nil
		}
	}
	return nil, nil
}

// Clearance is what others need of a decision: the word, until when, and under
// which conditions. Nothing of the chart is in it.
type Clearance struct {
	ID         db.ID
	Client     db.ID
	Medicine   protocol.Medicine
	Verdict    Verdict
	Ends       time.Time // the first instant at which it does not hold any more
	Until      string    // its last day
	Conditions string
	By         db.ID
	At         time.Time
	Stale      time.Time // answers have changed since: the prescriber is to look again
}

// Holds tells whether it lets a session be held at an instant: somebody cleared
// it, it has not ended, and nothing has changed since that nobody has looked at.
func (c Clearance) Holds(at time.Time) bool {
	return c.Verdict == Cleared && at.Before(c.Ends) && c.Stale.IsZero()
}

func (d Decision) clearance() Clearance {
	return Clearance{d.ID, d.Client, d.Medicine, d.Verdict, d.Ends, d.Until, d.Conditions, d.By, d.At, d.Stale}
}

// Clearance is the decision in force about a client and a medicine; false where
// nobody has decided. The caller has asked the policy, and writes the look on the
// trail where it shows it.
func (s *Service) Clearance(ctx context.Context, q db.Q, client db.ID, m protocol.Medicine) (Clearance, bool, error) {
	d, err := s.current(ctx, q, client, m)
	if err != nil || d == nil {
		return Clearance{}, false, err
	}
	return d.clearance(), true, nil
}

// Clearances are the decisions in force about a client, with their conditions,
// for everybody on the care team.
func (s *Service) Clearances(ctx context.Context, client db.ID) (out []Clearance, err error) {
	if err := access.Check(ctx, access.Read, clearance(client)); err != nil {
		return nil, err
	}
	all, err := s.decisions(ctx, s.DB.Reader(), client)
	for _, d := range all {
		if d.Superseded.IsZero() {
			out = append(out, d.clearance())
		}
	}
	return out, err
}

// Decisions are all decisions about a client with what stands in the chart.
func (s *Service) Decisions(ctx context.Context, client db.ID) ([]Decision, error) {
	if err := access.Check(ctx, access.Read, chart(client)); err != nil {
		return nil, err
	}
	return s.decisions(ctx, s.DB.Reader(), client)
}

const letterDecided = "screening.decided"

// Write keeps a decision's letter as it was edited, and sends it: from then on
// the client reads it in their space, and it is not changed any more.
func (s *Service) Write(ctx context.Context, id db.ID, text string, send bool) error {
	r, err := db.One(ctx, s.DB.Reader(), scanDecision, sqlDecision, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return fault.New(fault.NotFound, "There is no decision at this address.")
	}
	if err != nil {
		return err
	}
	if err := access.Check(ctx, access.Write, chart(r.Client)); err != nil {
		return err
	}
	if text == "" {
		return fault.Field("letter", "Please write the letter. The client reads it in their space.")
	}
	practice, sent := access.From(ctx).Practice, time.Time{}
	e := trail.Entry{Verb: "changed", Subject: r.Client, Kind: "decision letter", Object: id}
	if send {
		sent, e.Verb = s.Now(), "sent"
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, field(practice, r.Client, id, "screening_decisions.letter"), text)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlLetter, sealed, db.Micros(sent), practice, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "This letter was sent already; it is not changed any more. What you typed was not kept.")
		}
		if send {
			if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterDecided, Subject: r.Client, Ref: id, Body: id}); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, e)
	})
}

// LetterFor is how a letter begins that the prescriber then writes.
func LetterFor(v Verdict, name string) string {
	dear := "Dear " + name + ",\n\n"
	switch v {
	case Cleared:
		return dear + "Thank you for telling me so much about yourself. I have looked at it with care, and my decision is that we can go on towards the session with medicine that we spoke of.\n\nIf anything changes, a new medicine, an illness, a pregnancy, a hard week, please tell us before the session. We then look again.\n\nThe conditions that we agreed on stand below this letter."
	case Deferred:
		return dear + "Thank you for telling me so much about yourself. I cannot decide yet, and I would rather wait than guess.\n\nThis is what I still need to know, and how we can find out together:\n\n\nNothing is lost by waiting. Your guide is there for you meanwhile."
	case Declined:
		return dear + "Thank you for telling me so much about yourself. After looking at all of it I have decided not to go on with a session with medicine. The reason is your safety, not you, and nothing you could have done better.\n\nI would like to tell you in person why, and what else may help. You can ask for a time with me, and your guide is there for you too.\n\nIf you would like somebody else to look at it, we give you what they need."
	}
	return dear
}
