// Package carry takes a whole practice out of one Held in open formats, and
// into another: a zip with a file of JSON lines for each table, opened, and what
// is easier to read beside them. It is made of the database's own catalogue and
// of what each package declares, and knows the meaning of no table.
package carry

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// format counts the ways in which such a file was ever laid out.
const format = 1

// Plan says what of the database goes along, and how.
type Plan struct {
	Travels []string       // the tables that go along
	Sealed  []vault.Column // are opened, and sealed anew under the new practice's keys
	Lookups []vault.Lookup // stay, and are made anew
	Faces   []func(*Pack) error
}

// Service takes the practice along. It says so on the trail and to the owners.
type Service struct {
	DB       *db.DB
	Keeper   vault.Keeper
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time
	Version  string // the program's
	URL      string // the address of the site
	Plan

	busy sync.Mutex
}

// Manifest is what an export holds.
type Manifest struct {
	Format   int       `json:"format"`
	Held     string    `json:"held"` // the program's version
	Schema   int64     `json:"schema"`
	Practice db.ID     `json:"practice"`
	Name     string    `json:"name"`
	URL      string    `json:"url"`
	Made     time.Time `json:"made"`
	Trail    Chain     `json:"trail"`
	Without  []string  `json:"without,omitempty"` // tables of process notes that were not asked for
	Files    []Part    `json:"files"`
}

// Chain is where the trail's chain ended.
type Chain struct {
	Lines int64  `json:"lines"`
	Hash  string `json:"hash"`
}

// Part is one file of an export.
type Part struct {
	Name    string   `json:"name"`
	Table   string   `json:"table,omitempty"` // whose rows these are; "" for what is only to be read
	Columns []string `json:"columns,omitempty"`
	Rows    int64    `json:"rows,omitempty"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`
}

// Rows counts all rows of all tables.
func (m Manifest) Rows() (n int64) {
	for _, p := range m.Files {
		if p.Table != "" {
			n += p.Rows
		}
	}
	return n
}

// Tables counts them.
func (m Manifest) Tables() (n int) {
	for _, p := range m.Files {
		if p.Table != "" {
			n++
		}
	}
	return n
}

// The names of files within an export.
const (
	readmeName   = "README.txt"
	manifestName = "manifest.json"
	erasedName   = "erased.jsonl"
)

// Why an export is not brought in.
var (
	ErrForeign  = errors.New("this is no export of Held")
	ErrIdentity = errors.New("this export was not made for this identity or passphrase; bring the identity of one of its recipients (--identity), or its passphrase (--passphrase-file)")
	ErrDamaged  = errors.New("this export was altered, or it ends too early; nothing of it was brought in. Take another copy, or make it anew")
	ErrNewer    = errors.New("this export was made by a newer version of Held; bring it in with that version")
)

// Audience is for whom an export is encrypted.
type Audience struct {
	recipients []age.Recipient
	said       string // in a letter
	short      string // on the trail
	process    bool   // with the guides' process notes
}

// WithProcess asks for the guides' process notes too: they are kept apart from
// the record, and leave with it only when that is said.
func (a Audience) WithProcess() Audience {
	a.process = true
	a.said += ". The guides' process notes are in it"
	a.short += ", with process notes"
	return a
}

// Clear is everybody: nothing is encrypted.
var Clear = Audience{said: "It is not encrypted: whoever has the file can read everything", short: "in the clear"}

// shown is how much of a recipient stands on the trail.
const shown = 12

// ForRecipients reads age recipients, with spaces or commas between.
func ForRecipients(list string) (Audience, error) {
	names := strings.Fields(strings.ReplaceAll(list, ",", " "))
	rs, err := age.ParseRecipients(strings.NewReader(strings.Join(names, "\n")))
	if err != nil || len(rs) == 0 {
		return Audience{}, errors.New("these are not all age recipients; each begins with age1")
	}
	a := Audience{recipients: rs, said: "It is encrypted for " + strings.Join(names, ", ")}
	for i, n := range names {
		names[i] = n[:min(len(n), shown)] + "…"
	}
	a.short = "for " + strings.Join(names, ", ")
	return a, nil
}

// passWork is the work to try one passphrase, as a power of two: 64 MB and some
// tenths of a second. The passphrases that we make have 125 bits.
const passWork = 16

// minPass is the shortest passphrase.
const minPass = 20

// ForPassphrase is whoever knows a passphrase.
func ForPassphrase(pass string) (Audience, error) {
	pass = strings.TrimSpace(pass)
	if len(pass) < minPass {
		return Audience{}, errors.New("a passphrase needs 20 signs or more")
	}
	r, err := age.NewScryptRecipient(pass)
	if err != nil {
		return Audience{}, err
	}
	r.SetWorkFactor(passWork)
	return Audience{recipients: []age.Recipient{r}, said: "It is encrypted with a passphrase, which is kept nowhere here", short: "with a passphrase"}, nil
}

// Encrypted tells whether anybody is kept out.
func (a Audience) Encrypted() bool { return len(a.recipients) > 0 }

// Row is a row with its columns opened: int64, string, []byte, nil or Erased.
type Row map[string]any

// Erased stands where a text was erased.
type Erased struct{}

// Text is a column's text, "" where there is none.
func (r Row) Text(column string) string {
	s, _ := r[column].(string)
	return s
}

// ID is a column's id, zero where there is none.
func (r Row) ID(column string) (id db.ID) {
	_ = id.Scan(r[column]) // what is no id is none
	return id
}

// Time is a column's instant.
func (r Row) Time(column string) time.Time {
	n, _ := r[column].(int64)
	return db.At(n)
}

// sealedOf are the sealed columns of a table.
func (p Plan) sealedOf(table string) (all []vault.Column) {
	for _, c := range p.Sealed {
		if c.Table == table {
			all = append(all, c)
		}
	}
	return all
}

// apart tells whether a table holds process notes.
func (p Plan) apart(table string) bool {
	return slices.ContainsFunc(p.sealedOf(table), func(c vault.Column) bool { return c.Class == vault.Process })
}

// hasApart tells whether there are process notes at all.
func (p Plan) hasApart() bool { return slices.ContainsFunc(p.Travels, p.apart) }

// anew is how a column of hashes is made anew; false for every other.
func (p Plan) anew(table, column string) (vault.Lookup, bool) {
	i := slices.IndexFunc(p.Lookups, func(l vault.Lookup) bool { return l.Table == table && l.Column == column })
	if i < 0 {
		return vault.Lookup{}, false
	}
	return p.Lookups[i], true
}

// carried are the columns of a table that stand in its file.
func (p Plan) carried(t db.Table) (all []db.Column) {
	for _, c := range t.Columns {
		if _, made := p.anew(t.Name, c.Name); c.Name != "practice_id" && !made {
			all = append(all, c)
		}
	}
	return all
}

// FileName is how an export's file is called: whose, when, and whether it is encrypted.
func FileName(practice db.ID, at time.Time, to Audience) string {
	name := "held-export-" + hex.EncodeToString(practice[12:]) + "-" + at.UTC().Format("20060102T150405Z") + ".zip"
	if to.Encrypted() {
		name += ".age"
	}
	return name
}
