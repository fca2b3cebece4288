package carry

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"
)

// Bounds of what is read from a file that anybody may have made.
const (
	maxManifest = 16 << 20
	maxLine     = 64 << 20
)

// Carried is an export that was read once from its beginning to its end and is
// what its manifest says.
type Carried struct {
	Manifest
	files map[string]*zip.File
}

// source remembers why reading ended, to tell a broken disk from a broken export.
type source struct {
	io.ReaderAt
	err error
}

func (s *source) ReadAt(b []byte, at int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// Open reads an export with the identities of its recipients and holds all of
// it against its manifest. It writes nothing, and no opened copy of it lies on
// the disk.
func Open(r io.ReaderAt, size int64, identities ...age.Identity) (*Carried, error) {
	from := &source{ReaderAt: r}
	c, err := open(from, size, identities)
	if from.err != nil {
		return nil, fmt.Errorf("the export could not be read to its end: %w", from.err)
	}
	return c, err
}

func open(r io.ReaderAt, size int64, identities []age.Identity) (*Carried, error) {
	head := make([]byte, len("age-encryption.org/"))
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch head = head[:n]; {
	case string(head) == "age-encryption.org/":
		if len(identities) == 0 {
			return nil, ErrIdentity
		}
		var none *age.NoIdentityMatchError
		if r, size, err = age.DecryptReaderAt(r, size, identities...); errors.As(err, &none) {
			return nil, ErrIdentity
		} else if err != nil {
			return nil, ErrDamaged
		}
	case len(head) < 4 || string(head[:4]) != "PK\x03\x04":
		return nil, ErrForeign
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, ErrDamaged
	}
	c := &Carried{files: map[string]*zip.File{}}
	for _, f := range z.File {
		if c.files[f.Name] != nil {
			return nil, ErrDamaged
		}
		c.files[f.Name] = f
	}
	if err := c.manifest(); err != nil {
		return nil, err
	}
	return c, c.whole()
}

func (c *Carried) manifest() error {
	f := c.files[manifestName]
	if f == nil {
		return ErrForeign
	}
	in, err := f.Open()
	if err != nil {
		return ErrDamaged
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxManifest))
	if err != nil {
		return ErrDamaged
	}
	// First the format: a newer one may mean anything else.
	var v struct{ Format int }
	switch {
	case json.Unmarshal(b, &v) != nil || v.Format < 1:
		return ErrDamaged
	case v.Format > format:
		return ErrNewer
	}
	if json.Unmarshal(b, &c.Manifest) != nil || c.Practice.IsZero() {
		return ErrDamaged
	}
	return nil
}

// whole holds every file against the manifest.
func (c *Carried) whole() error {
	if len(c.files) != len(c.Files)+1 || c.part(erasedName) == nil {
		return ErrDamaged
	}
	for i, p := range c.Files {
		f := c.files[p.Name]
		if f == nil || p.Name == manifestName || slices.ContainsFunc(c.Files[:i], func(o Part) bool { return o.Name == p.Name || o.Table != "" && o.Table == p.Table }) {
			return ErrDamaged
		}
		if err := same(f, p); err != nil {
			return err
		}
	}
	return nil
}

func same(f *zip.File, p Part) error {
	in, err := f.Open()
	if err != nil {
		return ErrDamaged
	}
	defer in.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(in, p.Bytes+1))
	if err != nil || n != p.Bytes || hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return ErrDamaged
	}
	return nil
}

// part is the file of that name, nil when there is none.
func (c *Carried) part(name string) *Part {
	if i := slices.IndexFunc(c.Files, func(p Part) bool { return p.Name == name }); i >= 0 {
		return &c.Files[i]
	}
	return nil
}

// of is the file of a table's rows, nil when there is none.
func (c *Carried) of(table string) *Part {
	if i := slices.IndexFunc(c.Files, func(p Part) bool { return p.Table == table }); i >= 0 {
		return &c.Files[i]
	}
	return nil
}

// lines reads a file's lines, one by one; nil after the last.
type lines struct {
	in   io.Closer
	scan *bufio.Scanner
}

func (c *Carried) lines(name string) (*lines, error) {
	in, err := c.files[name].Open()
	if err != nil {
		return nil, ErrDamaged
	}
	l := &lines{in, bufio.NewScanner(in)}
	l.scan.Buffer(make([]byte, 64<<10), maxLine)
	return l, nil
}

func (l *lines) next() ([]byte, error) {
	if l.scan.Scan() {
		return l.scan.Bytes(), nil
	}
	return nil, l.scan.Err()
}
