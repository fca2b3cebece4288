package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"filippo.io/age"

	"held/cmd/held/demo"
	"held/internal/db"
	"held/internal/mailbox"
	"held/practice/access"
	"held/practice/identity"
)

// TestAStolenDatabaseAndItsLogsTellNothing lives a day at the demo practice
// and another in earnest on the same data, and then reads every byte that was
// kept and every line that was logged.
func TestAStolenDatabaseAndItsLogsTellNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		scratch := t.TempDir()
		p.vars["TMPDIR"] = scratch
		k := &kept{t: t, p: p, d: &day{t: t}}
		k.demoDay(scratch)
		k.day()
		k.search()
	})
}

// kept is what a day leaves behind.
type kept struct {
	t    *testing.T
	p    *place
	d    *day
	key  string              // the key file's text
	seen []map[string][]byte // everything that was kept, each time it was looked at
}

// demoDay lives a day at the demo practice.
func (k *kept) demoDay(scratch string) {
	k.t.Helper()
	pr := k.p.start("demo", "--now", demoNow)
	files, err := filepath.Glob(filepath.Join(scratch, "held-demo-*", "held.key"))
	if err != nil || len(files) != 1 {
		k.t.Fatalf("the demo's key files: %v, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		k.t.Fatal(err)
	}
	k.key = string(b)
	k.d.base, k.d.enter = pr.url, func(as string) *browser {
		b := newBrowser(k.t, pr.url)
		b.signIn(as)
		k.d.secret(b.cookie())
		return b
	}
	k.d.live("7")
	k.keep("while the demo runs")
	k.ends(pr, "the demo")
}

// day lives another day on the same data, in earnest; a mail server that
// refuses repeats the address that it refuses.
func (k *kept) day() {
	k.t.Helper()
	if err := os.MkdirAll(filepath.Dir(k.p.vars["HELD_KEY_FILE"]), 0o700); err != nil {
		k.t.Fatal(err)
	}
	write(k.t, k.p.vars["HELD_KEY_FILE"], k.key)
	box, err := mailbox.Listen(":0", mailbox.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	defer box.Close()
	box.FailNext(550, 451)
	k.p.vars["HELD_SMTP"] = box.URL()
	pr := k.p.start("serve")
	k.d.base, k.d.enter = pr.url, func(as string) *browser {
		email, _ := demo.Email(as)
		link, err := url.Parse(strings.TrimSpace(k.p.can("sign-in-link", email)))
		if err != nil {
			k.t.Fatal(err)
		}
		b := newBrowser(k.t, pr.url)
		if b.done(link.Path) == "/sign-in/code" {
			b.done("/sign-in/code", "code", k.code(email))
		}
		k.d.secret(path.Base(link.Path))
		k.d.secret(b.cookie())
		return b
	}
	k.d.live("8")
	eventually(k.t, 30e9, "a letter has arrived", func() bool { return box.Count() > 0 })
	k.keep("while it serves")
	k.ends(pr, "serving")
	k.keep("at the end")
	k.backup()
}

// backup makes a backup and takes a copy of the file, and of what is within
// its encryption: whoever has the identity has not the key file yet.
func (k *kept) backup() {
	k.t.Helper()
	p := k.p.guarded()
	p.can("backup")
	b, err := os.ReadFile(filepath.Join(p.vars["HELD_BACKUP_TO"], p.backups()[0]))
	if err != nil {
		k.t.Fatal(err)
	}
	ids, err := identities(p.vars["HELD_BACKUP_IDENTITY"])()
	if err != nil {
		k.t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(b), ids...)
	if err != nil {
		k.t.Fatal(err)
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		k.t.Fatal(err)
	}
	inside, err := io.ReadAll(zip)
	if err != nil {
		k.t.Fatal(err)
	}
	k.seen = append(k.seen, map[string][]byte{"the backup": b}, map[string][]byte{"what is within the backup": inside})
}

// code gives somebody an authenticator app of which the test has the secret,
// and tells what it shows.
func (k *kept) code(email string) string {
	k.t.Helper()
	h := k.p.house(wall, io.Discard)
	ctx, secret := h.as(k.t.Context(), access.Operator), identity.NewSecret()
	k.d.secret(secret)
	p, err := h.people.ByEmail(ctx, email)
	if err == nil {
		err = h.db.Write(ctx, func(tx *db.Tx) error { return h.identity.KeepApp(ctx, tx, p.ID, secret) })
	}
	code, cerr := identity.CodeAt(secret, wall())
	if err = errors.Join(err, cerr); err != nil {
		k.t.Fatal(err)
	}
	return code
}

func (k *kept) ends(pr *process, who string) {
	k.t.Helper()
	if code := pr.stop(k.t, 10e9); code != 0 {
		k.t.Errorf("%s ended with %d", who, code)
	}
	k.seen = append(k.seen, map[string][]byte{
		"standard output of " + who: []byte(pr.out.String()), "the log of " + who: []byte(pr.err.String()),
	})
}

// keep takes a copy of everything that lies in the data folder, or of every
// value of every table.
func (k *kept) keep(when string) {
	k.t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(k.p.vars["HELD_DATA"], func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(file)
		all[filepath.Base(file)+" "+when] = b
		return err
	})
	if err != nil && (k.p.engine == db.SQLite || !os.IsNotExist(err)) {
		k.t.Fatal(err)
	}
	if k.p.engine == db.Postgres {
		for table, b := range dump(k.t, k.p.vars["HELD_DATABASE"]) {
			all["table "+table+" "+when] = b
		}
	} else if when != "at the end" && len(all["held.db-wal "+when]) == 0 {
		k.t.Errorf("%s there is no write-ahead log to read; there is %d files", when, len(all))
	}
	k.seen = append(k.seen, all)
}

// dump reads every column of every table.
func dump(t *testing.T, address string) map[string][]byte {
	t.Helper()
	d, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	names, err := d.Query(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	out := map[string][]byte{}
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out[name] = dumpTable(t, d, name)
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func dumpTable(t *testing.T, d *sql.DB, name string) []byte {
	t.Helper()
	rows, err := d.Query(`SELECT * FROM "` + name + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				out.Write(b)
			} else {
				fmt.Fprint(&out, v)
			}
			out.WriteByte('\n')
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// search looks for everything that nobody may read.
func (k *kept) search() {
	k.t.Helper()
	w, err := demo.Read()
	if err != nil {
		k.t.Fatal(err)
	}
	needles := map[string][]string{"written for the demo": written(w), "typed": pieces(k.d.typed...), "secret": append(k.d.secrets, keys(k.t, k.key)...)}
	f, read := newFinder(), 0
	for kind, list := range needles {
		for _, needle := range list {
			f.add(kind, needle)
		}
	}
	for _, all := range k.seen {
		for where, hay := range all {
			read += len(hay)
			for _, found := range f.in(hay) {
				k.t.Errorf("%s holds %s", where, found)
			}
		}
	}
	k.control()
	k.t.Logf("looked for %d forms of %d texts in %d bytes", f.n, len(f.known), read)
	if len(f.known) < 700 {
		k.t.Errorf("only %d texts were looked for", len(f.known))
	}
}

// finder looks for many texts at once, in every form in which they could be read.
type finder struct {
	by    map[[shortest]byte][]disguise
	known map[string]bool
	n     int
}

type disguise struct {
	bytes []byte
	what  string
}

func newFinder() *finder {
	return &finder{by: map[[shortest]byte][]disguise{}, known: map[string]bool{}}
}

func (f *finder) add(kind, text string) {
	if f.known[text] {
		return
	}
	f.known[text] = true
	for how, b := range disguises(text) {
		begin := [shortest]byte(b)
		f.by[begin] = append(f.by[begin], disguise{b, fmt.Sprintf("what was %s, as %s: %q", kind, how, text)})
		f.n++
	}
}

func (f *finder) in(hay []byte) []string {
	var found []string
	for i := 0; i+shortest <= len(hay); i++ {
		for _, d := range f.by[[shortest]byte(hay[i:])] {
			if bytes.HasPrefix(hay[i:], d.bytes) && !slices.Contains(found, d.what) {
				found = append(found, d.what)
			}
		}
	}
	return found
}

// The search finds what it is there to find, wherever it lies.
func TestTheSearchFindsATextInEveryDisguise(t *testing.T) {
	const name = "Bramblewick é"
	f := newFinder()
	f.add("typed", name)
	escaped, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	for _, hay := range []string{
		"x" + name + "y", string(escaped), hex.EncodeToString([]byte(name)), url.QueryEscape(name), "B\x00r\x00a\x00m\x00b\x00l\x00e\x00w\x00i\x00c\x00k\x00 \x00\xe9\x00",
		base64.StdEncoding.EncodeToString([]byte(name)), base64.URLEncoding.EncodeToString([]byte("1" + name + "2")), base64.RawURLEncoding.EncodeToString([]byte("12" + name + "345")),
	} {
		if len(f.in([]byte(hay))) == 0 {
			t.Errorf("it overlooks %q", hay)
		}
	}
	if found := f.in([]byte("Bramblewic é, bramblewick")); len(found) > 0 {
		t.Errorf("it finds %v where nothing is", found)
	}
}

// control shows that the search would have found what is there in the clear.
func (k *kept) control() {
	k.t.Helper()
	for _, clear := range []string{"Europe/Lisbon", "consultation", "booked"} {
		found := false
		for _, hay := range k.seen[len(k.seen)-1] {
			found = found || bytes.Contains(hay, []byte(clear))
		}
		if !found {
			k.t.Errorf("%q is kept in the clear, and was not found: the search sees nothing", clear)
		}
	}
}

// keptApart is what a client of the invented practice keeps from everybody: who
// they are in law, where they work, and whom they would rather not meet.
func keptApart(w *demo.Words, key string) (out []string) {
	for _, c := range w.Clients {
		if key != "" && c.Key != key {
			continue
		}
		out = append(out, c.Law.Name, c.Law.Born, c.Law.LicenceNumber, c.Law.LicenceKind)
		out = append(append(out, strings.Split(c.Law.Address, "\n")...), c.Law.Works...)
		for _, e := range c.Avoid {
			out = append(out, e.Name, e.Why)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// written is every text that the invented practice is made of.
func written(w *demo.Words) []string {
	out := []string{w.House.Name, w.House.Tagline, w.House.Email, w.House.Address, w.House.ReplyHours}
	for _, p := range w.House.Person {
		out = append(append(out, p.Name, p.Email, p.Line, p.Words), p.Called...)
	}
	for _, c := range w.Clients {
		out = append(append(out, c.Name, c.Contact, c.Note, c.Asks), keptApart(w, c.Key)...)
	}
	for _, q := range w.Questions {
		out = append(out, q.Address)
		for _, t := range q.Turn {
			out = append(out, t.Text)
		}
	}
	for _, s := range w.Saved {
		out = append(out, s.Title, s.Text)
	}
	for _, r := range w.Plan.Room {
		out = append(out, r.Name, r.Line)
	}
	for _, o := range w.Plan.Offering {
		out = append(out, o.Name, o.Summary)
	}
	for _, a := range w.Articles {
		out = append(out, a.Title, a.Summary, a.Text)
	}
	return pieces(out...)
}

// shortest is the shortest piece that is looked for: what is shorter stands
// somewhere in a few million bytes by chance.
const shortest = 5

// pieces cuts texts into what can be recognised: lines, and parts of long ones.
func pieces(texts ...string) []string {
	var out []string
	for _, text := range texts {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if len(line) <= 60 {
				if len(line) >= shortest {
					out = append(out, line)
				}
				continue
			}
			w := strings.Fields(line)
			for i := 0; i+4 <= len(w); i += 8 {
				out = append(out, strings.Join(w[i:i+4], " "))
			}
		}
	}
	return out
}

// disguises are the forms in which a text could lie somewhere and still be read.
func disguises(s string) map[string][]byte {
	out := map[string][]byte{"UTF-8": []byte(s), "hexadecimal": []byte(hex.EncodeToString([]byte(s)))}
	if escaped, err := json.Marshal(s); err == nil && string(escaped) != `"`+s+`"` {
		out["JSON"] = bytes.Trim(escaped, `"`)
	}
	if q := url.QueryEscape(s); q != s {
		out["an address"] = []byte(q)
	}
	wide := make([]byte, 0, 2*len(s))
	for _, u := range utf16.Encode([]rune(s)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	out["UTF-16"] = wide
	for shift := range 3 {
		b := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), s...))
		from, to := (shift*8+5)/6, (shift+len(s))*8/6 // the ends mix with what stands beside
		if to-from >= shortest+1 {
			out[fmt.Sprintf("base64 from %d", shift)] = []byte(b[from:to])
		}
	}
	return out
}

// keys are the keys of a key file, as they stand there and as they are.
func keys(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(file) {
		word, ok := strings.CutPrefix(strings.TrimSpace(line), "held-key-1:")
		if !ok {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(word)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, word, string(raw), string(raw[:16]))
	}
	if len(out) == 0 {
		t.Fatal("the key file holds no key")
	}
	return out
}
