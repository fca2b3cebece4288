package ripple

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/practice/trail"
	"held/rules/questionnaire"
	"held/rules/scoring"
)

// Score is one set of answers and what it came to.
type Score struct {
	ID         db.ID
	Person     db.ID
	Given      db.ID
	Number     int // of the response, counted from 1; a correction is another one
	Instrument string
	Version    string // of the instrument's wording
	Scoring    string // version of the scoring when it was kept
	At         time.Time
	SeenBy     db.ID
	SeenAt     time.Time // zero: no clinician has looked yet

	Answers scoring.Answers
	Line    string // of the person's own
	Kept    measures.Report
	Result  scoring.Result // reckoned now
}

// Changed tells whether this version of the scoring comes to something else
// than was kept: both are shown then.
func (s Score) Changed(in scoring.Instrument) bool {
	if s.Scoring == in.Scoring {
		return false
	}
	was, err := json.Marshal(s.Kept)
	is, also := json.Marshal(measures.ReportOf(s.Result))
	return err == nil && also == nil && string(was) != string(is)
}

// kept is what lies sealed of a set of answers.
type kept struct {
	Answers scoring.Answers `json:"answers"`
	Line    string          `json:"line,omitempty"`
	Report  measures.Report `json:"report"`
}

// sent keeps what the answers to an instrument come to, in the transaction in
// which they are sent, and settles what was asked.
func (s *Service) sent(ctx context.Context, tx *db.Tx, got forms.Sent) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlSettleAsked, Answered, practice, got.ID); err != nil {
		return err
	}
	all, err := s.shelf(ctx, tx)
	if err != nil {
		return err
	}
	in, is := all.of(got.Key)
	if !is {
		return nil
	}
	k := kept{Answers: answers(in, got.Form, got.Answers), Line: got.Answers.Words(measures.OwnLine)}
	r, err := scoring.Score(in, k.Answers)
	if err != nil {
		return nil // the practice changed the form so that it is this instrument no longer
	}
	k.Report = measures.ReportOf(r)
	plain, err := json.Marshal(k)
	if err != nil {
		return err
	}
	id := db.NewID()
	sealed, err := s.Vault.Seal(ctx, tx, field(practice, got.Person, id), string(plain))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepScore, practice, id, got.Person, got.ID, got.Response, in.ID, in.Version, in.Scoring, sealed, db.Micros(s.Now()))
	return err
}

// answers reads an instrument's numbers out of a form's answers.
func answers(in scoring.Instrument, form *questionnaire.Questionnaire, a questionnaire.Answers) scoring.Answers {
	out := make(scoring.Answers, len(in.Items))
	for i, it := range in.Items {
		asked := form.Of(it.Key)
		given, there := a.First(it.Key)
		if asked == nil || !there {
			continue
		}
		n, ok := given.Number()
		if asked.Chooses() {
			n, ok = asked.Weight(given)
		}
		if v := int(n); ok && float64(v) == n {
			out[i] = &v
		}
	}
	return out
}

// open opens a kept set of answers and reckons it as of now.
func (s *Service) open(ctx context.Context, q db.Q, all shelf, r scoreRow) (Score, error) {
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, r.Person, r.ID), r.body)
	if err != nil {
		return r.Score, err
	}
	var k kept
	if err := json.Unmarshal([]byte(plain), &k); err != nil {
		return r.Score, err
	}
	r.Answers, r.Line, r.Kept = k.Answers, k.Line, k.Report
	if in, is := all.of(Prefix + r.Instrument); is {
		if r.Result, err = scoring.Score(in, k.Answers); err != nil {
			return r.Score, err
		}
	}
	return r.Score, nil
}

// Scores are all of somebody's, in the order of time, a correction in the place
// of what it corrects. They open for themselves and for their guide and
// prescriber; whoever shows them writes that down.
func (s *Service) Scores(ctx context.Context, person db.ID) ([]Score, error) {
	if err := access.Check(ctx, access.Read, measuresOf(person)); err != nil {
		return nil, err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	return s.scores(ctx, s.DB.Reader(), all, person)
}

func (s *Service) scores(ctx context.Context, q db.Q, all shelf, person db.ID) ([]Score, error) {
	rows, err := db.All(ctx, q, scanScore, sqlScoresOf, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	last := map[db.ID]scoreRow{}
	first := map[db.ID]time.Time{}
	for _, r := range rows {
		if first[r.Given].IsZero() {
			first[r.Given] = r.At
		}
		if was, there := last[r.Given]; !there || r.Number > was.Number {
			last[r.Given] = r
		}
	}
	var out []Score
	for _, r := range slices.Collect(maps.Values(last)) {
		sc, err := s.open(ctx, q, all, r)
		if errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sc.At = first[r.Given]
		out = append(out, sc)
	}
	slices.SortFunc(out, func(a, b Score) int { return a.At.Compare(b.At) })
	return out, nil
}

// Unseen are answers that no clinician has looked at yet, of those whom the
// actor cares for.
func (s *Service) Unseen(ctx context.Context) ([]Score, error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanScore, sqlUnseen, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	var out []Score
	for _, r := range rows {
		if access.Can(ctx, access.Read, measuresOf(r.Person)) {
			out = append(out, r.Score)
		}
	}
	return out, nil
}

// See says that the actor has looked at a set of answers.
func (s *Service) See(ctx context.Context, id db.ID) (person db.ID, err error) {
	a := access.From(ctx)
	r, err := db.One(ctx, s.DB.Reader(), scanScore, sqlScore, a.Practice, id)
	if errors.Is(err, db.ErrNone) {
		return person, fault.New(fault.NotFound, "There are no answers at this address.")
	}
	if err != nil {
		return person, err
	}
	if err := access.Check(ctx, access.Write, measuresOf(r.Person)); err != nil {
		return person, err
	}
	if r.Person == a.Person {
		return person, fault.New(fault.Forbidden, "Somebody of your care team looks at these.")
	}
	return r.Person, s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlSee, a.Person, db.Micros(s.Now()), a.Practice, id)
		if err != nil || n == 0 {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "looked through", Subject: r.Person, Kind: "check-in", Object: id})
	})
}
