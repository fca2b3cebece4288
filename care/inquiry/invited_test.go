package inquiry

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// guarded makes the consultation by invitation only, and adds Wren, who wants
// little said.
func (b *booked) guarded() people.Person {
	b.Helper()
	b.change(func(o *calendar.Offering) { o.Who, o.Price = calendar.Invited, "€ 90" })
	return b.person(people.Person{Name: "Wren", Contact: "wren@example.org", Zone: "America/New_York", Discretion: people.Silent, Step: people.StepInquiry})
}

// invites invites somebody by the desk's form.
func (b *booked) invites(p people.Person, form ...string) {
	b.Helper()
	b.actor = b.host
	b.post("/desk/invitations", fields([]string{"offering", b.o.ID.String(), "client", p.ID.String(), "days", "7", "times", "1", "do", "invite"}, form...)...).is(http.StatusSeeOther)
	b.stranger()
}

// way is the invitation's path in the newest letter, the n-th to an address.
func (b *booked) way(to string, n int) string {
	b.Helper()
	m := b.last(to, n)
	b.sameWords(m)
	for _, l := range links(m) {
		if strings.HasPrefix(l, "/invitations/") {
			return l
		}
	}
	b.Fatalf("no invitation in\n%s", m.Text)
	return ""
}

func (p page) form(name string) *html.Node {
	p.Helper()
	for _, n := range p.all("form") {
		if attr(n, "aria-label") == name {
			return n
		}
	}
	p.Fatalf("no form is called %q", name)
	return nil
}

// action is where the form leads whose path ends like this.
func (p page) action(end string) string {
	p.Helper()
	for _, n := range p.all("form") {
		if path, _, _ := strings.Cut(attr(n, "action"), "?"); strings.HasSuffix(path, end) {
			return attr(n, "action")
		}
	}
	p.Fatalf("no form leads to …%s", end)
	return ""
}

func TestWhoeverIsInvitedBooksByThemselves(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		b.get("/book/consultation").is(http.StatusForbidden)
		b.invites(wren)
		m := b.last("wren@example.org", 1)
		if m.Subject != "You can choose a time" || strings.Contains(m.Text, "conversation") || strings.Contains(m.Text+m.HTML, "Slack Water") || !strings.Contains(m.Text, "until the end of Tuesday 10 March in Lisbon") {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		way := b.way("wren@example.org", 1)
		times := b.get(way).follow().says("h1", "Choose a time")
		times.lacks("a", "Wait for a time")

		// Another zone, another page of days: the invitation stays.
		zone := times.all("form.zone-form")[0]
		q := url.Values{"zone": {"Asia/Kathmandu"}}
		for _, n := range (page{b.front, 0, nil, zone}).all("input") {
			q.Set(attr(n, "name"), attr(n, "value"))
		}
		far := b.get(attr(zone, "action")+"?"+q.Encode()).is(http.StatusOK).says("h2", "Free times in Kathmandu")
		later := b.get(far.link("Later days")).is(http.StatusOK).says("h2", "Free times in Kathmandu")
		days := b.get(later.link("Earlier days")).is(http.StatusOK)

		// As JSON too; the same address without the invitation says no.
		asked := q.Get("invitation")
		if got := b.call(http.MethodGet, "/book/consultation/times?invitation="+asked); got.status != http.StatusOK || len(got.body["times"].([]any)) == 0 {
			t.Errorf("times as JSON: %d %v", got.status, got.body)
		}
		if got := b.call(http.MethodGet, "/book/consultation/times"); got.status != http.StatusForbidden {
			t.Errorf("times for everybody: %d", got.status)
		}

		// A held time, a mistake, another time: nothing is asked twice.
		press := days.button("14:45 Wednesday 4 March, 09:00 in Lisbon")
		form := b.post(attr(days.form("Free times"), "action"), "start", attr(press, "value"), "zone", "Asia/Kathmandu").follow()
		form.says("p", "You are invited as Wren; we know how to reach you.").says("p.held-until", "This time is held for you until 14:55 in Kathmandu (09:10 in Lisbon).")
		form.lacks("main", "wren@example.org")
		if len(form.all("[name=name]"))+len(form.all("[name=contact]")) > 0 || !hasAttr(chosen(form, "discretion", "silent"), "checked") {
			t.Error("the form asks what is known, or does not know how much messages may say")
		}
		action := attr(form.form("Your appointment"), "action")
		sent := []string{"start", form.value("start"), "zone", form.value("zone"), "hold", form.value("hold"), "once", form.value("once"), "note", strings.Repeat("n", MaxSaid+1)}
		again := b.post(action, sent...).is(http.StatusUnprocessableEntity).says("p.held-until", "This time is held for you until 14:55 in Kathmandu (09:10 in Lisbon).")
		if attr(again.form("Your appointment"), "action") != action {
			t.Error("the form that came back has lost the invitation")
		}
		released := b.post(again.action("/release"), "hold", form.value("hold"), "zone", "Asia/Kathmandu").follow().says("h1", "Choose a time")
		sent = fields(sent, "note", "", "start", attr(released.button("15:45 Wednesday 4 March, 10:00 in Lisbon"), "value"))
		kept := b.post(action, sent...).is(http.StatusSeeOther)
		kept.follow().says("h1", "Your time is kept").says("dd", "Wren").says("dd", "€ 90").says("dd", "Only what I cannot do without")
		if twice := b.post(action, sent...).is(http.StatusSeeOther); twice.header.Get("Location") != kept.header.Get("Location") {
			t.Error("the same form sent twice leads elsewhere")
		}
		if n := b.rows("SELECT COUNT(*) FROM calendar_appointments WHERE client_id = $1", wren.ID); n != 1 {
			t.Errorf("%d appointments, want one", n)
		}
		if n := b.rows("SELECT COUNT(*) FROM people_persons"); n != 2 {
			t.Errorf("there are %d people, want Mara and Wren", n)
		}

		// Once is once.
		spent := b.get(way).is(http.StatusGone).says("h1", "This invitation has been used")
		b.get(spent.link("Your appointment")).is(http.StatusOK).says("dd", "Wren")
		b.post(action, fields(sent, "once", "another", "start", "2026-03-05T10:00:00Z")...).is(http.StatusGone).says("h1", "This invitation has been used")
		if got := b.call(http.MethodPost, action, fields(sent, "once", "third", "start", "2026-03-05T11:00:00Z")...); got.status != http.StatusGone || got.body["error"] == "" {
			t.Errorf("as JSON: %d %v", got.status, got.body)
		}
		b.get("/book/consultation").is(http.StatusForbidden)
	})
}

// chosen finds one of several choices.
func chosen(p page, name, value string) *html.Node {
	p.Helper()
	for _, n := range p.all("[name=" + name + "]") {
		if attr(n, "value") == value {
			return n
		}
	}
	p.Fatalf("no choice %s=%s", name, value)
	return nil
}

// carried is the query of booking's pages under an invitation.
func (b *booked) carried(way string) string {
	b.Helper()
	to := b.get(way).is(http.StatusSeeOther).header.Get("Location")
	_, query, _ := strings.Cut(to, "?")
	return "?" + query
}

func TestAnInvitationOpensNothingElse(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		b.invites(wren)
		way := b.way("wren@example.org", 1)
		with := b.carried(way)
		other, err := b.s.Calendar.SaveOffering(access.With(b.Context(), b.host), func() calendar.Offering {
			o := b.o
			o.ID, o.Slug, o.Name, o.Who = [16]byte{}, "other", "Another", calendar.Invited
			return o
		}())
		b.ok(err)
		b.get("/book/other" + with).is(http.StatusNotFound)
		b.post("/book/other"+with, "start", "2026-03-05T10:00:00Z", "zone", "UTC").is(http.StatusNotFound)
		for _, forged := range []string{way[:len(way)-2], way + "A", "/invitations/x", strings.Replace(way, "/invitations/", "/offers/", 1)} {
			b.get(forged).is(http.StatusNotFound)
		}
		b.get("/book/consultation" + with + "A").is(http.StatusNotFound)
		b.post("/book/consultation"+with+"A", "start", "2026-03-05T10:00:00Z", "zone", "UTC").is(http.StatusNotFound)
		if got := b.call(http.MethodGet, "/book/consultation/times"+with+"A"); got.status != http.StatusNotFound || got.body["error"] == "" {
			t.Errorf("forged, as JSON: %d %v", got.status, got.body)
		}
		b.get("/book/consultation/wait" + with).is(http.StatusForbidden)

		// Closed, or only for the ready: the invitation stands and opens nothing.
		b.change(func(o *calendar.Offering) { o.Open = false })
		b.get(way).is(http.StatusForbidden)
		b.get("/book/consultation" + with).is(http.StatusForbidden)
		b.change(func(o *calendar.Offering) { o.Open, o.Who = true, calendar.Ready })
		b.post("/book/consultation"+with, "start", "2026-03-05T10:00:00Z", "zone", "UTC").is(http.StatusForbidden)
		b.change(func(o *calendar.Offering) { o.Who, o.Slug = calendar.Invited, "moved-house" })
		b.get(way).follow().says("h1", "Choose a time")
		if n := b.rows("SELECT COUNT(*) FROM calendar_appointments"); n != 0 || other.ID.IsZero() {
			t.Errorf("%d appointments", n)
		}
	})
}

func TestAnInvitationEndsAndIsTakenBack(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		b.invites(wren)
		way := b.way("wren@example.org", 1)
		with := b.carried(way)

		// It holds through the tenth, in Lisbon.
		b.clock.Add(on(11, 0, 0).Sub(b.clock.Now()) - time.Minute)
		b.get(way).is(http.StatusSeeOther)
		hold := b.post("/book/consultation/hold"+with, "start", "2026-03-13T10:00:00Z", "zone", "UTC").is(http.StatusSeeOther)
		b.clock.Add(2 * time.Minute)
		b.get(way).is(http.StatusGone).says("h1", "This invitation has ended").says("p", "If you need something else: Please call +351 210 000 000 or write to house@example.org; we will find a way.")
		form := b.get(hold.header.Get("Location")).is(http.StatusOK).says("h1", "Your appointment") // the held time is theirs
		b.clock.Add(11 * time.Minute)
		b.get(hold.header.Get("Location")).is(http.StatusGone)
		b.post("/book/consultation"+with, "start", "2026-03-13T10:00:00Z", "zone", "UTC", "hold", form.value("hold")).is(http.StatusGone)

		// Invited again, the same link opens again; taken back, it does not.
		b.invites(wren, "days", "30")
		if again := b.way("wren@example.org", 2); again != way {
			t.Error("inviting again gave a second invitation")
		}
		b.get(way).is(http.StatusSeeOther)
		b.actor = b.host
		list := b.get("/desk/invitations").is(http.StatusOK).says("th", "Wren").says("td", "0 of 1")
		b.get("/desk/invitations?offering="+b.o.ID.String()).is(http.StatusOK).says("th", "Wren")
		b.post(list.action("/take-back")).is(http.StatusSeeOther)
		b.get("/desk/invitations").says("p.empty-title", "Nobody is invited at present")
		b.stranger()
		b.get(way).is(http.StatusGone).says("p.lede", errInvitationBack.Sentence)
		b.post("/book/consultation"+with, "start", "2026-03-16T10:00:00Z", "zone", "UTC").is(http.StatusGone)
		for verb, want := range map[string]int{"invited": 2, "took back": 1} {
			if n := b.rows("SELECT COUNT(*) FROM trail_entries WHERE kind = 'invitation' AND verb = $1 AND subject_id = $2", verb, wren.ID); n != want {
				t.Errorf("%q stands %d times on the trail, want %d", verb, n, want)
			}
		}
	})
}

func TestALetterThatHasNotGoneSaysNothingOfAnInvitationTakenBack(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		ctx := access.With(b.Context(), b.host)
		i, err := b.s.Invite(ctx, wren.ID, b.o.ID, 1, 7)
		b.ok(err)
		_, err = b.s.Invite(ctx, wren.ID, b.o.ID, 1, 14)
		b.ok(err)
		if n := b.rows("SELECT COUNT(*) FROM letters_outbox WHERE state = 'waiting' AND kind = $1", letterInvited); n != 1 {
			t.Errorf("%d letters wait, want one", n)
		}
		_, err = b.s.TakeBack(ctx, i.ID)
		b.ok(err)
		b.last("wren@example.org", 0)
	})
}

func TestAnInvitationForMoreIsGoodForAsMany(t *testing.T) {
	each(t, func(b *booked) {
		b.guarded()
		ash := b.person(people.Person{Name: "Ash", Contact: "ash@example.org", Discretion: people.Full})
		b.invites(ash, "times", "2")
		m := b.last("ash@example.org", 1)
		if m.Subject != "You can choose a time at Slack Water" || !strings.Contains(m.Text, "First conversation, Slack Water. Fee: € 90.") || !strings.Contains(m.Text, "It is good for 2 appointments.") {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		with := b.carried(b.way("ash@example.org", 1))
		for i, want := range []int{http.StatusSeeOther, http.StatusSeeOther, http.StatusGone} {
			b.post("/book/consultation"+with, "start", on(4+i, 10, 0).Format(time.RFC3339), "zone", "UTC", "once", on(4+i, 0, 0).String()).is(want)
		}
		for _, m := range b.mail("ash@example.org")[1:] {
			if !strings.Contains(m.Text, "Fee: € 90.") && strings.Contains(m.Subject, "appointment") {
				t.Errorf("the confirmation does not say the price:\n%s", m.Text)
			}
		}
	})
}

// TestAnInvitationIsUsedOnceHoweverManySendIt races forms for different times.
func TestAnInvitationIsUsedOnceHoweverManySendIt(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		b.invites(wren)
		with := b.carried(b.way("wren@example.org", 1))
		codes := make([]int, 12)
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() {
				start := on(4+i/6, 9+i%6, 0).Format(time.RFC3339)
				codes[i] = b.post("/book/consultation"+with, "start", start, "zone", "UTC", "once", start).status
			})
		}
		all.Wait()
		slices.Sort(codes)
		if codes[0] != http.StatusSeeOther || codes[1] != http.StatusGone || codes[11] != http.StatusGone {
			t.Errorf("the answers: %v", codes)
		}
		if n := b.rows("SELECT COUNT(*) FROM calendar_appointments"); n != 1 {
			t.Errorf("%d appointments by one invitation", n)
		}
		if n := b.rows("SELECT COUNT(*) FROM calendar_claims WHERE expires_at = 0"); n != 11 {
			t.Errorf("%d claims stand, want those of one appointment", n)
		}
	})
}

func TestWhoMayInviteAndWhom(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.guarded()
		caller := b.person(people.Person{Name: "Fern", Contact: "+351 912 345 678"})
		b.actor = b.host
		b.get("/desk/invitations/new?person=" + wren.ID.String() + "&offering=" + b.o.ID.String()).is(http.StatusOK).button("Send the invitation")
		base := []string{"offering", b.o.ID.String(), "client", wren.ID.String(), "days", "7", "times", "1"}
		b.post("/desk/invitations", fields(base, "do", "find", "q", "wr", "client", "")...).is(http.StatusOK).says("label", "Wren")
		for name, wrong := range map[string]string{"client": caller.ID.String(), "days": "9", "times": "13", "offering": ""} {
			back := b.post("/desk/invitations", fields(base, name, wrong)...).is(http.StatusUnprocessableEntity)
			if len(back.all("form")) == 0 || b.rows("SELECT COUNT(*) FROM inquiry_invitations") != 0 {
				t.Errorf("%s: the form is gone, or somebody was invited", name)
			}
		}
		b.post("/desk/invitations", fields(base, "client", b.host.Person.String())...).is(http.StatusUnprocessableEntity)
		b.change(func(o *calendar.Offering) { o.Who = calendar.Ready })
		b.post("/desk/invitations", base...).is(http.StatusUnprocessableEntity)
		b.change(func(o *calendar.Offering) { o.Who = calendar.Invited })

		b.colleague("Atto", access.Attendant)
		b.get("/desk/invitations").is(http.StatusOK).lacks("a", "Invite somebody to book")
		b.post("/desk/invitations", base...).is(http.StatusForbidden)
		b.colleague("Petra", access.Prescriber)
		b.post("/desk/invitations", base...).is(http.StatusSeeOther)
		if got := b.get("/desk/invitations").is(http.StatusOK).texts("td"); !slices.Contains(got, "Petra") {
			t.Errorf("who invited is not told: %q", got)
		}

		// Their own, and nobody else's.
		me := access.With(b.Context(), access.Actor{Practice: b.home, Person: wren.ID, Roles: []access.Role{access.Client}, Via: access.Session})
		if all, err := b.s.InvitationsOf(me, wren.ID); err != nil || len(all) != 1 || !all[0].Open || all[0].What != "First conversation" {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := b.s.InvitationsOf(me, caller.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("somebody else's invitations: %v", err)
		}
		if _, err := b.s.Invitations(me, b.o.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("everybody's invitations: %v", err)
		}
	})
}

func TestInvitingMovesTheCardOnTheBoard(t *testing.T) {
	each(t, func(b *booked) {
		b.guarded()
		b.actor = b.host
		person, err := b.s.Take(b.ctx(), Caller{Name: "Fern", Contact: "fern@example.org"})
		b.ok(err)
		_, err = b.s.Invite(b.ctx(), person, b.o.ID, 1, 7)
		b.ok(err)
		if i, err := b.s.Inquiry(b.ctx(), person); err != nil || i.Place != PlaceInvited {
			t.Errorf("%+v, %v", i, err)
		}
		b.stranger()
		with := b.carried(b.way("fern@example.org", 1))
		b.post("/book/consultation"+with, "start", "2026-03-05T10:00:00Z", "zone", "UTC").is(http.StatusSeeOther)
		b.actor = b.host
		if i, err := b.s.Inquiry(b.ctx(), person); err != nil || i.Place != PlaceBooked {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

// TestWhoeverIsKnownKeepsHowMuchMayBeSaid: booking again does not begin anew.
func TestWhoeverIsKnownKeepsHowMuchMayBeSaid(t *testing.T) {
	each(t, func(b *booked) {
		wren := b.person(people.Person{Name: "Wren", Contact: "wren@example.org", Discretion: people.Silent, Roles: []access.Role{access.Client}})
		b.actor = access.Actor{Practice: b.home, Person: wren.ID, Roles: wren.Roles, Via: access.Session}
		form := b.post("/book/consultation/hold", "start", "2026-03-05T10:00:00Z", "zone", "UTC").follow()
		if !hasAttr(chosen(form, "discretion", "silent"), "checked") {
			t.Error("the form has forgotten what was chosen")
		}
		if got := b.call(http.MethodPost, "/book/consultation", "start", "2026-03-05T11:00:00Z", "zone", "UTC"); got.status != http.StatusCreated {
			t.Fatalf("%d %v", got.status, got.body)
		}
		b.stranger()
		if n := b.rows("SELECT COUNT(*) FROM people_persons WHERE id = $1 AND discretion = 'silent'", wren.ID); n != 1 {
			t.Error("booking without a word about messages changed how much they say")
		}
	})
}
