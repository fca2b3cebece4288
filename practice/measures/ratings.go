package measures

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/scoring"
)

// Statement is what somebody says with the button by which they keep a rating;
// their sign-in stands for their signature.
const Statement = "I rated this myself, at the time that stands here."

// MaxLine bounds the words beside a rating, in runes.
const MaxLine = 1000

// Rated is what is to be kept of a rating.
type Rated struct {
	Client     db.ID
	Session    db.ID // the appointment of the medicine session; zero: of none
	Instrument string
	Answers    map[string]int // by the item's key; what is not there was not rated
	Line       string         // in the rater's own words
	Taken      time.Time
	By         db.ID
	Ref        db.ID // of where it was rated: an entry of the room, a form. Kept once
	Corrects   db.ID // the ref of an earlier rating that this one corrects
	Void       bool  // what it corrects was no rating at all, and nothing takes its place
}

// Rating is a rating that was kept.
type Rating struct {
	ID, Client, Session, Ref, Corrects db.ID
	Instrument, Version, Scoring       string
	By                                 db.ID
	Taken, Signed                      time.Time

	Answers   scoring.Answers
	Line      string
	Statement string
	Kept      Report
	Result    scoring.Result // reckoned now
	Corrected bool           // a later one corrects it
	Void      bool           // it takes back what it corrects, and is none itself
}

// ratingBody is what lies sealed.
type ratingBody struct {
	Answers   map[string]int `json:"answers"`
	Line      string         `json:"line,omitempty"`
	Statement string         `json:"statement"`
	Void      bool           `json:"void,omitempty"`
	Report    Report         `json:"report"`
}

func ratingField(practice, client, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: row, Column: "measures_ratings.body"}
}

// Rate keeps a rating by the actor, who must be of the client's care team.
func (s *Service) Rate(ctx context.Context, x Rated) error {
	if err := access.Check(ctx, access.Write, resource(x.Client)); err != nil {
		return err
	}
	me := access.From(ctx)
	if me.Person == x.Client {
		return fault.New(fault.Forbidden, "This is rated by somebody of your care team.")
	}
	x.By = me.Person
	if x.Taken.After(s.Now().Add(time.Minute)) {
		return fault.Field("taken", "This lies ahead. Please give the time at which it was rated.")
	}
	if !x.Corrects.IsZero() {
		all, err := s.ratings(ctx, s.DB.Reader(), x.Client)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r Rating) bool { return r.Ref == x.Corrects })
		if i < 0 || all[i].Instrument != x.Instrument {
			return fault.New(fault.NotFound, "There is no rating here that this could correct. Nothing was kept.")
		}
		if all[i].Corrected && !slices.ContainsFunc(all, func(r Rating) bool { return r.Ref == x.Ref }) {
			return fault.New(fault.Taken, "This rating was corrected meanwhile. Nothing was kept; please look at the newer one first.")
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Keep(ctx, tx, x)
		return err
	})
}

// Keep keeps a rating in the transaction of whatever it was made in: once for
// each ref, whatever comes again with it. Whoever calls it has asked the policy.
// A fault.Invalid means that this is no rating of that scale, and that nothing
// of it was kept.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, x Rated) (kept bool, err error) {
	practice := access.From(ctx).Practice
	if _, err := db.One(ctx, tx, scanRating, sqlRatingByRef, practice, x.Ref); err == nil || !errors.Is(err, db.ErrNone) {
		return false, err
	}
	in, err := s.scale(ctx, tx, x.Instrument)
	if err != nil {
		return false, err
	}
	if err := fits(in, x); err != nil {
		return false, err
	}
	r, err := scoring.Score(in, inOrder(in, x.Answers))
	if err != nil {
		return false, err
	}
	plain, err := json.Marshal(ratingBody{x.Answers, x.Line, Statement, x.Void, ReportOf(r)})
	if err != nil {
		return false, err
	}
	id := db.NewID()
	sealed, err := s.Vault.Seal(ctx, tx, ratingField(practice, x.Client, id), string(plain))
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, sqlKeepRating, practice, id, x.Client, x.Session, x.Ref, x.Corrects, in.ID, in.Version, in.Scoring, sealed, x.By, db.Micros(x.Taken), db.Micros(s.Now())); err != nil {
		return false, err
	}
	if len(r.Safety) > 0 && s.Alarm != nil {
		words := in.Title + ", rated by a clinician: " + strings.Join(worrying(in, r.Safety), "; ") + "."
		if err := s.Alarm(ctx, tx, x.Client, x.Ref, words); err != nil {
			return false, err
		}
	}
	verb := "rated"
	if !x.Corrects.IsZero() {
		verb = "corrected"
	}
	return true, s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: x.Client, Kind: "rating", Object: id})
}

// fits holds a rating against its scale.
func fits(in scoring.Instrument, x Rated) error {
	e := fault.New(fault.Invalid, "This rating needs another look. Nothing was kept.")
	for _, key := range slices.Sorted(maps.Keys(x.Answers)) {
		i := slices.IndexFunc(in.Items, func(it scoring.Item) bool { return it.Key == key })
		if i < 0 {
			e.AddField("item-"+key, "This scale has no such item.")
		} else if !in.Allows(in.Items[i], x.Answers[key]) {
			e.AddField("item-"+key, in.Items[i].Text+": please choose one of its values.")
		}
	}
	if len(x.Answers) == 0 && !x.Void {
		e.AddField("item-"+in.Items[0].Key, "Please rate at least one thing. What you leave out counts as not rated.")
	}
	if utf8.RuneCountInString(x.Line) > MaxLine {
		e.AddField("line", fmt.Sprintf("Please shorten this to at most %d characters.", MaxLine))
	}
	if x.Taken.IsZero() {
		e.AddField("taken", "Please say when it was rated.")
	}
	if x.Ref.IsZero() || x.Client.IsZero() {
		return errors.New("measures: a rating without a ref or a client")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// inOrder puts answers into the order of an instrument's items.
func inOrder(in scoring.Instrument, by map[string]int) scoring.Answers {
	out := make(scoring.Answers, len(in.Items))
	for i, it := range in.Items {
		if v, there := by[it.Key]; there {
			out[i] = &v
		}
	}
	return out
}

// worrying are the items that say that somebody must look.
func worrying(in scoring.Instrument, keys []string) (out []string) {
	for _, it := range in.Items {
		if slices.Contains(keys, it.Key) {
			name := it.Label
			if name == "" {
				name = it.Text
			}
			out = append(out, name)
		}
	}
	return out
}

// Ratings are all of a client's, in the order in which they were taken, those
// that were corrected too. Whoever shows them writes that down.
func (s *Service) Ratings(ctx context.Context, client db.ID) ([]Rating, error) {
	if err := access.Check(ctx, access.Read, resource(client)); err != nil {
		return nil, err
	}
	return s.ratings(ctx, s.DB.Reader(), client)
}

func (s *Service) ratings(ctx context.Context, q db.Q, client db.ID) (out []Rating, err error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanRating, sqlRatingsOf, practice, client)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all, err := s.Instruments(ctx, q)
	if err != nil {
		return nil, err
	}
	corrected := map[db.ID]bool{}
	for _, r := range rows {
		corrected[r.Corrects] = true
	}
	for _, r := range rows {
		plain, err := s.Vault.Open(ctx, q, ratingField(practice, client, r.ID), r.body)
		if errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var b ratingBody
		if err := json.Unmarshal([]byte(plain), &b); err != nil {
			return nil, err
		}
		r.Line, r.Statement, r.Void, r.Kept, r.Corrected = b.Line, b.Statement, b.Void, b.Report, corrected[r.Ref]
		if i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == r.Instrument }); i >= 0 {
			r.Answers = inOrder(all[i], b.Answers)
			if r.Result, err = scoring.Score(all[i], r.Answers); err != nil {
				return nil, err
			}
		}
		out = append(out, r.Rating)
	}
	return out, nil
}

// Erase takes away what was rated of somebody.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlForgetRatings, access.From(ctx).Practice, client)
	return err
}
