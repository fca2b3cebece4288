package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Fault is what is wrong at one place of a document.
type Fault struct{ Path, Sentence string }

func (f Fault) String() string {
	if f.Path == "" {
		return f.Sentence
	}
	return f.Path + ": " + f.Sentence
}

// Faults are all of them; they are an error of their own.
type Faults []Fault

func (f Faults) Error() string {
	var out []string
	for _, x := range f {
		out = append(out, x.String())
	}
	return strings.Join(out, "; ")
}

// mark is what stands beside a document in a file and is no part of it.
var mark = []string{"status", "note", "signature"}

// Signature is who signed a document, as it is written into an export.
type Signature struct {
	By      string `json:"by"`
	At      string `json:"at"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"` // of the document alone
}

// File is a document as it is handed on: with its mark, so that nobody takes an
// example or a draft for a signed protocol.
type File struct {
	Status    string     `json:"status"`
	Note      string     `json:"note"`
	Signature *Signature `json:"signature,omitempty"`
	Document
}

// Unsigned is the status of what nobody has signed.
const Unsigned = "unsigned"

// Canonical is the document's own bytes: what is signed is the hash of these.
func (d *Document) Canonical() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(d)
	return bytes.TrimSpace(out.Bytes()), err
}

// Write writes a file as people read it.
func (f File) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(f)
}

// Decode reads a document, strictly: what is not known, stands twice, or is no
// value of its field is named with its path, all of it at once. A signature in
// the file is not taken over: whoever imports it signs anew.
func Decode(b []byte) (*Document, error) {
	d := &Document{}
	var bad Faults
	var meta struct {
		format, medicine bool
	}
	err := members(b, func(key string, raw json.RawMessage) {
		switch {
		case slices.Contains(mark, key):
		case key == "format":
			meta.format = true
			if d.Format, _ = strconv.Atoi(string(raw)); d.Format != Format {
				bad = append(bad, Fault{key, fmt.Sprintf("this program reads format %d", Format)})
			}
		case key == "medicine":
			meta.medicine = true
			if json.Unmarshal(raw, &d.Medicine) != nil || !d.Medicine.Known() {
				bad = append(bad, Fault{key, "is none of the list: " + values(Medicines)})
			}
		default:
			bad = append(bad, d.read(key, raw)...)
		}
	}, func(key string) { bad = append(bad, Fault{key, "stands twice"}) })
	if err != nil {
		return nil, Faults{{"", err.Error()}}
	}
	if !meta.format {
		bad = append(bad, Fault{"format", "is missing"})
	}
	if !meta.medicine {
		bad = append(bad, Fault{"medicine", "is missing"})
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return d, nil
}

// read takes one member over, or what is below it.
func (d *Document) read(path string, raw json.RawMessage) (bad Faults) {
	if f, ok := FieldAt(path); ok {
		typed, err := f.typed(raw)
		if err == nil && len(typed) > 0 && strings.TrimSpace(strings.Join(typed, "")) == "" {
			err = errors.New("is empty; leave it out instead")
		}
		if err == nil {
			err = d.Set(f, typed...)
		}
		if err != nil {
			return Faults{{path, err.Error()}}
		}
		return nil
	}
	if !prefixes[path] {
		return Faults{{path, "is not a field of a protocol"}}
	}
	err := members(raw, func(key string, raw json.RawMessage) {
		bad = append(bad, d.read(path+"."+key, raw)...)
	}, func(key string) { bad = append(bad, Fault{path + "." + key, "stands twice"}) })
	if err != nil {
		bad = append(bad, Fault{path, err.Error()})
	}
	return bad
}

var errObject = errors.New("is no JSON object")

// members walks an object in its order. encoding/json lets the last of two of
// the same name win; here the second one is told.
func members(b []byte, each func(key string, raw json.RawMessage), twice func(key string)) error {
	if !json.Valid(b) {
		return errors.New("is no JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errObject
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		if seen[key] {
			twice(key)
			continue
		}
		seen[key] = true
		each(key, raw)
	}
	return nil
}
