package assets

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const css = "body{color:red}" // repeated below, so that it is worth compressing

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/manifest.json":  {Data: []byte(`{"site.css":{"file":"site-AB.css","integrity":"sha384-x"},"card.png":{"file":"card-CD.png"},"odd.exe":{"file":"odd-EF.exe"}}`)},
		"dist/site-AB.css":    {Data: []byte(strings.Repeat(css, 100))},
		"dist/card-CD.png":    {Data: []byte("\x89PNG tiny")},
		"dist/odd-EF.exe":     {Data: []byte("MZ")},
		"dist/not-listed.css": {Data: []byte(css)},
	}
}

func ask(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	files := load(built())
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	serve(func() map[string]*file { return files }).ServeHTTP(w, r)
	return w
}

func TestWhatIsBuiltIsKeptForGood(t *testing.T) {
	w := ask(t, "GET", "/assets/site-AB.css")
	if w.Code != 200 || w.Body.Len() != 100*len(css) {
		t.Fatalf("status %d, %d bytes", w.Code, w.Body.Len())
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/css; charset=utf-8",
		"Vary": "Accept-Encoding", "Content-Encoding": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	again := ask(t, "GET", "/assets/site-AB.css", "If-None-Match", w.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: status %d, %d bytes", again.Code, again.Body.Len())
	}
}

func TestCompressedOnlyForThoseWhoAskedAndWhereItHelps(t *testing.T) {
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "br": ""} {
		if got := ask(t, "GET", "/assets/site-AB.css", "Accept-Encoding", accept).Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: got %q", accept, got)
		}
	}
	if got := ask(t, "GET", "/assets/card-CD.png", "Accept-Encoding", "gzip").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a tiny picture was compressed: %q", got)
	}
	plain, small := ask(t, "GET", "/assets/site-AB.css"), ask(t, "GET", "/assets/site-AB.css", "Accept-Encoding", "gzip")
	if plain.Header().Get("ETag") == small.Header().Get("ETag") {
		t.Error("two representations share a tag")
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/site.css", "/assets/not-listed.css", "/assets/odd-EF.exe", "/assets/manifest.json", "/assets/../assets.go"} {
		if w := ask(t, "GET", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	if w := ask(t, "POST", "/assets/site-AB.css"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
	if w := ask(t, "HEAD", "/assets/site-AB.css"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: status %d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestDrawingsTakeThePagesInk(t *testing.T) {
	for _, name := range []string{"room", "lamp", "chair", "letter"} {
		svg := Drawing(name)
		if !strings.HasPrefix(svg, `<svg class="drawing"`) || strings.ContainsAny(svg, "#") && !strings.Contains(svg, "url(#light-"+name+")") {
			t.Errorf("%s is no drawing, or names a colour", name)
		}
	}
	if Drawing("../assets") != "" {
		t.Error("an unknown drawing gave something")
	}
}
