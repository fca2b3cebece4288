package scoring

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAHalfIsRoundedUp(t *testing.T) {
	for _, c := range []struct {
		n    Number
		want string
	}{
		{Number{99, 8, 2}, "12.38"}, // 12.375
		{Number{5, 2, 0}, "3"},
		{Number{-5, 2, 0}, "-2"},
		{Number{47, 14, 3}, "3.357"},
		{Number{21, 5, 3}, "4.2"},
		{Number{1, 100, 2}, "0.01"},
		{Number{0, 7, 2}, "0"},
	} {
		if got := c.n.String(); got != c.want {
			t.Errorf("%d/%d with %d decimals is %s, want %s", c.n.Num, c.n.Den, c.n.Decimals, got, c.want)
		}
	}
}

// small is an instrument with an algorithm, as data.
const small = `{"id":"s","title":"S","version":"1","scoring":"1","about":"","rater":"self",
"licence":{"name":"own","redistributable":"yes","confidence":"high"},
"options":{"o":[{"value":0,"text":"no"},{"value":1,"text":"a little"},{"value":2,"text":"yes"}]},
"items":[{"key":"a","text":"A","options":"o","symptom":2},{"key":"b","text":"B","options":"o","symptom":1},{"key":"c","text":"C","options":"o","symptom":2,"safety":1}],
"scores":[{"key":"sum","method":"sum","items":["a","b","c"],"may_miss":1},
{"key":"is","method":"classes","classes":[{"is":"all","when":[{"items":["a","b","c"],"at_least":3}]},{"is":"some","when":[{"items":["a","b"],"at_least":1}]}],"else":"none","unsure":"nobody knows"}]}`

func parsed(t *testing.T) Instrument {
	t.Helper()
	in, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestAnAlgorithmIsUnsureExactlyWhenSomeAnswerWouldChangeIt(t *testing.T) {
	in := parsed(t)
	r := rand.New(rand.NewPCG(5, 6)) // #nosec G404 -- invented answers
	for range 2000 {
		a := Answers{pick(r), pick(r), pick(r)}
		all := map[any]bool{}
		complete(a, 0, func(full Answers) {
			got, err := Score(in, full)
			if err != nil {
				t.Fatal(err)
			}
			all[got.Get("is")] = true
		})
		got, err := Score(in, a)
		if err != nil {
			t.Fatal(err)
		}
		is := got.Get("is")
		if unsure := is == "nobody knows"; unsure != (len(all) > 1) || !unsure && !all[is] {
			t.Fatalf("it says %v, and the ways of filling what is missing say %v", is, all)
		}
	}
}

func pick(r *rand.Rand) *int {
	if v := r.IntN(4); v < 3 {
		return &v
	}
	return nil
}

// complete tries every way of answering what is missing.
func complete(a Answers, from int, try func(Answers)) {
	for i := from; i < len(a); i++ {
		if a[i] != nil {
			continue
		}
		for v := range 3 {
			full := append(Answers{}, a...)
			full[i] = &v
			complete(full, i+1, try)
		}
		return
	}
	try(a)
}

func TestABadInstrumentIsRefusedWithThePathOfEachFault(t *testing.T) {
	for change, path := range map[[2]string]string{
		{`"key":"b"`, `"key":"a"`}:                 "items[1].key",
		{`"rater":"self"`, `"rater":"machine"`}:    "rater",
		{`"method":"sum"`, `"method":"guess"`}:     "scores[0].method",
		{`"may_miss":1`, `"may_miss":3`}:           "scores[0].may_miss",
		{`"items":["a","b"]`, `"items":["x"]`}:     "scores[1].classes[1].when[0]",
		{`"id":"s"`, `"id":"s","colour":"red"`}:    "colour",
		{`"else":"none"`, `"else":""`}:             "scores[1]",
		{`"options":"o","symptom":1`, `"key":"b"`}: "items[1]",
	} {
		bad := strings.Replace(small, change[0], change[1], 1)
		if _, err := Parse([]byte(bad)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want it to name %s", change[1], err, path)
		}
	}
	if _, err := Parse([]byte(small + "{}")); err == nil {
		t.Error("something after the instrument was taken for nothing")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := Parse(data)
		if err != nil {
			return
		}
		if _, err := Score(in, make(Answers, len(in.Items))); err != nil {
			t.Errorf("an instrument that fits cannot be scored unanswered: %v", err)
		}
	})
}
