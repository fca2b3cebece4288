package keeping

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Along is everything of a person's, as it is taken along.
type Along struct {
	Practice string    `json:"practice"`
	Made     time.Time `json:"made"`
	Zone     string    `json:"zone"` // IANA, of the practice: the clock of the readable page
	Parts    []Part    `json:"parts"`
}

const aboutBundle = `everything.html opens in any browser and needs nothing else.
everything.json is the same for another program: UTF-8, instants in RFC 3339.
Nothing in these two is sealed any more. Keep them where only you look.
The folder journal, where there is one, is your sealed journal: age files
(https://age-encryption.org) that open with your passkey or your recovery sheet.
`

// adder adds one file to a bundle.
type adder = func(name string, write func(io.Writer) error) error

// bundle writes a zip file: a page to read, the same as data, a word about both,
// and what lies beside them.
func bundle(ctx context.Context, to io.Writer, a Along, beside func(adder) error) error {
	z := zip.NewWriter(to)
	add := func(name string, write func(io.Writer) error) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.Made})
		if err != nil {
			return err
		}
		return write(w)
	}
	err := add("README.txt", func(w io.Writer) error { _, err := io.WriteString(w, aboutBundle); return err })
	if err != nil {
		return err
	}
	if err = add("everything.html", func(w io.Writer) error { return alongPage(a, zone(a.Zone)).Render(ctx, w) }); err != nil {
		return err
	}
	err = add("everything.json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(a)
	})
	if err != nil {
		return err
	}
	if err := beside(add); err != nil {
		return err
	}
	return z.Close() // writes the end: only then are the bytes whole
}

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// lines are a text's lines, so that they stay apart on a page.
func lines(s string) []string { return strings.Split(s, "\n") }
