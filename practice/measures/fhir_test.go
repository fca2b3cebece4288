package measures

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"held/rules/scoring"
)

// respond answers a Questionnaire as another program would: with the codings
// and numbers that stand in it.
func respond(t *testing.T, in scoring.Instrument, a scoring.Answers) []byte {
	t.Helper()
	b, err := Questionnaire(in)
	if err != nil {
		t.Fatal(err)
	}
	var q struct {
		URL  string
		Item []struct {
			LinkID, Type string
			AnswerOption []struct{ ValueCoding json.RawMessage }
		}
	}
	if err := json.Unmarshal(b, &q); err != nil {
		t.Fatal(err)
	}
	if q.Item[0].Type == "display" {
		q.Item = q.Item[1:]
	}
	items := []any{}
	for i, it := range in.Items {
		if a[i] == nil {
			continue
		}
		answer := map[string]any{"valueInteger": *a[i]}
		for j, o := range in.Options[it.Options] {
			if o.Value == *a[i] {
				answer = map[string]any{"valueCoding": q.Item[i].AnswerOption[j].ValueCoding}
			}
		}
		items = append(items, map[string]any{"linkId": q.Item[i].LinkID, "answer": []any{answer}})
	}
	out, err := json.Marshal(map[string]any{"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": q.URL, "item": items})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnswersComeBackFromFHIRAsTheyWere(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8)) // #nosec G404 -- invented answers
	for _, in := range shipped(t) {
		for range 50 {
			a := random(r, in, 0.2)
			back, err := FromResponse(in, respond(t, in, a))
			if err != nil {
				t.Fatalf("%s: %v", in.ID, err)
			}
			if !reflect.DeepEqual(a, back) {
				t.Fatalf("%s: %v came back as %v", in.ID, a, back)
			}
		}
	}
}

func TestAResponseThatDoesNotFitIsRefusedByItem(t *testing.T) {
	in, err := Find("gad7")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		`{"resourceType":"Patient"}`, `[`,
		`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"99","answer":[{"valueInteger":1}]}]}`,
		`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","answer":[{"valueInteger":1}]}]}`,
		`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","answer":[{"valueCoding":{"code":"LA0"}}]}]}`,
		`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","answer":[{"valueCoding":{"code":"LA6568-5"}},{"valueCoding":{"code":"LA6569-3"}}]}]}`,
	} {
		if _, err := FromResponse(in, []byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func FuzzFromResponse(f *testing.F) {
	f.Add([]byte(`{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","answer":[{"valueCoding":{"code":"LA6568-5"}}]}]}`))
	in, err := Find("gad7")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := FromResponse(in, data)
		if err != nil {
			return
		}
		if _, err := scoring.Score(in, a); err != nil {
			t.Errorf("a response that was taken cannot be scored: %v", err)
		}
	})
}
