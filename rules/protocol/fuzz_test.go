package protocol_test

import (
	"bytes"
	"os"
	"testing"

	"held/rules/protocol"
)

// FuzzDecode: whatever is read is read to the end, is the same when it is
// written and read again, and answers every question without falling over.
func FuzzDecode(f *testing.F) {
	for _, m := range protocol.Medicines {
		b, err := protocol.ExampleOf(protocol.Medicine(m.Value)).Canonical()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte(`{"flags":[]}`))
	}
	cases, err := os.ReadFile("testdata/cases.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(cases) {
		f.Add([]byte(`{"format":1,"medicine":"ketamine_im","dose":{"from":0.5}}`), line)
	}
	f.Fuzz(func(t *testing.T, text, asked []byte) {
		d, err := protocol.Decode(text)
		if err != nil {
			return
		}
		first, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := protocol.Decode(first)
		if err != nil {
			t.Fatalf("%s was written, and is not read: %v", first, err)
		}
		if second, _ := again.Canonical(); !bytes.Equal(first, second) {
			t.Fatalf("%s\n%s", first, second)
		}
		d.Check()
		d.Missing()
		c, err := protocol.ReadCase(bytes.NewReader(asked))
		if err != nil {
			return
		}
		if got := d.Evaluate(c); got.Result == "" || got.Why == nil {
			t.Fatalf("no answer to %s", asked)
		}
	})
}
