package forms

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"path"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Version is one version of a form; number 0 is the draft.
type Version struct {
	ID      db.ID
	Key     string // of the form
	Number  int
	State   string // "draft", "published", "retired"
	Origin  string // "shipped" with Held, or the practice's "own"
	By      db.ID
	Changed time.Time
}

// The states and origins of a version.
const (
	Draft     = "draft"
	Published = "published"
	Retired   = "retired"

	Shipped = "shipped"
	Own     = "own"
)

// Form is a version with what it asks.
type Form struct {
	Version
	*questionnaire.Questionnaire
}

//go:embed shipped/*.json
var shippedFiles embed.FS

// shipped are the forms that come with Held, by key: the name of their file.
var shipped = sync.OnceValue(func() map[string]*questionnaire.Questionnaire {
	all, err := shippedFiles.ReadDir("shipped")
	if err != nil {
		panic("forms: " + err.Error())
	}
	out := map[string]*questionnaire.Questionnaire{}
	for _, f := range all {
		b, err := shippedFiles.ReadFile(path.Join("shipped", f.Name()))
		if err != nil {
			panic("forms: " + err.Error())
		}
		q, faults := Parse(b)
		if len(faults) > 0 {
			panic("forms: " + f.Name() + ": " + faults[0].String())
		}
		out[strings.TrimSuffix(f.Name(), ".json")] = q
	}
	return out
})

// Parse reads a form: everything that is wrong with it, with its path, or the form.
func Parse(b []byte) (*questionnaire.Questionnaire, []questionnaire.Fault) {
	q, faults := questionnaire.Parse(b)
	if len(faults) == 0 {
		faults = checkExpressions(q)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return q, nil
}

// refusal says all faults of a form at once.
func refusal(faults []questionnaire.Fault) error {
	e := fault.New(fault.Invalid, "This form cannot be taken as it is. Nothing was changed.")
	for _, f := range faults {
		where := f.Path
		if where == "" {
			where = "file"
		}
		if e.Fields[where] == "" {
			e.AddField(where, f.Text)
		}
	}
	return e
}

// cache holds versions as they were read; a published one never changes.
type cache struct {
	sync.Mutex
	m map[db.ID]*Form
}

const maxCached = 300

func (c *cache) get(id db.ID) *Form {
	c.Lock()
	defer c.Unlock()
	return c.m[id]
}

func (c *cache) put(f *Form) {
	c.Lock()
	defer c.Unlock()
	if c.m == nil || len(c.m) >= maxCached {
		c.m = map[db.ID]*Form{}
	}
	c.m[f.ID] = f
}

// Version opens one version of a form.
func (s *Service) version(ctx context.Context, q db.Q, id db.ID) (*Form, error) {
	if f := s.cache.get(id); f != nil {
		return f, nil
	}
	r, err := db.One(ctx, q, scanWhole, sqlVersion, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return nil, errUnknown
	}
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, q, r)
}

func (s *Service) opened(ctx context.Context, q db.Q, r versionRow) (*Form, error) {
	if r.Number > 0 {
		if f := s.cache.get(r.ID); f != nil {
			g := *f
			g.Version = r.Version // its state may be another one
			return &g, nil
		}
	}
	plain, err := s.Vault.Open(ctx, q, versionField(access.From(ctx).Practice, r.ID), r.body)
	if err != nil {
		return nil, err
	}
	parsed, faults := questionnaire.Parse([]byte(plain))
	if len(faults) > 0 {
		return nil, errors.New("forms: a version that was kept cannot be read: " + faults[0].String())
	}
	f := &Form{r.Version, parsed}
	if r.Number > 0 {
		s.cache.put(f)
	}
	return f, nil
}

// newest is the version in which a form is given. A form that comes with Held
// becomes the practice's when it is first given, and anew when a later Held
// brings another version and the practice has not made its own.
func (s *Service) newest(ctx context.Context, tx *db.Tx, key string) (*Form, error) {
	var f *Form
	r, err := db.One(ctx, tx, scanWhole, sqlNewest, access.From(ctx).Practice, key)
	switch {
	case err == nil:
		if f, err = s.opened(ctx, tx, r); err != nil {
			return nil, err
		}
	case !errors.Is(err, db.ErrNone):
		return nil, err
	}
	ours := s.ours()[key]
	switch {
	case f == nil && ours == nil:
		return nil, errUnknown
	case f != nil && f.State == Retired:
		return nil, fault.New(fault.Gone, "This form is not given any more. Nothing was changed.")
	case f != nil && (f.Origin == Own || ours == nil || s.same(f.Questionnaire, ours, f.Number)):
		return f, nil
	case f == nil:
		return s.publish(ctx, tx, key, 1, Shipped, ours)
	}
	return s.publish(ctx, tx, key, f.Number+1, Shipped, ours)
}

// same tells whether a kept version is the one that comes with Held.
func (s *Service) same(kept, ours *questionnaire.Questionnaire, number int) bool {
	a, err := json.Marshal(kept)
	b, also := json.Marshal(s.stamped("", number, ours, kept.URL))
	return err == nil && also == nil && string(a) == string(b)
}

// stamped is a form with the address and the version under which it is kept.
func (s *Service) stamped(key string, number int, q *questionnaire.Questionnaire, url string) *questionnaire.Questionnaire {
	out := *q
	if out.URL = url; url == "" {
		out.URL = s.Settings.Base + "/fhir/r4/Questionnaire/" + key
	}
	out.ResourceID, out.Version, out.Status = "", itoa(number), "active"
	return &out
}

// publish keeps a new version for good.
func (s *Service) publish(ctx context.Context, tx *db.Tx, key string, number int, origin string, q *questionnaire.Questionnaire) (*Form, error) {
	a := access.From(ctx)
	v := Version{ID: db.NewID(), Key: key, Number: number, State: Published, Origin: origin, By: a.Person, Changed: s.Now()}
	q = s.stamped(key, number, q, "")
	plain, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	sealed, err := s.Vault.Seal(ctx, tx, versionField(a.Practice, v.ID), string(plain))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, sqlAddVersion, a.Practice, v.ID, v.Key, v.Number, v.State, v.Origin, sealed, v.By, db.Micros(v.Changed)); err != nil {
		return nil, err
	}
	kept, faults := Parse(plain)
	if len(faults) > 0 {
		return nil, refusal(faults)
	}
	f := &Form{v, kept}
	tx.After(func() { s.cache.put(f) })
	return f, s.Trail.Record(ctx, tx, trail.Entry{Verb: "published", Kind: "form", Object: v.ID})
}
