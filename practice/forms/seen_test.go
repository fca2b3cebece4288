package forms

import (
	"testing"

	"held/rules/questionnaire"
)

func TestAPartThatAsksNothingDoesNotSayWhoReadsIt(t *testing.T) {
	q := shipped()["escort"]
	parts := partsOf(q)
	all, _ := newDrawer(q, questionnaire.Answers{}).sections(parts)
	for i, p := range parts {
		if (all[i].Seen == "") != (asks(p.Items) == 0) {
			t.Errorf("%q asks %d questions and says of who reads them: %q", all[i].Title, asks(p.Items), all[i].Seen)
		}
	}
	if last := all[len(all)-1]; last.Seen != "" {
		t.Errorf("where the circle is spoken of, which nobody reads, it says %q", last.Seen)
	}
}
