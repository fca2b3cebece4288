package ripple

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/measures"
	"held/practice/trail"
	"held/rules/scoring"
)

// Loaded is what a practice loaded of an instrument.
type Loaded struct {
	ID         db.ID
	Instrument string
	Kind       string
	By         db.ID
	At         time.Time
}

// What can be loaded.
const (
	LicensedWording = "wording" // of an instrument whose structure comes with Held
	OwnInstrument   = "own"     // the practice's, whole
)

// What somebody says with the button by which they load.
const (
	wordingStatement = "This practice may use this wording: it holds the licence, or the owner's permission, and keeps to its terms."
	ownStatement     = "This practice may use this wording: it is its own, or free, or it holds the licence and keeps to its terms."
)

// loadedBody is what lies sealed: the whole instrument, and what was signed.
type loadedBody struct {
	Instrument scoring.Instrument `json:"instrument"`
	Statement  string             `json:"statement"`
}

// shelf are the instruments that one practice can ask its clients.
type shelf []scoring.Instrument

// of finds the instrument of a form.
func (sh shelf) of(form string) (scoring.Instrument, bool) {
	id, is := strings.CutPrefix(form, Prefix)
	if !is {
		return scoring.Instrument{}, false
	}
	i := slices.IndexFunc(sh, func(in scoring.Instrument) bool { return in.ID == id })
	if i < 0 {
		return scoring.Instrument{}, false
	}
	return sh[i], true
}

// titles are what sets of questions are called.
func (sh shelf) titles() map[string]string {
	out := map[string]string{Ripple: "What has changed in my work"}
	for _, in := range sh {
		out[in.ID] = in.Title
	}
	return out
}

// shelf gathers what comes with Held and what the practice loaded.
func (s *Service) shelf(ctx context.Context, q db.Q) (shelf, error) {
	loaded, err := s.loaded(ctx, q)
	if err != nil {
		return nil, err
	}
	out := shelf(Askable())
	for _, l := range loaded {
		if l.Rater == "self" {
			out = append(out, l.Instrument)
		}
	}
	slices.SortFunc(out, func(a, b scoring.Instrument) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// loaded opens the newest of each instrument.
func (s *Service) loaded(ctx context.Context, q db.Q) ([]loadedOne, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanLoaded, sqlLoaded, practice)
	if err != nil {
		return nil, err
	}
	newest := map[string]int{}
	for i, r := range rows {
		newest[r.Instrument] = i
	}
	var out []loadedOne
	for i, r := range rows {
		if newest[r.Instrument] != i {
			continue
		}
		plain, err := s.Vault.Open(ctx, q, loadedField(practice, r.ID), r.body)
		if err != nil {
			return nil, err
		}
		var b loadedBody
		if err := json.Unmarshal([]byte(plain), &b); err != nil {
			return nil, err
		}
		out = append(out, loadedOne{Instrument: b.Instrument, Statement: b.Statement, Loaded: r.Loaded})
	}
	return out, nil
}

// loadedOne is something loaded, with the instrument that it makes.
type loadedOne struct {
	scoring.Instrument
	Statement string
	Loaded    Loaded
}

// loadedInstruments are what the practice loaded, for whoever rates by them.
func (s *Service) loadedInstruments(ctx context.Context, q db.Q) (out []scoring.Instrument, err error) {
	all, err := s.loaded(ctx, q)
	for _, l := range all {
		out = append(out, l.Instrument)
	}
	return out, err
}

// LoadWording takes the licensed wording of an instrument whose structure comes
// with Held. Whoever loads it says that the practice may use it.
func (s *Service) LoadWording(ctx context.Context, id string, data []byte) (scoring.Instrument, error) {
	all, err := measures.Shipped()
	if err != nil {
		return scoring.Instrument{}, err
	}
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == id })
	if i < 0 {
		return scoring.Instrument{}, fault.New(fault.NotFound, "Held has no instrument of this name.")
	}
	if all[i].Wording() {
		return scoring.Instrument{}, fault.New(fault.Taken, "The wording of this instrument comes with Held. Nothing was changed.")
	}
	in, faults := measures.Fit(all[i], data)
	return in, s.load(ctx, in, LicensedWording, wordingStatement, faults)
}

// LoadOwn takes an instrument of the practice's own.
func (s *Service) LoadOwn(ctx context.Context, data []byte) (scoring.Instrument, error) {
	in, faults := measures.OwnInstrument(data)
	return in, s.load(ctx, in, OwnInstrument, ownStatement, faults)
}

func (s *Service) load(ctx context.Context, in scoring.Instrument, kind, statement string, faults []measures.Fault) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return err
	}
	if len(faults) > 0 {
		return refused(faults)
	}
	me := access.From(ctx)
	plain, err := json.Marshal(loadedBody{in, statement})
	if err != nil {
		return err
	}
	form, err := measures.Form(in)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.fitsBefore(ctx, tx, in); err != nil {
			return err
		}
		id := db.NewID()
		sealed, err := s.Vault.Seal(ctx, tx, loadedField(me.Practice, id), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlLoad, me.Practice, id, in.ID, kind, sealed, me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		if in.Rater == "self" {
			if err := s.Forms.Put(ctx, tx, Prefix+in.ID, form); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "loaded", Kind: "instrument", Object: id})
	})
}

// fitsBefore holds that what was answered can still be reckoned: an instrument
// that asks otherwise is another one.
func (s *Service) fitsBefore(ctx context.Context, tx *db.Tx, in scoring.Instrument) error {
	before, err := s.loaded(ctx, tx)
	if err != nil {
		return err
	}
	for _, was := range before {
		if was.ID != in.ID {
			continue
		}
		if !measures.SameStructure(was.Instrument, in) {
			return refused([]measures.Fault{{Path: "items", Text: "are not those of the instrument that was loaded before under this name. Answers to it could not be reckoned any more; please give this one another id"}})
		}
		a, err := json.Marshal(was.Scores)
		b, also := json.Marshal(in.Scores)
		if err == nil && also == nil && string(a) != string(b) && was.Scoring == in.Scoring {
			return refused([]measures.Fault{{Path: "scoring", Text: "is the same version, and the scores are reckoned in another way; please give it another version"}})
		}
	}
	return nil
}

// refused says every fault with its path.
func refused(faults []measures.Fault) error {
	e := fault.New(fault.Invalid, "This does not fit, and nothing was loaded. What you sent is still here, to look at and to change.")
	for _, f := range faults {
		if e.Fields[f.Path] == "" {
			e.AddField(f.Path, f.Text)
		}
	}
	return e
}

func loadedField(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "ripple_instruments.body"}
}
