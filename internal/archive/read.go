package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"

	"held/internal/db"
)

// Reader reads an archive. Nothing that it gave out counts until Close has
// given the manifest: only then is the archive known to be whole.
type Reader struct {
	Head Head

	source *source
	in     *bufio.Reader // what the compression holds
	m      Manifest
	seen   map[string]bool
	rows   hash.Hash // nil between parts
	part   Part
	table  db.Table
	ended  bool
	sum    []byte
	seal   string
	buf    bytes.Buffer
}

// source remembers why reading ended, to tell a broken disk from a broken archive.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// NewReader begins to read an archive with the identities of its recipients.
func NewReader(r io.Reader, identities ...age.Identity) (*Reader, error) {
	from := &source{r: r}
	front := bufio.NewReader(from)
	if b, err := front.Peek(len("age-encryption.org/")); err != nil || string(b) != "age-encryption.org/" {
		return nil, from.damaged(ErrForeign)
	}
	opened, err := age.Decrypt(front, identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, ErrIdentity
	}
	if err != nil {
		return nil, from.damaged(ErrDamaged)
	}
	// Buffered, so that decompression takes from it no more than it is.
	zip, err := gzip.NewReader(bufio.NewReader(opened))
	if err != nil {
		return nil, from.damaged(ErrDamaged)
	}
	return read(from, zip)
}

// read begins to read what the encryption and the compression hold.
func read(from *source, in io.Reader) (*Reader, error) {
	a := &Reader{source: from, in: bufio.NewReaderSize(in, 64<<10), seen: map[string]bool{}}
	line := make([]byte, len(magic))
	if _, err := io.ReadFull(a.in, line); err != nil {
		return nil, from.damaged(ErrDamaged)
	}
	if string(line) != magic {
		return nil, ErrForeign
	}
	kind, payload, err := a.frame()
	if err != nil {
		return nil, err
	}
	if kind != frameHead || json.Unmarshal(payload, &a.Head) != nil {
		return nil, ErrDamaged
	}
	return a, nil
}

// damaged is an archive's fault, unless the source itself could not be read.
func (s *source) damaged(err error) error {
	if s.err != nil {
		return fmt.Errorf("the backup could not be read to its end: %w", s.err)
	}
	return err
}

// frame reads the next frame; its bytes are good until the next call.
func (a *Reader) frame() (kind byte, payload []byte, err error) {
	if kind, err = a.in.ReadByte(); err != nil {
		return 0, nil, a.source.damaged(ErrDamaged)
	}
	size, err := binary.ReadUvarint(a.in)
	if err != nil || size > maxFrame {
		return 0, nil, a.source.damaged(ErrDamaged)
	}
	a.buf.Reset() // grows as bytes come, not as a length promises
	if _, err := io.CopyN(&a.buf, a.in, int64(size)); err != nil {
		return 0, nil, a.source.damaged(ErrDamaged)
	}
	return kind, a.buf.Bytes(), nil
}

// Next goes to the next table; false when there is none left.
func (a *Reader) Next() (t db.Table, ok bool, err error) {
	for a.rows != nil { // rows that nobody asked for
		if _, err := a.Row(); err != nil {
			return t, false, err
		}
	}
	kind, payload, err := a.frame()
	if err != nil {
		return t, false, err
	}
	if kind == frameManifest {
		return t, false, a.manifest(payload)
	}
	var o opening
	if kind != frameOpen || json.Unmarshal(payload, &o) != nil || a.seen[o.Table] || len(o.Columns) == 0 {
		return t, false, ErrDamaged
	}
	a.seen[o.Table] = true
	a.rows = sha256.New()
	a.rows.Write(payload)
	a.part, a.table = Part{Table: o.Table}, db.Table{Name: o.Table, Columns: o.Columns}
	return a.table, true, nil
}

// Row reads the next row of the table; nil when there is none left.
func (a *Reader) Row() ([]any, error) {
	if a.rows == nil {
		return nil, nil
	}
	kind, payload, err := a.frame()
	if err != nil {
		return nil, err
	}
	if kind == frameEnd {
		return nil, a.end(payload)
	}
	if kind != frameRow {
		return nil, ErrDamaged
	}
	row, err := db.Unpack(payload)
	if err != nil || len(row) != len(a.table.Columns) {
		return nil, ErrDamaged
	}
	hashRow(a.rows, payload)
	a.part.Rows++
	return row, nil
}

func (a *Reader) end(payload []byte) error {
	a.part.SHA256 = hex.EncodeToString(a.rows.Sum(nil))
	a.rows = nil
	if said, err := json.Marshal(a.part); err != nil || !bytes.Equal(said, payload) {
		return ErrDamaged
	}
	a.m.Parts = append(a.m.Parts, a.part)
	return nil
}

// manifest reads the manifest and its seal, and holds them against what came.
func (a *Reader) manifest(payload []byte) error {
	came := a.m.Parts
	sum := sha256.Sum256(payload)
	a.sum, a.m = sum[:], Manifest{}
	if json.Unmarshal(payload, &a.m) != nil || a.m.Head != a.Head || len(a.m.Parts) != len(came) {
		return ErrDamaged
	}
	for i, p := range came {
		if a.m.Parts[i] != p {
			return ErrDamaged
		}
	}
	kind, payload, err := a.frame()
	if err != nil {
		return err
	}
	a.seal = string(payload)
	if _, err := a.in.ReadByte(); kind != frameSeal || !errors.Is(err, io.EOF) {
		return a.source.damaged(ErrDamaged)
	}
	a.ended = true
	return nil
}

// Close gives the manifest of an archive that was read to its end, and what
// was sealed: the practice's key says whether the seal is its own.
func (a *Reader) Close() (m Manifest, sum []byte, seal string, err error) {
	if !a.ended {
		return m, nil, "", ErrDamaged
	}
	return a.m, a.sum, a.seal, nil
}
