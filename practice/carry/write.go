package carry

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

var errBusy = fault.New(fault.TooMany, "The practice is being exported at this moment. Please wait until that is done.")

// Export writes everything that goes along, as it stands at one instant. Before
// the first byte it is on the trail and the owners are told; after the last one
// the trail says how much it was.
func (s *Service) Export(ctx context.Context, w io.Writer, to Audience) (m Made, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Export}); err != nil {
		return m, err
	}
	if !s.busy.TryLock() {
		return m, errBusy
	}
	defer s.busy.Unlock()
	if err := s.announce(ctx, to); err != nil {
		return m, err
	}
	// A chain that is broken is no reason to keep anybody here; where it ends is written down as it is.
	if err := s.Trail.Link(ctx); err != nil && !errors.Is(err, trail.ErrBroken) {
		return m, err
	}
	sum := sha256.New()
	w = io.MultiWriter(w, sum)
	var sealed io.WriteCloser
	if to.Encrypted() {
		if sealed, err = age.Encrypt(w, to.recipients...); err != nil {
			return m, err
		}
		w = sealed
	}
	if m.Manifest, err = s.write(ctx, w, to.process); err != nil {
		return m, err
	}
	if sealed != nil {
		if err := sealed.Close(); err != nil {
			return m, err
		}
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return m, s.Trail.Did(ctx, trail.Entry{Verb: "exported", Kind: "practice", Object: m.Practice, Why: fmt.Sprintf("%d rows, %s, SHA-256 %s", m.Rows(), to.short, m.SHA256)})
}

// Made is an export that was made, and the sum of its file.
type Made struct {
	Manifest
	SHA256 string
}

func (s *Service) write(ctx context.Context, w io.Writer, process bool) (m Manifest, err error) {
	practice := access.From(ctx).Practice
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return m, err
	}
	err = s.DB.Still(ctx, func(still *db.Still) error {
		p := &Pack{house: House{house.Name, house.Email, s.host()}, process: process, ctx: ctx, still: still, plan: s.Plan, zip: zip.NewWriter(w), vault: vault.New(s.Keeper, s.Now)}
		p.Manifest = Manifest{Format: format, Held: s.Version, Practice: practice, Name: house.Name, URL: s.URL, Made: s.Now()}
		if err := p.begin(); err != nil {
			return err
		}
		err := p.all()
		m = p.Manifest
		return err
	})
	return m, err
}

// Pack is an export on its way: the practice as it stands at one instant, and
// the file that is being written.
type Pack struct {
	Manifest
	house   House
	process bool // process notes go along
	ctx     context.Context
	still   *db.Still
	vault   *vault.Vault // of its own: what it learns of keys is of that instant
	plan    Plan
	tables  []db.Table
	zip     *zip.Writer
	entry   *entry
}

// House is how the practice is called and reached.
type House struct{ Name, Email, Host string }

// House is whose export it is.
func (p *Pack) House() House { return p.house }

// host is the site's host name, as calendars and passkeys know it.
func (s *Service) host() string { return hostOf(s.URL) }

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return "held.invalid"
	}
	return u.Hostname()
}

func (p *Pack) begin() (err error) {
	if err := p.vault.Load(p.ctx, p.still, p.Practice); err != nil {
		return err
	}
	if p.Schema, err = p.still.Version(p.ctx); err != nil {
		return err
	}
	lines, hash, err := trail.End(p.ctx, p.still, p.Practice)
	if err != nil {
		return err
	}
	p.Trail = Chain{lines, hex.EncodeToString(hash)}
	p.tables, err = p.still.Tables(p.ctx, p.still)
	return err
}

func (p *Pack) all() error {
	w, err := p.Create(readmeName)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, readme(p.Manifest)); err != nil {
		return err
	}
	for _, t := range p.tables {
		switch {
		case !slices.Contains(p.plan.Travels, t.Name):
		case p.plan.apart(t.Name) && !p.process:
			p.Without = append(p.Without, t.Name)
		default:
			if err := p.table(t); err != nil {
				return err
			}
		}
	}
	if err := p.erasures(); err != nil {
		return err
	}
	for _, face := range p.plan.Faces {
		if err := face(p); err != nil {
			return err
		}
	}
	return p.close()
}

// entry is the file within the export that is being written.
type entry struct {
	io.Writer
	part Part
	sum  hash.Hash
}

func (e *entry) Write(b []byte) (int, error) {
	e.sum.Write(b)
	e.part.Bytes += int64(len(b))
	return e.Writer.Write(b)
}

// Create begins a file within the export; the one before it is whole by that.
func (p *Pack) Create(name string) (io.Writer, error) {
	p.settle()
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.Made})
	if err != nil {
		return nil, err
	}
	p.entry = &entry{Writer: w, part: Part{Name: name}, sum: sha256.New()}
	return p.entry, nil
}

func (p *Pack) settle() {
	if e := p.entry; e != nil {
		e.part.SHA256 = hex.EncodeToString(e.sum.Sum(nil))
		p.Files = append(p.Files, e.part)
		p.entry = nil
	}
}

// table writes one table's rows.
func (p *Pack) table(t db.Table) error {
	folder := "tables/"
	if p.plan.apart(t.Name) {
		folder = "apart/"
	}
	w, err := p.Create(folder + t.Name + ".jsonl")
	if err != nil {
		return err
	}
	part := &p.entry.part
	part.Table = t.Name
	columns := p.plan.carried(t)
	for _, c := range columns {
		part.Columns = append(part.Columns, c.Name)
	}
	lines := newLines(w)
	return p.Each(t.Name, func(row Row) error {
		line := make(map[string]any, len(columns))
		for _, c := range columns {
			line[c.Name] = plain(row[c.Name])
		}
		part.Rows++
		return lines.Encode(line)
	})
}

func newLines(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// plain is a value as JSON has it: an id in its dashed form, other bytes in
// base64, an erased text as an object that says so.
func plain(v any) any {
	switch v := v.(type) {
	case []byte:
		if len(v) == len(db.ID{}) {
			return db.ID(v).String()
		}
		return base64.StdEncoding.EncodeToString(v)
	case Erased:
		return map[string]bool{"erased": true}
	case string:
		if !utf8.ValidString(v) {
			return map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(v))}
		}
	}
	return v
}

// page is how many rows are in memory at a time.
const page = 200

// Each visits every row of a table, opened.
func (p *Pack) Each(table string, visit func(Row) error) error {
	i := slices.IndexFunc(p.tables, func(t db.Table) bool { return t.Name == table })
	if i < 0 {
		return fmt.Errorf("carry: there is no table %s", table)
	}
	t, sealed := p.tables[i], p.plan.sealedOf(table)
	names := append(slices.Clone(t.Key[1:]), columnsBeside(t)...)
	for after := []any(nil); ; {
		rows, err := p.still.Page(p.ctx, p.still, t, p.Practice, after, page, names[len(t.Key)-1:]...)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1][:len(t.Key)-1]
		for _, values := range rows {
			row := Row{"practice_id": p.Practice[:]}
			for i, v := range values {
				row[names[i]] = v
			}
			if err := p.open(row, sealed); err != nil {
				return err
			}
			if err := visit(row); err != nil {
				return err
			}
		}
	}
}

// columnsBeside are a table's columns that are not of its key.
func columnsBeside(t db.Table) (all []string) {
	for _, c := range t.Columns {
		if !slices.Contains(t.Key, c.Name) {
			all = append(all, c.Name)
		}
	}
	return all
}

func (p *Pack) open(row Row, sealed []vault.Column) error {
	for _, c := range sealed {
		text, _ := row[c.Column].([]byte)
		if text == nil {
			continue
		}
		f, err := c.Place(p.Practice, row)
		if err != nil {
			return err
		}
		plain, err := p.vault.Open(p.ctx, p.still, f, text)
		switch {
		case errors.Is(err, vault.ErrErased):
			row[c.Column] = Erased{}
		case err != nil:
			return err
		default:
			row[c.Column] = plain
		}
	}
	return nil
}

// erasures writes whose keys were destroyed: erased stays erased elsewhere too.
func (p *Pack) erasures() error {
	w, err := p.Create(erasedName)
	if err != nil {
		return err
	}
	part, lines := &p.entry.part, newLines(w)
	return vault.Erasures(p.ctx, p.still, p.Practice, func(e vault.Erasure) error {
		part.Rows++
		return lines.Encode(e)
	})
}

func (p *Pack) close() error {
	p.settle()
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: p.Made})
	if err != nil {
		return err
	}
	e := newLines(w)
	e.SetIndent("", "  ")
	if err := e.Encode(p.Manifest); err != nil {
		return err
	}
	return p.zip.Close()
}

func readme(m Manifest) string {
	return strings.ReplaceAll(fmt.Sprintf(`%s
as it stood on %s, exported by Held %s.

Nothing in here is sealed any more. Whoever has this file can read everything
in it: names, contacts, legal identities, what people wrote, whom they would
rather not meet here. Keep it encrypted, and no longer than you need it.

persons.csv, appointments.csv, appointments.ics, articles/
    to be read by people and by other programs. "held import" does not need them.
tables/
    every table, one JSON object in each line (UTF-8). Columns that end in _at
    are microseconds since 1970, UTC; an id is written with dashes, other bytes
    in base64. A column that holds a record of its own holds it as JSON text.
    {"erased": true} stands where something was erased for good.
apart/
    the guides' process notes, the same way; only where they were asked for.
tables/trail_entries.jsonl
    who did and read what, with each line's place (seq) and hash in the chain.
erased.jsonl
    whose keys were destroyed, for which class, when.
manifest.json
    what is here, with counts and SHA-256, and where the trail's chain ended.

What a client has sealed by keys of their own is in here as it lies in the
database: nobody but the client can read it, here or elsewhere.

Not in here: keys, sessions, sign-in links, authenticator apps, recovery codes,
accounts at an identity provider, counts of wrong tries, and how backups and
the program's background work stood.
`, m.Name, m.Made.UTC().Format("2 January 2006, 15:04 MST"), m.Held), "\n", "\r\n")
}
