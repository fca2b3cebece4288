package depot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// store is an S3 implementation in this process; refuse breaks the line.
func store(t *testing.T, refuse func(r *http.Request) bool) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("house"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse != nil && refuse(r) {
			panic(http.ErrAbortHandler)
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return "s3://key:secret@" + strings.TrimPrefix(s.URL, "http://") + "/house/backups/held?region=us-east-1&tls=none"
}

func open(t *testing.T, address string) Depot {
	t.Helper()
	d, err := Open(address)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// each runs a test with a folder and with a store.
func each(t *testing.T, test func(t *testing.T, d Depot)) {
	t.Run("folder", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "made", "backups"))) })
	t.Run("store", func(t *testing.T) { test(t, open(t, store(t, nil))) })
}

func names(t *testing.T, d Depot) string {
	t.Helper()
	all, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, i := range all {
		list = append(list, i.Name)
	}
	return strings.Join(list, " ")
}

func putting(b []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(b); return err }
}

func TestWhatIsKeptComesBack(t *testing.T) {
	each(t, func(t *testing.T, d Depot) {
		if got := names(t, d); got != "" {
			t.Errorf("at first: %q", got)
		}
		big := bytes.Repeat([]byte("held and kept. "), 2_500_000) // more than two parts
		for name, b := range map[string][]byte{"one": []byte("1"), "big": big} {
			if err := d.Put(t.Context(), name, putting(b)); err != nil {
				t.Fatal(err)
			}
			r, err := d.Get(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%s: %d bytes came back of %d, %v", name, len(got), len(b), err)
			}
		}
		if got := names(t, d); got != "big one" {
			t.Errorf("kept: %q", got)
		}
		if err := d.Remove(t.Context(), "big"); err != nil {
			t.Error(err)
		}
		if _, err := d.Get(t.Context(), "big"); !errors.Is(err, ErrNone) {
			t.Errorf("removed: %v", err)
		}
		for _, bad := range []string{"", "../one", "a/b", ".hidden"} {
			if err := d.Put(t.Context(), bad, putting(nil)); err == nil {
				t.Errorf("%q was taken for a name", bad)
			}
			if _, err := d.Get(t.Context(), bad); err == nil || errors.Is(err, ErrNone) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

// TestWhatEndsEarlyIsNotThere, wherever it ends, and even when the writer says
// that a file ended.
func TestWhatEndsEarlyIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, d Depot) {
		for _, cause := range []error{errors.New("the database is gone"), io.EOF, io.ErrUnexpectedEOF} {
			for _, after := range []int{0, 1, partSize, partSize + 1, 2*partSize + 5} {
				err := d.Put(t.Context(), "torn", func(w io.Writer) error {
					if _, err := w.Write(make([]byte, after)); err != nil {
						return err
					}
					return cause
				})
				if !errors.Is(err, cause) {
					t.Errorf("after %d bytes: %v", after, err)
				}
				if got := names(t, d); got != "" {
					t.Errorf("after %d bytes and %v there is %q", after, cause, got)
				}
			}
		}
		incomplete(t, d)
	})
}

// incomplete holds that nothing half done is left in a store or a folder.
func incomplete(t *testing.T, d Depot) {
	t.Helper()
	b, ok := d.(*bucket)
	if !ok {
		left, _ := filepath.Glob(filepath.Join(d.String(), "*"))
		if len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		return
	}
	for u := range b.client.ListIncompleteUploads(t.Context(), b.bucket, "", true) {
		if u.Err == nil { // this store calls a bucket without uploads an error
			t.Errorf("left in the store: %s", u.Key)
		}
	}
}

func TestAStoreThatBreaksOffHasNothing(t *testing.T) {
	for broken, refuse := range map[string]func(r *http.Request) bool{
		"the second part": func(r *http.Request) bool {
			return r.Method == http.MethodPut && r.URL.Query().Get("partNumber") == "2"
		},
		"the end":       func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") },
		"the beginning": func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploads") },
	} {
		t.Run(broken, func(t *testing.T) {
			d := open(t, store(t, refuse))
			err := d.Put(t.Context(), "big", putting(make([]byte, 2*partSize+7)))
			if err == nil || !strings.Contains(err.Error(), "could not be reached") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
			if got := names(t, d); got != "" {
				t.Errorf("there is %q", got)
			}
			incomplete(t, d)
		})
	}
}

func TestAnUploadThatIsStoppedIsTakenBack(t *testing.T) {
	d := open(t, store(t, nil))
	ctx, cancel := context.WithCancel(t.Context())
	err := d.Put(ctx, "big", func(w io.Writer) error {
		_, err := w.Write(make([]byte, partSize+1))
		cancel()
		_, err2 := w.Write(make([]byte, 4*partSize))
		return errors.Join(err, err2)
	})
	if err == nil {
		t.Error("a stopped upload was kept")
	}
	if got := names(t, d); got != "" {
		t.Errorf("there is %q", got)
	}
}

func TestWhatAKilledProgramLeftIsSwept(t *testing.T) {
	defer func() { clock = time.Now }()
	refused := atomic.Bool{}
	address := store(t, func(r *http.Request) bool { return refused.Load() && r.Method != http.MethodGet })
	d := open(t, address)
	b := d.(*bucket)
	// Killed after its first part: nobody takes the upload back.
	if err := d.Put(t.Context(), "torn", func(w io.Writer) error {
		_, err := w.Write(make([]byte, partSize+1))
		refused.Store(true)
		return errors.Join(err, errors.New("killed"))
	}); err == nil {
		t.Fatal("kept")
	}
	refused.Store(false)
	uploads := func() (n int) {
		for u := range b.client.ListIncompleteUploads(t.Context(), b.bucket, "", true) {
			if u.Err == nil {
				n++
			}
		}
		return n
	}
	if uploads() != 1 {
		t.Fatalf("%d uploads are left", uploads())
	}
	put := func(d Depot, name string) {
		t.Helper()
		if err := d.Put(t.Context(), name, putting([]byte("x"))); err != nil {
			t.Fatal(err)
		}
	}
	put(d, "soon after") // it might still be going on
	if uploads() != 1 {
		t.Error("an upload of another program was taken back")
	}
	dir := t.TempDir()
	torn := filepath.Join(dir, "torn"+part)
	if err := os.WriteFile(torn, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(folder(dir), "soon after")
	if _, err := os.Stat(torn); err != nil {
		t.Errorf("%v", err)
	}
	clock = func() time.Time { return time.Now().Add(2 * abandoned) }
	put(d, "days after")
	put(folder(dir), "days after")
	if uploads() != 0 {
		t.Error("an abandoned upload is left")
	}
	if _, err := os.Stat(torn); err == nil {
		t.Error("an abandoned file is left")
	}
	if got := names(t, folder(dir)); got != "days after soon after" {
		t.Errorf("kept: %q", got)
	}
}

func TestNothingIsReplaced(t *testing.T) {
	d := folder(t.TempDir())
	for range 2 {
		_ = d.Put(t.Context(), "one", putting([]byte("first")))
	}
	err := d.Put(t.Context(), "one", putting([]byte("second")))
	b, rerr := os.ReadFile(filepath.Join(string(d), "one"))
	if err == nil || rerr != nil || string(b) != "first" || names(t, d) != "one" {
		t.Errorf("%v, %q, %v", err, b, rerr)
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"s3://key:secret@store.example/house":                   "s3://store.example/house",
		"s3://key:sec%2Fret@store.example/house/a/b?region=eu1": "s3://store.example/house/a/b",
		"./backups": "./backups",
	} {
		if d, err := Open(address); err != nil || d.String() != want {
			t.Errorf("%s: %v, %v", address, d, err)
		}
	}
	for _, address := range []string{"", "s3://", "s3://store.example/house", "s3://key:secret@store.example", "s3://key:secret@store.example/h?path=1", "s3://key:secret@store.example/h?tls=some", "s3://key:%zz@h/b", "https://store.example/x", "ftp://x"} {
		if d, err := Open(address); err == nil || strings.Contains(err.Error(), "secret@") && !strings.Contains(err.Error(), "key:secret@host") {
			t.Errorf("%s: %v, %v", address, d, err)
		}
	}
}
