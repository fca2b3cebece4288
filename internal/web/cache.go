package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Entry is a finished response, ready to be sent again and again. What stands
// in it never changes, so every request may share its header values.
type Entry struct {
	generation string
	plain, zip variant
	headers    http.Header
}

// variant is one representation of an entry: another encoding needs another tag.
type variant struct {
	body   []byte
	etag   string
	header http.Header
}

// worthZipping is the size from which compressing saves a packet.
const worthZipping = 1024

// NewEntry finishes a body: its tag, its length and its compressed form. The
// browser may keep it and asks each time whether it still stands.
func NewEntry(kind string, body []byte) *Entry {
	sum := sha256.Sum256(body)
	tag := hex.EncodeToString(sum[:12])
	e := &Entry{headers: http.Header{
		"Content-Type":  {kind},
		"Cache-Control": {"no-cache"},
		// Whoever is signed in gets a page of their own.
		"Vary": {"Accept-Encoding, Cookie"},
	}}
	e.plain = newVariant(body, `"`+tag+`"`, "")
	if z := zipped(body); z != nil {
		e.zip = newVariant(z, `"`+tag+`-gz"`, "gzip")
	}
	return e
}

func newVariant(body []byte, etag, encoding string) variant {
	v := variant{body: body, etag: etag, header: http.Header{"Content-Length": {strconv.Itoa(len(body))}}}
	if encoding != "" {
		v.header["Content-Encoding"] = []string{encoding}
	}
	return v
}

// zipped compresses once for many readers; nil where it would not be smaller.
func zipped(b []byte) []byte {
	if len(b) < worthZipping {
		return nil
	}
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

func (e *Entry) weight() int { return len(e.plain.body) + len(e.zip.body) }

// Cached sends a finished response: compressed where that is taken, and
// nothing but "as before" to a browser that has it already.
func Cached(w http.ResponseWriter, r *http.Request, e *Entry) error {
	v := &e.plain
	if e.zip.body != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		v = &e.zip
	}
	h := w.Header()
	for k, s := range e.headers {
		h[k] = s
	}
	h["Etag"] = []string{v.etag}
	if have := r.Header.Get("If-None-Match"); have != "" && names(have, v.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	for k, s := range v.header {
		h[k] = s
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // the other side may be gone; nothing to mend here
	}
	return nil
}

// takesGzip reads Accept-Encoding; a weight of nought is a no.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		weight, given := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if !given {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

// names tells whether If-None-Match holds the tag.
func names(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == etag || part == "*" {
			return true
		}
	}
	return false
}

// Cache keeps finished responses by key. Each belongs to a generation of what
// it was made from; asked for another one, it is made anew and takes the old
// one's place, so that nothing outlives what it tells.
type Cache struct {
	entries, bytes int // bounds

	mu     sync.RWMutex
	kept   map[string]*Entry
	weight int
}

// NewCache keeps at most so many responses, and so many bytes, together.
func NewCache(entries, bytes int) *Cache {
	return &Cache{entries: entries, bytes: bytes, kept: map[string]*Entry{}}
}

// Entry finds the response under a key, or has it made. What could not be
// made is not kept.
func (c *Cache) Entry(key, generation string, build func() (*Entry, error)) (*Entry, error) {
	c.mu.RLock()
	e := c.kept[key]
	c.mu.RUnlock()
	if e != nil && e.generation == generation {
		return e, nil
	}
	e, err := build()
	if err != nil {
		return nil, err
	}
	e.generation = generation
	c.keep(key, e)
	return e, nil
}

func (c *Cache) keep(key string, e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if e.weight() > c.bytes {
		return
	}
	for other := range c.kept { // any will do: what is often asked for is soon there again
		if len(c.kept) < c.entries && c.weight+e.weight() <= c.bytes {
			break
		}
		c.drop(other)
	}
	c.kept[key] = e
	c.weight += e.weight()
}

func (c *Cache) drop(key string) {
	if was := c.kept[key]; was != nil {
		c.weight -= was.weight()
		delete(c.kept, key)
	}
}
