package ical

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func consultation() Event {
	start := time.Date(2026, 3, 30, 9, 30, 0, 0, time.FixedZone("CEST", 2*3600))
	return Event{
		UID: "0195d0c2-7a1e-7c3e-8b1a-3f1f4d9c2a11@held.example", Sequence: 2, Method: Request,
		Start: start, End: start.Add(50 * time.Minute), Stamp: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		Summary:       "Appointment",
		Description:   "Change or cancel it here:\nhttps://held.example/appointments/abc\n\nNo need to bring anything; come as you are, please.",
		Location:      "Room 2, Lindenstraße 14; back door",
		URL:           "https://held.example/appointments/abc?x=1,2;3",
		OrganizerName: "Ada O'Brien, MD", OrganizerAddress: "hello+desk@held.example",
		AttendeeName: "Wren", AttendeeAddress: "wren@example.org",
		Alarm: 90 * time.Minute,
	}
}

func TestFilesAreWrittenAsBefore(t *testing.T) {
	cancel, publish := consultation(), consultation()
	cancel.Method, cancel.Sequence = Cancel, 3
	publish.Method, publish.Alarm = Publish, 30*time.Second
	publish.AttendeeName, publish.AttendeeAddress = "", ""
	for name, event := range map[string]Event{"request": consultation(), "cancel": cancel, "publish": publish} {
		got := write(t, event)
		path := filepath.Join("testdata", name+".ics")
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnotherProgramReadsTheSameEvent(t *testing.T) {
	e := consultation()
	ev := parseOne(t, write(t, e))
	for property, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertyUniqueId: e.UID, ics.ComponentPropertySummary: e.Summary,
		ics.ComponentPropertyDescription: e.Description, ics.ComponentPropertyLocation: e.Location,
		ics.ComponentPropertyUrl: e.URL, ics.ComponentPropertySequence: "2",
		ics.ComponentPropertyDtStart: "20260330T073000Z", ics.ComponentPropertyDtEnd: "20260330T082000Z",
		ics.ComponentPropertyDtstamp: "20260301T080000Z", ics.ComponentPropertyStatus: "CONFIRMED",
		ics.ComponentPropertyClass: "PRIVATE", ics.ComponentPropertyTransp: "OPAQUE",
		ics.ComponentPropertyOrganizer: "mailto:hello+desk@held.example",
	} {
		if got := ev.GetProperty(property).Value; got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	organizer := ev.GetProperty(ics.ComponentPropertyOrganizer)
	if got := organizer.ICalParameters["CN"]; len(got) != 1 || got[0] != "Ada O'Brien, MD" {
		t.Errorf("the organizer is called %q", got)
	}
	attendee := ev.Attendees()[0]
	if attendee.Email() != "wren@example.org" || attendee.ICalParameters["RSVP"][0] != "TRUE" {
		t.Errorf("the attendee is %v", attendee)
	}
	if got := ev.Alarms()[0].GetProperty(ics.ComponentPropertyTrigger).Value; got != "-PT90M" {
		t.Errorf("the alarm is at %q", got)
	}
}

func TestEveryKindOfLineEndIsALineEnd(t *testing.T) {
	e := consultation()
	e.Description = "a\nb\rc\r\nd\u2028e\u0085f\tg\x07h\xffi"
	got := parseOne(t, write(t, e)).GetProperty(ics.ComponentPropertyDescription).Value
	if got != "a\nb\nc\nd\ne\nf gh\uFFFDi" {
		t.Errorf("got %q", got)
	}
}

func TestACancellationSaysSoTwiceAndRemindsOfNothing(t *testing.T) {
	e := consultation()
	e.Method, e.Cancelled = Cancel, true
	out := write(t, e)
	if !bytes.Contains(out, []byte("\r\nMETHOD:CANCEL\r\n")) || bytes.Contains(out, []byte("VALARM")) {
		t.Errorf("got %s", out)
	}
	if got := parseOne(t, out).GetProperty(ics.ComponentPropertyStatus).Value; got != "CANCELLED" {
		t.Errorf("status %s", got)
	}
}

func TestHostileWordsStayInTheirProperty(t *testing.T) {
	for _, evil := range []string{
		"Wren\r\nATTENDEE:mailto:evil@example.org", "Wren\nEND:VEVENT", "Wren\rBEGIN:VALARM",
		"Wren\u2028X-EVIL:1", "Wren\u0085X-EVIL:1", "Wren\x00\x0b\x0cX", `Wren";X-EVIL="1`, `Wren\nX:1`, `Wren^nX:1`,
		`Wren":mailto:evil@example.org`, "Wren\xff\xfe", "\u202eнерВ", `\`, `"`, strings.Repeat("Я", 500), strings.Repeat(" ", 300) + "x" + strings.Repeat(" ", 300) + "y",
	} {
		e := consultation()
		e.OrganizerName, e.AttendeeName, e.Summary, e.Location, e.Description, e.UID = evil, evil, evil, evil, evil, evil
		holdsItsShape(t, write(t, e))
	}
}

func TestFoldingNeverCutsALetter(t *testing.T) {
	for shift := range 8 {
		e := consultation()
		e.Summary = strings.Repeat("x", shift) + strings.Repeat("日本語🙂é", 40)
		out := write(t, e)
		holdsItsShape(t, out)
		if got := parseOne(t, out).GetProperty(ics.ComponentPropertySummary).Value; got != e.Summary {
			t.Errorf("shift %d: %q", shift, got)
		}
	}
}

func TestWhatCalendarsWouldMisreadIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Event){
		"no id":              func(e *Event) { e.UID = " \n" },
		"no method":          func(e *Event) { e.Method = "" },
		"method with a line": func(e *Event) { e.Method = "REQUEST\r\nX:1" },
		"cancelled request":  func(e *Event) { e.Cancelled = true },
		"ends at its start":  func(e *Event) { e.End = e.Start },
		"no stamp":           func(e *Event) { e.Stamp = time.Time{} },
		"year 12000":         func(e *Event) { e.End = e.End.AddDate(10000, 0, 0) },
		"negative sequence":  func(e *Event) { e.Sequence = -1 },
		"organizer":          func(e *Event) { e.OrganizerAddress = "" },
		"attendee":           func(e *Event) { e.AttendeeAddress = "a@b\r\nX:1" },
		"attendee with name": func(e *Event) { e.AttendeeAddress = "Wren <wren@example.org>" },
		"script URL":         func(e *Event) { e.URL = "javascript:alert(1)" },
		"URL with a line":    func(e *Event) { e.URL = "https://a.example/\r\nX:1" },
		"URL with a space":   func(e *Event) { e.URL = "https://a.example/ x" },
		"endless words":      func(e *Event) { e.Description = strings.Repeat("x", maxText) },
	} {
		e := consultation()
		spoil(&e)
		if out, err := Write(e); err == nil {
			t.Errorf("%s was written: %s", name, out)
		}
	}
}

func TestAnAddressIsReadAsItWasGiven(t *testing.T) {
	for given, want := range map[string]string{
		"o'brien+held@example.org": "mailto:o'brien+held@example.org",
		"a%b?c#d@example.org":      "mailto:a%25b%3Fc%23d@example.org",
		"mü@bücher.example":        "mailto:m%C3%BC@xn--bcher-kva.example",
	} {
		if got, err := calAddress(given); err != nil || got != want {
			t.Errorf("%s became %s, %v", given, got, err)
		}
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("uid", "Appointment", "two\nlines", "Room", "Ada", "Wren", "ada@example.org", "wren@example.org", "https://a.example/x")
	f.Add("u\r\nX:1", "a\\n;,:\"", "\r\n\r\nEND:VCALENDAR", "\xff", `";X="`, "^n", "o'b%@example.org", "é@bücher.example", "http://a.example/?q=1;2,3")
	f.Fuzz(func(t *testing.T, uid, summary, description, location, organizer, attendee, from, to, link string) {
		e := consultation()
		e.UID, e.Summary, e.Description, e.Location, e.URL = uid, summary, description, location, link
		e.OrganizerName, e.AttendeeName, e.OrganizerAddress, e.AttendeeAddress = organizer, attendee, from, to
		out, err := Write(e)
		if err != nil {
			return
		}
		holdsItsShape(t, out)
		if got := parseOne(t, out).GetProperty(ics.ComponentPropertyUniqueId).Value; got != oneLine(uid) {
			t.Errorf("the id %q came back as %q", oneLine(uid), got)
		}
	})
}

// holdsItsShape checks the file as bytes, without the library that wrote it:
// lines, lengths, letters, and that exactly the expected properties are there.
func holdsItsShape(t *testing.T, out []byte) {
	t.Helper()
	ev := parseOne(t, out)
	for property, params := range map[ics.ComponentProperty]string{
		ics.ComponentPropertyOrganizer: "CN", ics.ComponentPropertyAttendee: "CN CUTYPE PARTSTAT ROLE RSVP",
	} {
		p := ev.GetProperty(property)
		p.ICalParameters["CN"] = nil // a name may be empty
		if got := strings.Join(slices.Sorted(maps.Keys(p.ICalParameters)), " "); got != params {
			t.Errorf("%s has the parameters %s", property, got)
		}
		if !strings.HasPrefix(p.Value, "mailto:") || strings.Count(p.Value, ":") != 1 {
			t.Errorf("%s is %q", property, p.Value)
		}
	}
	if !utf8.Valid(out) || !bytes.HasSuffix(out, []byte("\r\n")) {
		t.Fatalf("not UTF-8 or not ended: %q", out)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("a line is not one: %q", line)
		}
	}
	var names []string
	for line := range strings.SplitSeq(strings.ReplaceAll(string(out), "\r\n ", ""), "\r\n") {
		end := strings.IndexAny(line, ";:")
		if end < 0 {
			end = len(line)
		}
		if name := line[:end]; !optional(name) {
			names = append(names, name)
		}
	}
	want := "BEGIN VERSION PRODID CALSCALE METHOD BEGIN UID DTSTAMP DTSTART DTEND SEQUENCE STATUS TRANSP CLASS ORGANIZER ATTENDEE BEGIN ACTION TRIGGER END END END "
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the properties are\n%s\nnot\n%s", got, want)
	}
}

func optional(name string) bool {
	return name == "SUMMARY" || name == "DESCRIPTION" || name == "LOCATION" || name == "URL"
}

func write(t *testing.T, e Event) []byte {
	t.Helper()
	out, err := Write(e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parseOne(t *testing.T, out []byte) *ics.VEvent {
	t.Helper()
	cal, err := ics.ParseCalendar(bytes.NewReader(out))
	if err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if len(cal.Events()) != 1 {
		t.Fatalf("%d events", len(cal.Events()))
	}
	return cal.Events()[0]
}

func TestNamesKeepNoSignThatReadsAsSomethingElse(t *testing.T) {
	for given, want := range map[string]string{
		"Ada ^n \"Wren\" \\ O'Brien, MD": "Ada n 'Wren' / O'Brien, MD",
		"\u202eneN\u2066 Ada":            "neN Ada",
		"  two\t\nwords  ":               "two words",
	} {
		if got := quotable(given); got != want {
			t.Errorf("%q became %q", given, got)
		}
	}
}
