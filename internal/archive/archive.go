// Package archive is the one file that a backup is: every table of the
// database, row by row, the same for both engines, with a manifest at its end,
// compressed, and encrypted to age recipients. It is written and read as a
// stream, and knows the meaning of no table.
//
// Inside the encryption: a line that names the format, then frames of one
// byte (what it is), a length and that many bytes. First the head; for each
// table a part's opening, its rows and its end; then the manifest and its seal.
package archive

import (
	"errors"
	"time"

	"held/internal/db"
)

const magic = "held backup 1\n"

// The frames.
const (
	frameHead     = 'H'
	frameOpen     = 'T'
	frameRow      = 'R'
	frameEnd      = 'E'
	frameManifest = 'M'
	frameSeal     = 'S'
)

// maxFrame bounds a row: far more than any page of Held can store.
const maxFrame = 64 << 20

// Head says what an archive is of; it can be read before all else.
type Head struct {
	Held     string    `json:"held"` // the program's version
	Schema   int64     `json:"schema"`
	Engine   string    `json:"engine"`
	Practice db.ID     `json:"practice"`
	Made     time.Time `json:"made"`
}

// Part is one table's rows, counted, with their hash.
type Part struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Manifest is what an archive holds.
type Manifest struct {
	Head
	Parts []Part `json:"parts"`
}

// Rows counts all rows.
func (m Manifest) Rows() (n int64) {
	for _, p := range m.Parts {
		n += p.Rows
	}
	return n
}

// opening begins a part.
type opening struct {
	Table   string      `json:"table"`
	Columns []db.Column `json:"columns"`
}

// Why an archive is refused.
var (
	ErrForeign  = errors.New("this is no backup of Held")
	ErrIdentity = errors.New("this backup was not made for this identity; bring the identity of one of the recipients it was made for")
	ErrDamaged  = errors.New("this backup was altered, or it ends too early; nothing of it was used. Take another copy, or the one before it")
)
