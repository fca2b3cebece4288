package carry

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// plan is what goes along here: people and what every practice has.
var plan = Plan{
	Travels: []string{"people_persons", "people_roles", "settings_practices", "trail_entries"},
	Sealed:  slices.Concat(people.Sealed, letters.Sealed, settings.Sealed),
	Lookups: slices.Concat(people.Lookups, trail.Lookups),
}

// world is a practice with an owner.
type world struct {
	*Service
	t   *testing.T
	ctx context.Context
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := serve(t, d, db.NewID(), newKeeper(t))
	w.write(func(tx *db.Tx) error {
		if err := w.Trail.Vault.Found(w.ctx, tx, access.From(w.ctx).Practice); err != nil {
			return err
		}
		if err := w.Settings.Found(w.ctx, tx, access.From(w.ctx).Practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		_, err := w.People.Add(w.ctx, tx, people.Person{Name: "Leonor", Contact: "Leonor@example.org", Roles: []access.Role{access.Owner}})
		return err
	})
	return w
}

func newKeeper(t *testing.T) vault.Keeper {
	t.Helper()
	file := filepath.Join(t.TempDir(), "held.key")
	if err := vault.NewKeyFile(file); err != nil {
		t.Fatal(err)
	}
	k, err := vault.ReadKeyFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// serve is the service over a database and a key file.
func serve(t *testing.T, d *db.DB, practice db.ID, k vault.Keeper) *world {
	t.Helper()
	now := testkit.NewClock(testkit.Now).Now
	v := vault.New(k, now)
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	le := &letters.Service{DB: d, Vault: v, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	w := &world{t: t, Service: &Service{DB: d, Keeper: k, Trail: tr, People: pe, Letters: le, Settings: st, Now: now, Version: "test", URL: "https://practice.example", Plan: plan}}
	w.RegisterLetters()
	w.ctx = access.With(context.Background(), access.Actor{Practice: practice, Via: access.Operator})
	return w
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(name string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := w.People.Add(w.ctx, tx, people.Person{Name: name, Contact: name + "@example.org"})
		return err
	})
}

func (w *world) exported() *Carried {
	w.t.Helper()
	var b bytes.Buffer
	if _, err := w.Export(w.ctx, &b, Clear); err != nil {
		w.t.Fatal(err)
	}
	c, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// TestAnExportIsOfOneInstant, whatever is written while it is made.
func TestAnExportIsOfOneInstant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.Faces = []func(*Pack) error{func(p *Pack) error {
			w.person("Later")
			var names []string
			err := p.Each("people_persons", func(r Row) error { names = append(names, r.Text("name")); return nil })
			if len(names) != 1 || names[0] != "Leonor" {
				t.Errorf("the instant has %v", names)
			}
			return err
		}}
		if c := w.exported(); c.of("people_persons").Rows != 1 || c.Name != "Slack Water" || c.Trail.Lines != 2 {
			t.Errorf("%+v", c.Manifest)
		}
	})
}

func TestOneExportAtATime(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.Faces = []func(*Pack) error{func(*Pack) error {
		if _, err := w.Export(w.ctx, &bytes.Buffer{}, Clear); !errors.Is(err, errBusy) {
			t.Errorf("a second one beside the first: %v", err)
		}
		return nil
	}}
	w.exported()
}

func TestOnlyWhoMayTakesThePracticeAlong(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for what, a := range map[string]access.Actor{
		"a guide": {Via: access.Session, Roles: []access.Role{access.Guide}, Strong: true, Fresh: true}, "an owner with a link": {Via: access.Session, Roles: []access.Role{access.Owner}},
		"an owner of an hour ago": {Via: access.Session, Roles: []access.Role{access.Owner}, Strong: true}, "nobody": {Via: access.Public},
	} {
		a.Practice, a.Person = access.From(w.ctx).Practice, db.NewID()
		var b bytes.Buffer
		if _, err := w.Export(access.With(w.ctx, a), &b, Clear); err == nil || b.Len() > 0 {
			t.Errorf("%s took %d bytes, %v", what, b.Len(), err)
		}
	}
}

// TestAnOlderExportComesToANewerHeld: it is filled under its own schema, and
// migrated on.
func TestAnOlderExportComesToANewerHeld(t *testing.T) {
	c := newWorld(t, testkit.SQLite(t)).exported()
	newer := fstest.MapFS{"9999_later.sql": {Data: []byte("-- +goose Up\nALTER TABLE people_persons ADD COLUMN later TEXT NOT NULL DEFAULT 'x';\n")}}
	all, err := fs.ReadDir(migrations.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		b, err := fs.ReadFile(migrations.Files, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		newer[f.Name()] = &fstest.MapFile{Data: b}
	}
	empty := func() *db.DB {
		d, err := db.Open(t.Context(), "", filepath.Join(t.TempDir(), "held.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	w := serve(t, empty(), c.Practice, newKeeper(t))
	if err := plan.Fill(w.ctx, c, w.DB, w.Trail.Vault, newer, nil); err != nil {
		t.Fatal(err)
	}
	a, err := w.Arrive(w.ctx, c)
	if err != nil || a.Lines != c.Trail.Lines || a.Torn != 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if p, err := w.People.ByEmail(w.ctx, "leonor@EXAMPLE.org"); err != nil || p.Name != "Leonor" {
		t.Errorf("%+v, %v", p, err)
	}
	if later, err := db.One(t.Context(), w.DB.Reader(), db.Value[string], "SELECT later FROM people_persons"); err != nil || later != "x" {
		t.Errorf("%q, %v", later, err)
	}
	if proof, err := w.Trail.Verify(w.ctx); err != nil || proof.Break != nil {
		t.Errorf("%+v, %v", proof, err)
	}
	c.Schema = 10_000
	if err := plan.Fill(w.ctx, c, empty(), vault.New(newKeeper(t), w.Now), newer, nil); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer one: %v", err)
	}
}

// TestProcessNotesGoAlongOnlyWhenThatIsSaid, and then apart from the record.
func TestProcessNotesGoAlongOnlyWhenThatIsSaid(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.Travels = append(slices.Clone(plan.Travels), "people_identity")
	w.Sealed = slices.Clone(plan.Sealed)
	for i, c := range w.Sealed {
		if c.Table == "people_identity" {
			w.Sealed[i].Class = vault.Process // as if they were notes
		}
	}
	made := func(to Audience) *Carried {
		t.Helper()
		var b bytes.Buffer
		if _, err := w.Export(w.ctx, &b, to); err != nil {
			t.Fatal(err)
		}
		c, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	fill := func(c *Carried) error {
		t.Helper()
		d, err := db.Open(t.Context(), "", filepath.Join(t.TempDir(), "held.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return w.Fill(w.ctx, c, d, vault.New(newKeeper(t), w.Now), migrations.Files, nil)
	}
	c := made(Clear)
	if c.of("people_identity") != nil || !slices.Equal(c.Without, []string{"people_identity"}) {
		t.Errorf("nobody said it: %v", c.Without)
	}
	if err := fill(c); err != nil {
		t.Error(err)
	}
	c.Without = nil
	if err := fill(c); !errors.Is(err, ErrDamaged) {
		t.Errorf("they are gone, and nothing says so: %v", err)
	}
	c = made(Clear.WithProcess())
	if p := c.of("people_identity"); p == nil || p.Name != "apart/people_identity.jsonl" || len(c.Without) > 0 {
		t.Errorf("%+v, %v", p, c.Without)
	}
	if err := fill(c); err != nil {
		t.Error(err)
	}
}

// TestTheOwnerReadsWhoMadeAnExport and for whom, in a letter without a name in it.
func TestTheOwnerReadsWhoMadeAnExport(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.person("Wren")
	w.exported()
	body := []byte(`{"at":1772528400000000,"by":"by the operator, on the machine","said":"` + Clear.said + `"}`)
	owner, err := w.People.ByEmail(w.ctx, "leonor@example.org")
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.letter(w.ctx, owner.ID, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"by the operator, on the machine", "It is not encrypted", "3 March 2026", "https://practice.example/desk/trail"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the letter does not say %q: %s", want, m.Text)
		}
	}
	if strings.Contains(m.Text+m.Subject, "Slack Water") || strings.Contains(m.Text, "Wren") {
		t.Errorf("the letter says too much: %s", m.Text)
	}
	cards, err := w.People.Cards(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cards {
		if m, err := w.letter(w.ctx, c.ID, body); c.Name == "Wren" && (m != nil || err != nil) {
			t.Errorf("somebody who owns nothing is written to: %v, %v", m, err)
		}
	}
}
