package archive

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"

	"held/internal/db"
)

// Writer writes an archive. What it wrote is whole only once Close gave no error.
type Writer struct {
	sealed io.WriteCloser
	zip    *gzip.Writer
	out    *bufio.Writer
	m      Manifest
	rows   hash.Hash
	buf    []byte
	err    error
}

// NewWriter begins an archive that only the recipients' identities open.
func NewWriter(w io.Writer, head Head, recipients ...age.Recipient) (*Writer, error) {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewWriterLevel(sealed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	a := &Writer{sealed: sealed, zip: zip, out: bufio.NewWriterSize(zip, 64<<10), m: Manifest{Head: head, Parts: []Part{}}}
	_, a.err = a.out.WriteString(magic)
	a.json(frameHead, head)
	return a, a.err
}

func (a *Writer) frame(kind byte, payload []byte) {
	if a.err != nil {
		return
	}
	if len(payload) > maxFrame {
		a.err = fmt.Errorf("archive: %d bytes are too many for one row", len(payload))
		return
	}
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = kind
	n := 1 + binary.PutUvarint(head[1:], uint64(len(payload)))
	if _, a.err = a.out.Write(head[:n]); a.err == nil {
		_, a.err = a.out.Write(payload)
	}
}

func (a *Writer) json(kind byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.frame(kind, b)
	return b
}

// Part begins a table; its rows follow.
func (a *Writer) Part(t db.Table) error {
	a.end()
	a.m.Parts = append(a.m.Parts, Part{Table: t.Name})
	a.rows = sha256.New()
	a.rows.Write(a.json(frameOpen, opening{t.Name, t.Columns}))
	return a.err
}

// Row adds a row of the table that was begun last.
func (a *Writer) Row(row []any) error {
	if a.err != nil {
		return a.err
	}
	if a.buf, a.err = db.Pack(a.buf[:0], row); a.err == nil {
		hashRow(a.rows, a.buf)
		a.m.Parts[len(a.m.Parts)-1].Rows++
		a.frame(frameRow, a.buf)
	}
	return a.err
}

// hashRow takes the length in as well, so that no two lists of rows hash alike.
func hashRow(h hash.Hash, packed []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(packed)))
	h.Write(n[:])
	h.Write(packed)
}

func (a *Writer) end() {
	if a.rows == nil {
		return
	}
	p := &a.m.Parts[len(a.m.Parts)-1]
	p.SHA256 = hex.EncodeToString(a.rows.Sum(nil))
	a.rows = nil
	a.json(frameEnd, *p)
}

// Close ends the archive with its manifest. seal signs the manifest's hash with
// a key of the practice, so that whoever knows only the recipients cannot make
// an archive in its name.
func (a *Writer) Close(seal func(sum []byte) string) (Manifest, error) {
	a.end()
	sum := sha256.Sum256(a.json(frameManifest, a.m))
	a.frame(frameSeal, []byte(seal(sum[:])))
	for _, step := range []func() error{a.out.Flush, a.zip.Close, a.sealed.Close} {
		if a.err == nil {
			a.err = step()
		}
	}
	return a.m, a.err
}
