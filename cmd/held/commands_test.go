package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"held/internal/db"
	"held/internal/mailbox"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/devices"
	"held/practice/emergency"
	"held/practice/identity"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, c := range commands {
		said := p.can(append(strings.Fields(c.name), "--help")...)
		if !strings.Contains(said, "held "+c.name) || !strings.Contains(said, c.about) {
			t.Errorf("held %s --help says %q", c.name, said)
		}
		if own, shared, both := strings.Cut(said, "Settings of the program:"); both && (strings.Contains(own, "-backup-every") || !strings.Contains(shared, "-backup-every string")) {
			t.Errorf("held %s --help mixes its flags with the settings: %s", c.name, said)
		}
	}
	for _, ask := range []string{"help", "--help", "-h"} {
		said := p.can(ask)
		for _, c := range commands {
			if !strings.Contains(said, "held "+c.name) {
				t.Errorf("held %s leaves out %q", ask, c.name)
			}
		}
	}
	if _, err := os.Stat(p.vars["HELD_DATA"]); err == nil {
		t.Error("asking for help made a data folder")
	}
}

func TestWrongUseIsToldApartFromFailure(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if o := p.held(); o.code != 2 || !strings.Contains(o.out, "held serve") {
		t.Errorf("without a command: %s", o)
	}
	for _, c := range []struct{ args, word string }{
		{"dance", `"dance"`},
		{"person", `"person"`},
		{"person remove", `"person"`},
		{"trail", "`held trail verify` and `held trail anchor`"},
		{"serve --listn 127.0.0.1:1", "listn"},
		{"serve now", "takes nothing after the flags"},
		{"doctor --data", "data"},
		{"migrate 7", "nothing after"},
		{"version please", "nothing after"},
		{"sign-in-link", "takes one word (EMAIL), after the flags"},
		{"sign-in-link nobody", "e-mail address"},
		{"sign-in-link a@b.example c@d.example", "one word"},
		{"init", "--name"},
		{"init --name X --country XX --zone Europe/Lisbon --email a@b.example --owner Y", `no country "XX"`},
		{"init --name X --country XX --zone Europe/Lisbon --email a@b.example", "--owner: Please"}, // each mistake is told, not the first
		{"init --name X --country XX --zone Lisbon --email a@b.example --owner Y", "--zone: "},
		{"init --name X --country PT --zone Lisbon --email a@b.example --owner Y", "zone"},
		{"init --name X --country Portugal --zone Europe/Lisbon --email a@b.example --owner Y", "country"},
		{"init --name X --country PT --zone Europe/Lisbon --email nobody --owner Y", "email"},
		{"init --name X --country PT --zone Europe/Lisbon --email a@b.example", "--owner"},
		{"person add --name X", "--role"},
		{"person add --name X --email nobody --role guide", "--email wants"},
		{"person add --email x@example.org --role guide", "--name is missing"},
		{"person add --name X --email x@example.org --role prescribr", `"prescribr"; there are owner, guide`},
		{"demo --now tomorrow", "--now"},
		{"backup now", "nothing after"},
		{"backup identity", "one word (FILE)"},
		{"restore", "one word (FILE|NAME|newest)"},
		{"restore --replace", "one word"},
		{"drill one two", "one word (NAME) at most"},
		{"rotate now", "nothing after"},
		{"protocol", "`held protocol example` and `held protocol evaluate`"},
		{"protocol example --medicine gin", `"gin"; there are ketamine_iv, ketamine_im`},
		{"protocol evaluate", "--protocol"},
		{"protocol evaluate now", "nothing after"},
		{"demo --seed red", "seed"},
	} {
		p.cannot(2, strings.Fields(c.args), c.word)
	}
	if _, err := os.Stat(p.vars["HELD_DATA"]); err == nil {
		t.Error("wrong use made a data folder")
	}
}

func TestTheVersionIsPrinted(t *testing.T) {
	t.Parallel()
	for _, ask := range []string{"version", "--version"} {
		if said := newPlace(t).can(ask); said != "held "+version+"\n" {
			t.Errorf("held %s said %q", ask, said)
		}
	}
}

func TestEveryMistakeInTheSettingsIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p = p.but("HELD_LISTEN", "eighty", "HELD_URL", "ftp://practice.example", "HELD_DATABASE", "mysql://x", "HELD_SMTP", "mail.example",
		"HELD_METRICS_LISTEN", "here", "HELD_KEY_FILE", filepath.Join(p.vars["HELD_DATA"], "deep", "held.key"))
	for _, command := range []string{"serve", "doctor", "migrate", "demo"} {
		o := p.held(command)
		if o.code != 1 || o.out != "" {
			t.Errorf("held %s: %s", command, o)
		}
		for _, name := range []string{"HELD_LISTEN", "HELD_URL", "HELD_DATABASE", "HELD_SMTP", "HELD_METRICS_LISTEN", "HELD_KEY_FILE"} {
			if strings.Count(o.err, "\n  "+name+": ") != 1 {
				t.Errorf("held %s does not name %s once, on a line of its own:\n%s", command, name, o.err)
			}
		}
	}
	o := p.held("serve", "--data", "", "--key-file", "")
	if o.code != 1 || !strings.Contains(o.err, "HELD_DATA: ") || !strings.Contains(o.err, "HELD_KEY_FILE: names no file") {
		t.Errorf("with nothing named: %s", o)
	}
}

func TestOneSettingAtATime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, want string }{
		{"HELD_URL", "https://practice.example/", ""},
		{"HELD_URL", "https://practice.example/held", "without a path"},
		{"HELD_URL", "practice.example", "public address"},
		{"HELD_URL", "https://", "public address"},
		{"HELD_DATABASE", "postgresql://x/y", ""},
		{"HELD_DATABASE", "held.db", "postgres://"},
		{"HELD_SMTP", "smtp://u:p@mail.example:587", ""},
		{"HELD_SMTP", "http://mail.example", "HELD_SMTP"},
		{"HELD_LISTEN", ":8080", ""},
		{"HELD_LISTEN", "8080", "127.0.0.1:8080"},
	} {
		p := newPlace(t)
		p.vars[c.name] = c.value
		e := &env{getenv: p.getenv}
		_, err := readConfig(e, flags(e, "serve", ""), nil, 0)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %q", c.name, c.value, err, c.want)
		}
	}
}

func TestAKeyFileIsKeptOutOfTheDataFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for file, inside := range map[string]bool{
		filepath.Join(data, "held.key"): true, filepath.Join(data, "a", "..", "held.key"): true, data: true,
		filepath.Join(dir, "held.key"): false, filepath.Join(data, "..", "held.key"): false, data + "-keys": false,
		filepath.Join(dir, "..data", "held.key"): false,
	} {
		if within(data, file) != inside {
			t.Errorf("%s inside %s: want %v", file, data, inside)
		}
	}
}

// A link that leads into the folder is inside it all the same.
func TestAKeyFileBehindALinkIntoTheDataFolderIsInsideIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(data, filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if !within(data, filepath.Join(dir, "elsewhere", "held.key")) {
		t.Error("a key file behind a link into the data folder was taken for one outside")
	}
}

func TestFileThenEnvironmentThenFlags(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "held.toml")
	write(t, file, "listen = \"127.0.0.1:1001\"\nurl = \"http://file.example\"\nsmtp = \"smtp://file.example\"\n")
	delete(p.vars, "HELD_LISTEN")
	p.vars["HELD_CONFIG"], p.vars["HELD_URL"] = file, "http://environment.example"
	read := func(args ...string) config {
		e := &env{getenv: p.getenv}
		c, err := readConfig(e, flags(e, "serve", ""), args, 0)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := read(); c.Listen != "127.0.0.1:1001" || c.URL != "http://environment.example" || c.SMTP != "smtp://file.example" {
		t.Errorf("file and environment gave %+v", c)
	}
	if c := read("--url", "http://flag.example", "--smtp", ""); c.URL != "http://flag.example" || c.SMTP != "" || c.Listen != "127.0.0.1:1001" {
		t.Errorf("flags over them gave %+v", c)
	}
	if c := defaults(); c.Listen != "127.0.0.1:8080" || c.Data != "./held-data" {
		t.Errorf("without anything: %+v", c)
	}
}

func TestASettingsFileThatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for text, word := range map[string]string{
		"listn = \"127.0.0.1:1\"\n": "listn",
		"listen = 8080\n":           "could not be read",
		"listen = \"127":            "could not be read",
		"[mail]\nserver = \"x\"\n":  "mail",
	} {
		file := filepath.Join(t.TempDir(), "held.toml")
		write(t, file, text)
		o := p.but("HELD_CONFIG", file).held("serve")
		if o.code != 1 || !strings.Contains(o.err, word) || !strings.Contains(o.err, file) {
			t.Errorf("%q: %s", text, o)
		}
	}
	p.but("HELD_CONFIG", filepath.Join(t.TempDir(), "gone.toml")).cannot(1, []string{"serve"}, "gone.toml")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

func TestAPracticeIsFoundedOnceAndNothingIsReplaced(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		said := p.can(initArgs...)
		for _, w := range []string{"House of Quiet", p.vars["HELD_KEY_FILE"], "held serve", "held sign-in-link " + ownerEmail} {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
		private(t, p.vars["HELD_KEY_FILE"], 0o600)
		if p.engine == db.SQLite {
			private(t, p.vars["HELD_DATA"], 0o700)
			private(t, filepath.Join(p.vars["HELD_DATA"], "held.db"), 0o600)
		}
		key := sum(t, p.vars["HELD_KEY_FILE"])
		p.cannot(1, initArgs, "there is a practice here already")
		other := slices.Clone(initArgs)
		other[2] = "Another house"
		p.but("HELD_KEY_FILE", filepath.Join(t.TempDir(), "new.key")).cannot(1, other, "there is a practice here already")
		if sum(t, p.vars["HELD_KEY_FILE"]) != key {
			t.Error("the key file was replaced")
		}
		h := p.house(wall, t.Output())
		st, err := h.settings.Get(h.system(t.Context()))
		if err != nil || st.Name != "House of Quiet" {
			t.Errorf("the practice is now %q, %v", st.Name, err)
		}
		all, err := h.people.Cards(h.system(t.Context()))
		if err != nil || len(all) != 1 {
			t.Errorf("%d people, want the owner alone; %v", len(all), err)
		}
	})
}

func private(t *testing.T, file string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != want {
		t.Errorf("%s has mode %o, want %o", file, info.Mode().Perm(), want)
	}
}

func TestAnExistingKeyFileIsUsedForANewPractice(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if err := vault.NewKeyFile(p.vars["HELD_KEY_FILE"]); err != nil {
		t.Fatal(err)
	}
	key := sum(t, p.vars["HELD_KEY_FILE"])
	p.founded()
	if sum(t, p.vars["HELD_KEY_FILE"]) != key {
		t.Error("the key file was replaced")
	}
	p.can("sign-in-link", ownerEmail)
}

// schema brings the place's database to the version of some migrations.
func (p *place) schema(files fs.FS) {
	p.t.Helper()
	d := p.database()
	if _, _, err := d.Migrate(p.t.Context(), files); err != nil {
		p.t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// allMigrations is the program's migrations, for adding and leaving out.
func allMigrations(t *testing.T) (files fstest.MapFS, names []string) {
	t.Helper()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files = fstest.MapFS{}
	for _, n := range names {
		b, err := fs.ReadFile(migrations.Files, n)
		if err != nil {
			t.Fatal(err)
		}
		files[n] = &fstest.MapFile{Data: b}
	}
	return files, names
}

func (p *place) version() int64 {
	p.t.Helper()
	d := p.database()
	have, _, err := d.Schema(p.t.Context(), migrations.Files)
	if err != nil {
		p.t.Fatal(err)
	}
	return have
}

var entering = [][]string{{"serve"}, {"doctor"}, {"sign-in-link", ownerEmail}, {"person", "add", "--name", "A", "--email", "a@b.example", "--role", "guide"}}

func TestAnOlderDatabaseIsNotTouchedUntilItIsMigrated(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		files, names := allMigrations(t)
		delete(files, names[len(names)-1])
		p.schema(files)
		for _, args := range entering {
			p.cannot(1, args, "held migrate", "backup")
		}
		if got, want := p.version(), int64(len(names)-1); got != want {
			t.Errorf("a refused start left the schema at version %d, want %d", got, want)
		}
		if said := p.can("migrate"); !strings.Contains(said, fmt.Sprintf("from version %d to %d", len(names)-1, len(names))) {
			t.Errorf("migrate said %q", said)
		}
		for range 2 {
			if said := p.can("migrate"); !strings.Contains(said, fmt.Sprintf("version %d already", len(names))) {
				t.Errorf("migrate, again, said %q", said)
			}
		}
	})
}

func TestANewerDatabaseIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		files, names := allMigrations(t)
		files["9999_future.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE future_things (\n    practice_id BYTEA NOT NULL,\n    PRIMARY KEY (practice_id)\n);\n")}
		p.schema(files)
		for _, args := range append(entering, []string{"migrate"}, initArgs) {
			p.cannot(1, args, "newer version of Held")
		}
		if got := p.version(); got != 9999 {
			t.Errorf("the schema is at version %d now; it was 9999, this program knows %d", got, len(names))
		}
	})
}

func TestNobodyEntersWithoutThePracticesKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		gone := p.but("HELD_KEY_FILE", filepath.Join(t.TempDir(), "gone.key"))
		wrong := p.but("HELD_KEY_FILE", filepath.Join(t.TempDir(), "wrong.key"))
		if err := vault.NewKeyFile(wrong.vars["HELD_KEY_FILE"]); err != nil {
			t.Fatal(err)
		}
		damaged := p.but("HELD_KEY_FILE", filepath.Join(t.TempDir(), "damaged.key"))
		write(t, damaged.vars["HELD_KEY_FILE"], "held-key-1:c2hvcnQ=\n")
		for _, args := range entering {
			gone.cannot(1, args, "there is no key file at "+gone.vars["HELD_KEY_FILE"])
			wrong.cannot(1, args, "does not belong to this database")
			damaged.cannot(1, args, "a line that is no key")
		}
		if _, err := os.Stat(gone.vars["HELD_KEY_FILE"]); err == nil {
			t.Error("a key file was made for an existing practice")
		}
		p.can("sign-in-link", ownerEmail)
	})
}

func TestThereMustBeAPracticeToEnter(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		for _, args := range entering {
			p.cannot(1, args, "held init")
		}
		p.can("migrate")
		if err := vault.NewKeyFile(p.vars["HELD_KEY_FILE"]); err != nil {
			t.Fatal(err)
		}
		for _, args := range entering {
			p.cannot(1, args, "held init")
		}
	})
}

// site answers for a house in this process.
func site(t *testing.T, h *house) *browser {
	t.Helper()
	s := httptest.NewServer(h.app.Handler())
	t.Cleanup(s.Close)
	return newBrowser(t, s.URL)
}

func TestAPrintedLinkSignsInOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p = p.founded().but("HELD_URL", "https://practice.example")
		said := p.can("sign-in-link", strings.ToUpper(ownerEmail))
		link, err := url.Parse(strings.TrimSuffix(said, "\n"))
		if err != nil || strings.Contains(strings.TrimSuffix(said, "\n"), "\n") || link.Host != "practice.example" || link.Scheme != "https" {
			t.Fatalf("printed %q, %v", said, err)
		}
		b := site(t, p.but("HELD_URL", "").house(wall, t.Output()))
		if a := b.get("/desk"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/sign-in") {
			t.Errorf("the desk before signing in: %d %s", a.status, a.location())
		}
		for range 2 { // a scanner that follows links uses nothing up
			b.page(link.Path)
		}
		if at := b.done(link.Path); at != "/desk" {
			t.Errorf("the owner lands at %s", at)
		}
		b.page("/desk")
		if a := newBrowser(t, b.base).post(link.Path); a.status != http.StatusGone {
			t.Errorf("the link, again: %d", a.status)
		}
	})
}

func TestThereIsNoLinkForNobody(t *testing.T) {
	t.Parallel()
	newPlace(t).founded().cannot(1, []string{"sign-in-link", "nobody@practice.example"}, "Nobody signs in with this address.")
}

func TestPeopleAreAddedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		add := func(name, email, role string) []string {
			return []string{"person", "add", "--name", name, "--email", email, "--role", role}
		}
		said := p.can(add("Ines", "ines@practice.example", "guide, coordinator")...)
		if !strings.Contains(said, "held sign-in-link ines@practice.example") {
			t.Errorf("said %q", said)
		}
		p.can("sign-in-link", "ines@practice.example")
		p.cannot(1, add("Ines again", "INES@practice.example", "guide"), "signs in somebody else")
		p.cannot(2, add("Rui", "rui@practice.example", "boss"), "there are owner, guide")
		p.cannot(2, add("Rui", "rui@practice.example", "guide,boss"), "there are owner, guide")
		p.cannot(1, []string{"sign-in-link", "rui@practice.example"}, "Nobody")
		h := p.house(wall, t.Output())
		all, err := h.people.Cards(h.system(t.Context()))
		if err != nil || len(all) != 2 {
			t.Fatalf("%d people, want Mara and Ines; %v", len(all), err)
		}
		ines := all[0]
		if ines.Name != "Ines" || !slices.Equal(ines.Roles, []access.Role{access.Coordinator, access.Guide}) || ines.Zone != "Europe/Lisbon" {
			t.Errorf("Ines is %+v", ines)
		}
	})
}

func TestAPersonsZoneMustExist(t *testing.T) {
	t.Parallel()
	p := newPlace(t).founded()
	for _, zone := range []string{"Lisbon", "Local", "../../etc/passwd"} {
		p.cannot(2, []string{"person", "add", "--name", "A", "--email", "a@practice.example", "--role", "guide", "--zone", zone}, "Europe/Lisbon")
	}
}

func TestTheDoctorSaysWhatNeedsALookAndWhatIsFine(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		o := p.held("doctor")
		if o.code != 1 || strings.Count(o.err, "\n") != 1 {
			t.Errorf("a practice that has just begun: %s", o)
		}
		for about, fine := range map[string]bool{"Database": true, "Key file": true, "Address": false, "Mail server": false, "Outbox": true, "Refused letters": true, "Backups": false, "Background work": false, "Signing in": false, "Alerts": false, "Emergency card": false, "Booking": false} {
			mark := map[bool]string{true: "fine          ", false: "needs a look  "}[fine]
			if !strings.Contains("\n"+o.out, "\n"+mark+about+": ") {
				t.Errorf("%s: want %q in\n%s", about, mark, o.out)
			}
		}
		box, err := mailbox.Listen(":0", mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		p = p.guarded().but("HELD_URL", "https://practice.example", "HELD_SMTP", box.URL())
		h := p.house(wall, t.Output())
		for _, w := range h.workers {
			h.runner.Once(t.Context(), w)
		}
		opened(t, h, calendar.Offering{Name: "A talk"})
		ctx := h.as(t.Context(), access.Operator)
		owner, err := h.people.ByEmail(ctx, ownerEmail)
		if err == nil {
			err = h.db.Write(ctx, func(tx *db.Tx) error { return h.identity.KeepApp(ctx, tx, owner.ID, identity.NewSecret()) })
		}
		if err == nil {
			err = h.alerts.SetPlan(ctx, alerts.Plan{Named: owner.ID, Minutes: 30, Outside: "Call 112."})
		}
		if err == nil {
			err = h.emergency.Save(access.With(ctx, access.Actor{Practice: h.practice, Person: owner.ID, Roles: owner.Roles, Via: access.Session}), emergency.Words{Address: "12 Quay Street", Say: "We need help.", Calls: []emergency.Call{{Name: "Rita", Number: "+351 210 000 000"}}}, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		o = p.held("doctor")
		if o.code != 0 || strings.Contains(o.out, "needs a look") || strings.Count(o.out, "Background work: ")+strings.Count(o.out, "Callers: ") != len(h.workers) {
			t.Errorf("a practice in good order: %s", o)
		}
		if err := os.Chmod(p.vars["HELD_KEY_FILE"], 0o644); err != nil { // #nosec G302 -- it is what the doctor must see
			t.Fatal(err)
		}
		if o = p.held("doctor"); o.code != 1 || !strings.Contains(o.out, "needs a look  Key file: ") {
			t.Errorf("with a key that others can read: %s", o)
		}
	})
}

func TestTheDoctorSaysHowCallsToDevicesGo(t *testing.T) {
	t.Parallel()
	p := newPlace(t).founded()
	if o := p.held("doctor"); strings.Contains(o.out, "Calls to devices") {
		t.Errorf("nobody has decided about it: %s", o)
	}
	h := p.house(wall, t.Output())
	ctx := h.as(t.Context(), access.Operator)
	owner, err := h.people.ByEmail(ctx, ownerEmail)
	if err == nil {
		as := access.With(ctx, access.Actor{Practice: h.practice, Person: owner.ID, Roles: owner.Roles, Via: access.Session})
		err = h.devices.SetPlan(as, devices.Plan{Pushing: true, Letter: 7})
	}
	if err != nil {
		t.Fatal(err)
	}
	if o := p.held("doctor"); !strings.Contains(o.out, "fine          Calls to devices: Push is on for 0 devices of 0 people. None was ever taken by a push service. In the last two days 0 were taken and 0 were not. A letter goes after 7 minutes") {
		t.Errorf("%s", o)
	}
}

// A proxy that does not say for whom it asks turns the limits off. The program
// that serves sees it; the command says it too.
func TestTheDoctorSaysThatTheProxyHidesTheCallers(t *testing.T) {
	t.Parallel()
	p := newPlace(t).founded().but("HELD_URL", "https://practice.example")
	h := p.house(wall, t.Output())
	h.doctor.Base = "https://practice.example" // as serve would have it
	b := site(t, h)
	for range 30 {
		b.page("/support")
	}
	for _, w := range h.workers {
		h.runner.Once(t.Context(), w)
	}
	if o := p.held("doctor"); !strings.Contains(o.out, "needs a look  Callers: Every request since the last start came from this machine") {
		t.Errorf("the doctor says nothing of it: %s", o)
	}
}

// opened opens an offering with the owner around the clock, whatever is left out.
func opened(t *testing.T, h *house, o calendar.Offering) calendar.Offering {
	t.Helper()
	ctx := h.as(t.Context(), access.Operator)
	owner, err := h.people.ByEmail(ctx, ownerEmail)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Hosts) == 0 {
		o.Hosts = append(o.Hosts, owner.ID)
	}
	if o.Where == "" {
		o.Where = calendar.ByPhone
	}
	if o.Length == 0 {
		o.Length = 5 * time.Minute
	}
	if o.Who == "" {
		o.Who = calendar.Anyone
	}
	o.Open = true
	for _, host := range o.Hosts {
		week := calendar.Hours{Person: host, Zone: "Europe/Lisbon"}
		for day := range week.Week {
			week.Week[day] = "00:00–24:00"
		}
		if err := h.calendar.SaveHours(ctx, week); err != nil {
			t.Fatal(err)
		}
	}
	o, err = h.calendar.SaveOffering(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
