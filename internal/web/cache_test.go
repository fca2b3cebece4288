package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func entryOf(body string) func() (*Entry, error) {
	return func() (*Entry, error) { return NewEntry("text/plain; charset=utf-8", []byte(body)), nil }
}

func TestCacheMakesAnewForAnotherGeneration(t *testing.T) {
	c := NewCache(10, 1<<20)
	made := 0
	get := func(generation, body string) string {
		t.Helper()
		e, err := c.Entry("/", generation, func() (*Entry, error) { made++; return entryOf(body)() })
		if err != nil {
			t.Fatal(err)
		}
		return string(e.plain.body)
	}
	if get("1", "one") != "one" || get("1", "other") != "one" || made != 1 {
		t.Error("what is kept was made again")
	}
	if get("2", "two") != "two" || get("2", "other") != "two" || made != 2 {
		t.Error("the old generation is still there")
	}
	if len(c.kept) != 1 {
		t.Error("the old generation takes up room")
	}
}

func TestCacheKeepsNoFailure(t *testing.T) {
	c := NewCache(10, 1<<20)
	broken := errors.New("broken")
	if _, err := c.Entry("/", "1", func() (*Entry, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if e, err := c.Entry("/", "1", entryOf("whole")); err != nil || string(e.plain.body) != "whole" {
		t.Error("a failure was kept")
	}
}

func TestCacheStaysWithinItsBounds(t *testing.T) {
	c := NewCache(5, 1000)
	for i := range 50 {
		if _, err := c.Entry(fmt.Sprint(i), "1", entryOf(strings.Repeat("x", 10*i))); err != nil {
			t.Fatal(err)
		}
		weight := 0
		for _, e := range c.kept {
			weight += e.weight()
		}
		if len(c.kept) > 5 || weight > 1000 || weight != c.weight {
			t.Fatalf("%d entries, %d bytes (counted %d)", len(c.kept), weight, c.weight)
		}
	}
	if e, err := c.Entry("large", "1", entryOf(strings.Repeat("x", 1001))); err != nil || e == nil || c.kept["large"] != nil {
		t.Error("what is too large is answered and not kept")
	}
}

func TestCacheForManyAtOnce(t *testing.T) {
	c := NewCache(3, 1<<20)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				key, generation := fmt.Sprint(n%5), fmt.Sprint(n/50)
				e, err := c.Entry(key, generation, entryOf(key+generation))
				if err != nil || string(e.plain.body) != key+generation {
					t.Errorf("%d got %q for %s of %s", i, e.plain.body, key, generation)
				}
			}
		})
	}
	wg.Wait()
}

func TestCachedRepresentations(t *testing.T) {
	body := strings.Repeat("A lamp, a chair and a letter. ", 100)
	e := NewEntry("text/html; charset=utf-8", []byte(body))
	ask := func(method string, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if err := Cached(w, r, e); err != nil {
			t.Fatal(err)
		}
		return w
	}
	plain, zip := ask("GET"), ask("GET", "Accept-Encoding", "gzip")
	if plain.Body.String() != body || plain.Header().Get("Cache-Control") != "no-cache" || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("plain: %v", plain.Header())
	}
	z, err := gzip.NewReader(bytes.NewReader(zip.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != body {
		t.Errorf("compressed, it says %d bytes (%v)", len(got), err)
	}
	tag, ztag := plain.Header().Get("ETag"), zip.Header().Get("ETag")
	if tag == "" || tag == ztag {
		t.Errorf("tags %s and %s", tag, ztag)
	}
	for _, have := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if w := ask("GET", "If-None-Match", have); w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Length") != "" {
			t.Errorf("with %s: %d %v", have, w.Code, w.Header())
		}
	}
	if w := ask("GET", "If-None-Match", ztag); w.Code != http.StatusOK {
		t.Error("the tag of another representation was taken for this one's")
	}
	if w := ask("HEAD"); w.Body.Len() > 0 || w.Header().Get("Content-Length") != fmt.Sprint(len(body)) {
		t.Errorf("HEAD: %d bytes, %v", w.Body.Len(), w.Header())
	}
	small := NewEntry("text/plain", []byte("small"))
	if small.zip.body != nil {
		t.Error("a few bytes were compressed")
	}
}
