package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestThePrintedExampleReadsTheWorkedCases goes the way of somebody at a
// terminal: print, keep, ask. There is no database anywhere.
func TestThePrintedExampleReadsTheWorkedCases(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	printed := p.can("protocol", "example")
	if !strings.Contains(printed, `"status": "unsigned"`) {
		t.Error("the example is not marked unsigned")
	}
	file := filepath.Join(t.TempDir(), "protocol.json")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(in string, args ...string) (code int, out, complaint string) {
		var said, complaints bytes.Buffer
		code = run(t.Context(), &env{in: strings.NewReader(in), out: &said, err: &complaints, getenv: p.getenv}, append([]string{"protocol", "evaluate"}, args...))
		return code, said.String(), complaints.String()
	}
	cases, err := os.ReadFile("../../rules/protocol/testdata/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(cases)) {
		var want struct{ Expect string }
		var got struct {
			Result string
			Why    []string
		}
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		code, out, complaint := ask(line, "--protocol", file)
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Result != want.Expect || got.Why == nil {
			t.Errorf("%s: %d, %s%s, want %s", line, code, out, complaint, want.Expect)
		}
	}
	if code, _, complaint := ask(`{"phase":"pre","pulse":80}`, "--protocol", file); code != 1 || !strings.Contains(complaint, "pulse") {
		t.Errorf("%d, %s", code, complaint)
	}
	if code, _, _ := ask("{}", "--protocol", file+".nowhere"); code != 1 {
		t.Errorf("a missing file: %d", code)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(printed, `"≥160"`, `160`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := ask("{}", "--protocol", file); code != 1 || !strings.Contains(complaint, "bands.systolic.hold_high: ") {
		t.Errorf("%d, %s", code, complaint)
	}
	if _, err := os.Stat(p.vars["HELD_DATA"]); err == nil {
		t.Error("a question made a data folder")
	}
}
