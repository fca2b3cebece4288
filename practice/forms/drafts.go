package forms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Shelf is a form in the library: its newest version, and its draft.
type Shelf struct {
	Key      string
	Title    string
	Newest   *Form // nil: not published yet, or as it comes with Held
	Draft    *Form
	Shipped  bool // comes with Held
	Retired  bool
	Versions []Version // published ones, the newest first
}

// Library lists every form, by title.
func (s *Service) Library(ctx context.Context) ([]Shelf, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Forms}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanVersion, sqlVersions, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	all := map[string]*Shelf{}
	for key, q := range s.ours() {
		all[key] = &Shelf{Key: key, Title: q.Title, Shipped: true}
	}
	for _, v := range rows {
		f := all[v.Key]
		if f == nil {
			f = &Shelf{Key: v.Key}
			all[v.Key] = f
		}
		whole, err := s.version(ctx, s.DB.Reader(), v.ID)
		if err != nil {
			return nil, err
		}
		if v.Number == 0 {
			f.Draft, f.Title = whole, cmp.Or(f.Title, whole.Title)
			continue
		}
		f.Newest, f.Title, f.Retired = whole, whole.Title, v.State == Retired
		f.Versions = append([]Version{v}, f.Versions...)
	}
	var out []Shelf
	for _, f := range all {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Shelf) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Key, b.Key)) })
	return out, nil
}

// Look opens a version of a form for the desk: its draft for number 0, its
// newest for a number below that.
func (s *Service) Look(ctx context.Context, key string, number int) (*Form, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Forms}); err != nil {
		return nil, err
	}
	return s.look(ctx, s.DB.Reader(), key, number)
}

func (s *Service) look(ctx context.Context, q db.Q, key string, number int) (*Form, error) {
	practice := access.From(ctx).Practice
	var r versionRow
	var err error
	if number < 0 {
		r, err = db.One(ctx, q, scanWhole, sqlNewest, practice, key)
	} else {
		r, err = db.One(ctx, q, scanWhole, sqlNumbered, practice, key, number)
	}
	if !errors.Is(err, db.ErrNone) {
		if err != nil {
			return nil, err
		}
		return s.opened(ctx, q, r)
	}
	if ours := s.ours()[key]; ours != nil && number != 0 {
		return &Form{Version{Key: key, State: Published, Origin: Shipped}, ours}, nil
	}
	return nil, errUnknown
}

// Edit changes a form's draft; where there is none, it is made of the newest
// version. since is when the draft was last changed, as the writer knows it;
// the zero time asks nothing.
func (s *Service) Edit(ctx context.Context, key string, since time.Time, change func(q *questionnaire.Questionnaire) error) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return err
	}
	if s.fixed(key) {
		return errFixed
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := s.look(ctx, tx, key, 0)
		if fault.Is(err, fault.NotFound) {
			f, err = s.look(ctx, tx, key, -1)
		}
		if err != nil {
			return err
		}
		if f.Number == 0 && !since.IsZero() && !f.Changed.Equal(since) {
			return fault.New(fault.Taken, "This draft was changed elsewhere since you opened it. Nothing of what you just sent was kept; please look at it again.")
		}
		plain, err := json.Marshal(f.Questionnaire)
		if err != nil {
			return err
		}
		q, faults := questionnaire.Parse(plain) // a copy: what is in memory stays as it is
		if len(faults) > 0 {
			return refusal(faults)
		}
		if err := change(q); err != nil {
			return err
		}
		return s.keep(ctx, tx, key, f.Version, q)
	})
}

// keep writes a draft, once it can be read again.
func (s *Service) keep(ctx context.Context, tx *db.Tx, key string, was Version, q *questionnaire.Questionnaire) error {
	a := access.From(ctx)
	out := *q
	out.Status, out.Version, out.ResourceID = "draft", "", ""
	plain, err := json.Marshal(&out)
	if err != nil {
		return err
	}
	if _, faults := Parse(plain); len(faults) > 0 {
		return refusal(faults)
	}
	id, fresh := was.ID, was.Number != 0 || was.ID.IsZero()
	if fresh {
		id = db.NewID()
	}
	sealed, err := s.Vault.Seal(ctx, tx, versionField(a.Practice, id), string(plain))
	if err != nil {
		return err
	}
	if fresh {
		_, err = tx.Exec(ctx, sqlAddVersion, a.Practice, id, key, 0, Draft, Own, sealed, a.Person, db.Micros(s.Now()))
		if db.Taken(err) {
			err = fault.New(fault.Taken, "Somebody else began a draft of this form just now. Nothing was changed; please look at theirs.")
		}
	} else {
		var n int64
		n, err = tx.Exec(ctx, sqlKeepDraft, sealed, a.Person, db.Micros(s.Now()), a.Practice, id, db.Micros(was.Changed))
		if err == nil && n == 0 {
			err = fault.New(fault.Taken, "This draft was changed by somebody else just now. Nothing was changed; please look at it again.")
		}
	}
	if err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "form", Object: id})
}

// New begins a form of the practice's own and gives its key.
func (s *Service) New(ctx context.Context, title string) (string, error) {
	q := &questionnaire.Questionnaire{Title: title, Status: "draft", Item: []*questionnaire.Item{{
		LinkID: "1", Type: questionnaire.Group, Text: title, Item: []*questionnaire.Item{{LinkID: "1.1", Type: questionnaire.Text, Text: "What would you like to say?"}},
	}}}
	plain, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	return s.Import(ctx, plain)
}

// Import takes a Questionnaire in as the draft of a new form and gives its key.
func (s *Service) Import(ctx context.Context, b []byte) (string, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return "", err
	}
	q, faults := Parse(b)
	if len(faults) > 0 {
		return "", refusal(faults)
	}
	key := "own-" + db.RandomID().String()[:8]
	return key, s.DB.Write(ctx, func(tx *db.Tx) error { return s.keep(ctx, tx, key, Version{}, q) })
}

// Replace takes a Questionnaire in as the draft of a form that is there.
func (s *Service) Replace(ctx context.Context, key string, b []byte) error {
	q, faults := Parse(b)
	if len(faults) > 0 {
		return refusal(faults)
	}
	return s.Edit(ctx, key, time.Time{}, func(was *questionnaire.Questionnaire) error { *was = *q; return nil })
}

// Publish makes a form's draft its newest version. What was given before stays
// in the version in which it was given.
func (s *Service) Publish(ctx context.Context, key string) (f *Form, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.look(ctx, tx, key, 0)
		if err != nil {
			return err
		}
		number := 1
		if last, err := s.look(ctx, tx, key, -1); err == nil {
			number = last.Number + 1
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropDraft, access.From(ctx).Practice, key); err != nil {
			return err
		}
		f, err = s.publish(ctx, tx, key, number, Own, d.Questionnaire)
		return err
	})
	return f, err
}

// Discard throws a form's draft away.
func (s *Service) Discard(ctx context.Context, key string) error {
	return s.change(ctx, "removed", func(tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, sqlDropDraft, access.From(ctx).Practice, key)
	})
}

// Retire stops a form from being given; Return lets it be given again.
func (s *Service) Retire(ctx context.Context, key string) error {
	return s.change(ctx, "retired", func(tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, sqlRetire, Retired, access.From(ctx).Practice, key)
	})
}

// Return is the opposite of Retire.
func (s *Service) Return(ctx context.Context, key string) error {
	return s.change(ctx, "returned", func(tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, sqlRetire, Published, access.From(ctx).Practice, key)
	})
}

func (s *Service) change(ctx context.Context, verb string, do func(*db.Tx) (int64, error)) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := do(tx)
		if err != nil || n == 0 { // done already
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Kind: "form"})
	})
}
