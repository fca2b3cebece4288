package paper

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// What the library writes is read by its plainest rules. A file that does not
// keep them is refused whole, wherever it is cut.
func TestAFileThatIsCutIsRefused(t *testing.T) {
	s := set(Document{Title: "Record", Lang: "en", Made: time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC), Blocks: []Block{{Kind: Title, Text: "Record"}}})
	var raw bytes.Buffer
	if err := s.Output(&raw); err != nil {
		t.Fatal(err)
	}
	whole := raw.Bytes()
	f, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(f.bytes())
	if err != nil || len(again.objects) != len(f.objects) {
		t.Fatalf("what was written is not read again: %v", err)
	}
	for i := range f.objects {
		if !bytes.Equal(f.objects[i], again.objects[i]) {
			t.Errorf("object %d came back otherwise", i)
		}
	}
	for n := range len(whole) - len("\n") {
		if _, err := read(whole[:n]); err == nil {
			t.Fatalf("a file of %d bytes is read when %d are there", len(whole), n)
		}
	}
	for was, is := range map[string]string{"5 0 obj\n": "5 1 obj\n", "/Root": "/Rout", "xref\n0 ": "xref\n9 "} {
		if _, err := read([]byte(strings.Replace(string(whole), was, is, 1))); err == nil {
			t.Errorf("a file with %q for %q is read", is, was)
		}
	}
}
