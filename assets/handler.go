package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// types lists what is served; a file of any other kind is not.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// file is one asset, ready to be sent.
type file struct {
	kind string
	etag string
	body []byte
	zip  []byte // gzip of body; nil where it would not be smaller
}

// served holds every file by its address. It is made once: the assets never
// change while the program runs.
var served = sync.OnceValue(func() map[string]*file { return load(dist) })

func load(files fs.FS) map[string]*file {
	all := map[string]*file{}
	for _, e := range readManifest(files) {
		b, err := fs.ReadFile(files, "dist/"+e.File)
		kind := types[path.Ext(e.File)]
		if err != nil || kind == "" {
			continue
		}
		sum := sha256.Sum256(b)
		all[Prefix+e.File] = &file{
			kind: kind,
			etag: `"` + hex.EncodeToString(sum[:12]) + `"`,
			body: b,
			zip:  squeeze(b),
		}
	}
	return all
}

// squeeze compresses once and for all; fonts and pictures come out larger and stay as they are.
func squeeze(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil || w.Close() != nil || out.Len() >= len(b)*9/10 {
		return nil
	}
	return out.Bytes()
}

// Handler serves the built files under Prefix. What it serves may be kept for
// good, because a changed file has another name. Anything else is 404.
func Handler() http.Handler { return serve(served) }

func serve(all func() map[string]*file) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		f := all()[r.URL.Path]
		if f == nil {
			http.NotFound(w, r)
			return
		}
		f.send(w, r)
	})
}

func (f *file) send(w http.ResponseWriter, r *http.Request) {
	body, etag := f.body, f.etag
	h := w.Header()
	if f.zip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			// Another representation needs another tag.
			body, etag = f.zip, strings.TrimSuffix(f.etag, `"`)+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", etag)
	if sameTag(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the reader may have gone; nobody is left to tell
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

func sameTag(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == "*" || part == etag {
			return true
		}
	}
	return false
}
