package checkins

import "testing"

func TestAPointThatWentByUnaskedIsListedWithWhatStoodInItsWay(t *testing.T) {
	gone := open("who5", Month3, ":s", 20, -6)
	stood := func(what string, p Point, ago, more int) Stood {
		d := open(what, p, ":x", ago, more)
		return Stood{What: d.What, Key: d.Key, From: d.From, Until: d.Until}
	}
	monthly := stood("who5", Monthly, 25, -5)
	for _, c := range []struct {
		name  string
		all   []Due
		stood []Stood
		want  string
	}{
		{"the same questions stood there all the time", []Due{gone}, []Stood{monthly}, monthly.Key},
		{"of two, the one that stood to the end", []Due{gone}, []Stood{stood("who5", Day7, 30, -15), monthly}, monthly.Key},
		{"it was asked", []Due{gone}, []Stood{monthly, {What: gone.What, Key: gone.Key, From: gone.From, Until: gone.Until}}, ""},
		{"its time is not over", []Due{open("who5", Month3, ":s", 20, 1)}, []Stood{monthly}, ""},
		{"another kind stands in no way", []Due{gone}, []Stood{stood("phq9", Monthly, 25, -5)}, ""},
		{"nor does what was over before", []Due{gone}, []Stood{stood("who5", Monthly, 40, -20)}, ""},
		{"or came after", []Due{gone}, []Stood{stood("who5", Monthly, 6, 5)}, ""},
		{"the plan did not ask then", []Due{gone}, nil, ""},
	} {
		got := Unasked(c.all, c.stood, noon)
		if (len(got) == 1) != (c.want != "") || len(got) == 1 && (got[0].Key != gone.Key || got[0].Beside.Key != c.want) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
