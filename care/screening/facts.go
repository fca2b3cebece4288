package screening

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/protocol"
)

// Kind is what was recorded.
type Kind string

// The kinds.
const (
	Pressure Kind = "pressure" // blood pressure at rest
	Weight   Kind = "weight"
	Lab      Kind = "lab"
	Order    Kind = "order" // a laboratory value that was asked for
)

// Body is what a recorded fact says.
type Body struct {
	Name      string `json:"name,omitempty"` // of a laboratory value
	Part      string `json:"part,omitempty"` // which age of the protocol it answers: one of Parts
	Value     string `json:"value,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Systolic  int    `json:"systolic,omitempty"`
	Diastolic int    `json:"diastolic,omitempty"`
	Words     string `json:"words,omitempty"` // a note; of what replaces another: why
}

// Part is something whose age a protocol can bound.
type Part struct {
	Code, Name string
	days       func(protocol.Validity) *int
}

// Parts are what a laboratory value can belong to.
var Parts = []Part{
	{"pregnancy", "Pregnancy test or statement", func(v protocol.Validity) *int { return v.PregnancyDays }},
	{"liver", "Liver function", func(v protocol.Validity) *int { return v.LiverDays }},
	{"urinalysis", "Urinalysis", func(v protocol.Validity) *int { return v.UrinalysisDays }},
	{"drug_screen", "Urine drug screen", func(v protocol.Validity) *int { return v.DrugScreenDays }},
	{"ecg", "ECG", func(v protocol.Validity) *int { return v.ECGDays }},
}

// Fact is one recorded thing.
type Fact struct {
	ID       db.ID
	Client   db.ID
	Kind     Kind
	Body     Body
	Taken    time.Time // when it was so
	Entered  time.Time
	Author   db.ID
	Order    db.ID     // the order that it answers
	Replaces db.ID     // the one that was wrong
	Replaced time.Time // zero: it stands
}

// Limits of what is typed, in characters.
const (
	maxName  = 120
	maxWords = 2000
)

// Record keeps a fact, or what takes the place of a wrong one.
func (s *Service) Record(ctx context.Context, f Fact) (db.ID, error) {
	if err := access.Check(ctx, access.Write, chart(f.Client)); err != nil {
		return db.ID{}, err
	}
	if err := s.checkFact(f); err != nil {
		return db.ID{}, err
	}
	f.ID = db.NewID()
	return f.ID, s.DB.Write(ctx, func(tx *db.Tx) error { return s.keepFact(ctx, tx, f) })
}

func (s *Service) keepFact(ctx context.Context, tx *db.Tx, f Fact) error {
	a, now := access.From(ctx), s.Now()
	for _, other := range []db.ID{f.Replaces, f.Order} {
		if other.IsZero() {
			continue
		}
		was, err := db.One(ctx, tx, scanFact, sqlFact, a.Practice, other)
		if errors.Is(err, db.ErrNone) || err == nil && was.Client != f.Client {
			return fault.New(fault.NotFound, "What this belongs to is not here. Nothing was changed.")
		}
		if err != nil {
			return err
		}
	}
	e := trail.Entry{Verb: "recorded", Subject: f.Client, Kind: "value", Object: f.ID, Why: string(f.Kind)}
	if !f.Replaces.IsZero() {
		n, err := tx.Exec(ctx, sqlReplaceFact, db.Micros(now), a.Practice, f.Replaces, f.Client)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "This value was replaced meanwhile. Nothing was changed; please look at the one that stands.")
		}
		e.Verb = "replaced"
	}
	plain, err := json.Marshal(f.Body)
	if err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, tx, field(a.Practice, f.Client, f.ID, "screening_facts.body"), string(plain))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlAddFact, a.Practice, f.ID, f.Client, string(f.Kind), sealed, db.Micros(f.Taken), db.Micros(now), a.Person, f.Order, f.Replaces); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, e)
}

// checkFact says what cannot be so. It judges no value: whether one is high is
// for the prescriber, and for the rules that name their limit.
func (s *Service) checkFact(f Fact) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was recorded.")
	b := f.Body
	switch f.Kind {
	case Pressure:
		if b.Systolic < 1 || b.Systolic > 400 || b.Diastolic < 1 || b.Diastolic > 400 {
			e.AddField("systolic", "Please give both as whole numbers of mmHg.")
		} else if b.Diastolic >= b.Systolic {
			e.AddField("diastolic", "The diastolic value is not below the systolic one. Please look again.")
		}
	case Weight:
		if n, err := strconv.ParseFloat(strings.ReplaceAll(b.Value, ",", "."), 64); err != nil || n <= 0 || n > 700 {
			e.AddField("weight", "Please give the weight in kilograms, as in 70.5.")
		}
	case Lab, Order:
		if b.Part != "" && !slices.ContainsFunc(Parts, func(p Part) bool { return p.Code == b.Part }) {
			e.AddField("part", "Please choose one of these, or nothing of it.")
		}
		if b.Name == "" {
			e.AddField("name", "Please say which value.")
		}
		if f.Kind == Lab && b.Value == "" {
			e.AddField("value", "Please give the value as the laboratory wrote it.")
		}
	default:
		e.AddField("kind", "Please choose what is recorded.")
	}
	if f.Taken.IsZero() || f.Taken.After(s.Now()) {
		e.AddField("taken", "Please give the day on which it was taken: today or before.")
	}
	if !f.Replaces.IsZero() && b.Words == "" {
		e.AddField("words", "Please say in a few words what was wrong with the one before.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// facts are everything that was recorded of a client, the latest first, with
// what was replaced.
func (s *Service) facts(ctx context.Context, q db.Q, client db.ID) ([]Fact, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanFact, sqlFactsOf, practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Fact, len(rows))
	for i, r := range rows {
		plain, err := s.open(ctx, q, field(practice, client, r.ID, "screening_facts.body"), r.body)
		if err != nil {
			return nil, err
		}
		if plain != "" {
			if err := json.Unmarshal([]byte(plain), &r.Body); err != nil {
				return nil, err
			}
		}
		out[i] = r.Fact
	}
	return out, nil
}

// standing is the latest fact of a kind that was not replaced.
func standing(all []Fact, k Kind) (Fact, bool) {
	i := slices.IndexFunc(all, func(f Fact) bool { return f.Kind == k && f.Replaced.IsZero() })
	if i < 0 {
		return Fact{}, false
	}
	return all[i], true
}

// Weighed is the last weight that stands, in words as it was typed; false where
// none was recorded. It asks nobody's role: operations of others, which do,
// reckon with it.
func (s *Service) Weighed(ctx context.Context, q db.Q, client db.ID) (Fact, bool, error) {
	all, err := s.facts(ctx, q, client)
	if err != nil {
		return Fact{}, false, err
	}
	f, there := standing(all, Weight)
	return f, there, nil
}

// answered tells whether a value was recorded that answers an order.
func answered(all []Fact, order db.ID) bool {
	return slices.ContainsFunc(all, func(f Fact) bool { return f.Order == order && f.Replaced.IsZero() })
}

// Says is a fact in words.
func (f Fact) Says() string {
	b := f.Body
	switch f.Kind {
	case Pressure:
		return "Blood pressure at rest " + strconv.Itoa(b.Systolic) + "/" + strconv.Itoa(b.Diastolic) + " mmHg"
	case Weight:
		return "Weight " + b.Value + " kg"
	case Order:
		return "Ordered: " + b.Name
	}
	return strings.TrimSpace(b.Name + " " + b.Value + " " + b.Unit)
}
