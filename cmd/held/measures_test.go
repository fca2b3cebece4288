package main

import (
	"bytes"
	"strings"
	"testing"
)

// scored runs "held measures score" with answers on its standard input.
func scored(t *testing.T, id, answers string) (out, said string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), &env{in: strings.NewReader(answers), out: &o, err: &e, getenv: func(string) string { return "" }}, []string{"measures", "score", id})
	return strings.TrimSpace(o.String()), strings.TrimSpace(e.String()), code
}

func TestAnswersAreScoredWithoutADatabase(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"phq9", `{"answers":[2,3,2,null,1,2,1,0,0]}`, `{"scores":{"algorithm":"indeterminate","item9_flag":false,"prorated_raw":12.38,"score":12},"band":"moderate","missing":1}`},
		{"WHO-5", `{"answers":[2,1,2,1,1]}`, `{"scores":{"pct":28,"raw":7},"band":"low_le28","missing":0}`},
		{"cbi", `{"answers":[3,2,null,null,null,null,2,3,2,null,null,null,null,1,2,1,null,1,1]}`, `{"scores":{"client":30,"personal":null,"work":null},"band":null,"missing":9}`},
	} {
		if out, said, code := scored(t, c[0], c[1]); code != 0 || out != c[2] {
			t.Errorf("%s: %q, %q, exit %d; want %s", c[0], out, said, code, c[2])
		}
	}
	if out, said, code := scored(t, "gad7", `{"answers":[9,0,0,0,0,0,0]}`); code != 1 || out != "" || !strings.Contains(said, "answer 1") {
		t.Errorf("an answer that is none of the values: %q, %q, exit %d", out, said, code)
	}
	if _, said, code := scored(t, "tarot", `{"answers":[]}`); code != 1 || !strings.Contains(said, "measures list") {
		t.Errorf("an unknown instrument: %q, exit %d", said, code)
	}
}

func TestTheListNamesIdVersionAndLicence(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	list := p.can("measures", "list")
	for _, want := range []string{"phq9", "US Government work", "structure and scoring only", "Filled in by a clinician.", "Filled in by the person it is about."} {
		if !strings.Contains(list, want) {
			t.Errorf("the list leaves out %q: %s", want, list)
		}
	}
	if o := p.held("measures", "score"); o.code != 2 {
		t.Errorf("scoring without an instrument: %s", o)
	}
}
