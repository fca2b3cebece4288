package measures

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"held/rules/scoring"
)

func shipped(t *testing.T) []scoring.Instrument {
	t.Helper()
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// report scores answers and gives what a program would read.
func report(t *testing.T, in scoring.Instrument, a scoring.Answers) map[string]any {
	t.Helper()
	r, err := scoring.Score(in, a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(ReportOf(r))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryInstrumentScoresItsWorkedCases(t *testing.T) {
	for _, in := range shipped(t) {
		t.Run(in.ID, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("instruments", in.ID+".cases.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(bytes.NewReader(b))
			for n := 1; lines.Scan(); n++ {
				holds(t, in, n, lines.Bytes())
			}
		})
	}
}

// holds compares every key that a case names.
func holds(t *testing.T, in scoring.Instrument, n int, line []byte) {
	t.Helper()
	var c map[string]any
	if err := json.Unmarshal(line, &c); err != nil {
		t.Fatalf("case %d: %v", n, err)
	}
	given, there := c["r"]
	if !there {
		given = c["yes"]
	}
	b, err := json.Marshal(map[string]any{"answers": given})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Read(b)
	if err != nil {
		t.Fatalf("case %d: %v", n, err)
	}
	got := report(t, in, a.Answers)
	scores := got["scores"].(map[string]any)
	for key, want := range c {
		is, known := scores[key], true
		switch key {
		case "r", "yes", "note":
			continue
		case "band", "missing":
			is = got[key]
		default:
			_, known = scores[key]
		}
		if !known || !reflect.DeepEqual(is, want) {
			t.Errorf("case %d (%v): %s is %v, want %v", n, c["note"], key, is, want)
		}
	}
}

// random answers an instrument, leaving items out with the chance given.
func random(r *rand.Rand, in scoring.Instrument, missing float64) scoring.Answers {
	var a scoring.Answers
	for _, it := range in.Items {
		if r.Float64() < missing {
			a = append(a, nil)
			continue
		}
		v := 0
		if it.Range != nil {
			v = it.Range[0] + r.IntN(it.Range[1]-it.Range[0]+1)
		} else {
			o := in.Options[it.Options]
			v = o[r.IntN(len(o))].Value
		}
		a = append(a, &v)
	}
	return a
}

func TestAScoreStaysWithinItsBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- invented answers
	for _, in := range shipped(t) {
		for range 500 {
			scores := report(t, in, random(r, in, 0.1))["scores"].(map[string]any)
			for _, sp := range in.Scores {
				v, is := scores[sp.Key].(float64)
				if is && sp.Lowest != nil && (v < float64(*sp.Lowest) || v > float64(*sp.Highest)) {
					t.Fatalf("%s: %s is %v, outside %d to %d", in.ID, sp.Key, v, *sp.Lowest, *sp.Highest)
				}
			}
		}
	}
}

func TestAnsweringHigherNeverLowersASum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- invented answers
	for _, in := range shipped(t) {
		for range 300 {
			a := random(r, in, 0.1)
			i := r.IntN(len(in.Items))
			if a[i] == nil || in.Items[i].Unscored {
				continue
			}
			before := report(t, in, a)["scores"].(map[string]any)
			up := random(r, in, 0)[i]
			low, high := *a[i], *up
			if in.Items[i].Reverse != nil {
				low, high = -low, -high
			}
			if high < low || len(in.Implied) > 0 {
				continue
			}
			a[i] = up
			after := report(t, in, a)["scores"].(map[string]any)
			for _, sp := range in.Scores {
				was, one := before[sp.Key].(float64)
				is, two := after[sp.Key].(float64)
				if one && two && is < was {
					t.Fatalf("%s: %s fell from %v to %v", in.ID, sp.Key, was, is)
				}
			}
		}
	}
}

func TestWhichEqualAnswerIsMissingDoesNotMatter(t *testing.T) {
	for _, in := range shipped(t) {
		for _, sp := range in.Scores {
			if sp.Method != "sum" || sp.MayMiss == 0 {
				continue
			}
			var first any
			for i, key := range sp.Items {
				var a scoring.Answers
				for _, it := range in.Items {
					v := 2 // the same points for all, however they are turned round
					if it.Reverse != nil {
						v = *it.Reverse - 2
					}
					if it.Key == key {
						a = append(a, nil)
					} else {
						a = append(a, &v)
					}
				}
				got := report(t, in, a)["scores"].(map[string]any)[sp.Key]
				if i == 0 {
					first = got
				}
				if got != first || got == nil {
					t.Errorf("%s: %s is %v without item %s, and %v without the first", in.ID, sp.Key, got, key, first)
				}
			}
		}
	}
}

func TestASafetyItemThatIsMissingIsAskedForAndNeverNought(t *testing.T) {
	in, err := Find("PHQ-9")
	if err != nil {
		t.Fatal(err)
	}
	nought, two := 0, 2
	a := scoring.Answers{&nought, &nought, &nought, &nought, &nought, &nought, &nought, &nought, nil}
	r, err := scoring.Score(in, a)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unasked) != 1 || r.Unasked[0] != "9" || r.Get("item9_flag") != nil {
		t.Errorf("item 9 missing: unasked %v, flag %v", r.Unasked, r.Get("item9_flag"))
	}
	a[8] = &two
	if r, err = scoring.Score(in, a); err != nil || len(r.Safety) != 1 {
		t.Errorf("item 9 at 2: safety %v, %v", r.Safety, err)
	}
}

func TestNoWordingIsShippedThatMayNotBe(t *testing.T) {
	for _, in := range shipped(t) {
		r := in.Licence.Redistributable
		for _, it := range in.Items {
			if (r == "no" || r == "noncommercial") && it.Text != "" {
				t.Errorf("%s: item %s has wording, and its licence is %q", in.ID, it.Key, r)
			}
		}
		if r == "credit" && in.Licence.Credit == "" {
			t.Errorf("%s: needs its credit", in.ID)
		}
	}
}

func TestAnswersThatDoNotFitAreRefusedByNumber(t *testing.T) {
	in, err := Find("gad7")
	if err != nil {
		t.Fatal(err)
	}
	for given, says := range map[string]string{
		`{"answers":[0,0,0,0,0,0,4]}`:   "answer 7",
		`{"answers":[0,0,0]}`:           "7 items",
		`{"answers":[0,0,0,0,0,0,0.5]}`: "answer 7",
		`{"answer":[0]}`:                "unknown field",
		`{}`:                            "no \"answers\"",
		`[]`:                            "could not be read",
	} {
		a, err := Read([]byte(given))
		if err == nil {
			_, err = scoring.Score(in, a.Answers)
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to say %q", given, err, says)
		}
	}
}

func TestTheDocumentNamesEveryInstrumentWithItsCredit(t *testing.T) {
	b, err := os.ReadFile("../../docs/instruments.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range shipped(t) {
		for _, want := range []string{"`" + in.ID + "`", in.Licence.Credit} {
			if !bytes.Contains(b, []byte(want)) {
				t.Errorf("docs/instruments.md leaves out %q", want)
			}
		}
		for _, n := range in.Notes {
			if n.Mark != "" && !bytes.Contains(b, []byte(n.Text)) {
				t.Errorf("docs/instruments.md leaves out that %q", n.Text)
			}
		}
	}
}
