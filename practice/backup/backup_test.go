package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"held/internal/archive"
	"held/internal/db"
	"held/internal/depot"
	"held/internal/mail"
	"held/internal/testkit"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// world is a practice with an owner and some people, and where its backups go.
type world struct {
	*Service
	t        *testing.T
	clock    *testkit.Clock
	practice db.ID
	owner    db.ID
	id       *age.X25519Identity
	dir      string
	keyFile  string
	ctx      context.Context
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, clock: testkit.NewClock(testkit.Now), practice: db.NewID(), dir: filepath.Join(t.TempDir(), "backups")}
	w.keyFile = filepath.Join(t.TempDir(), "held.key")
	if err := vault.NewKeyFile(w.keyFile); err != nil {
		t.Fatal(err)
	}
	keeper, err := vault.ReadKeyFile(w.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if w.id, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	place, err := depot.Open(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New(keeper, w.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: w.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: w.clock.Now}
	le := &letters.Service{DB: d, Vault: v, Now: w.clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: w.clock.Now, Base: "https://practice.example"}
	w.Service = &Service{
		DB: d, Vault: v, Keeper: keeper, Sealed: slices.Concat(people.Sealed, letters.Sealed, settings.Sealed), Migrations: migrations.Files,
		Trail: tr, People: pe, Letters: le, Settings: st, Now: w.clock.Now, Version: "test",
		Depot: place, Recipients: []age.Recipient{w.id.Recipient()}, Identities: func() ([]age.Identity, error) { return []age.Identity{w.id}, nil },
		Every: 24 * time.Hour, Keep: Keep{7, 5, 12}, Scratch: t.TempDir(),
	}
	w.RegisterLetters()
	w.ctx = access.With(context.Background(), access.Actor{Practice: w.practice, Via: access.System})
	w.write(func(tx *db.Tx) error {
		if err := v.Found(w.ctx, tx, w.practice); err != nil {
			return err
		}
		if err := st.Found(w.ctx, tx, w.practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		p, err := pe.Add(w.ctx, tx, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Owner}})
		w.owner = p.ID
		return err
	})
	return w
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(name string) db.ID {
	w.t.Helper()
	var id db.ID
	w.write(func(tx *db.Tx) error {
		p, err := w.People.Add(w.ctx, tx, people.Person{Name: name, Contact: "c@example.org"})
		id = p.ID
		return err
	})
	return id
}

func (w *world) make() Made {
	w.t.Helper()
	m, err := w.Make(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) kept() []string {
	w.t.Helper()
	all, err := os.ReadDir(w.dir)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func (w *world) file(name string) []byte {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// verbs are what stands on the trail, the oldest first.
func (w *world) verbs() (all []string) {
	w.t.Helper()
	all, err := db.All(w.ctx, w.DB.Reader(), func(r db.Row) (s string, err error) {
		var verb, kind string
		err = r.Scan(&verb, &kind)
		return verb + " " + kind, err
	}, "SELECT verb, kind FROM trail_entries WHERE practice_id = $1 ORDER BY id", w.practice)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// content is every row of every table, for comparing two databases.
func content(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := d.Still(t.Context(), func(s *db.Still) error {
		tables, err := s.Tables(t.Context(), s)
		if err != nil {
			return err
		}
		for _, table := range tables {
			out[table.Name] = []string{}
			if err := s.Each(t.Context(), table, func(row []any) error {
				out[table.Name] = append(out[table.Name], fmt.Sprintf("%#v", row))
				return nil
			}); err != nil {
				return err
			}
			slices.Sort(out[table.Name])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unpacked restores a backup into an empty database.
func unpacked(t *testing.T, b []byte, into *db.DB, ids ...age.Identity) (Unpacked, error) {
	t.Helper()
	r, err := archive.NewReader(bytes.NewReader(b), ids...)
	if err != nil {
		return Unpacked{}, err
	}
	return Unpack(t.Context(), r, into, migrations.Files)
}

func empty(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "", filepath.Join(t.TempDir(), "empty.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// TestABackupMovesBetweenEngines: from each engine to each, nothing is lost.
func TestABackupMovesBetweenEngines(t *testing.T) {
	testkit.Each(t, func(t *testing.T, from *db.DB) {
		w := newWorld(t, from)
		for i := range 40 {
			w.person(fmt.Sprint("Wren ", i))
		}
		want := content(t, from)
		made := w.make()
		testkit.Each(t, func(t *testing.T, into *db.DB) { // migrated already, and empty
			u, err := unpacked(t, w.file(made.Name), into, w.id)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(t, into); !reflect.DeepEqual(got, want) {
				t.Error("what came back is not what was there")
			}
			if !reflect.DeepEqual(u.Manifest.Parts, made.Manifest.Parts) || u.Practice != w.practice || u.Engine != from.Engine() {
				t.Errorf("%+v", u.Manifest)
			}
			o, err := u.Open(t.Context(), into, w.Keeper, w.Now, w.Sealed)
			if err != nil || o.Texts[vault.Contact] < 80 {
				t.Errorf("%v, %v", o.Texts, err)
			}
		})
		u, err := unpacked(t, w.file(made.Name), empty(t), w.id) // never migrated
		if err != nil || u.Rows() != made.Manifest.Rows() {
			t.Errorf("%d rows, %v", u.Rows(), err)
		}
		if v := w.verbs(); v[len(v)-1] != "made backup" {
			t.Errorf("the trail: %v", v)
		}
	})
}

// TestABackupUnderLoadIsOfOneInstant: pairs that are written together are
// together in each of several backups.
func TestABackupUnderLoadIsOfOneInstant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, stop := context.WithCancel(w.ctx)
		var writers sync.WaitGroup
		for i := range 4 {
			writers.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					err := d.Write(w.ctx, func(tx *db.Tx) error {
						for _, twin := range []string{"one", "two"} {
							if _, err := w.People.Add(w.ctx, tx, people.Person{Name: fmt.Sprint(twin, i, n)}); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		var names []string
		for range 3 {
			names = append(names, w.make().Name)
			w.clock.Add(24 * time.Hour) // or the retention keeps the last of the day only
		}
		stop()
		writers.Wait()
		before := int64(0)
		for _, name := range names {
			into := empty(t)
			if _, err := unpacked(t, w.file(name), into, w.id); err != nil {
				t.Fatal(err)
			}
			n, err := db.One(t.Context(), into.Reader(), db.Value[int64], "SELECT COUNT(*) FROM people_persons")
			keys, kerr := db.One(t.Context(), into.Reader(), db.Value[int64], "SELECT COUNT(*) FROM vault_data_keys WHERE class = 'contact'")
			if err = errors.Join(err, kerr); err != nil || n%2 != 1 || n < before || keys != n+1 { // the owner, and the practice's own key
				t.Errorf("%d people and %d keys after %d, %v", n, keys, before, err)
			}
			before = n
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.person("Wren")
	b := w.file(w.make().Name)
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	torn := bytes.Clone(b)
	torn[len(torn)/2] ^= 1
	for what, c := range map[string]struct {
		b    []byte
		id   age.Identity
		want error
	}{
		"altered": {torn, w.id, archive.ErrDamaged}, "cut": {b[:len(b)-10], w.id, archive.ErrDamaged}, "empty": {nil, w.id, archive.ErrForeign},
		"another's": {b, stranger, archive.ErrIdentity},
	} {
		if _, err := unpacked(t, c.b, empty(t), c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	into := empty(t)
	u, err := unpacked(t, b, into, w.id)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.key")
	if err := vault.NewKeyFile(other); err != nil {
		t.Fatal(err)
	}
	wrong, err := vault.ReadKeyFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Open(t.Context(), into, wrong, w.Now, w.Sealed); err == nil || !strings.Contains(err.Error(), "does not belong") {
		t.Errorf("another key file: %v", err)
	}
	u.sum = bytes.Repeat([]byte{1}, 32)
	if _, err := u.Open(t.Context(), into, w.Keeper, w.Now, w.Sealed); !errors.Is(err, ErrForged) {
		t.Errorf("forged: %v", err)
	}
}

// forge writes an archive as somebody could who knows the recipients only.
func (w *world) forge(schema int64, parts func(a *archive.Writer) error) []byte {
	w.t.Helper()
	var b bytes.Buffer
	a, err := archive.NewWriter(&b, archive.Head{Schema: schema, Practice: w.practice, Made: w.Now()}, w.id.Recipient())
	if err == nil {
		err = parts(a)
	}
	if err == nil {
		_, err = a.Close(func([]byte) string { return "" })
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

func TestABackupOfAnotherShapeIsRefused(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	_, known, err := w.DB.Schema(t.Context(), migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	none := func(*archive.Writer) error { return nil }
	gossip := db.Table{Name: "gossip", Columns: []db.Column{{Name: "practice_id", Kind: db.Bytes}}}
	if _, err := unpacked(t, w.forge(known+1, none), empty(t), w.id); !errors.Is(err, ErrNewer) {
		t.Errorf("newer: %v", err)
	}
	if _, err := unpacked(t, w.forge(known, none), empty(t), w.id); !errors.Is(err, archive.ErrDamaged) || !strings.Contains(err.Error(), "has no table") {
		t.Errorf("without its tables: %v", err)
	}
	if _, err := unpacked(t, w.forge(known, func(a *archive.Writer) error { return a.Part(gossip) }), empty(t), w.id); !errors.Is(err, archive.ErrDamaged) || !strings.Contains(err.Error(), "gossip") {
		t.Errorf("a table nobody knows: %v", err)
	}
}

// full refuses everything after so many bytes.
type full struct {
	depot.Depot
	after int
	err   error
}

func (f full) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	return f.Depot.Put(ctx, name, func(w io.Writer) error { return write(&narrow{w, f.after, f.err}) })
}

type narrow struct {
	io.Writer
	left int
	err  error
}

func (n *narrow) Write(b []byte) (int, error) {
	if n.left -= len(b); n.left < 0 {
		return 0, n.err
	}
	return n.Writer.Write(b)
}

func TestADiskThatFillsLeavesNoBackupAndTellsTheOwnerOnceADay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		good := w.make()
		size := len(w.file(good.Name))
		whole := w.Depot
		for at := 0; at < size; at += size/9 + 1 {
			w.Depot = full{whole, at, noSpace}
			w.clock.Add(time.Minute)
			if _, err := w.Make(w.ctx); !errors.Is(err, noSpace) {
				t.Errorf("full after %d bytes: %v", at, err)
			}
			if kept := w.kept(); !slices.Equal(kept, []string{good.Name}) {
				t.Errorf("kept: %v", kept)
			}
		}
		if n := w.waiting(); n != 1 {
			t.Errorf("%d letters, want one", n)
		}
		st := w.status()
		if !strings.Contains(st.Trouble, "no room") || !st.Made.Equal(testkit.Now) {
			t.Errorf("%+v", st)
		}
		w.clock.Add(21 * time.Hour)
		_, _ = w.Make(w.ctx)
		if n := w.waiting(); n != 2 {
			t.Errorf("a day later %d letters, want two", n)
		}
		w.letter("could not be made: there was no room")
		w.Depot = whole
		w.clock.Add(time.Minute)
		w.make()
		if st := w.status(); st.Trouble != "" || st.Late {
			t.Errorf("%+v", st)
		}
	})
}

func (w *world) waiting() int64 {
	w.t.Helper()
	n, err := db.One(w.ctx, w.DB.Reader(), db.Value[int64], "SELECT COUNT(*) FROM letters_outbox WHERE practice_id = $1 AND state = 'waiting'", w.practice)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) status() Status {
	w.t.Helper()
	st, err := w.Status(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// letter sends what waits and holds that it says so much, and no more.
func (w *world) letter(want string) {
	w.t.Helper()
	var got []*mail.Message
	w.Letters.Sender = sender(func(m *mail.Message) { got = append(got, m) })
	if err := w.Letters.Send(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	if len(got) == 0 {
		w.t.Fatal("no letter was sent")
	}
	m := got[len(got)-1]
	if m.To != "leonor@example.org" || !strings.Contains(m.Text, want) || !strings.Contains(m.Text, "https://practice.example/desk/doctor") || strings.Contains(m.Subject, "backup") {
		w.t.Errorf("%+v", m)
	}
}

type sender func(*mail.Message)

func (s sender) Send(_ context.Context, m *mail.Message) error { s(m); return nil }

func TestADrillOpensTheNewestAndSaysWhatItFound(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 30 {
			w.person(fmt.Sprint("Wren ", i))
		}
		if _, err := w.Drill(w.ctx, ""); err == nil || !strings.Contains(err.Error(), "no backup") {
			t.Errorf("without one: %v", err)
		}
		w.make()
		w.clock.Add(time.Hour)
		newest := w.make()
		verified := 0
		w.VerifyTrail = func(_ context.Context, d *db.DB, _ *vault.Vault, practice db.ID) error {
			verified++
			_, err := settings.Only(t.Context(), d.Reader())
			return err
		}
		tried, err := w.Drill(w.ctx, "")
		if err != nil || tried.Name != newest.Name || tried.Opened.Texts[vault.Contact] < 60 || !tried.Trail || verified != 1 {
			t.Errorf("%+v, %v", tried, err)
		}
		if st := w.status(); !st.Tried.Equal(w.Now()) || st.Untried != "" || st.LongAgo {
			t.Errorf("%+v", st)
		}
		if v := w.verbs(); v[len(v)-1] != "tried backup" {
			t.Errorf("the trail: %v", v)
		}
		// The trail's own verdict is the drill's.
		w.clock.Add(time.Minute)
		w.VerifyTrail = func(context.Context, *db.DB, *vault.Vault, db.ID) error { return errors.New("link 7 is broken") }
		if _, err := w.Drill(w.ctx, ""); err == nil || !strings.Contains(err.Error(), "link 7") {
			t.Errorf("%v", err)
		}
		w.VerifyTrail = nil
		// A newest one that was altered is found, and does not hide the one before.
		path := filepath.Join(w.dir, newest.Name)
		b := w.file(newest.Name)
		b[len(b)-40] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(time.Minute)
		if _, err := w.Drill(w.ctx, ""); !errors.Is(err, archive.ErrDamaged) {
			t.Errorf("%v", err)
		}
		if st := w.status(); !strings.Contains(st.Untried, "altered") || st.Tried.IsZero() {
			t.Errorf("%+v", st)
		}
		if left, _ := filepath.Glob(filepath.Join(w.Scratch, "*")); len(left) > 0 {
			t.Errorf("left in the scratch place: %v", left)
		}
		if v := w.verbs(); v[len(v)-1] == "tried backup" && v[len(v)-2] == "tried backup" {
			t.Errorf("a drill that found trouble stands on the trail as one that went well: %v", v)
		}
	})
}

func TestWhatIsErasedStaysErasedInADrill(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	gone := w.person("Gone")
	w.write(func(tx *db.Tx) error { return w.Vault.Erase(w.ctx, tx, w.practice, gone, vault.Contact) })
	w.make()
	if tried, err := w.Drill(w.ctx, ""); err != nil || tried.Opened.Texts[vault.Contact] == 0 {
		t.Errorf("%+v, %v", tried, err)
	}
}

// TestTheScheduleOfTwoPrograms: each day one backup and each week one drill,
// whoever comes first.
func TestTheScheduleOfTwoPrograms(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := *w.Service
		for range 14 * 24 * 2 {
			var both sync.WaitGroup
			for _, s := range []*Service{w.Service, &other} {
				both.Go(func() {
					if err := errors.Join(s.MakeDue(w.ctx), s.DrillDue(w.ctx)); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			w.clock.Add(30 * time.Minute)
		}
		made, tried := 0, 0
		for _, v := range w.verbs() {
			switch v {
			case "made backup":
				made++
			case "tried backup":
				tried++
			}
		}
		if made != 14 || tried != 2 {
			t.Errorf("%d backups and %d drills in two weeks", made, tried)
		}
		if n := len(w.kept()); n < 7 || n > 10 {
			t.Errorf("%d are kept of 14 days", n)
		}
		if w.waiting() != 0 {
			t.Error("letters were written about nothing")
		}
	})
}

func TestOthersBackupsInTheSamePlaceAreLeftAlone(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.Keep = Keep{}
	w.make()
	theirs := newName(db.ID{1}, testkit.Now.AddDate(-3, 0, 0))
	for _, name := range []string{theirs, "notes.txt"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Add(time.Hour)
	w.make()
	if kept := w.kept(); len(kept) != 3 || !slices.Contains(kept, theirs) || !slices.Contains(kept, "notes.txt") {
		t.Errorf("kept: %v", kept)
	}
	if _, err := Newest(t.Context(), w.Depot); err == nil || !strings.Contains(err.Error(), "several practices") {
		t.Errorf("%v", err)
	}
}

func TestWithoutSettingsNothingIsMade(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.Depot = nil
	if _, err := w.Make(w.ctx); !errors.Is(err, ErrNowhere) {
		t.Errorf("%v", err)
	}
	if _, err := w.Drill(w.ctx, ""); !errors.Is(err, ErrNowhere) {
		t.Errorf("%v", err)
	}
	if err := errors.Join(w.MakeDue(w.ctx), w.DrillDue(w.ctx)); err != nil {
		t.Error(err)
	}
}

func TestWhoMaySeeHowBackupsStand(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for role, may := range map[access.Role]bool{access.Owner: true, access.Guide: false, access.Client: false} {
		ctx := access.With(t.Context(), access.Actor{Practice: w.practice, Person: w.owner, Roles: []access.Role{role}, Via: access.Session})
		if _, err := w.Status(ctx); (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestARestoreIsOnTheTrailAndSignsEverybodyOut(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(func(tx *db.Tx) error { _, err := w.People.NewLink(w.ctx, tx, w.owner); return err })
		if err := w.Restored(w.ctx, "x.age", 7, w.Now()); err != nil {
			t.Fatal(err)
		}
		n, err := db.One(w.ctx, d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM people_links WHERE practice_id = $1", w.practice)
		if v := w.verbs(); v[len(v)-1] != "restored practice" || n != 0 || err != nil {
			t.Errorf("%v, %d links, %v", v, n, err)
		}
	})
}
