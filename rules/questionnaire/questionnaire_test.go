package questionnaire

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func parsed(t testing.TB, text string) *Questionnaire {
	t.Helper()
	q, faults := Parse([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return q
}

func form(items string) string {
	return `{"resourceType":"Questionnaire","status":"draft","title":"T","item":[` + items + `]}`
}

func TestABadFormIsRefusedWithThePathOfEachFault(t *testing.T) {
	for _, c := range []struct{ items, path string }{
		{`{"linkId":"a","type":"string"}`, "item[0].text"},
		{`{"linkId":"a","type":"string","text":"A"},{"linkId":"a","type":"string","text":"B"}`, "item[1].linkId"},
		{`{"type":"string","text":"A"}`, "item[0].linkId"},
		{`{"linkId":"a","type":"reference","text":"A"}`, "item[0].type"},
		{`{"linkId":"a","type":"choice","text":"A"}`, "item[0].answerOption"},
		{`{"linkId":"a","type":"choice","text":"A","answerOption":[{"valueCoding":{"code":"x"}},{"valueCoding":{"code":"x"}}]}`, "item[0].answerOption[1]"},
		{`{"linkId":"a","type":"choice","text":"A","answerValueSet":"http://x"}`, "item[0].answerValueSet"},
		{`{"linkId":"a","type":"boolean","text":"A","initial":[{"valueBoolean":true}]}`, "item[0].initial"},
		{`{"linkId":"a","type":"boolean","text":"A","enableWhen":[{"question":"b","operator":"=","answerBoolean":true}]}`, "item[0].enableWhen[0].question"},
		{`{"linkId":"b","type":"boolean","text":"B"},{"linkId":"a","type":"string","text":"A","enableWhen":[{"question":"b","operator":"=","answerString":"x"}]}`, "item[1].enableWhen[0]"},
		{`{"linkId":"b","type":"boolean","text":"B"},{"linkId":"a","type":"string","text":"A","enableWhen":[{"question":"b","operator":">","answerBoolean":true}]}`, "item[1].enableWhen[0].operator"},
		{`{"linkId":"a","type":"boolean","text":"A","enableWhen":[{"question":"b","operator":"=","answerBoolean":true}]},{"linkId":"b","type":"boolean","text":"B","enableWhen":[{"question":"a","operator":"=","answerBoolean":true}]}`, "item[0].enableWhen"},
		{`{"linkId":"g","type":"group","repeats":true,"item":[{"linkId":"h","type":"group","repeats":true,"item":[{"linkId":"a","type":"string","text":"A"}]}]}`, "item[0].item[0].repeats"},
		{`{"linkId":"a","type":"string","text":"A","extension":[{"url":"urn:held:seen-by","valueCode":"everybody"}]}`, "item[0].extension[0]"},
		{`{"linkId":"a","type":"string","text":"A","colour":"red"}`, "item[0].colour"},
		{`{"linkId":"a","type":"string","text":"A","required":"yes"}`, "item[0].required"},
		{`"a"`, "item[0]"},
		{nested(MaxDepth + 1), strings.Repeat("item[0].", MaxDepth) + "item"},
	} {
		q, faults := Parse([]byte(form(c.items)))
		if q != nil || !slices.ContainsFunc(faults, func(f Fault) bool { return f.Path == c.path }) {
			t.Errorf("%s\n got %v, want a fault at %s", c.items, faults, c.path)
		}
	}
	for text, path := range map[string]string{`{`: "", `[]`: "", `{"resourceType":"Patient"}`: "resourceType", form(``) + "x": ""} {
		if _, faults := Parse([]byte(text)); len(faults) == 0 || faults[0].Path != path {
			t.Errorf("%s: %v", text, faults)
		}
	}
}

func nested(deep int) string {
	out := `{"linkId":"leaf","type":"string","text":"A"}`
	for n := range deep {
		out = fmt.Sprintf(`{"linkId":"g%d","type":"group","text":"G","item":[%s]}`, n, out)
	}
	return out
}

const visit = `{"linkId":"been","type":"boolean","text":"Been?"},
 {"linkId":"where","type":"choice","repeats":true,"text":"Where?","enableWhen":[{"question":"been","operator":"=","answerBoolean":true}],"answerOption":[{"valueCoding":{"code":"a","display":"A"}},{"valueCoding":{"code":"none","display":"Nowhere"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive","valueBoolean":true}]}]},
 {"linkId":"how","type":"text","text":"How?","required":true,"enableBehavior":"any","enableWhen":[{"question":"where","operator":"exists","answerBoolean":true},{"question":"age","operator":">=","answerInteger":40}]},
 {"linkId":"age","type":"integer","text":"Age","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/minValue","valueInteger":18}]},
 {"linkId":"meds","type":"group","repeats":true,"item":[{"linkId":"med","type":"string","text":"Name"},{"linkId":"why","type":"string","text":"Why?","required":true,"enableWhen":[{"question":"med","operator":"=","answerString":"Other"}]}]}`

func TestWhatIsAskedFollowsFromWhatIsAsked(t *testing.T) {
	q := parsed(t, form(visit))
	a := Answers{{"been", 0}: {Yes(true)}, {"where", 0}: {Code("", "a", "A")}, {"how", 0}: {Words("Well")}, {"med", 1}: {Words("Other")}, {"why", 1}: {Words("x")}, {"why", 3}: {Words("y")}}
	if got := q.Asked(a).Pruned(); len(got) != 5 || got.Words("how") != "Well" || got[Key{"why", 0}] == nil {
		t.Errorf("%v", got)
	}
	a[Key{"been", 0}] = []Answer{Yes(false)} // so that where is not asked, and does not count
	if got := q.Asked(a).Pruned(); got.Words("where") != "" || got.Words("how") != "" {
		t.Errorf("%v", got)
	}
	a[Key{"age", 0}] = []Answer{Whole(41)}
	if got := q.Asked(a).Pruned(); got.Words("how") != "Well" {
		t.Errorf("%v", got)
	}
	delete(a, Key{"how", 0})
	delete(a, Key{"why", 1})
	a[Key{"age", 0}] = []Answer{Whole(12)}
	a[Key{"been", 0}] = []Answer{Yes(true)}
	a[Key{"where", 0}] = []Answer{Code("", "a", "A"), Code("", "none", "Nowhere")}
	var got []string
	for _, p := range q.Asked(a).Problems() {
		got = append(got, p.Key.String())
	}
	if want := []string{"where", "how", "age", "why#1"}; !slices.Equal(got, want) {
		t.Errorf("problems at %v, want %v", got, want)
	}
}

func TestKeysAreReadAsTheyAreWritten(t *testing.T) {
	for _, k := range []Key{{"a", 0}, {"a", 3}, {"a#1", 0}, {"/x/y z", 2}} {
		if got, ok := ParseKey(k.String()); !ok || got != k {
			t.Errorf("%v: %v, %v", k, got, ok)
		}
	}
	for _, s := range []string{"", "#1", "a#x", "a#-1", "a#99999"} {
		if k, ok := ParseKey(s); ok {
			t.Errorf("%q: %v", s, k)
		}
	}
}

// TestWhatIsNotAskedIsNotInTheResponse: whatever a form is and whatever was
// answered, a response holds only what is asked, and says the same when it is
// read again.
func TestWhatIsNotAskedIsNotInTheResponse(t *testing.T) {
	for seed := range uint64(400) {
		dice := rand.New(rand.NewPCG(seed, 1))
		q := parsed(t, form(random(dice)))
		a := Answers{}
		q.All(func(i *Item) bool {
			for row := range 3 {
				if i.Asks() && dice.IntN(3) > 0 && (i.Rows() != nil || row == 0) {
					a[Key{i.LinkID, row}] = []Answer{Yes(dice.IntN(2) == 0)}
				}
			}
			return true
		})
		b, err := q.Respond(a, About{Status: "completed"}, false)
		if err != nil {
			t.Fatal(err)
		}
		got, _, faults := q.Read(b)
		if len(faults) > 0 {
			t.Fatalf("seed %d: %v", seed, faults)
		}
		want := q.Asked(a).Pruned()
		for k := range got {
			if !q.Asked(want).Enabled(q.Of(k.LinkID), k.Row) && q.Of(k.LinkID).Rows() == nil {
				t.Errorf("seed %d: %v is in the response and not asked", seed, k)
			}
		}
		if len(q.closed(got)) != len(want) {
			t.Errorf("seed %d: %v in the response, %v asked and answered", seed, got, want)
		}
		for k, v := range q.closed(got) {
			if !Equal(v, want[k]) {
				t.Errorf("seed %d: %v is %v, was %v", seed, k, v, want[k])
			}
		}
		again, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := json.Marshal(parsed(t, string(again))); err != nil || string(second) != string(again) {
			t.Fatalf("seed %d: a form is another one when it is read again: %v", seed, err)
		}
	}
}

// random writes a form of yes-or-no questions and groups; conditions look back.
func random(dice *rand.Rand) string {
	n := 0
	var asked []string
	var items func(deep int, rows bool) string
	items = func(deep int, rows bool) string {
		var out []string
		for range 1 + dice.IntN(4) {
			n++
			id, when := fmt.Sprintf("i%d", n), ""
			if len(asked) > 0 && dice.IntN(2) == 0 {
				when = fmt.Sprintf(`,"enableBehavior":"%s","enableWhen":[{"question":"%s","operator":"=","answerBoolean":%t},{"question":"%s","operator":"exists","answerBoolean":%t}]`,
					[]string{"all", "any"}[dice.IntN(2)], asked[dice.IntN(len(asked))], dice.IntN(2) == 0, asked[dice.IntN(len(asked))], dice.IntN(2) == 0)
			}
			if deep < 3 && dice.IntN(3) == 0 {
				repeats := !rows && dice.IntN(2) == 0
				out = append(out, fmt.Sprintf(`{"linkId":"%s","type":"group","text":"G","repeats":%t%s,"item":[%s]}`, id, repeats, when, items(deep+1, rows || repeats)))
				continue
			}
			out = append(out, fmt.Sprintf(`{"linkId":"%s","type":"boolean","text":"Q"%s}`, id, when))
			asked = append(asked, id)
		}
		return strings.Join(out, ",")
	}
	return items(0, false)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(form(visit)))
	f.Add([]byte(form(nested(3))))
	f.Fuzz(func(t *testing.T, b []byte) {
		q, faults := Parse(b)
		if (q == nil) != (len(faults) > 0) {
			t.Fatal("neither a form nor a fault, or both")
		}
		if q == nil {
			return
		}
		again, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := Parse(again); len(faults) > 0 && len(again) <= MaxBytes {
			t.Fatalf("what was written cannot be read: %v\n%s", faults, again)
		}
	})
}

func FuzzRead(f *testing.F) {
	q := parsed(f, form(visit))
	b, err := q.Respond(Answers{{"been", 0}: {Yes(true)}, {"med", 1}: {Words("Other")}}, About{Status: "completed"}, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _, faults := q.Read(b)
		if len(faults) > 0 {
			return
		}
		if _, err := q.Respond(a, About{Status: "completed"}, false); err != nil {
			t.Fatal(err)
		}
	})
}
