package people

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// Identity is who somebody is in law, as far as they have said it, and by what
// else others may know them.
type Identity struct {
	Name    string `json:"name,omitempty"`
	Born    string `json:"born,omitempty"` // 1980-12-03
	Address string `json:"address,omitempty"`
	Pronoun string `json:"pronoun,omitempty"`
	Licence `json:"licence,omitzero"`
	// Only held against other people's circles, and opened to nobody.
	Called []string `json:"called,omitempty"` // other names
	Works  []string `json:"works,omitempty"`  // where others may know them from
}

// Licence is somebody's own licence to practise.
type Licence struct {
	Number string `json:"number,omitempty"`
	Kind   string `json:"kind,omitempty"`
	State  string `json:"state,omitempty"` // or country
}

// Limits of what is typed: characters, and lines.
const (
	MaxLegal   = 200
	MaxAddress = 400
	MaxKnown   = 10
)

// legal tells whether anything of it could be opened.
func (i Identity) legal() bool {
	return i.Name != "" || i.Born != "" || i.Address != "" || i.Pronoun != "" || i.Licence != Licence{}
}

func (i Identity) empty() bool { return !i.legal() && len(i.Called) == 0 && len(i.Works) == 0 }

// For is as much of it as a reason opens: a licence only where the law asks,
// and nothing that is only for the circle.
func (i Identity) For(r access.Reason) Identity {
	i.Called, i.Works = nil, nil
	if r != access.Legal {
		i.Licence = Licence{}
	}
	return i
}

// IdentityReasons are the reasons for which an identity may be opened.
var IdentityReasons = []access.Reason{access.Prescription, access.Emergency, access.Superbill, access.Legal}

func (i Identity) check(now time.Time) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	fail := func(bad bool, field, sentence string) {
		if bad {
			e.AddField(field, sentence)
		}
	}
	long := func(s string, most int) bool { return utf8.RuneCountInString(s) > most }
	if i.Born != "" {
		born, err := time.Parse(time.DateOnly, i.Born)
		fail(err != nil || born.After(now) || born.Year() < 1900, "born", "Please give the date of birth as in 1980-12-03.")
	}
	for field, s := range map[string]string{"name": i.Name, "pronoun": i.Pronoun, "licence_number": i.Number, "licence_kind": i.Kind, "licence_state": i.State} {
		fail(long(s, MaxLegal), field, "Please keep this under 200 characters.")
	}
	fail(long(i.Address, MaxAddress), "address", "Please keep this under 400 characters.")
	for field, all := range map[string][]string{"called": i.Called, "works": i.Works} {
		fail(len(all) > MaxKnown || slices.ContainsFunc(all, func(s string) bool { return long(s, MaxName) }), field, "Please give up to ten, one on a line, each of at most 80 characters.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// ReadIdentity reads a form in which somebody says it. A field that is empty
// empties what is kept; a form that lost one on its way changes nothing.
func ReadIdentity(f *web.Form) Identity {
	for _, name := range []string{"name", "born", "address", "pronoun", "licence_number", "licence_kind", "licence_state"} {
		arrived(f, name)
	}
	called, works := ReadKnown(f)
	return Identity{
		Name: f.Line("name", MaxLegal), Born: f.Line("born", 10), Address: f.Text("address", MaxAddress), Pronoun: f.Line("pronoun", MaxLegal),
		Licence: Licence{Number: f.Line("licence_number", MaxLegal), Kind: f.Line("licence_kind", MaxLegal), State: f.Line("licence_state", MaxLegal)},
		Called:  called, Works: works,
	}
}

// ReadKnown reads by what else somebody may be known.
func ReadKnown(f *web.Form) (called, works []string) {
	lines := func(name string) []string {
		arrived(f, name)
		return strings.Split(f.Text(name, MaxKnown*(MaxName+2)), "\n")
	}
	return lines("called"), lines("works")
}

func arrived(f *web.Form, name string) {
	if !f.Has(name) {
		f.Fail(name, "This did not arrive, so nothing was changed. Please open the page again.")
	}
}

func identityOf(person db.ID) access.Resource {
	return access.Resource{Class: access.Identity, Subject: person}
}

func identityField(practice, person db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Identity, Row: person, Column: "people_identity.body"}
}

// readIdentity opens what somebody said; nothing when they said nothing, or it
// was erased.
func (s *Service) readIdentity(ctx context.Context, q db.Q, person db.ID) (i Identity, err error) {
	practice := access.From(ctx).Practice
	sealed, err := db.One(ctx, q, db.Value[[]byte], sqlIdentity, practice, person)
	if errors.Is(err, db.ErrNone) {
		return i, nil
	}
	if err != nil {
		return i, err
	}
	plain, err := s.Vault.Open(ctx, q, identityField(practice, person), sealed)
	if errors.Is(err, vault.ErrErased) {
		return i, nil
	}
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal([]byte(plain), &i)
}

// OwnIdentity is what the actor has said of themselves, for changing it:
// whoever may write it may see what they wrote.
func (s *Service) OwnIdentity(ctx context.Context) (Identity, error) {
	me := access.From(ctx).Person
	if err := access.Check(ctx, access.Write, identityOf(me)); err != nil {
		return Identity{}, err
	}
	return s.readIdentity(ctx, s.DB.Reader(), me)
}

// SaveIdentity keeps what the actor says of themselves; nothing said is nothing kept.
func (s *Service) SaveIdentity(ctx context.Context, i Identity) error {
	return s.changeIdentity(ctx, func(now *Identity) { *now = i })
}

// SaveKnown keeps by what else the actor may be known, and leaves the rest.
func (s *Service) SaveKnown(ctx context.Context, called, works []string) error {
	return s.changeIdentity(ctx, func(now *Identity) { now.Called, now.Works = called, works })
}

func (s *Service) changeIdentity(ctx context.Context, alter func(*Identity)) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, identityOf(a.Person)); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		i, err := s.readIdentity(ctx, tx, a.Person)
		if err != nil {
			return err
		}
		alter(&i)
		i.Called, i.Works = said(i.Called), said(i.Works)
		if err := i.check(s.Now()); err != nil {
			return err
		}
		if err := s.keepIdentity(ctx, tx, a, i); err != nil {
			return err
		}
		if err := s.Touch(ctx, tx, a.Person); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Subject: a.Person, Kind: "identity", Object: a.Person})
	})
}

func (s *Service) keepIdentity(ctx context.Context, tx *db.Tx, a access.Actor, i Identity) error {
	if i.empty() {
		_, err := tx.Exec(ctx, sqlDropIdentity, a.Practice, a.Person)
		return err
	}
	plain, err := json.Marshal(i)
	if err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, tx, identityField(a.Practice, a.Person), string(plain))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepIdentity, a.Practice, a.Person, sealed, db.Micros(s.Now()))
	return err
}

// said are the lines that say something.
func said(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// HasIdentity tells whether somebody has said who they are in law: all that
// the desk sees of it without a reason.
func (s *Service) HasIdentity(ctx context.Context, person db.ID) (bool, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.People, Subject: person}); err != nil {
		return false, err
	}
	i, err := s.readIdentity(ctx, s.DB.Reader(), person)
	return i.legal(), err
}

// ReasonsFor are the reasons for which the actor may open somebody's identity.
func ReasonsFor(ctx context.Context, person db.ID) []access.Reason {
	var out []access.Reason
	for _, r := range IdentityReasons {
		resource := identityOf(person)
		resource.Reason = r
		if access.May(ctx, access.Read, resource) {
			out = append(out, r)
		}
	}
	return out
}

// OpenIdentity opens somebody's identity for a reason from the list. What
// cannot be recorded is not opened.
func (s *Service) OpenIdentity(ctx context.Context, person db.ID, reason access.Reason) (i Identity, err error) {
	resource := identityOf(person)
	resource.Reason = reason
	if err := access.Check(ctx, access.Read, resource); err != nil {
		return i, err
	}
	if !slices.Contains(IdentityReasons, reason) { // one's own, by the same form
		return i, fault.Field("why", "Please say why you open this. It stands on the trail.")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if i, err = s.readIdentity(ctx, tx, person); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "opened", Subject: person, Kind: "identity", Object: person, Why: string(reason)})
	})
	return i.For(reason), err
}

// KnownAs is by what names, and from where, somebody may be known, beside
// their working name. It is for the program's own comparing; nobody is shown it.
func (s *Service) KnownAs(ctx context.Context, q db.Q, person db.ID) (names, works []string, err error) {
	if err := access.Check(ctx, access.Read, identityOf(person)); err != nil {
		return nil, nil, err
	}
	i, err := s.readIdentity(ctx, q, person)
	if i.Name != "" {
		names = append(names, i.Name)
	}
	return append(names, i.Called...), i.Works, err
}
