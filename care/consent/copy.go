package consent

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"held/care/invitation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/paper"
	"held/practice/access"
	"held/practice/trail"
)

// errNoCopy says that nothing is signed yet.
var errNoCopy = fault.New(fault.NotFound, "There is no copy yet: it is made once you have signed.")

// signedPair is the client's last signature under a document and, when it is
// there, the second one beneath it.
func signedPair(all []Record, document, party db.ID) (first, second *Record) {
	first = last(all, document, party, Signed)
	if first == nil {
		return nil, nil
	}
	if c := last(all, document, party, Countersigned); c != nil && c.Seq > first.Seq && c.field("under") == hex.EncodeToString(first.Hash) {
		second = c
	}
	return first, second
}

// Copy gives the signed-in client their copy of what they signed, as PDF.
func (s *Service) Copy(ctx context.Context, id db.ID) ([]byte, error) {
	client := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	b, err := s.keepCopy(ctx, client, id)
	if err != nil {
		return nil, err
	}
	return b, s.Trail.Did(ctx, trail.Entry{Verb: "took a copy of", Subject: client, Kind: "consent", Object: id})
}

// keepCopy gives the sealed copy, and makes it where it is missing.
func (s *Service) keepCopy(ctx context.Context, client, id db.ID) ([]byte, error) {
	practice := access.From(ctx).Practice
	st, d, w, err := s.asked(ctx, s.DB.Reader(), client, id)
	if err != nil {
		return nil, err
	}
	first, second := signedPair(w.records, st.Document, st.Party.ID)
	if first == nil || first.Erased {
		return nil, errNoCopy
	}
	newest := first
	if second != nil {
		newest = second
	}
	sealed, err := db.One(ctx, s.DB.Reader(), db.Value[[]byte], sqlCopy, practice, client, newest.ID)
	if err == nil {
		plain, err := s.Vault.Open(ctx, s.DB.Reader(), copyField(practice, client, newest.ID), sealed)
		return []byte(plain), err
	}
	if !errors.Is(err, db.ErrNone) {
		return nil, err
	}
	b, err := s.makeCopy(ctx, d, *first, second)
	if err != nil {
		return nil, err
	}
	return b, s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, copyField(practice, client, newest.ID), string(b))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlKeepCopy, practice, client, newest.ID, sealed, db.Micros(s.Now()))
		return err
	})
}

// makeCopy sets the canonical text, its hash and its signatures as a PDF.
func (s *Service) makeCopy(ctx context.Context, d Document, first Record, second *Record) ([]byte, error) {
	legal, err := s.legalOf(ctx, first)
	if err != nil {
		return nil, err
	}
	made := first.At
	if second != nil {
		made = second.At
	}
	title := strings.SplitN(first.Said.Text, "\n", 2)[0]
	blocks := canonicalBlocks(first.Said.Text)
	blocks = append(blocks, signatures(first, second, legal)...)
	if n := paper.Lacking(first.Said.Text); n > 0 {
		blocks = append(blocks, paper.Block{Kind: paper.Para, Text: fmt.Sprintf("%d characters of this text are not in this copy's typeface and stand here as “?”. The page in your space shows them.", n)})
	}
	return paper.Write(paper.Document{
		Title: title, Author: first.Said.Practice, Lang: "en", Made: made, Blocks: blocks,
		Foot: title + ", version " + fmt.Sprint(first.Version) + ", SHA-256 " + first.TextSum()[:16] + "…",
	})
}

// canonicalBlocks takes the canonical text apart: three lines of its head, two parts.
func canonicalBlocks(text string) []paper.Block {
	head, rest, _ := strings.Cut(text, "\n\n=== In plain words ===\n\n")
	plain, full, _ := strings.Cut(rest, "\n\n=== The full text ===\n\n")
	lines := strings.Split(head, "\n")
	out := []paper.Block{{Kind: paper.Title, Text: lines[0]}}
	for _, l := range lines[1:] {
		out = append(out, paper.Block{Kind: paper.Para, Text: l})
	}
	out = append(out, paper.Block{Kind: paper.Heading, Text: "In plain words"})
	out = append(out, written(plain)...)
	out = append(out, paper.Block{Kind: paper.Heading, Text: "The full text"})
	return append(out, written(full)...)
}

func written(markdown string) (out []paper.Block) {
	for _, b := range invitation.Blocks(markdown) {
		p := paper.Block{Kind: paper.Para, Text: b.Text, Mark: b.Item}
		switch {
		case b.Level > 0:
			p.Kind = paper.Under
		case b.Quote:
			p.Kind = paper.Quote
		}
		out = append(out, p)
	}
	return out
}

func signatures(first Record, second *Record, legal string) []paper.Block {
	para := func(format string, args ...any) paper.Block {
		return paper.Block{Kind: paper.Para, Text: fmt.Sprintf(format, args...)}
	}
	out := []paper.Block{
		{Kind: paper.Heading, Text: "Signatures"},
		para("The text above, as it was shown and signed, has the SHA-256 %s.", first.TextSum()),
		{Kind: paper.Under, Text: "Signed by " + first.Said.Name},
		para("%s", first.Said.Meaning),
	}
	if legal != "" {
		out = append(out, para("Legal name, as given: %s", legal))
	}
	out = append(out, para("%s, signed in with %s. Record %s", instant(first.At), first.Way(), hex.EncodeToString(first.Hash)))
	if second == nil {
		return append(out, para("The second signature, of whoever held the talk, was not there when this copy was made."))
	}
	return append(out,
		paper.Block{Kind: paper.Under, Text: "Signed by " + second.Said.Name + " for " + second.Said.Practice},
		para("%s", second.Said.Meaning),
		para("%s, signed in with %s. Record %s", instant(second.At), second.Way(), hex.EncodeToString(second.Hash)),
		para("This is a copy for reading and keeping. The records, which prove that nothing was altered, lie in your space as a file beside it."),
	)
}

func instant(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

// legalOf is the legal name that was sealed with a signature, or "".
func (s *Service) legalOf(ctx context.Context, r Record) (string, error) {
	practice := access.From(ctx).Practice
	row, err := db.One(ctx, s.DB.Reader(), scanRecord, sqlRecord, practice, r.ID)
	if err != nil || len(row.legal) == 0 {
		return "", err
	}
	return s.open(ctx, s.DB.Reader(), legalField(practice, r.Client, r.ID), row.legal)
}

// fileFormat is the name of the form in which records are taken along.
const fileFormat = "held consent records 1"

// File is records as they are taken along: what proves them is in it.
type File struct {
	Format  string       `json:"format"`
	Records []FileRecord `json:"records"`
}

// FileRecord is one record in a file. Its statement is signed by the key; said
// and legal name are hashed in the statement.
type FileRecord struct {
	Statement string `json:"statement"`
	Said      string `json:"said"`
	Legal     string `json:"legal,omitempty"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

// Exported gives the signed-in client the records of one document.
func (s *Service) Exported(ctx context.Context, id db.ID) ([]byte, error) {
	client := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	st, _, _, err := s.asked(ctx, s.DB.Reader(), client, id)
	if err != nil {
		return nil, err
	}
	return s.file(ctx, client, func(r Record) bool {
		return r.Document.IsZero() || r.Document == st.Document && r.Party == st.Party.ID
	})
}

// file writes the records that are wanted.
func (s *Service) file(ctx context.Context, client db.ID, want func(Record) bool) ([]byte, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, s.DB.Reader(), scanRecord, sqlRecords, practice, client)
	if err != nil {
		return nil, err
	}
	f := File{Format: fileFormat, Records: []FileRecord{}}
	for _, row := range rows {
		key, err := s.opened(ctx, s.DB.Reader(), &row)
		if err != nil {
			return nil, err
		}
		if row.Erased || !want(row.Record) {
			continue
		}
		x := FileRecord{Statement: row.Statement, Said: row.raw, Key: base64.StdEncoding.EncodeToString(key), Signature: base64.StdEncoding.EncodeToString(row.Signature)}
		if len(row.legal) > 0 {
			if x.Legal, err = s.open(ctx, s.DB.Reader(), legalField(practice, client, row.ID), row.legal); err != nil {
				return nil, err
			}
		}
		f.Records = append(f.Records, x)
	}
	return json.MarshalIndent(f, "", "  ")
}
