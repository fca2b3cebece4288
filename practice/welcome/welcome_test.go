package welcome

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice with an owner, a coordinator and a client.
type house struct {
	*Service
	t                          *testing.T
	clock                      *testkit.Clock
	practice                   db.ID
	owner, coordinator, client people.Person
	sent                       []*mail.Message
	refuse                     error
}

// Send makes the house the mail server of its letters.
func (h *house) Send(_ context.Context, m *mail.Message) error {
	if h.refuse == nil {
		h.sent = append(h.sent, m)
	}
	return h.refuse
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, h.clock.Now)
	h.practice = practice
	tr := &trail.Service{DB: d, Vault: v, Now: h.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: h.clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: h.clock.Now, Base: "https://practice.example"}
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Sessions: people.NewSessions(pe, practice, true), Settings: st, Now: h.clock.Now, Base: st.Base,
		Letters: &letters.Service{DB: d, Vault: v, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Sender: h, Host: "practice.example"}}
	h.RegisterLetters()
	ctx := h.as(access.Actor{Via: access.System})
	add := func(tx *db.Tx, name string, roles ...access.Role) people.Person {
		p, err := pe.Add(ctx, tx, people.Person{Name: name, Contact: strings.ToLower(name) + "@example.org", Zone: "Europe/Lisbon", Roles: roles})
		h.ok(err)
		return p
	}
	h.ok(d.Write(ctx, func(tx *db.Tx) error {
		h.owner, h.coordinator, h.client = add(tx, "Leonor", access.Owner), add(tx, "Benedita", access.Coordinator), add(tx, "Wren", access.Client)
		return st.Found(ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) as(a access.Actor) context.Context {
	a.Practice = h.practice
	return access.With(context.Background(), a)
}

// in is the context of a session of somebody's, as it is at the moment.
func (h *house) in(p people.Person) context.Context {
	h.t.Helper()
	now, err := h.People.Get(h.as(access.Actor{Via: access.System}), h.DB.Reader(), p.ID)
	h.ok(err)
	return h.as(access.Actor{Person: p.ID, Roles: now.Roles, Via: access.Session, Strong: true, Fresh: true})
}

func (h *house) nobody() context.Context { return h.as(access.Actor{Via: access.Public}) }

// work is a draft for somebody who is to work here.
func work(email string, roles ...access.Role) Draft {
	return Draft{Kind: Work, Roles: roles, Days: DefaultDays, Body: Body{Name: "Tomé", Email: email, Words: "Come and see."}}
}

func space(email string, style people.Discretion) Draft {
	return Draft{Kind: Space, Days: DefaultDays, Body: Body{Name: "Robin", Email: email, Discretion: style}}
}

func (h *house) invite(who people.Person, d Draft) Invitation {
	h.t.Helper()
	i, err := h.Invite(h.in(who), d)
	h.ok(err)
	return i
}

var inMail = regexp.MustCompile(`https://practice\.example/welcome/(\S+)`)

// mailed sends the letters and gives the word in the newest one's link.
func (h *house) mailed() string {
	h.t.Helper()
	h.ok(h.Letters.Send(h.as(access.Actor{Via: access.System})))
	if len(h.sent) == 0 {
		h.t.Fatal("no letter went out")
	}
	m := inMail.FindStringSubmatch(h.sent[len(h.sent)-1].Text)
	if m == nil {
		h.t.Fatalf("no link in %q", h.sent[len(h.sent)-1].Text)
	}
	return m[1]
}

func (h *house) accept(ctx context.Context, token, name string) (Answer, error) {
	return h.Accept(ctx, httptest.NewRequestWithContext(ctx, "POST", "/welcome/x/accept", nil), token, name)
}

func (h *house) roles(email string) []access.Role {
	h.t.Helper()
	p, err := h.People.ByEmail(h.nobody(), email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	h.ok(err)
	return p.Roles
}

func (h *house) state(k Kind, who people.Person, id db.ID) State {
	h.t.Helper()
	all, err := h.List(h.in(who), k)
	h.ok(err)
	for _, l := range all {
		if l.ID == id {
			return l.State
		}
	}
	return ""
}

func TestRolesAreHeldFromAcceptance(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		i := h.invite(h.owner, work("tome@example.org", access.Guide, access.Attendant))
		token := h.mailed()
		m := h.sent[0]
		if m.To != "tome@example.org" || m.FromName != "Appointments" {
			t.Errorf("%+v", m)
		}
		for _, word := range []string{"Slack Water", "ketamine", "therap", "guide", "Leonor", "Come and see"} {
			if strings.Contains(strings.ToLower(m.Subject+m.Text), strings.ToLower(word)) {
				t.Errorf("the letter says %q", word)
			}
		}
		peeked, err := h.Peek(h.nobody(), token)
		h.ok(err)
		if peeked.Words != "Come and see." || h.roles("tome@example.org") != nil {
			t.Errorf("%+v; roles before acceptance: %v", peeked, h.roles("tome@example.org"))
		}
		out, err := h.accept(h.nobody(), token, "Tomé R.")
		h.ok(err)
		if got := h.roles("tome@example.org"); !out.Begun || !out.Staff || out.Person.Name != "Tomé R." || !slices.Equal(got, []access.Role{access.Attendant, access.Guide}) {
			t.Errorf("%+v, %v", out, got)
		}
		if _, err := h.accept(h.nobody(), token, ""); !fault.Is(err, fault.Gone) || !strings.Contains(fault.Of(err).Sentence, "accepted already") {
			t.Errorf("a second time: %v", err)
		}
		if s := h.state(Work, h.owner, i.ID); s != Accepted {
			t.Errorf("the list says %s", s)
		}
	})
}

func TestWhoSignsInHereStaysOnePerson(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.invite(h.owner, work("Wren@example.org", access.Guide))
		token := h.mailed()
		if _, err := h.accept(h.nobody(), token, ""); !fault.Is(err, fault.Invalid) || len(h.roles("wren@example.org")) != 1 {
			t.Errorf("without signing in: %v", err)
		}
		if _, err := h.accept(h.in(h.coordinator), token, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("as somebody else: %v", err)
		}
		h.ok(d.Write(h.nobody(), func(tx *db.Tx) error {
			_, err := h.Sessions.Begin(h.nobody(), tx, httptest.NewRequest("POST", "/", nil), h.client, people.Proof{How: "link", Mailed: true, Fresh: true})
			return err
		}))
		out, err := h.accept(h.in(h.client), token, "")
		h.ok(err)
		open, err := h.People.SessionsOf(h.nobody(), out.Person)
		h.ok(err)
		if len(open) != 1 || !open[0].Proved.IsZero() || open[0].Mailed.IsZero() {
			t.Errorf("what a client proved by their mail counts for somebody who works here: %+v", open)
		}
		if got := h.roles("wren@example.org"); out.Begun || out.Person.ID != h.client.ID || !slices.Equal(got, []access.Role{access.Client, access.Guide}) {
			t.Errorf("%+v, %v", out, got)
		}
	})
}

// TestNoAnswerTellsWhetherAnAddressIsKnown: a known one, and one that nobody
// has, are invited alike, and stand in the list alike.
func TestNoAnswerTellsWhetherAnAddressIsKnown(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		known, unknown := h.invite(h.owner, work("wren@example.org", access.Guide)), h.invite(h.owner, work("nobody@example.org", access.Guide))
		h.mailed()
		all, err := h.List(h.in(h.owner), Work)
		h.ok(err)
		if len(all) != 2 || len(h.sent) != 2 || !known.Person.IsZero() || !unknown.Person.IsZero() {
			t.Fatalf("%+v, %d letters", all, len(h.sent))
		}
		for _, l := range all {
			if l.State != Open || !l.Person.IsZero() || l.Bounced {
				t.Errorf("%+v", l)
			}
		}
		if h.sent[0].Subject != h.sent[1].Subject {
			t.Errorf("%q and %q", h.sent[0].Subject, h.sent[1].Subject)
		}
	})
}

func TestSilentGetsNoMail(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		i := h.invite(h.coordinator, space("robin@example.org", people.Silent))
		h.ok(h.Letters.Send(h.as(access.Actor{Via: access.System})))
		if len(h.sent) != 0 {
			t.Errorf("a letter went: %+v", h.sent[0])
		}
		link, _, err := h.Show(h.in(h.coordinator), i.ID)
		h.ok(err)
		out, err := h.accept(h.nobody(), strings.TrimPrefix(link, "https://practice.example/welcome/"), "Robin")
		h.ok(err)
		p, err := h.People.ByEmail(h.nobody(), "robin@example.org")
		h.ok(err)
		if out.Begun || out.In || out.Staff || p.Discretion != people.Silent || !slices.Equal(p.Roles, []access.Role{access.Client}) {
			t.Errorf("%+v, %+v", out, p)
		}
		mailed := h.invite(h.coordinator, space("sparrow@example.org", people.Neutral))
		if _, _, err := h.Show(h.in(h.coordinator), mailed.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the link of a letter is shown at the desk: %v", err)
		}
	})
}

func TestALinkSaysHowItEnded(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		ends := func(token, words string) {
			t.Helper()
			_, err := h.Peek(h.nobody(), token)
			_, again := h.accept(h.nobody(), token, "")
			for _, err := range []error{err, again} {
				if said := fault.Of(err).Sentence; !fault.Is(err, fault.Gone) || !strings.Contains(said, words) || strings.Contains(said, "Tomé") || strings.Contains(said, "Leonor") {
					t.Errorf("want %q, got %v", words, err)
				}
			}
		}
		i := h.invite(h.owner, work("a@example.org", access.Guide))
		first := h.mailed()
		h.ok(h.Again(h.in(h.owner), Work, i.ID))
		second := h.mailed()
		ends(first, "newer link")
		h.ok(h.Withdraw(h.in(h.owner), Work, i.ID))
		ends(second, "taken back")
		if err := h.Withdraw(h.in(h.owner), Work, i.ID); !fault.Is(err, fault.Gone) {
			t.Errorf("taken back twice: %v", err)
		}

		i = h.invite(h.owner, work("b@example.org", access.Guide))
		token := h.mailed()
		h.ok(h.Decline(h.nobody(), token))
		ends(token, "no, thank you")
		if s := h.state(Work, h.owner, i.ID); s != Declined {
			t.Errorf("the list says %s", s)
		}

		i = h.invite(h.owner, work("c@example.org", access.Guide))
		token = h.mailed()
		h.clock.Add(DefaultDays*24*time.Hour + time.Second)
		ends(token, "expired")
		if s := h.state(Work, h.owner, i.ID); s != Expired {
			t.Errorf("the list says %s", s)
		}
		h.ok(h.Again(h.in(h.owner), Work, i.ID))
		if _, err := h.accept(h.nobody(), h.mailed(), ""); err != nil {
			t.Errorf("sent again after it expired: %v", err)
		}
		for _, forged := range []string{"", "x", first[:len(first)-1], first + "A"} {
			if _, err := h.Peek(h.nobody(), forged); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", forged, err)
			}
		}
	})
}

func TestInvitationsAreForgottenAfterAMonth(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		i := h.invite(h.owner, work("a@example.org", access.Guide))
		token := h.mailed()
		sweep := func() { h.ok(h.Sweep(h.as(access.Actor{Via: access.System}))) }
		h.clock.Add(DefaultDays*24*time.Hour + forgetAfter - time.Second)
		sweep()
		if s := h.state(Work, h.owner, i.ID); s != Expired {
			t.Errorf("before its time: %q", s)
		}
		h.clock.Add(time.Second)
		sweep()
		if s := h.state(Work, h.owner, i.ID); s != "" {
			t.Errorf("after its time: %q", s)
		}
		if _, err := h.Peek(h.nobody(), token); !fault.Is(err, fault.Gone) {
			t.Errorf("its link: %v", err)
		}
	})
}

func TestWhoMayInviteWhom(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		stale := h.as(access.Actor{Person: h.owner.ID, Roles: h.owner.Roles, Via: access.Session, Strong: true})
		if _, err := h.Invite(stale, work("a@example.org", access.Guide)); !fault.Is(err, fault.Confirm) {
			t.Errorf("without having shown who it is: %v", err)
		}
		for _, k := range []Draft{work("a@example.org", access.Owner), space("a@example.org", people.Neutral)} {
			for _, p := range []people.Person{h.client, h.coordinator} {
				_, err := h.Invite(h.in(p), k)
				if may := p.ID == h.coordinator.ID && k.Kind == Space; (err == nil) != may {
					t.Errorf("%s, %s: %v", p.Name, k.Kind, err)
				}
			}
		}
		i := h.invite(h.owner, work("a@example.org", access.Guide))
		for _, err := range []error{h.Again(h.in(h.coordinator), Work, i.ID), h.Withdraw(h.in(h.coordinator), Work, i.ID)} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("the coordinator and an invitation to work here: %v", err)
			}
		}
		if err := h.Withdraw(h.in(h.coordinator), Space, i.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("by the other list: %v", err)
		}
		for field, bad := range map[string]Draft{
			"role": work("a@example.org"), "role ": work("a@example.org", access.Client), "email": work("nowhere", access.Guide), "days": {Kind: Work, Days: 400, Roles: []access.Role{access.Guide}, Body: Body{Name: "A", Email: "a@example.org"}},
			"discretion": space("a@example.org", "loud"),
		} {
			if _, err := h.Invite(h.in(h.owner), bad); fault.Of(err).Fields[strings.TrimSpace(field)] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// TestAColleaguesSpaceIsInNoOtherList: that somebody who works here is invited
// to a space is known to whoever invited them.
func TestAColleaguesSpaceIsInNoOtherList(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		i := h.invite(h.owner, space("benedita@example.org", people.Neutral))
		if s := h.state(Space, h.owner, i.ID); s != Open {
			t.Errorf("to whoever invited: %q", s)
		}
		token := h.mailed()
		for range 2 { // open, then accepted
			if s := h.state(Space, h.coordinator, i.ID); s != "" {
				t.Errorf("to somebody else: %q", s)
			}
			if err := h.Withdraw(h.in(h.coordinator), Space, i.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken back by somebody else: %v", err)
			}
			_, _ = h.accept(h.in(h.coordinator), token, "")
		}
		if got := h.roles("benedita@example.org"); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

func TestALetterThatCannotBeDeliveredIsSaid(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		i := h.invite(h.owner, work("a@example.org", access.Guide))
		h.refuse = &mail.Error{Stage: mail.Recipient, Code: 550}
		h.ok(h.Letters.Send(h.as(access.Actor{Via: access.System})))
		all, err := h.List(h.in(h.owner), Work)
		h.ok(err)
		if len(all) != 1 || all[0].ID != i.ID || !all[0].Bounced {
			t.Errorf("%+v", all)
		}
	})
}

// TestOfTwoWhoAcceptAtOnceOneDoes: the row decides.
func TestOfTwoWhoAcceptAtOnceOneDoes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.invite(h.coordinator, space("robin@example.org", people.Neutral))
		token := h.mailed()
		errs := make(chan error)
		for range 2 {
			go func() {
				_, err := h.accept(h.nobody(), token, "Robin")
				errs <- err
			}()
		}
		a, b := <-errs, <-errs
		if (a == nil) == (b == nil) {
			t.Errorf("%v, %v", a, b)
		}
	})
}
