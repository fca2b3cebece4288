package availability_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	. "held/rules/availability"
)

func TestHoursAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ written, means string }{
		{"", "closed"}, {"  ", "closed"}, {"closed", "closed"}, {" Closed ", "closed"},
		{"09:00–12:30, 14:00-17", "09:00–12:30, 14:00–17:00"},
		{"9-5pm, ", "! Write am or pm for both times in “9-5pm”."},
		{"9am-12:30", "! Write am or pm for both times in “9am-12:30”."},
		{"9am-5pm", "09:00–17:00"}, {"9 AM to 5 p.m.", "09:00–17:00"}, {"9to17", "09:00–17:00"}, {"9 until 17", "09:00–17:00"},
		{"9am–17:00", "09:00–17:00"}, {"12am-12pm", "00:00–12:00"}, {"12pm-12am", "12:00–24:00"},
		{"9.30 — 12.15", "09:30–12:15"}, {"9:30−10", "09:30–10:00"},
		{"22:00-24:00", "22:00–24:00"}, {"22:00-0:00", "22:00–24:00"}, {"0-24", "00:00–24:00"},
		{"14-15; 9-10\n11-12", "09:00–10:00, 11:00–12:00, 14:00–15:00"},
		{"12-14, 9-12", "09:00–14:00"}, {"9-10,10-11,11-12", "09:00–12:00"},
		{"9-12, 11-14", "! 09:00–12:00 and 11:00–14:00 overlap."},
		{"9-12, 11:59-14", "! 09:00–12:00 and 11:59–14:00 overlap."},
		{"9-10, 10-12, 11-13", "! 10:00–12:00 and 11:00–13:00 overlap."},
		{"9-10, 9-10", "! 09:00–10:00 and 09:00–10:00 overlap."},
		{"17-9", "! “17-9” ends before it begins. To go past midnight, end at 24:00 and begin the next day at 00:00."},
		{"9-9", "! “9-9” ends when it begins."}, {"0-0", "! “0-0” ends when it begins."}, {"24-24", "! “24-24” ends when it begins."},
		{"9", "! “9” needs a beginning and an end, like 09:00–12:30."}, {"9-", "! “9-” needs a beginning and an end, like 09:00–12:30."},
		{"9-24:05", "! “24:05” is not a time of day. Write times like 09:00 or 9am."},
		{"9:60-11", "! “9:60” is not a time of day. Write times like 09:00 or 9am."},
		{"9:5-11", "! “9:5” is not a time of day. Write times like 09:00 or 9am."},
		{"13pm-14", "! “13pm” is not a time of day. Write times like 09:00 or 9am."},
		{"0am-9am", "! “0am” is not a time of day. Write times like 09:00 or 9am."},
		{"+9-11", "! “+9” is not a time of day. Write times like 09:00 or 9am."},
		{"٩-11", "! “٩” is not a time of day. Write times like 09:00 or 9am."},
		{"9--11", "! “-11” is not a time of day. Write times like 09:00 or 9am."},
		{",,", "! There are no hours in this. Write them like 09:00–12:30, or write closed."},
		{strings.Repeat("9-10,", 201), "! This is too long for the hours of one day."},
		{manyOpenings(25), "! These are more than 24 openings in one day."},
	} {
		got, err := ParseDay(c.written)
		said := FormatDay(got)
		if err != nil {
			said = "! " + err.Error()
		}
		if said != c.means {
			t.Errorf("%q was read as %q, want %q", c.written, said, c.means)
		}
		var refusal Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("%q: the error is a %T, want a Refusal", c.written, err)
		}
	}
}

func manyOpenings(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = Minutes{i * 20, i*20 + 10}.String()
	}
	return strings.Join(parts, ",")
}

func TestTheMostOpeningsOfADayCanBeReadAgain(t *testing.T) {
	first, err := ParseDay(manyOpenings(24))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseDay(FormatDay(first)); err != nil || !slices.Equal(first, again) {
		t.Errorf("%v became %v (%v)", first, again, err)
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"", "closed", "09:00–12:30, 14:00-17", "9am to 5 p.m.", "22-0:00", "1-5pm", "24-24", "9-12,11-14"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDay(s)
		if err != nil {
			if got != nil || err.Error() == "" || !utf8.ValidString(err.Error()) {
				t.Fatalf("%q is refused with %v and %q", s, got, err)
			}
			return
		}
		last := -1
		for _, m := range got {
			if m.From <= last || m.From >= m.To || m.To > 24*60 {
				t.Fatalf("%q became %v", s, got)
			}
			last = m.To
		}
		if again, err := ParseDay(FormatDay(got)); err != nil || !slices.Equal(got, again) {
			t.Fatalf("%q became %v, written %q, read as %v (%v)", s, got, FormatDay(got), again, err)
		}
	})
}
