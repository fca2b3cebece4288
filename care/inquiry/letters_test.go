package inquiry

import (
	"net/http"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"held/internal/db"
	"held/internal/mailbox"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// sameWords fails unless the HTML of a letter says what its text says, and
// loads nothing.
func (b *booked) sameWords(m mailbox.Message) {
	b.Helper()
	squeeze := func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer(":", " ", "<", " <", "&#39;", "'", "&amp;", "&").Replace(s)), " ")
	}
	var plain strings.Builder
	inTag, body := false, m.HTML[strings.Index(m.HTML, "<body>"):]
	for _, r := range body {
		switch {
		case r == '<':
			inTag = true
		case r == '>':
			inTag = false
			plain.WriteByte(' ')
		case !inTag:
			plain.WriteRune(r)
		}
	}
	if got, want := squeeze(plain.String()), squeeze(m.Text); got != want {
		b.Errorf("the HTML says\n%s\nthe text says\n%s", got, want)
	}
	for _, no := range []string{"<img", "<script", "<link", "style", "src="} {
		if strings.Contains(m.HTML, no) {
			b.Errorf("the letter loads or styles something: %s", no)
		}
	}
}

func TestABookingIsConfirmedChangedAndCancelledByLetter(t *testing.T) {
	each(t, func(b *booked) {
		path := b.book(on(5, 10, 0))
		m := b.last("robin@example.org", 1)
		if m.Subject != "Your appointment on Thursday 5 March" || !strings.Contains(m.Text, "Thursday 5 March, 10:00 (Lisbon) · 05:00 for you in New York, 50 minutes") {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		b.sameWords(m)
		method, ev := b.invitation(m)
		uid := prop(ev, ics.ComponentPropertyUniqueId)
		if method != "REQUEST" || prop(ev, ics.ComponentPropertySequence) != "0" || prop(ev, ics.ComponentPropertySummary) != "Appointment" ||
			prop(ev, ics.ComponentPropertyDtStart) != "20260305T100000Z" || !strings.HasSuffix(uid, "@held.example") {
			t.Errorf("the invitation: %s %s", method, m.Calendar.Body)
		}
		if got := links(m); len(got) != 1 || got[0] != path {
			t.Errorf("the letter leads to %v, want %s", got, path)
		}

		page := b.get(path).is(http.StatusOK).says("h1", "Your appointment").says("dd", "By video Open the video room")
		choose := b.get(page.link("Change the time")).is(http.StatusOK).says("h1", "Choose a time")
		if choose.all("h3 time") != nil && strings.Contains(choose.text("h3"), "5 March, 05:00") {
			t.Error("its own time is offered for a change")
		}
		press := choose.button("07:00 Friday 6 March")
		b.post(path+"/move", "start", attr(press, "value")).follow().says("p", "The time was changed.")
		m = b.last("robin@example.org", 2)
		method, ev = b.invitation(m)
		if m.Subject != "Your appointment is now on Friday 6 March" || method != "REQUEST" || prop(ev, ics.ComponentPropertySequence) != "1" ||
			prop(ev, ics.ComponentPropertyUniqueId) != uid || prop(ev, ics.ComponentPropertyDtStart) != "20260306T120000Z" {
			t.Errorf("“%s” %s", m.Subject, m.Calendar.Body)
		}
		b.sameWords(m)

		sure := b.get(b.get(path).link("Cancel the appointment")).is(http.StatusOK).says("h1", "Cancel this appointment?")
		sure.button("Yes, cancel it")
		b.post(path+"/cancel").follow().says("h1", "Your appointment is cancelled")
		b.saysCancelled()
		m = b.last("robin@example.org", 3)
		method, ev = b.invitation(m)
		if m.Subject != "Your appointment on Friday 6 March is cancelled" || method != "CANCEL" || prop(ev, ics.ComponentPropertyStatus) != "CANCELLED" ||
			prop(ev, ics.ComponentPropertySequence) != "2" || prop(ev, ics.ComponentPropertyUniqueId) != uid {
			t.Errorf("“%s” %s", m.Subject, m.Calendar.Body)
		}
		b.sameWords(m)
		b.post(path + "/cancel").is(http.StatusSeeOther)
		b.post(path+"/move", "start", "2026-03-09T10:00:00Z").is(http.StatusGone)
		b.last("robin@example.org", 3)
		b.clock.Add(20 * 24 * time.Hour)
		if n := len(b.mail("robin@example.org")); n != 3 {
			t.Errorf("a cancelled appointment was reminded of: %d letters", n)
		}
	})
}

func TestHowMuchALetterSays(t *testing.T) {
	each(t, func(b *booked) {
		b.book(on(5, 9, 0), "name", "Ash", "contact", "ash@example.org", "zone", "Europe/Lisbon", "discretion", "neutral")
		b.book(on(5, 10, 0), "name", "Fern", "contact", "fern@example.org", "zone", "Europe/Lisbon", "discretion", "full")
		b.book(on(5, 11, 0), "name", "Moss", "contact", "moss@example.org", "zone", "Europe/Lisbon", "discretion", "silent")
		for to, full := range map[string]bool{"ash@example.org": false, "fern@example.org": true, "moss@example.org": false} {
			m := b.last(to, 1)
			said := m.Subject + m.Text + m.HTML + m.Header["From"][0] + string(m.Calendar.Body)
			for _, part := range []string{"Slack Water", "First conversation", "video.example"} {
				if strings.Contains(said, part) != full {
					t.Errorf("to %s, that it says %q is %v", to, part, !full)
				}
			}
			if strings.Contains(m.Subject, "First conversation") || !strings.Contains(m.Header["From"][0], map[bool]string{true: "Slack Water", false: "Appointments"}[full]) {
				t.Errorf("to %s: subject %q from %q", to, m.Subject, m.Header["From"])
			}
		}
		b.clock.Add(36 * time.Hour) // past the reminder of two days, before that of three hours
		b.mail("ash@example.org")
		b.clock.Add(10*time.Hour + 30*time.Minute)
		for to, n := range map[string]int{"ash@example.org": 2, "fern@example.org": 2, "moss@example.org": 1} {
			if got := len(b.mail(to)); got != n {
				t.Errorf("%d letters to %s, want %d", got, to, n)
			}
		}
	})
}

func TestRemindersFollowTheAppointment(t *testing.T) {
	each(t, func(b *booked) {
		path := b.book(on(12, 10, 0))
		b.last("robin@example.org", 1)
		b.post(path+"/move", "start", "2026-03-10T10:00:00Z").is(http.StatusSeeOther)
		b.last("robin@example.org", 2)
		b.clock.Add(on(8, 10, 1).Sub(b.clock.Now()))
		m := b.last("robin@example.org", 3)
		if m.Subject != "Your appointment on Tuesday 10 March" || !strings.Contains(m.Text, "This is a reminder of your appointment.") || m.Calendar != nil {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		b.sameWords(m)
		b.clock.Add(on(10, 7, 1).Sub(b.clock.Now()))
		b.last("robin@example.org", 4)
		b.clock.Add(7 * 24 * time.Hour)
		b.last("robin@example.org", 4)
	})
}

// A mail server that was away for days must not make yesterday's reminder
// arrive beside today's, or a word about a time that has passed.
func TestLettersThatWaitedTooLongAreNotSent(t *testing.T) {
	each(t, func(b *booked) {
		b.book(on(12, 10, 0))
		b.clock.Add(on(12, 8, 0).Sub(b.clock.Now()))
		all := b.mail("robin@example.org")
		if len(all) != 2 || !strings.Contains(all[0].Text+all[1].Text, "Your time is kept.") {
			t.Errorf("%d letters on the morning itself, want the confirmation and one reminder", len(all))
		}
		b.book(on(13, 10, 0), "name", "Ash", "contact", "ash@example.org", "zone", "UTC")
		b.clock.Add(on(13, 10, 0).Sub(b.clock.Now()))
		if n := len(b.mail("ash@example.org")); n != 0 {
			t.Errorf("%d letters about a time that has passed", n)
		}
		if n := b.rows("SELECT COUNT(*) FROM letters_outbox WHERE state = 'waiting'"); n != 0 {
			t.Errorf("%d letters still wait", n)
		}
	})
}

func TestATelephoneGetsNoMail(t *testing.T) {
	each(t, func(b *booked) {
		path := b.book(on(5, 10, 0), "name", "Ash", "contact", "+351 912 345 678", "zone", "Europe/Lisbon")
		b.mail("")
		if n := b.rows("SELECT COUNT(*) FROM letters_outbox WHERE kind <> '" + letterColleague + "'"); n != 0 {
			t.Errorf("%d letters were queued for a telephone", n)
		}
		b.get(path+"?new=1").is(http.StatusOK).says("h1", "Your time is kept").says("p", "We have no e-mail address of yours, so please keep this page's address: it shows, changes and cancels your appointment.")
	})
}

func TestColleaguesAreToldLittleAndOnlyWhatOthersDid(t *testing.T) {
	each(t, func(b *booked) {
		path := b.book(on(5, 10, 0))
		m := b.last("mara@example.org", 1)
		if m.Subject != "New: Thursday 5 March, 10:00" || !strings.Contains(m.Text, "/desk/appointments/") {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		for _, secret := range []string{"Robin", "robin@example.org", "calls by day"} {
			if strings.Contains(m.Subject+m.Text+m.HTML, secret) {
				t.Errorf("a colleague's letter says %q", secret)
			}
		}
		b.post(path+"/move", "start", "2026-03-06T10:00:00Z").is(http.StatusSeeOther)
		if m = b.last("mara@example.org", 2); !strings.Contains(m.Text, "that was on Thursday 5 March, 10:00 is now on Friday 6 March, 10:00–10:50 (Lisbon)") {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		b.post(path + "/cancel").is(http.StatusSeeOther)
		if m = b.last("mara@example.org", 3); m.Subject != "Free again: Friday 6 March, 10:00" {
			t.Errorf("“%s”", m.Subject)
		}

		// What Mara does herself is told to the client and not to her.
		wren := b.person(people.Person{Name: "Wren", Contact: "wren@example.org"})
		ctx := access.With(b.Context(), b.host)
		var a calendar.Appointment
		b.ok(b.s.Calendar.Write(ctx, func(tx *db.Tx) (err error) {
			a, err = b.s.Calendar.Book(ctx, tx, calendar.Booking{Offering: b.o.ID, Client: wren.ID, Start: on(7, 18, 0), Zone: "Europe/Lisbon", ByStaff: true})
			return err
		}))
		b.last("mara@example.org", 3)
		if m = b.last("wren@example.org", 1); m.Subject != "Your appointment on Saturday 7 March" {
			t.Errorf("“%s”", m.Subject)
		}
		// Clearing away what is over is told to nobody.
		b.clock.Add(10 * 24 * time.Hour)
		b.ok(b.s.Calendar.Write(ctx, func(tx *db.Tx) error {
			_, err := b.s.Calendar.Cancel(ctx, tx, a.ID, "tidied")
			return err
		}))
		b.last("wren@example.org", 1)
	})
}

func TestAnAppointmentLinkOpensOneThingForAWhile(t *testing.T) {
	each(t, func(b *booked) {
		path := b.book(on(5, 10, 0))
		b.get(path+"?new=1").says("p", "By this link it can be changed or cancelled until 24 hours before.")
		file := b.get(path + "/appointment.ics").is(http.StatusOK)
		if file.header.Get("Content-Disposition") != `attachment; filename="appointment.ics"` || !strings.HasPrefix(file.header.Get("Content-Type"), "text/calendar") {
			t.Errorf("the calendar file comes as %v", file.header)
		}
		if words := inner(file.doc); !strings.Contains(words, "METHOD:PUBLISH") || strings.Contains(words, "ATTENDEE") {
			t.Errorf("the calendar file: %s", words)
		}
		for _, forged := range []string{path[:len(path)-1], path + "A", "/appointments/x", strings.Replace(path, "/appointments/", "/offers/", 1), strings.Replace(path, "/appointments/", "/wait/", 1)} {
			b.get(forged).is(http.StatusNotFound)
			b.post(forged + "/cancel").is(http.StatusNotFound)
		}
		b.post(path+"/move", "start", "soon").is(http.StatusUnprocessableEntity)
		b.post(path+"/move", "start", "2026-03-05T10:07:00Z").is(http.StatusUnprocessableEntity)
		b.book(on(6, 10, 0), "name", "Ash", "contact", "ash@example.org", "zone", "UTC")
		b.post(path+"/move", "start", "2026-03-06T10:00:00Z").is(http.StatusConflict).says("h1", "This time has just been taken")

		b.clock.Add(on(4, 11, 0).Sub(b.clock.Now())) // 23 hours before: too late for the link
		late := b.get(path).is(http.StatusOK)
		late.lacks("a", "Change the time").lacks("a", "Cancel the appointment")
		late.says("p", "By this link it can be changed or cancelled until 24 hours before. Please call +351 210 000 000 or write to house@example.org; we will find a way.")
		b.post(path + "/cancel").is(http.StatusForbidden)
		b.post(path+"/move", "start", "2026-03-09T10:00:00Z").is(http.StatusForbidden)
		b.get(path + "/cancel").is(http.StatusForbidden)

		b.clock.Add(on(5, 11, 0).Sub(b.clock.Now()))
		b.get(path).is(http.StatusOK).says("p", "This appointment is over.")
		b.clock.Add(14 * 24 * time.Hour)
		b.get(path).is(http.StatusGone)
		b.post(path + "/cancel").is(http.StatusGone)
	})
}
