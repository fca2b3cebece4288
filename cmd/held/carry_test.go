package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"held/cmd/held/demo"
	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
	"held/practice/carry"
	"held/practice/trail"
)

// recipient makes an identity file, and gives it with its recipient.
func (p *place) recipient() (identity, recipient string) {
	p.t.Helper()
	identity = filepath.Join(p.t.TempDir(), "export.identity")
	return identity, strings.TrimSpace(p.can("backup", "identity", identity))
}

// insideOf reads the files within an export.
func insideOf(t *testing.T, b []byte, ids ...age.Identity) map[string][]byte {
	t.Helper()
	if len(ids) > 0 {
		r, err := age.Decrypt(bytes.NewReader(b), ids...)
		if err == nil {
			b, err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// read reads a whole file.
func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAPracticeGoesWholeIntoAnotherHeld after a day at the demo practice, from
// each engine to each.
func TestAPracticeGoesWholeIntoAnotherHeld(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		scratch := t.TempDir()
		p.vars["TMPDIR"] = scratch
		k := &kept{t: t, p: p, d: &day{t: t}}
		k.demoDay(scratch)
		if err := os.MkdirAll(filepath.Dir(p.vars["HELD_KEY_FILE"]), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, p.vars["HELD_KEY_FILE"], k.key)
		h := p.house(wall, io.Discard)
		ctx := h.system(t.Context())
		gone, booked := person(t, h, "Thistledown7"), person(t, h, "Bramblewick7")
		if err := h.db.Write(ctx, func(tx *db.Tx) error { return h.vault.Erase(ctx, tx, h.practice, gone, vault.Contact) }); err != nil {
			t.Fatal(err)
		}
		all, err := h.calendar.OfClient(ctx, booked)
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		link := h.inquiry.AppointmentLink(ctx, all[0].ID)
		if err := h.close(); err != nil {
			t.Fatal(err)
		}
		identity, recipient := p.recipient()
		file := filepath.Join(t.TempDir(), "house.zip.age")
		said := p.can("export", "--to", file, "--recipient", recipient)
		b := read(t, file)
		if sum := sha256.Sum256(b); !strings.Contains(said, hex.EncodeToString(sum[:])) {
			t.Errorf("said %q", said)
		}
		ids, err := identities(identity)()
		if err != nil {
			t.Fatal(err)
		}
		was := insideOf(t, b, ids...)
		k.exported(b, was)
		engines(t, func(t *testing.T, q *place) {
			said := q.founded().can("import", file, "--identity", identity)
			if !strings.Contains(said, "is here") || !strings.Contains(said, "where it ended there") || !strings.Contains(said, "kept as") {
				t.Errorf("said %q", said)
			}
			q.can("trail", "verify")
			if said := q.can("consent", "verify"); !strings.Contains(said, "What was signed holds") || !strings.Contains(said, "after a move") {
				t.Errorf("after the move: %q", said)
			}
			other := filepath.Join(t.TempDir(), "again.zip")
			q.can("export", "--to", other, "--clear")
			sameRows(t, was, insideOf(t, read(t, other)))
			q.lives(gone, path.Base(link), k.d.secrets)
		})
	})
}

func person(t *testing.T, h *house, name string) db.ID {
	t.Helper()
	all, err := h.people.Cards(h.system(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return c.ID
		}
	}
	t.Fatalf("there is no %s", name)
	return db.ID{}
}

// exported holds that the file tells nobody but its recipient anything, and its
// recipient everything that people typed.
func (k *kept) exported(b []byte, inside map[string][]byte) {
	k.t.Helper()
	w, err := demo.Read()
	if err != nil {
		k.t.Fatal(err)
	}
	f := newFinder()
	for _, needle := range slices.Concat(written(w), pieces(k.d.typed...), k.d.secrets, keys(k.t, k.key)) {
		f.add("known", needle)
	}
	if found := f.in(b); len(found) > 0 {
		k.t.Errorf("the encrypted file holds %v", found)
	}
	plain := string(bytes.Join(slices.Collect(maps.Values(inside)), []byte("\n")))
	for _, want := range []string{"Bramblewick7", "bramble7@visitor.example", "I have not slept since the equinox7.", "The heron7 may stay", "The keeper7 counts ships", "BEGIN:VCALENDAR"} {
		if !strings.Contains(plain, want) {
			k.t.Errorf("%q is not in the export", want)
		}
	}
	for _, secret := range append(keys(k.t, k.key), k.d.secrets...) {
		if strings.Contains(plain, secret) {
			k.t.Errorf("a secret is in the export: %q", secret)
		}
	}
	if strings.Contains(plain, "Thistledown7") {
		k.t.Error("an erased name is in the export")
	}
	for name, want := range map[string]string{"tables/people_persons.jsonl": `{"erased":true}`, "erased.jsonl": `"class":"contact"`, "persons.csv": "bramble7@visitor.example", "manifest.json": `"format": 1`} {
		if !strings.Contains(string(inside[name]), want) {
			k.t.Errorf("%s does not hold %s", name, want)
		}
	}
}

// sameRows holds that every table has the same rows; what happened since stands
// after what came.
func sameRows(t *testing.T, was, is map[string][]byte) {
	t.Helper()
	filled := 0
	for name, want := range was {
		got := is[name]
		switch {
		case name == "tables/letters_outbox.jsonl", name == "tables/trail_entries.jsonl":
			if !bytes.HasPrefix(got, want) {
				t.Errorf("%s does not begin with what came", name)
			}
		case (strings.HasPrefix(name, "tables/") || name == "erased.jsonl" || strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".md")) && !bytes.Equal(got, want):
			t.Errorf("%s is another: %d bytes, was %d", name, len(got), len(want))
		}
		if strings.HasPrefix(name, "tables/") && len(want) > 0 {
			filled++
		}
	}
	if filled < 25 {
		t.Errorf("only %d tables had rows, so little was shown", filled)
	}
}

// lives looks around in the practice that came.
func (p *place) lives(erased db.ID, token string, secrets []string) {
	p.t.Helper()
	h := p.house(wall, io.Discard)
	b := site(p.t, h)
	for email, lands := range map[string]string{"leonor@example.org": "/desk", "ilan@example.org": "/space"} {
		link := strings.TrimSpace(p.can("sign-in-link", email))
		if at := newBrowser(p.t, b.base).done("/sign-in/" + path.Base(link)); at != lands {
			p.t.Errorf("%s lands at %s", email, at)
		}
	}
	if c, err := h.people.Card(h.system(p.t.Context()), erased); err != nil || c.Name != "Erased" {
		p.t.Errorf("who was erased is called %q, %v", c.Name, err)
	}
	b.page("/book/consultation")
	b.page(newest(p.t, b.page("/articles"), regexp.MustCompile(`^/articles/[a-z-]+$`)))
	if a := b.get("/appointments/" + token); a.status != http.StatusNotFound {
		p.t.Errorf("a link from there answers %d", a.status)
	}
	if a := b.post("/questions/find", "code", secrets[0]); a.status == http.StatusSeeOther {
		p.t.Error("a reply code from there opens a question")
	}
	err := h.db.Write(h.system(p.t.Context()), func(tx *db.Tx) error {
		_, err := h.vault.Seal(h.system(p.t.Context()), tx, vault.Field{Practice: h.practice, Subject: erased, Class: vault.Contact, Row: erased, Column: "people_persons.name"}, "again")
		return err
	})
	if err == nil {
		p.t.Error("something is sealed for somebody who was erased")
	}
	if err := h.close(); err != nil {
		p.t.Fatal(err)
	}
}

// rezip makes an export anew with some files changed; nil takes one out. sums
// says whether the manifest is changed along.
func rezip(t *testing.T, b []byte, sums bool, change map[string]func([]byte) []byte) []byte {
	t.Helper()
	files := insideOf(t, b)
	for name, f := range change {
		if files[name] = f(files[name]); files[name] == nil {
			delete(files, name)
		}
	}
	if sums {
		var m carry.Manifest
		if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
			t.Fatal(err)
		}
		for i, p := range m.Files {
			sum := sha256.Sum256(files[p.Name])
			m.Files[i].Bytes, m.Files[i].SHA256 = int64(len(files[p.Name])), hex.EncodeToString(sum[:])
			if p.Table != "" {
				m.Files[i].Rows = int64(bytes.Count(files[p.Name], []byte("\n")))
			}
		}
		var err error
		if files["manifest.json"], err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func replace(old, with string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(with)) }
}

// TestWhatAnImportRefusesLeavesEverythingAsItIs, and says why in one line.
func TestWhatAnImportRefusesLeavesEverythingAsItIs(t *testing.T) {
	engines(t, func(t *testing.T, q *place) {
		p := newPlace(t).founded()
		p.add("Ines")
		dir := t.TempDir()
		identity, recipient := p.recipient()
		other, _ := p.recipient()
		p.can("export", "--to", filepath.Join(dir, "clear.zip"), "--clear")
		if said := p.can("export", "--to", filepath.Join(dir, "for.age"), "--recipient", recipient); strings.Contains(said, ".zip") {
			t.Errorf("said %q", said)
		}
		if said := p.can("export", "--to", filepath.Join(dir, "for.zip"), "--recipient", recipient); !strings.Contains(said, "ends in .zip, but it is an encrypted file") {
			t.Errorf("said %q", said)
		}
		good, sealed := read(t, filepath.Join(dir, "clear.zip")), read(t, filepath.Join(dir, "for.age"))
		q.founded()
		before := q.content()
		refused := func(what string, b []byte, identity, word string) {
			t.Helper()
			file := filepath.Join(dir, "bad")
			write(t, file, string(b))
			args := []string{"import", file}
			if identity != "" {
				args = append(args, "--identity", identity)
			}
			q.cannot(1, args, word)
			if aside := q.keptAside(); len(aside) > 0 {
				t.Errorf("%s: left %v", what, aside)
			}
		}
		const persons = "tables/people_persons.jsonl"
		twice := func(b []byte) []byte { return append(bytes.Clone(b), b...) }
		none := func([]byte) []byte { return nil }
		more := func([]byte) []byte { return []byte("more") }
		for what, c := range map[string]struct {
			b    []byte
			word string
		}{
			"a letter":          {[]byte("Dear house,"), "no export of Held"},
			"nothing":           {nil, "no export of Held"},
			"another zip":       {rezip(t, good, false, map[string]func([]byte) []byte{"manifest.json": none}), "no export of Held"},
			"half":              {good[:len(good)/2], "ends too early"},
			"cut":               {good[:len(good)-1], "ends too early"},
			"altered row":       {rezip(t, good, false, map[string]func([]byte) []byte{persons: replace("Ines", "Inez")}), "altered"},
			"row taken out":     {rezip(t, good, false, map[string]func([]byte) []byte{persons: func(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+1:] }}), "altered"},
			"table taken out":   {rezip(t, good, false, map[string]func([]byte) []byte{persons: none}), "altered"},
			"table put in":      {rezip(t, good, false, map[string]func([]byte) []byte{"tables/people_logins.jsonl": more}), "altered"},
			"newer format":      {rezip(t, good, false, map[string]func([]byte) []byte{"manifest.json": replace(`"format": 1`, `"format": 2`)}), "newer version"},
			"newer schema":      {rezip(t, good, false, map[string]func([]byte) []byte{"manifest.json": replace(`"schema": `, `"schema": 9`)}), "newer version"},
			"another schema":    {rezip(t, good, false, map[string]func([]byte) []byte{"manifest.json": replace(`"schema": `, `"schema": -`)}), ""},
			"somebody twice":    {rezip(t, good, true, map[string]func([]byte) []byte{persons: twice}), "people_persons"},
			"a column less":     {rezip(t, good, true, map[string]func([]byte) []byte{persons: replace(`"step":"",`, ``)}), "altered"},
			"a column of words": {rezip(t, good, true, map[string]func([]byte) []byte{persons: replace(`"epoch":0`, `"epoch":"never"`)}), "altered"},
			"a table of keys":   {rezip(t, good, false, map[string]func([]byte) []byte{"manifest.json": replace(`"people_persons"`, `"vault_data_keys"`)}), "altered"},
		} {
			t.Run(what, func(t *testing.T) { refused(what, c.b, "", c.word) })
		}
		refused("no identity", sealed, "", "identity")
		refused("another identity", sealed, other, "identity")
		for at := len(sealed) % 997; at < len(sealed); at += 997 {
			torn := bytes.Clone(sealed)
			torn[at] ^= 0x10
			refused("altered", torn, identity, "export")
			refused("cut", sealed[:at], identity, "export")
		}
		if !reflect.DeepEqual(q.content(), before) || q.names() != "Mara" {
			t.Error("the practice was touched")
		}

		file := filepath.Join(dir, "clear.zip")
		q.cannot(1, []string{"import", filepath.Join(dir, "gone.zip")}, "could not be read")
		pr := q.begin("serve")
		q.cannot(1, []string{"import", file}, "Held is running")
		if code := pr.end(); code != 0 {
			t.Errorf("serve ended with %d", code)
		}
		q.add("Later")
		lived := q.content()
		q.cannot(1, []string{"import", file}, "of its own")
		if !reflect.DeepEqual(q.content(), lived) {
			t.Error("the practice that people live in was touched")
		}
	})
}

// TestKilledWhileItImports kills the real program at moments that nobody chose:
// what was there is there, or what was brought in is, and never a part.
func TestKilledWhileItImports(t *testing.T) {
	fewer(t)
	engines(t, func(t *testing.T, q *place) {
		p := newPlace(t).founded()
		p.many("Moves", 1_500)
		file := filepath.Join(t.TempDir(), "house.zip")
		p.can("export", "--to", file, "--clear")
		takes := timed(q.elsewhere(q.engine), "import", file) / 2
		q.founded()
		there := q.content()
		came := func() int { return len(q.content()["people_persons"]) }
		grows := func() bool {
			return slices.ContainsFunc(q.keptAside(), func(name string) bool { return strings.Contains(name, "restoring") })
		}
		growing := 0
		for n := 0; n < kills && came() == 1; n++ {
			pr := q.launch("import", file)
			pr.killedAt(2*n+1, takes, grows) // once it was seen at its work: one that has finished ends the test
			q.quiet()
			if grows() {
				growing++
			}
			if n := came(); n != 1501 && !reflect.DeepEqual(q.content(), there) {
				t.Fatalf("%d people: it is neither what was there nor what came", n)
			}
		}
		t.Logf("%d were killed while the new database grew", growing)
		if growing == 0 {
			t.Error("none was killed while it grew, so nothing was shown")
		}
		if came() == 1 {
			eventually(t, time.Minute, "an import that nobody kills succeeds", func() bool { return q.held("import", file).code == 0 })
		}
		q.can("trail", "verify")
		if n := came(); n != 1501 || grows() {
			t.Errorf("%d people, left %v", n, q.keptAside())
		}
	})
}

// TestAnExportGoesIntoAnEmptyPlace: without `held init`, under another address,
// with a passphrase, and with a trail that was altered before.
func TestAnExportGoesIntoAnEmptyPlace(t *testing.T) {
	engines(t, func(t *testing.T, q *place) {
		p := newPlace(t).founded()
		p.byHand(`UPDATE trail_entries SET verb = 'gave' WHERE verb = 'founded'`)
		dir := t.TempDir() + string(filepath.Separator)
		if said := p.can("export", "--to", dir, "--clear"); !strings.Contains(said, "everything") {
			t.Errorf("said %q", said)
		}
		files, err := filepath.Glob(dir + "held-export-*.zip")
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		private(t, files[0], 0o600)
		q = q.but("HELD_URL", "https://elsewhere.example")
		said := q.can("import", files[0])
		for _, want := range []string{"broken at line 3", "passkeys are bound"} {
			if !strings.Contains(said, want) {
				t.Errorf("said %q, without %q", said, want)
			}
		}
		q.can("trail", "verify")
		q.can("sign-in-link", ownerEmail)
		if last := q.onTheTrail(); !slices.ContainsFunc(last, func(s string) bool { return strings.Contains(s, "imported") }) {
			t.Errorf("the trail has %v", last)
		}
	})
}

func TestAnExportIsAskedForPlainly(t *testing.T) {
	t.Parallel()
	p := newPlace(t).founded()
	_, recipient := p.recipient()
	file := filepath.Join(t.TempDir(), "house.zip")
	p.cannot(2, []string{"export", "--clear"}, "--to")
	p.cannot(2, []string{"export", "--to", file}, "--recipient")
	p.cannot(2, []string{"export", "--to", file, "--recipient", recipient, "--clear"}, "not both")
	p.cannot(2, []string{"export", "--to", file, "--recipient", "mara@practice.example"}, "age1")
	p.cannot(2, []string{"import"}, "")
	p.can("export", "--to", file, "--clear")
	p.cannot(1, []string{"export", "--to", file, "--clear"}, "already")
	p.but("HELD_BACKUP_RECIPIENTS", recipient, "HELD_BACKUP_TO", t.TempDir()).can("export", "--to", file+".age")
	if b := read(t, file+".age"); !bytes.HasPrefix(b, []byte("age-encryption.org/")) {
		t.Error("with recipients of backups it is not encrypted for them")
	}
}

// TestTheOwnerTakesThePracticeAlong at the desk, and is told by letter.
func TestTheOwnerTakesThePracticeAlong(t *testing.T) {
	k := newKnocker(t)
	b := k.as("owner")
	page := b.page("/desk/export")
	pass := offered(t, page)
	if len(pass) != 29 || pass == offered(t, b.page("/desk/export")) {
		t.Fatalf("the page offers the passphrase %q", pass)
	}
	a := b.post("/desk/export", "passphrase", pass)
	if a.status != http.StatusOK || !strings.Contains(a.header.Get("Content-Disposition"), ".zip.age") {
		t.Fatalf("%d %v", a.status, a.header)
	}
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		t.Fatal(err)
	}
	c, err := carry.Open(strings.NewReader(a.body), int64(len(a.body)), id)
	if err != nil || c.Rows() < 500 {
		t.Fatalf("%+v, %v", c, err)
	}
	file, word := filepath.Join(t.TempDir(), "house.zip.age"), filepath.Join(t.TempDir(), "passphrase")
	write(t, file, a.body)
	write(t, word, pass[1:]+"\n")
	q := newPlace(t)
	q.cannot(1, []string{"import", file, "--passphrase-file", word}, "passphrase")
	write(t, word, pass+"\n")
	q.can("import", file, "--passphrase-file", word)
	if looks := k.as("client").page("/space/looks"); !strings.Contains(looks, "took your record along in an export of the whole practice") {
		t.Errorf("the client reads %s", words(looks))
	}
	for field, value := range map[string]string{"passphrase": "short", "recipients": "age1nobody"} {
		a := b.post("/desk/export", field, value)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Nothing was exported.") {
			t.Errorf("%s %q answers %d", field, value, a.status)
		}
	}
	ctx := k.h.system(t.Context())
	day, err := k.h.trail.All(ctx, trail.Filter{From: k.h.now().AddDate(0, 0, -1), Until: k.h.now().AddDate(0, 0, 1), Kind: "practice"}, db.ID{}, 10)
	if err != nil || len(day) == 0 || day[0].Verb != "exported" || !strings.Contains(day[0].Why, "rows, with a passphrase") {
		t.Errorf("the trail has %+v, %v", day, err)
	}
	n, err := db.One(ctx, k.h.db.Reader(), db.Value[int64], `SELECT COUNT(*) FROM letters_outbox WHERE kind = 'carry.exported'`)
	if err != nil || n != 1 {
		t.Errorf("%d letters, %v", n, err)
	}
}

// offered is the passphrase that the page offers.
func offered(t *testing.T, page string) string {
	t.Helper()
	for _, n := range elements(t, page, "input") {
		if attr(n, "name") == "passphrase" {
			return attr(n, "value")
		}
	}
	return ""
}

// TestEveryTableTravelsOrSaysWhyItStays: whoever adds a table says here whether
// it goes along when a practice moves, and how its hashes are made anew.
func TestEveryTableTravelsOrSaysWhyItStays(t *testing.T) {
	d := testkit.SQLite(t)
	tables, err := d.Tables(t.Context(), d.Reader())
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, table := range tables {
		there[table.Name] = true
		goes, reason := slices.Contains(travels, table.Name), stays[table.Name]
		switch {
		case goes && reason != "":
			t.Errorf("%s travels, and stays because %s", table.Name, reason)
		case !goes && reason == "":
			t.Errorf("%s neither travels nor says why it stays: list it in travels or in stays", table.Name)
		case goes:
			hashes(t, table)
		}
	}
	for _, name := range slices.Concat(travels, slices.Collect(maps.Keys(stays)), bound, begins) {
		if !there[name] {
			t.Errorf("%s is listed and does not exist", name)
		}
	}
	for _, l := range carried.Lookups {
		if !there[l.Table] || !slices.Contains(travels, l.Table) {
			t.Errorf("%s is made anew in a table that does not travel", l.Name())
		}
	}
}

// plainBytes are columns of bytes that go along as they are, beside ids.
var plainBytes = map[string]string{
	"adverse_versions.hash":         "a plain hash of what was written, which is sealed beside it",
	"calendar_appointments.seconds": "ids",
	"calendar_groups.seconds":       "ids",
	"calendar_holds.seconds":        "ids",
	"consent_records.hash":          "the chain needs no key",
	"consent_records.signature":     "holds by the key that lies beside it",
	"consent_versions.hash":         "a hash that needs no key",
	"identity_passkeys.public_key":  "a public key",
	"medicine_said.digest":          "a salted hash that needs no key",
	"medicine_signatures.hash":      "the chain needs no key",
	"medicine_signatures.signature": "holds by the key that lies beside it",
	"screening_decisions.hash":      "a plain hash of what was signed, which is sealed beside it",
	"orders_orders.hash":            "a plain hash of what was signed, which is sealed beside it",
	"stock_entries.hash":            "the chain needs no key",
	"stock_heads.hash":              "where the chain ends, which needs no key",
	"protocol_versions.sha256":      "a hash of what goes along beside it, without a key",
	"space_deposit_parts.body":      "sealed by keys that the practice does not have",
	"space_parts.body":              "sealed by keys that the practice does not have",
	"trail_entries.hash":            "the chain needs no key",
}

// hashes holds that whatever is made with a key is opened or made anew.
func hashes(t *testing.T, table db.Table) {
	t.Helper()
	for _, c := range table.Columns {
		name := table.Name + "." + c.Name
		isID := c.Name == "id" || strings.HasSuffix(c.Name, "_id") || strings.HasSuffix(c.Name, "_by")
		open := slices.ContainsFunc(sealed, func(s vault.Column) bool { return s.Name() == name })
		anew := slices.ContainsFunc(carried.Lookups, func(l vault.Lookup) bool { return l.Name() == name })
		if c.Kind == db.Bytes && !isID && !open && !anew && plainBytes[name] == "" {
			t.Errorf("%s holds bytes that mean nothing under another key: seal it, list it in the Lookups of its package, or say in plainBytes why it may go as it is", name)
		}
	}
}
