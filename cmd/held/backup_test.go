package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
)

// guarded is a place with backups set up; its identity lies beside.
func (p *place) guarded() *place {
	p.t.Helper()
	dir := p.t.TempDir()
	identity := filepath.Join(dir, "backup.identity")
	recipient := strings.TrimSpace(p.can("backup", "identity", identity))
	return p.but("HELD_BACKUP_TO", filepath.Join(dir, "backups"), "HELD_BACKUP_RECIPIENTS", recipient, "HELD_BACKUP_IDENTITY", identity)
}

// elsewhere is another machine with the same secrets, and nothing restored yet.
func (p *place) elsewhere(engine string) *place {
	p.t.Helper()
	q := p.but("HELD_DATA", filepath.Join(p.t.TempDir(), "data"))
	if q.engine = engine; engine == db.Postgres {
		q.vars["HELD_DATABASE"] = emptyPostgres(p.t)
	} else {
		delete(q.vars, "HELD_DATABASE")
	}
	return q
}

func (p *place) backups() []string {
	p.t.Helper()
	all, err := os.ReadDir(p.vars["HELD_BACKUP_TO"])
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// content is every row of every table but those that a restore writes into.
func (p *place) content() map[string][]string {
	p.t.Helper()
	d, out := p.database(), map[string][]string{}
	err := d.Still(p.t.Context(), func(s *db.Still) error {
		tables, err := s.Tables(p.t.Context(), s)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if slices.Contains([]string{"backup_runs", "backup_turns", "trail_entries", "trail_heads", "trail_anchors", "people_sessions", "people_links", "work_runs"}, t.Name) {
				continue
			}
			out[t.Name] = []string{}
			if err := s.Each(p.t.Context(), t, func(row []any) error { out[t.Name] = append(out[t.Name], fmt.Sprintf("%#v", row)); return nil }); err != nil {
				return err
			}
			slices.Sort(out[t.Name])
		}
		return nil
	})
	if err = errors.Join(err, d.Close()); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *place) add(name string) {
	p.t.Helper()
	p.can("person", "add", "--name", name, "--email", strings.ToLower(name)+"@practice.example", "--role", "guide")
}

func (p *place) names() string {
	p.t.Helper()
	h := p.house(wall, p.t.Output())
	all, err := h.people.Cards(h.system(p.t.Context()))
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	if err := h.close(); err != nil {
		p.t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestABackupIsRestoredOnEitherEngine(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.add("Ines")
		said := p.can("backup")
		if len(p.backups()) != 1 || !strings.Contains(said, p.backups()[0]) || !strings.Contains(said, "three things") {
			t.Fatalf("said %q, kept %v", said, p.backups())
		}
		want := p.content()
		p.add("Later")
		for _, engine := range []string{db.SQLite, p.engine} { // the same, and from PostgreSQL to SQLite
			q := p.elsewhere(engine)
			said := q.can("restore", "newest")
			if !strings.Contains(said, "is restored") || strings.Contains(said, "kept") {
				t.Errorf("said %q", said)
			}
			if got := q.content(); !reflect.DeepEqual(got, want) {
				t.Errorf("on %s it is not what was there", engine)
			}
			if got := q.names(); got != "Ines Mara" {
				t.Errorf("on %s there are %s", engine, got)
			}
			q.can("sign-in-link", ownerEmail)
			if said := q.can("drill", "--identity", q.vars["HELD_BACKUP_IDENTITY"]); !strings.Contains(said, "opens") || !strings.Contains(said, "trail was verified") {
				t.Errorf("said %q", said)
			}
		}
	})
}

func TestAPracticeMovesFromSQLiteToPostgreSQL(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		if p.engine == db.SQLite {
			return // the test begins at one and ends at the other
		}
		from := p.elsewhere(db.SQLite).founded().guarded()
		from.add("Ines")
		from.can("backup")
		to := from.but("HELD_DATABASE", p.vars["HELD_DATABASE"])
		to.engine = db.Postgres
		to.can("restore", filepath.Join(from.vars["HELD_BACKUP_TO"], from.backups()[0]), "--identity", from.vars["HELD_BACKUP_IDENTITY"])
		if !reflect.DeepEqual(from.content(), to.content()) || to.names() != "Ines Mara" {
			t.Error("something was lost on the way")
		}
	})
}

// kept are the names under which replaced practices lie.
func (p *place) keptAside() []string {
	p.t.Helper()
	if p.engine == db.SQLite {
		all, err := filepath.Glob(filepath.Join(p.vars["HELD_DATA"], "held.db.*"))
		if err != nil {
			p.t.Fatal(err)
		}
		return all
	}
	d := p.database()
	all, err := db.All(p.t.Context(), d.Reader(), db.Value[string], "SELECT CAST(nspname AS TEXT) FROM pg_namespace WHERE nspname LIKE 'held%' ORDER BY nspname")
	if err = errors.Join(err, d.Close()); err != nil {
		p.t.Fatal(err)
	}
	return all
}

func TestARestoreReplacesAPracticeOnlyWhenTold(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.can("backup")
		p.add("Later")
		p.cannot(1, []string{"restore", "newest"}, "there is a practice here already", "--replace")
		pr := p.begin("serve")
		p.cannot(1, []string{"restore", "newest", "--replace"}, "Held is running")
		if code := pr.end(); code != 0 {
			t.Errorf("serve ended with %d", code)
		}
		if p.names() != "Later Mara" || len(p.keptAside()) != 0 {
			t.Errorf("there are %s, aside %v", p.names(), p.keptAside())
		}
		var said string
		eventually(t, 30*time.Second, "nobody has the database open any more", func() bool {
			o := p.held("restore", "newest", "--replace")
			said = o.out
			return o.code == 0
		})
		if p.names() != "Mara" || len(p.keptAside()) != 1 || !strings.Contains(said, p.keptAside()[0]) {
			t.Errorf("there are %s, aside %v, said %q", p.names(), p.keptAside(), said)
		}
	})
}

// TestWhatARestoreRefusesLeavesThePracticeAsItIs, and says why in one line.
func TestWhatARestoreRefusesLeavesThePracticeAsItIs(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.can("backup")
		p.add("Later")
		good, err := os.ReadFile(filepath.Join(p.vars["HELD_BACKUP_TO"], p.backups()[0]))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		file := func(name string, b []byte) string {
			path := filepath.Join(dir, name)
			write(t, path, string(b))
			return path
		}
		torn := bytes.Clone(good)
		torn[len(torn)*2/3] ^= 1
		otherKey, otherIdentity := filepath.Join(dir, "other.key"), filepath.Join(dir, "other.identity")
		if err := vault.NewKeyFile(otherKey); err != nil {
			t.Fatal(err)
		}
		p.can("backup", "identity", otherIdentity)
		before := p.content()
		for what, c := range map[string]struct {
			at   *place
			file string
			word string
		}{
			"altered":      {p, file("altered", torn), "altered"},
			"cut":          {p, file("cut", good[:len(good)-1]), "ends too early"},
			"half":         {p, file("half", good[:len(good)/2]), "ends too early"},
			"a letter":     {p, file("letter", []byte("Dear house,")), "no backup of Held"},
			"not there":    {p, "held-00000000-20260303T090000Z-0000.age", "no backup of this name"},
			"identity":     {p.but("HELD_BACKUP_IDENTITY", otherIdentity), file("good", good), "not made for this identity"},
			"no identity":  {p.but("HELD_BACKUP_IDENTITY", ""), file("good", good), "identity"},
			"its file":     {p.but("HELD_BACKUP_IDENTITY", filepath.Join(dir, "gone")), file("good", good), "no identity file"},
			"no identity2": {p.but("HELD_BACKUP_IDENTITY", file("letter2", []byte("Dear house,"))), file("good", good), "could not be read"},
			"key":          {p.but("HELD_KEY_FILE", otherKey), file("good", good), "does not belong"},
			"no key":       {p.but("HELD_KEY_FILE", filepath.Join(dir, "gone.key")), file("good", good), "no key file"},
		} {
			c.at.cannot(1, []string{"restore", "--replace", c.file}, c.word)
			if aside := p.keptAside(); len(aside) > 0 {
				t.Errorf("%s: left %v", what, aside)
			}
		}
		if !reflect.DeepEqual(p.content(), before) || p.names() != "Later Mara" {
			t.Error("the practice was touched")
		}
	})
}

// TestKilledWhileItRestores kills the real program at moments that nobody
// chose: what was there is there, or what was restored is, and never a part.
func TestKilledWhileItRestores(t *testing.T) {
	fewer(t)
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.many("Before", 1_500)
		p.can("backup")
		p.add("Later")
		restored, there := p.elsewhere(db.SQLite), p.content()
		restored.can("restore", "newest")
		backup := restored.content()
		growing, done := 0, 0
		grows := func() bool {
			return slices.ContainsFunc(p.keptAside(), func(name string) bool { return strings.Contains(name, "restoring") })
		}
		takes := timed(p.elsewhere(p.engine), "restore", "newest")
		for n := range kills {
			pr := p.launch("restore", "newest", "--replace")
			pr.killedAt(n, takes, grows)
			p.quiet()
			if grows() {
				growing++
			}
			switch got := p.content(); {
			case reflect.DeepEqual(got, there):
			case reflect.DeepEqual(got, backup):
				done++
				there = backup
			default:
				t.Fatal("it is neither what was there nor what was restored")
			}
			p.can("sign-in-link", ownerEmail)
		}
		var o outcome
		eventually(t, time.Minute, "a restore that nobody kills succeeds", func() bool { o = p.held("restore", "newest", "--replace"); return o.code == 0 })
		if !reflect.DeepEqual(p.content(), backup) {
			t.Error("after all it is not what was backed up")
		}
		if grows() {
			t.Errorf("left: %v", p.keptAside())
		}
		t.Logf("%d of %d were killed while the new database grew, %d had finished", growing, kills, done)
		if growing == 0 {
			t.Error("none was killed while it restored, so nothing was shown")
		}
	})
}

// kills is how often a command is killed.
var kills = 14

// fewer kills in a short run.
func fewer(t *testing.T) {
	t.Helper()
	if was := kills; testing.Short() {
		kills = 6
		t.Cleanup(func() { kills = was })
	}
}

// timed runs a command in a process of its own and tells how long it took.
func timed(p *place, args ...string) time.Duration {
	program(p.t) // built before the clock is looked at
	begun := time.Now()
	<-p.launch(args...).ended
	return time.Since(begun)
}

// killedAt kills a process at a moment that nobody chose: of every two, one is
// killed anywhere, and one after it was seen at its work.
func (pr *process) killedAt(n int, takes time.Duration, works func() bool) {
	late := time.Duration(rand.Int64N(int64(takes) * 5 / 4))
	if n%2 == 1 {
		late /= 2
		for alive := true; alive && !works(); {
			select {
			case <-pr.ended:
				alive = false
			default:
			}
		}
	}
	select {
	case <-time.After(late):
	case <-pr.ended:
	}
	pr.kill()
}

// quiet waits until PostgreSQL has noticed that a client is dead.
func (p *place) quiet() {
	if p.engine == db.Postgres {
		s := &siege{t: p.t, p: p}
		s.quiet()
	}
}

// many adds people, quickly.
func (p *place) many(name string, n int) {
	p.t.Helper()
	h := p.house(wall, p.t.Output())
	ctx := h.as(p.t.Context(), access.Operator)
	err := h.db.Write(ctx, func(tx *db.Tx) error {
		for i := range n {
			if _, err := h.people.Add(ctx, tx, people.Person{Name: fmt.Sprint(name, " ", i), Zone: "Europe/Lisbon"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, h.close()); err != nil {
		p.t.Fatal(err)
	}
}

// TestKilledWhileItBacksUp: every file under a backup's name opens.
func TestKilledWhileItBacksUp(t *testing.T) {
	fewer(t)
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.many("Before", 2_000)
		takes, parts := timed(p, "backup"), 0
		half := func(name string) bool { return strings.HasSuffix(name, ".part") }
		for n := range kills {
			p.launch("backup").killedAt(n, takes, func() bool { return slices.ContainsFunc(p.backups(), half) })
			for _, name := range p.backups() {
				if half(name) {
					parts++
					if err := os.Remove(filepath.Join(p.vars["HELD_BACKUP_TO"], name)); err != nil { // a day later it would go by itself
						t.Fatal(err)
					}
				}
			}
		}
		for _, name := range p.backups() {
			p.can("drill", name)
		}
		p.can("backup")
		p.can("drill")
		t.Logf("%d of %d were killed while they wrote; %d backups open", parts, kills, len(p.backups()))
		if parts == 0 {
			t.Error("none was killed while it wrote, so nothing was shown")
		}
	})
}

func TestBackupsInAStore(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("house"); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	defer s.Close()
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded().but("HELD_BACKUP_TO", "s3://key:secret@"+strings.TrimPrefix(s.URL, "http://")+"/house/"+p.engine+"?tls=none&region=us-east-1")
		for range 2 {
			if said := p.can("backup"); !strings.Contains(said, "s3://") || strings.Contains(said, "secret") {
				t.Errorf("said %q", said)
			}
		}
		p.can("drill")
		q := p.elsewhere(db.SQLite)
		q.can("restore", "newest")
		if q.names() != "Mara" {
			t.Errorf("there are %s", q.names())
		}
	})
	p := newPlace(t).founded().guarded().but("HELD_BACKUP_TO", "s3://key:secret@127.0.0.1:1/house?tls=none")
	p.cannot(1, []string{"backup"}, "could not be reached")
}

func TestTheProgramMakesItsBackupsItself(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		pr := p.begin("serve")
		eventually(t, time.Minute, "a backup was made", func() bool { return len(p.backups()) == 1 && !strings.HasSuffix(p.backups()[0], ".part") })
		if said := p.can("drill"); !strings.Contains(said, p.backups()[0]) {
			t.Errorf("said %q", said)
		}
		o := p.held("doctor")
		for _, line := range []string{"fine          Backups: The last one was made on ", "fine          Drill: A backup was last opened and looked through on "} {
			if !strings.Contains(o.out, line) {
				t.Errorf("the doctor does not say %q:\n%s", line, o.out)
			}
		}
		if code := pr.end(); code != 0 {
			t.Errorf("ended with %d: %s", code, pr.err)
		}
		if said := pr.out.String() + pr.err.String() + o.out; strings.Contains(said, "AGE-SECRET") {
			t.Error("the identity was said aloud")
		}
	})
}

func TestKeysRotateByCommandWhileItServes(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().guarded()
		p.add("Ines")
		p.can("backup")
		first := p.backups()[0]
		pr := p.begin("serve")
		b := newBrowser(t, pr.url)
		b.done(pathOf(t, p.can("sign-in-link", ownerEmail)))
		b.page("/desk/people")
		p.cannot(1, []string{"rotate"}, "--prepare")
		p.cannot(2, []string{"rotate", "--prepare", "--forget"}, "not both")
		if said := p.can("rotate", "--prepare"); !strings.Contains(said, "copy the file") {
			t.Errorf("said %q", said)
		}
		p.cannot(1, []string{"rotate", "--prepare"}, "a new key already")
		p.cannot(1, []string{"rotate", "--forget"}, "`held rotate` comes before")
		if said := p.can("rotate"); !strings.Contains(said, "The keys are new") {
			t.Errorf("said %q", said)
		}
		p.cannot(1, []string{"rotate"}, "still going on")
		p.cannot(1, []string{"rotate", "--forget"}, "still going on")
		p.add("Rui") // by another program, under the new keys
		eventually(t, 20*time.Second, "the program that serves opens what was sealed under the new keys", func() bool {
			return strings.Contains(b.page("/desk/people"), "Rui")
		})
		if o := p.held("doctor"); !strings.Contains(o.out, "Keys: The last rotation began") {
			t.Errorf("%s", o)
		}
		if code := pr.end(); code != 0 {
			t.Errorf("ended with %d", code)
		}
		later := wall().Add(2 * time.Hour)
		h := p.house(func() time.Time { return later }, t.Output())
		for range 2 {
			if err := h.vault.Reseal(t.Context(), h.db, h.practice, sealed); err != nil {
				t.Fatal(err)
			}
		}
		last, _, err := vault.LastRotation(t.Context(), h.db.Reader(), h.practice)
		if err != nil || last.Done.IsZero() || last.Resealed == 0 {
			t.Errorf("%+v, %v", last, err)
		}
		if err := h.close(); err != nil {
			t.Fatal(err)
		}
		if p.names() != "Ines Mara Rui" {
			t.Errorf("there are %s", p.names())
		}
		p.can("drill") // from before the rotation: the older key is still in the file
		p.can("backup")
		p.can("drill")
		if said := p.can("rotate", "--forget"); !strings.Contains(said, "1 older key") {
			t.Errorf("said %q", said)
		}
		p.can("drill")
		p.cannot(1, []string{"drill", first}, "does not belong") // it was made before the rotation
	})
}

func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func TestSettingsOfBackupsAreCheckedWhole(t *testing.T) {
	p := newPlace(t)
	p = p.but("HELD_BACKUP_TO", "https://x", "HELD_BACKUP_RECIPIENTS", "mara", "HELD_BACKUP_EVERY", "1s", "HELD_BACKUP_KEEP", "all",
		"HELD_BACKUP_IDENTITY", filepath.Join(p.vars["HELD_DATA"], "id"))
	o := p.held("doctor")
	for _, name := range []string{"TO", "RECIPIENTS", "EVERY", "KEEP", "IDENTITY"} {
		if strings.Count(o.err, "\n  HELD_BACKUP_"+name+": ") != 1 {
			t.Errorf("HELD_BACKUP_%s is not named once:\n%s", name, o.err)
		}
	}
	q := newPlace(t)
	q.but("HELD_BACKUP_TO", filepath.Join(q.vars["HELD_DATA"], "backups")).cannotSettings("inside the data folder")
	q.but("HELD_BACKUP_TO", t.TempDir()).cannotSettings("belong together")
	q.founded().cannot(1, []string{"backup"}, "HELD_BACKUP_TO")
	identity := filepath.Join(t.TempDir(), "id")
	q.can("backup", "identity", identity)
	private(t, identity, 0o600)
	q.cannot(1, []string{"backup", "identity", identity}, "could not be written")
}

func (p *place) cannotSettings(word string) {
	p.t.Helper()
	if o := p.held("doctor"); o.code != 1 || !strings.Contains(o.err, word) {
		p.t.Errorf("%s; want %q", o, word)
	}
}
