package inquiry

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

func TestAVisitorFindsATimeInTheirZoneAndBooksIt(t *testing.T) {
	each(t, func(b *booked) {
		list := b.get("/book").is(http.StatusOK).says("h1", "Book a time")
		list.says("p.meta", "50 minutes · free · By video · with Mara")
		times := b.get(list.link("First conversation")+"?zone=America/New_York").is(http.StatusOK).says("h1", "Choose a time")
		if got := times.texts("h3")[0]; got != "Wednesday 4 March" {
			t.Errorf("the first free day is %q; a day's notice makes it the 4th", got)
		}
		press := times.button("04:00 Wednesday 4 March, 09:00 in Lisbon")
		form := b.post("/book/consultation/hold", "start", attr(press, "value"), "zone", "America/New_York").follow()
		form.says("h1", "Your appointment").says("p.held-until", "This time is held for you until 04:10 in New York (09:10 in Lisbon).")
		form.says("time", "Wednesday 4 March, 09:00 (Lisbon)").says("time", "04:00 for you in New York")
		if b.s.Calendar.Generation() == 0 || slices.Contains(b.get("/book/consultation").texts("h3 + ul"), "09:00") {
			t.Error("a held time is still offered")
		}
		sent := []string{"start", form.value("start"), "zone", form.value("zone"), "hold", form.value("hold"), "once", form.value("once")}
		kept := b.post("/book/consultation", fields(robin, sent...)...).follow().says("h1", "Your time is kept")
		kept.says("dd", "Robin").says("dd", "Say little").link("Change the time")
		again := b.post("/book/consultation", fields(robin, sent...)...).is(http.StatusSeeOther)
		if n := b.rows("SELECT COUNT(*) FROM calendar_appointments"); n != 1 {
			t.Errorf("a form sent twice made %d appointments", n)
		}
		if n := b.rows("SELECT COUNT(*) FROM people_persons"); n != 2 {
			t.Errorf("there are %d people, want Mara and Robin", n)
		}
		if got := again.follow().text("h1"); got != "Your time is kept" {
			t.Errorf("the second sending leads to %q", got)
		}
		b.actor = b.host
		b.get("/desk/inquiries").is(http.StatusOK).says("a", "Robin")
	})
}

func TestBookingAsJSON(t *testing.T) {
	each(t, func(b *booked) {
		got := b.call(http.MethodGet, "/book/consultation/times?from=2026-03-04&days=1&zone=Asia/Kathmandu")
		all := got.body["times"].([]any)
		first := all[0].(map[string]any)
		if got.status != 200 || got.body["zone"] != "Asia/Kathmandu" || len(all) != 8 ||
			first["start"] != "2026-03-04T14:45:00+05:45" || first["end"] != "2026-03-04T15:35:00+05:45" {
			t.Errorf("times: %d %v", got.status, got.body)
		}
		wish := fields(robin, "start", "2026-03-04T09:00:00Z")
		done := b.call(http.MethodPost, "/book/consultation", wish...)
		token, _ := done.body["token"].(string)
		if done.status != http.StatusCreated || token == "" {
			t.Fatalf("booking: %d %v", done.status, done.body)
		}
		b.get("/appointments/"+token).is(http.StatusOK).says("h1", "Your appointment")
		taken := b.call(http.MethodPost, "/book/consultation", fields(wish, "name", "Ash")...)
		near, _ := taken.body["nearest"].([]any)
		if taken.status != http.StatusConflict || taken.body["error"] == "" || len(near) != nearestShown || near[0] != "2026-03-04T05:00:00-05:00" {
			t.Errorf("taken: %d %v", taken.status, taken.body)
		}
		empty := b.call(http.MethodPost, "/book/consultation", "start", "2026-03-05T09:00:00Z", "zone", "UTC")
		if f, _ := empty.body["fields"].(map[string]any); empty.status != 422 || f["name"] == nil || f["contact"] == nil {
			t.Errorf("an empty form: %d %v", empty.status, empty.body)
		}
		for _, bad := range []string{"zone=Mars/Olympus", "zone=Local", "zone=../etc", "from=yesterday", "from=2026-02-30", "days=0", "days=63", "days=many"} {
			if got := b.call(http.MethodGet, "/book/consultation/times?"+bad); got.status != 400 || got.body["error"] == "" {
				t.Errorf("%s: %d %v", bad, got.status, got.body)
			}
		}
		if got := b.call(http.MethodGet, "/book/nothing/times"); got.status != 404 {
			t.Errorf("no such offering: %d", got.status)
		}
	})
}

func TestBookingIsRefusedClearly(t *testing.T) {
	each(t, func(b *booked) {
		good := fields(robin, "start", "2026-03-04T09:00:00Z")
		for name, c := range map[string]struct {
			change []string
			status int
			field  string
		}{
			"past":                {[]string{"start", "2026-03-02T09:00:00Z"}, 422, "start"},
			"off the grid":        {[]string{"start", "2026-03-04T09:07:00Z"}, 422, "start"},
			"between the steps":   {[]string{"start", "2026-03-04T09:00:01Z"}, 422, "start"},
			"within the notice":   {[]string{"start", "2026-03-03T15:00:00Z"}, 422, "start"},
			"beyond the horizon":  {[]string{"start", "2026-06-03T09:00:00Z"}, 422, "start"},
			"no time at all":      {[]string{"start", "soon"}, 422, "start"},
			"wrong zone":          {[]string{"zone", "Mars/Olympus"}, 422, "zone"},
			"long name":           {[]string{"name", strings.Repeat("é", people.MaxName+1)}, 422, "name"},
			"two-line name":       {[]string{"name", "Robin\r\nBcc: all@example.org"}, 422, "name"},
			"long note":           {[]string{"note", strings.Repeat("n", MaxSaid+1)}, 422, "note"},
			"no way to reach":     {[]string{"contact", "by owl"}, 422, "contact"},
			"header in address":   {[]string{"contact", "a@example.org\nBcc: b@example.org"}, 422, "contact"},
			"unknown discretion":  {[]string{"discretion", "loud"}, 422, "discretion"},
			"filled in the trap":  {[]string{"website", "https://spam.example"}, 422, "website"},
			"forged hold":         {[]string{"hold", "AAAA"}, 400, ""},
			"too long for a form": {[]string{"note", strings.Repeat("n", 300<<10)}, 413, ""},
			"another encoding":    {[]string{"name", "\xff\xfe"}, 400, ""},
		} {
			got := b.call(http.MethodPost, "/book/consultation", fields(good, c.change...)...)
			if got.status != c.status {
				t.Errorf("%s: status %d, want %d: %v", name, got.status, c.status, got.body)
			}
			if f, _ := got.body["fields"].(map[string]any); c.field != "" && f[c.field] == nil {
				t.Errorf("%s: nothing is said at %q: %v", name, c.field, got.body)
			}
		}
		r := httptest.NewRequest(http.MethodPost, "/book/consultation", strings.NewReader(`{"start":"2026-03-04T09:00:00Z"}`))
		r.Header.Set("Content-Type", "application/json")
		b.send(r).is(http.StatusUnsupportedMediaType)
		if n := b.rows("SELECT COUNT(*) FROM people_persons"); n != 1 {
			t.Errorf("refused forms left %d people behind", n-1)
		}
		b.get("/book/consultation/form?hold=forged").is(http.StatusNotFound)
		b.get("/book/nothing").is(http.StatusNotFound)
		b.get("/book/consultation?from=2026-13-01").is(http.StatusBadRequest)
		b.get("/book/consultation?zone=Mars/Olympus").is(http.StatusBadRequest).says("h1", "Choose a time").says("h2", "Free times in Lisbon")
	})
}

func TestATakenTimeKeepsTheFormAndOffersOthers(t *testing.T) {
	each(t, func(b *booked) {
		b.book(on(4, 10, 0))
		wren := []string{"name", "Wren", "contact", "wren@example.org", "note", "I come by\ntrain.", "discretion", "silent", "zone", "Europe/Lisbon"}
		again := b.post("/book/consultation", fields(wren, "start", "2026-03-04T10:00:00Z")...).is(http.StatusConflict)
		again.says("h1", "This time has just been taken").says("legend", "Free times near it")
		if again.value("name") != "Wren" || again.value("contact") != "wren@example.org" || again.value("note") != "I come by train." {
			t.Error("what was typed is gone")
		}
		chosen := ""
		for _, n := range again.all("input[name=discretion]") {
			if attr(n, "checked") != "" || hasAttr(n, "checked") {
				chosen = attr(n, "value")
			}
		}
		if chosen != "silent" {
			t.Errorf("the choice of discretion is %q now", chosen)
		}
		start := again.value("start")
		if start != "2026-03-04T09:00:00Z" {
			t.Errorf("the nearest times begin with %q", start)
		}
		b.post("/book/consultation", fields(wren, "start", start, "once", again.value("once"))...).follow().says("h1", "Your time is kept")

		held := b.post("/book/consultation/hold", "start", "2026-03-04T10:00:00Z", "zone", "Europe/Lisbon").is(http.StatusConflict)
		held.says("h1", "This time has just been taken").button("11:00 Wednesday 4 March")
	})
}

func TestAFormWithAMistakeComesBackWhole(t *testing.T) {
	each(t, func(b *booked) {
		form := b.post("/book/consultation/hold", "start", "2026-03-04T10:00:00Z", "zone", "Europe/Berlin").follow()
		held := []string{"start", form.value("start"), "zone", form.value("zone"), "hold", form.value("hold")}
		back := b.post("/book/consultation", fields(robin, append(held, "contact", "")...)...).is(http.StatusUnprocessableEntity)
		back.says("h2", "Please look at this again").says("p.error", "Please tell us how to reach you.")
		field := back.all("input[name=contact]")[0]
		if attr(field, "aria-invalid") != "true" || !strings.Contains(attr(field, "aria-describedby"), "f-contact-error") {
			t.Error("the mistake is not told beside its field")
		}
		if back.value("name") != "Robin" || back.value("hold") != form.value("hold") || !strings.Contains(back.text("p.held-until"), "10:10") && !strings.Contains(back.text("p.held-until"), "11:10") {
			t.Errorf("the form lost something; it says %q", back.text("p.held-until"))
		}
	})
}

func TestAHoldEndsAndTheFormStays(t *testing.T) {
	each(t, func(b *booked) {
		form := b.post("/book/consultation/hold", "start", "2026-03-04T10:00:00Z", "zone", "Europe/Lisbon").is(http.StatusSeeOther).header.Get("Location")
		b.clock.Add(11 * time.Minute)
		late := b.get(form).is(http.StatusOK)
		late.says("p.held-until", "This time is not held for you at the moment, but it is still free. You can book it as long as nobody else does.")
		b.book(on(4, 10, 0), "name", "Ash", "contact", "ash@example.org", "zone", "UTC")
		b.get(form).is(http.StatusConflict).says("h1", "This time has just been taken")
		typed := fields(robin, "start", "2026-03-04T10:00:00Z", "hold", late.value("hold"))
		b.post("/book/consultation", typed...).is(http.StatusConflict).says("legend", "Free times near it")
	})
}

func TestOneAddressHoldsTwoTimesAtOnce(t *testing.T) {
	each(t, func(b *booked) {
		b.from = "203.0.113.7"
		hold := func(hour string) page {
			return b.post("/book/consultation/hold", "start", "2026-03-04T"+hour+":00:00Z", "zone", "Europe/Lisbon").follow()
		}
		first := hold("10")
		hold("11")
		if third := hold("12"); !strings.Contains(third.text("p.held-until"), "not held for you") {
			t.Errorf("a third time: %q", third.text("p.held-until"))
		}
		if n := b.rows("SELECT COUNT(*) FROM calendar_holds"); n != 2 {
			t.Errorf("%d holds of one address", n)
		}
		b.post("/book/consultation/release", "hold", first.value("hold"), "zone", "Europe/Lisbon").follow().button("10:00")
		if again := hold("12"); !strings.Contains(again.text("p.held-until"), "held for you until") {
			t.Error("a time that was given back still counts")
		}
		for range holdBurst {
			b.post("/book/consultation/hold", "start", "2026-03-04T13:00:00Z", "zone", "Europe/Lisbon")
		}
		b.post("/book/consultation/hold", "start", "2026-03-04T13:00:00Z", "zone", "Europe/Lisbon").is(http.StatusTooManyRequests)
	})
}

func TestClockChangesInTimes(t *testing.T) {
	each(t, func(b *booked) {
		b.change(func(o *calendar.Offering) { o.HorizonDays, o.Notice = 0, 0 })
		// New York leaves winter on 8 March, Lisbon on the 29th.
		for _, c := range []struct{ day, label string }{
			{"2026-03-06", "04:00 Friday 6 March, 09:00 in Lisbon"},
			{"2026-03-09", "05:00 Monday 9 March, 09:00 in Lisbon"},
			{"2026-03-30", "04:00 Monday 30 March, 09:00 in Lisbon"},
		} {
			b.get("/book/consultation?zone=America/New_York&from=" + c.day).is(http.StatusOK).button(c.label)
		}
		b.get("/book/consultation?zone=Australia/Lord_Howe&from=2026-04-03").is(http.StatusOK).button("19:00 Friday 3 April, 09:00 in Lisbon")
		// The date line: another day there than here.
		b.get("/book/consultation?zone=Pacific/Kiritimati&from=2026-03-06").is(http.StatusOK).button("00:00 Friday 6 March, Thu 10:00 in Lisbon")
		// The hour that comes twice is told apart.
		b.actor = b.host
		week := calendar.Hours{Person: b.host.Person, Zone: "UTC"}
		for day := range week.Week {
			week.Week[day] = "04:00–08:00"
		}
		b.ok(b.s.Calendar.SaveHours(b.ctx(), week))
		b.stranger()
		p := b.get("/book/consultation?zone=America/New_York&from=2026-11-01").is(http.StatusOK)
		p.button("01:00 (UTC-04:00) Sunday 1 November")
		p.button("01:00 (UTC-05:00) Sunday 1 November")
	})
}

func TestDaysAreTurnedAndEmptyOnesSaySo(t *testing.T) {
	each(t, func(b *booked) {
		first := b.get("/book/consultation").is(http.StatusOK)
		later := b.get(first.link("Later days")).is(http.StatusOK)
		if later.texts("h3")[0] != "Tuesday 17 March" {
			t.Errorf("later days begin with %q", later.texts("h3")[0])
		}
		b.get(later.link("Earlier days")).is(http.StatusOK).button("09:00")
		b.actor = b.host
		_, err := b.s.Calendar.SaveAway(b.ctx(), calendar.Away{Person: b.host.Person, Start: on(3, 0, 0), End: on(19, 0, 0)})
		b.ok(err)
		b.stranger()
		none := b.get("/book/consultation").is(http.StatusOK).says("p.empty-title", "No time is free in these two weeks")
		b.get(none.link("First free time")).is(http.StatusOK).button("09:00 Thursday 19 March")
		b.change(func(o *calendar.Offering) { o.HorizonDays = 5 })
		none = b.get("/book/consultation").is(http.StatusOK).says("p.empty-title", "No time is free at present")
		b.get(none.link("Wait for a time")).is(http.StatusOK).says("h1", "Wait for a time")
	})
}

func TestPagesOfTimesAreKeptForAMomentOnly(t *testing.T) {
	each(t, func(b *booked) {
		path := "/book/consultation"
		one := b.get(path).is(http.StatusOK)
		if two := b.get(path); two.header.Get("Etag") == "" || two.header.Get("Etag") != one.header.Get("Etag") {
			t.Error("the second visitor got another page")
		}
		b.book(on(4, 9, 0))
		after := b.get(path)
		if after.header.Get("Etag") == one.header.Get("Etag") || strings.HasPrefix(after.text("button.time"), "09:00") {
			t.Error("a booked time is still on the page")
		}
		b.actor = b.host
		if b.get(path).header.Get("Etag") != "" {
			t.Error("a signed-in colleague got a page made for everybody")
		}
	})
}

// TestSixtyFourBookersAtOnce sends 64 people after 5 times of one day, each to
// the nearest one still offered, until everybody has a time or none is left.
func TestSixtyFourBookersAtOnce(t *testing.T) {
	each(t, func(b *booked) {
		b.change(func(o *calendar.Offering) { o.HorizonDays, o.Every = 2, 30*time.Minute })
		var mu sync.Mutex
		sold, turned := map[string]int{}, 0
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				start := on(4, 9+i%5, 30*(i%2)).Format(time.RFC3339)
				form := []string{"name", fmt.Sprint("Racer ", i), "contact", fmt.Sprintf("racer%d@example.org", i), "zone", "UTC", "start", start}
				for {
					got := b.call(http.MethodPost, "/book/consultation", form...)
					mu.Lock()
					if got.status == http.StatusCreated {
						sold[form[len(form)-1]]++
						mu.Unlock()
						return
					}
					near, _ := got.body["nearest"].([]any)
					if got.status != http.StatusConflict || got.body["error"] != calendar.ErrTaken.Sentence {
						t.Errorf("racer %d: %d %v", i, got.status, got.body)
					}
					if len(near) == 0 {
						turned++
						mu.Unlock()
						return
					}
					mu.Unlock()
					form[len(form)-1] = near[i%len(near)].(string)
				}
			})
		}
		all.Wait()
		for start, n := range sold {
			if n > 1 {
				t.Errorf("%s was sold %d times", start, n)
			}
		}
		appointments := b.rows("SELECT COUNT(*) FROM calendar_appointments")
		letters := b.rows("SELECT COUNT(*) FROM letters_outbox WHERE kind = '" + letterBooked + "'")
		cards := b.rows("SELECT COUNT(*) FROM inquiry_cards")
		persons := b.rows("SELECT COUNT(*) FROM people_persons") - 1
		if len(sold) != appointments || letters != appointments || cards != appointments || persons != appointments || len(sold)+turned != 64 {
			t.Errorf("%d sold and %d turned away; %d appointments, %d letters, %d cards, %d people", len(sold), turned, appointments, letters, cards, persons)
		}
		if left := b.call(http.MethodGet, "/book/consultation/times").body["times"].([]any); len(left) != 0 {
			t.Errorf("times are left: %v", left)
		}
	})
}

func TestASignedInClientIsNotAskedAgain(t *testing.T) {
	each(t, func(b *booked) {
		b.change(func(o *calendar.Offering) { o.Who = calendar.Known })
		b.get("/book/consultation").is(http.StatusForbidden)
		b.get("/book").is(http.StatusOK).says("p.empty-title", "Nothing can be booked here just now")
		b.post("/book/consultation", fields(robin, "start", "2026-03-04T09:00:00Z")...).is(http.StatusForbidden)
		wren := b.person(people.Person{Name: "Wren", Contact: "wren@example.org", Zone: "Europe/Lisbon", Roles: []access.Role{access.Client}})
		b.actor = access.Actor{Practice: b.home, Person: wren.ID, Roles: wren.Roles, Via: access.Session}
		form := b.post("/book/consultation/hold", "start", "2026-03-04T09:00:00Z", "zone", "Europe/Lisbon").follow()
		if len(form.all("input[name=name]")) != 0 {
			t.Error("a signed-in client is asked for a name")
		}
		b.post("/book/consultation", "start", form.value("start"), "zone", "Europe/Lisbon", "hold", form.value("hold")).follow().says("dd", "Wren")
	})
}

func TestAddressesOfBookingSurviveOddInput(t *testing.T) {
	each(t, func(b *booked) {
		for _, q := range []string{"from=0001-01-01", "from=9999-12-31", "zone=%00", "zone=" + strings.Repeat("A/", 200), "from=" + url.QueryEscape("2026-03-04\r\nX: y")} {
			if p := b.get("/book/consultation?" + q); p.status >= 500 || p.header.Get("X") != "" {
				t.Errorf("%s: %d", q, p.status)
			}
		}
	})
}
