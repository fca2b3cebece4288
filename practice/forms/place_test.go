package forms

import (
	"testing"

	"held/rules/questionnaire"
)

const threeParts = `{"resourceType":"Questionnaire","status":"draft","title":"Three","item":[
 {"linkId":"one","type":"group","text":"One","item":[{"linkId":"a","type":"string","text":"A"},{"linkId":"b","type":"string","text":"B"}]},
 {"linkId":"two","type":"group","text":"Two","item":[{"linkId":"c","type":"string","text":"C"}]},
 {"linkId":"three","type":"group","text":"Three","item":[{"linkId":"rows","type":"group","text":"Rows","repeats":true,"item":[{"linkId":"d","type":"string","text":"D"}]}]}]}`

func TestAFormGoesOnWhereSomebodyWas(t *testing.T) {
	q, faults := Parse([]byte(threeParts))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, c := range []struct {
		name     string
		answered []string
		want     int
	}{
		{"nothing is answered", nil, 1},
		{"a part is answered half", []string{"a"}, 1},
		{"a part is answered whole", []string{"a", "b"}, 2},
		{"a question was passed over on the way", []string{"a", "c"}, 3},
		{"everything is answered", []string{"a", "b", "c"}, 3},
	} {
		f := &Filling{Form: &Form{Questionnaire: q}, Answers: questionnaire.Answers{}}
		for _, link := range c.answered {
			f.Answers[questionnaire.Key{LinkID: link}] = []questionnaire.Answer{questionnaire.Words("x")}
		}
		if _, n := place(f, ""); n != c.want {
			t.Errorf("%s: it goes on with part %d, not %d", c.name, n, c.want)
		}
	}
}
