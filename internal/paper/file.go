package paper

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf16"
)

// file is a PDF as its numbered objects. It reads what the library that sets
// pages writes, which is the plainest form there is: every object uncompressed,
// one table of where they are.
type file struct {
	objects    [][]byte // by number, from 1: what stands between "obj" and "endobj"
	root, info int
}

var (
	tableAt = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`)
	table   = regexp.MustCompile(`^xref\n0 (\d+)\n`)
	rootAt  = regexp.MustCompile(`/Root (\d+) 0 R`)
	infoAt  = regexp.MustCompile(`/Info (\d+) 0 R`)
)

// entry is how long a line of the table is, by the format.
const entry = 20

func read(raw []byte) (*file, error) {
	at, err := found(tableAt, raw)
	if err != nil {
		return nil, err
	}
	if at > len(raw) {
		return nil, fmt.Errorf("the table stands at %d of %d bytes", at, len(raw))
	}
	n, err := found(table, raw[at:])
	if err != nil {
		return nil, err
	}
	lines := raw[at+len(table.Find(raw[at:])):]
	if n < 1 || len(lines) < n*entry {
		return nil, fmt.Errorf("the table of %d objects is cut short", n)
	}
	f := &file{objects: make([][]byte, n)}
	if err := f.cut(raw[:at], lines); err != nil {
		return nil, err
	}
	if f.root, err = found(rootAt, lines[n*entry:]); err != nil {
		return nil, err
	}
	f.info, err = found(infoAt, lines[n*entry:])
	return f, err
}

// cut cuts a file's body into its objects by the table's lines. A stream can
// hold any bytes, so that an object's end is where the next one begins.
func (f *file) cut(body, lines []byte) error {
	at := make([]int, len(f.objects))
	for i := range at {
		n, err := strconv.Atoi(string(lines[i*entry : i*entry+10]))
		if err != nil || n > len(body) {
			return fmt.Errorf("the table says no place of object %d", i)
		}
		at[i] = n
	}
	ends := append(slices.Sorted(slices.Values(at)), len(body))
	for i := 1; i < len(at); i++ {
		next, _ := slices.BinarySearch(ends, at[i]+1)
		o, begins := bytes.CutPrefix(body[at[i]:ends[next]], fmt.Appendf(nil, "%d 0 obj\n", i))
		o, closed := bytes.CutSuffix(o, []byte("\nendobj\n"))
		if !begins || !closed {
			return fmt.Errorf("object %d is not where the table says", i)
		}
		f.objects[i] = o
	}
	return nil
}

// found is the number that a pattern finds.
func found(p *regexp.Regexp, in []byte) (int, error) {
	m := p.FindSubmatch(in)
	if m == nil {
		return 0, fmt.Errorf("there is no %s", p)
	}
	return strconv.Atoi(string(m[1]))
}

// add puts in an object and gives its number.
func (f *file) add(body []byte) int {
	f.objects = append(f.objects, body)
	return len(f.objects) - 1
}

// stream puts in bytes as they are; dict is what is said of them.
func (f *file) stream(dict string, content []byte) int {
	b := fmt.Appendf(nil, "<<%s /Length %d>>\nstream\n", dict, len(content))
	return f.add(append(append(b, content...), "\nendstream"...))
}

// bytes writes the file, with a name that only the same content has.
func (f *file) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") // the second line says that these are not letters
	at := make([]int, len(f.objects))
	for i := 1; i < len(f.objects); i++ {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i, f.objects[i])
	}
	name := sha256.Sum256(b.Bytes())
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%010d 65535 f \n", len(at), 0)
	for _, o := range at[1:] {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%x> <%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(at), f.root, f.info, name[:16], name[:16], start)
	return b.Bytes()
}

// text is a text as PDF keeps one in any script: UTF-16 with its mark.
func text(s string) string {
	b := []byte("<feff")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04x", u)
	}
	return string(append(b, '>'))
}
