package archive

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"held/internal/db"
)

var (
	tableA = db.Table{Name: "a_things", Columns: []db.Column{{Name: "practice_id", Kind: db.Bytes}, {Name: "n", Kind: db.Int}, {Name: "said", Kind: db.Text}}}
	tableB = db.Table{Name: "b_things", Columns: []db.Column{{Name: "practice_id", Kind: db.Bytes}}}
	rowsA  = [][]any{{[]byte{1}, int64(-5), "é"}, {[]byte{}, nil, ""}, {bytes.Repeat([]byte{7}, 2_000), int64(1<<63 - 1), "x"}}
	head   = Head{Held: "1.2", Schema: 11, Engine: db.SQLite, Practice: db.ID{1, 2}, Made: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)}
)

func sealed(sum []byte) string { return "sealed " + string(sum[:4]) }

func identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// write makes a small archive.
func write(t testing.TB, to io.Writer, recipients ...age.Recipient) (Manifest, error) {
	t.Helper()
	w, err := NewWriter(to, head, recipients...)
	if err != nil {
		return Manifest{}, err
	}
	if err := w.Part(tableA); err != nil {
		return Manifest{}, err
	}
	for _, row := range rowsA {
		if err := w.Row(row); err != nil {
			return Manifest{}, err
		}
	}
	if err := w.Part(tableB); err != nil {
		return Manifest{}, err
	}
	return w.Close(sealed)
}

func made(t testing.TB, recipients ...age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := write(t, &b, recipients...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads an archive to its end.
func readAll(r *Reader) (rows map[string][][]any, m Manifest, err error) {
	rows = map[string][][]any{}
	for {
		t, ok, err := r.Next()
		if err != nil {
			return rows, m, err
		}
		if !ok {
			m, sum, seal, err := r.Close()
			if err == nil && seal != sealed(sum) {
				err = errors.New("the seal is not the one that was set")
			}
			return rows, m, err
		}
		for {
			row, err := r.Row()
			if err != nil {
				return rows, m, err
			}
			if row == nil {
				break
			}
			rows[t.Name] = append(rows[t.Name], row)
		}
	}
}

func opened(from io.Reader, ids ...age.Identity) (map[string][][]any, Manifest, error) {
	r, err := NewReader(from, ids...)
	if err != nil {
		return nil, Manifest{}, err
	}
	return readAll(r)
}

func TestAnArchiveComesBackForEachOfItsRecipients(t *testing.T) {
	one, two := identity(t), identity(t)
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	b := made(t, one.Recipient(), two.Recipient())
	for _, id := range []age.Identity{one, two} {
		rows, m, err := opened(bytes.NewReader(b), id)
		if err != nil || !reflect.DeepEqual(rows["a_things"], rowsA) || len(rows["b_things"]) != 0 {
			t.Fatalf("%v, %v", rows, err)
		}
		if m.Head != head || m.Rows() != 3 || len(m.Parts) != 2 || m.Parts[0].Rows != 3 || len(m.Parts[0].SHA256) != 64 {
			t.Errorf("%+v", m)
		}
	}
	if _, _, err := opened(bytes.NewReader(b), identity(t)); !errors.Is(err, ErrIdentity) {
		t.Errorf("another's identity: %v", err)
	}
	if _, _, err := opened(bytes.NewReader(made(t, pq.Recipient())), pq); err != nil {
		t.Errorf("post-quantum: %v", err)
	}
	for _, word := range []string{"a_things", "practice_id", "held backup"} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("%q can be read", word)
		}
	}
}

func TestRowsThatNobodyReadsAreCheckedAllTheSame(t *testing.T) {
	id := identity(t)
	r, err := NewReader(bytes.NewReader(made(t, id.Recipient())), id)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, ok, err := r.Next(); err != nil {
			t.Fatal(err)
		} else if !ok {
			break
		}
	}
	if m, _, _, err := r.Close(); err != nil || m.Rows() != 3 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestAnArchiveCutOrAlteredAnywhereIsRefused, and never half of it taken for a whole.
func TestAnArchiveCutOrAlteredAnywhereIsRefused(t *testing.T) {
	id := identity(t)
	b := made(t, id.Recipient())
	refused := func(what string, at int, bad []byte) {
		t.Helper()
		_, _, err := opened(bytes.NewReader(bad), id)
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrIdentity) {
			t.Errorf("%s at %d of %d: %v", what, at, len(b), err)
		}
	}
	for at := range b {
		refused("cut", at, b[:at])
		torn := bytes.Clone(b)
		torn[at] ^= 0x10
		refused("altered", at, torn)
	}
	refused("more at its end", len(b), append(bytes.Clone(b), 0))
	if _, _, err := opened(strings.NewReader("a letter"), id); !errors.Is(err, ErrForeign) {
		t.Errorf("a letter: %v", err)
	}
}

// inner is what lies within encryption and compression.
func inner(t testing.TB) []byte {
	t.Helper()
	id := identity(t)
	plain, err := age.Decrypt(bytes.NewReader(made(t, id.Recipient())), id)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTheManifestHoldsWhateverTheEncryptionLetsThrough: somebody who has the
// recipients can encrypt anything.
func TestTheManifestHoldsWhateverTheEncryptionLetsThrough(t *testing.T) {
	b := inner(t)
	open := func(b []byte) error {
		r, err := read(&source{}, bytes.NewReader(b))
		if err == nil {
			_, _, err = readAll(r)
		}
		return err
	}
	if err := open(b); err != nil {
		t.Fatal(err)
	}
	for at := range b {
		torn := bytes.Clone(b)
		torn[at] ^= 1
		if open(torn) == nil {
			t.Errorf("altered at %d, it is taken: %q", at, b[max(0, at-20):min(len(b), at+20)])
		}
		if at > 0 && at < 2_000 && open(b[:at]) == nil {
			t.Errorf("cut at %d, it is taken", at)
		}
	}
}

func TestABrokenDiskIsNotABrokenArchive(t *testing.T) {
	id := identity(t)
	b := made(t, id.Recipient())
	gone := errors.New("the disk is gone")
	for _, at := range []int{0, 10, 100, 300, len(b) / 2, len(b) - 1} {
		_, _, err := opened(io.MultiReader(bytes.NewReader(b[:at]), iotest.ErrReader(gone)), id)
		if !errors.Is(err, gone) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}

// full takes so many bytes and then no more.
type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(b)
	return len(b), nil
}

func TestAFullDiskIsSaidWhereverItFills(t *testing.T) {
	id := identity(t)
	size := len(made(t, id.Recipient()))
	for at := 0; at < size; at += 37 {
		if _, err := write(t, &full{at}, id.Recipient()); !errors.Is(err, errFull) {
			t.Errorf("full after %d of %d bytes: %v", at, size, err)
		}
	}
}

func TestNothingIsArchivedForNobody(t *testing.T) {
	if _, err := write(t, io.Discard); err == nil {
		t.Error("written without a recipient")
	}
}

func FuzzReader(f *testing.F) {
	b := inner(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := read(&source{}, bytes.NewReader(b))
		if err != nil {
			return
		}
		rows, m, err := readAll(r)
		if err != nil {
			return
		}
		var n int64
		for _, list := range rows {
			n += int64(len(list))
		}
		if n != m.Rows() {
			t.Errorf("%d rows, the manifest says %d", n, m.Rows())
		}
	})
}
