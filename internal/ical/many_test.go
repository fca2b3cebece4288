package ical

import (
	"bytes"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
)

func TestManyEventsAreOneCalendar(t *testing.T) {
	var b bytes.Buffer
	m := NewMany(&b)
	for _, summary := range []string{"One", "Two", "END:VEVENT\r\nBEGIN:VEVENT"} {
		e := consultation()
		e.Method, e.Summary, e.UID = Publish, summary, summary+e.UID
		if err := m.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := ics.ParseCalendar(bytes.NewReader(b.Bytes()))
	if err != nil || len(c.Events()) != 3 || strings.Count(b.String(), "BEGIN:VCALENDAR") != 1 || !strings.HasSuffix(b.String(), "END:VCALENDAR\r\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
	var none bytes.Buffer
	if err := NewMany(&none).Close(); err != nil || none.Len() != 0 {
		t.Errorf("no event: %q, %v", none.String(), err)
	}
	if err := NewMany(&none).Add(Event{}); err == nil {
		t.Error("an event without an id is written")
	}
}
