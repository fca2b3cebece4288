package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
)

// proof is what a page needs to let somebody prove who they are: by whatever
// they have. It carries where they were going, or the form they had sent.
type proof struct {
	Next    string
	Carry   carry
	Lost    bool // a form was sent that cannot go along
	Fields  map[string]string
	Trouble string // what became of what was just tried

	Passkey   bool // they have one
	PasskeyTo string
	Options   string
	Code      bool // they have an app, or recovery codes
	CodeTo    string
	CodeVerb  string
	Mail      bool // they have neither: a code by mail
	Sent      bool // it is on its way
	PIN       bool
	Staff     bool
	CanEnrol  bool
	Linked    bool   // their account at the identity provider is
	Provider  string // its host, where it may be shown there once more
}

// enrolWithin is how long after having shown their mail somebody who has
// nothing else may set up a first passkey or app.
const enrolWithin = 30 * time.Minute

// mayEnrol tells whether somebody may change what they sign in with: they have
// just proved themselves, or have nothing yet to do it with but their mail.
func (s *Service) mayEnrol(a access.Actor, in people.Session, f Factors) bool {
	return a.Fresh || f.None() && s.now().Sub(in.Mailed) < enrolWithin
}

// backToSecond leads back to setting something up, once the mail was shown.
func (v proof) backToSecond() proof {
	v.Next = withNext("/account/second", v.Next)
	return v
}

var errConfirm = fault.New(fault.Confirm, "Please show once more that it is you, before what you sign in with is changed. It then holds for ten minutes.")

// self is the session of whoever is signed in, and what they have.
func (s *Service) self(r *http.Request) (in people.Session, f Factors, err error) {
	in, _ = people.SessionOf(r.Context())
	f, err = s.Factors(r.Context(), s.DB.Reader(), in.Person)
	return in, f, err
}

// enrolling is self, refused to whoever may not change their sign-in now.
func (s *Service) enrolling(r *http.Request) (people.Session, Factors, error) {
	in, f, err := s.self(r)
	if err == nil && !s.mayEnrol(access.From(r.Context()), in, f) {
		err = errConfirm
	}
	return in, f, err
}

// ways fills in by what somebody in a session can prove themselves.
func (v proof) ways(f Factors, in people.Session) proof {
	v.Passkey, v.PasskeyTo, v.Options = f.Passkeys > 0, "/account/confirm/passkey", "/account/confirm/options"
	v.Code, v.CodeTo, v.CodeVerb = f.Code(), "/account/confirm", "Confirm"
	v.Mail, v.Staff, v.Linked = f.None(), staff(in.Roles), f.Linked
	return v
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("next"), "/account")
	if access.From(r.Context()).Fresh {
		return web.See(w, r, next)
	}
	in, f, err := s.self(r)
	if err != nil {
		return err
	}
	if f.None() && staff(in.Roles) { // their mail alone is not enough
		return web.See(w, r, withNext("/account/second", next))
	}
	return s.confirmForm(w, r, http.StatusOK, proof{Next: next}.ways(f, in))
}

func (s *Service) confirmForm(w http.ResponseWriter, r *http.Request, status int, v proof) error {
	p, err := s.Page(r, "Show that it is you")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, confirmPage(p, s.elsewhere(v)))
}

// elsewhere adds the identity provider to what somebody can prove themselves by.
func (s *Service) elsewhere(v proof) proof {
	if v.Linked {
		v.Provider = s.atProvider()
	}
	return v
}

// sent reads what every form of these pages carries.
func sent(f *web.Form) proof {
	return proof{Next: web.Local(f.Raw("next"), ""), Carry: readCarry(f)}
}

// onward leads on from a proof: to the form that waits, or to the page.
func (s *Service) onward(w http.ResponseWriter, r *http.Request, v proof) error {
	if v.Carry.empty() {
		return web.See(w, r, web.Local(v.Next, "/account"))
	}
	p, err := s.Page(r, "Send it again")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sendPage(p, v.Carry))
}

// confirmByCode takes a code of the app, a recovery code, or, from somebody
// who has neither, the code that was mailed.
func (s *Service) confirmByCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, f, err := s.self(r)
	if err != nil {
		return err
	}
	v, ctx := sent(form), r.Context()
	var t people.Ticket
	var a answer
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if f.None() {
			if a.right, err = s.giveMailed(ctx, tx, in.ID, form.Raw("code")); err == nil && a.right {
				t, err = s.Sessions.ProveMail(ctx, tx, in, !staff(in.Roles))
			}
			return err
		}
		if a, err = s.giveCode(ctx, tx, in.Person, inside, form.Raw("code")); err == nil && a.right {
			t, err = s.Sessions.Prove(ctx, tx, in)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !a.right {
		v = v.ways(f, in)
		v.Fields, v.Sent = fault.Of(a.err()).Fields, f.None()
		return s.confirmForm(w, r, fault.Invalid.Status(), v)
	}
	s.Sessions.Hand(w, t)
	return s.onward(w, r, v)
}

func (s *Service) confirmOptions(w http.ResponseWriter, r *http.Request) error {
	in, _ := people.SessionOf(r.Context())
	o, err := s.challenge(r.Context(), toConfirm, in)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, o)
}

func (s *Service) confirmByPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, f, err := s.self(r)
	if err != nil {
		return err
	}
	v, ctx := sent(form), r.Context()
	k, err := s.check(ctx, toConfirm, in, form.Raw("handle"), form.Raw("credential"))
	if e := fault.Of(err); err != nil && (e.Kind == fault.Invalid || e.Kind == fault.Gone) {
		v = v.ways(f, in)
		v.Trouble = e.Sentence
		return s.confirmForm(w, r, e.Kind.Status(), v)
	}
	if err != nil {
		return err
	}
	t, err := s.proved(ctx, in, k, func(*db.Tx) error { return nil })
	if err != nil {
		return err
	}
	s.Sessions.Hand(w, t)
	return s.onward(w, r, v)
}

// proved notes a passkey's use and what it proves in a session.
func (s *Service) proved(ctx context.Context, in people.Session, k proven, also func(*db.Tx) error) (t people.Ticket, err error) {
	return t, s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := s.used(ctx, tx, k); err != nil {
			return err
		}
		if err := also(tx); err != nil {
			return err
		}
		t, err = s.Sessions.Prove(ctx, tx, in)
		return err
	})
}

// sendCode mails a code to somebody who has nothing else to show.
func (s *Service) sendCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, f, err := s.self(r)
	if err != nil {
		return err
	}
	if !f.None() {
		return fault.New(fault.Forbidden, "You have a passkey or an app; a code by mail would prove less. Nothing was sent.")
	}
	if ok, wait := s.limits().byPerson.Take(in.Person.String()); !ok {
		web.RetryAfter(w, wait)
		return fault.New(fault.TooMany, "Several codes are on their way already. Please look in your mail, or wait a few minutes.")
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		return s.Letters.Queue(r.Context(), tx, letters.Letter{Kind: letterCode, Subject: in.Person, Ref: in.ID, Body: codeBody{Session: in.ID, Asked: db.Micros(s.now())}})
	})
	if err != nil {
		return err
	}
	v := sent(form).ways(f, in)
	v.Sent = true
	return s.confirmForm(w, r, http.StatusOK, v)
}

type codeBody struct {
	Session db.ID `json:"session"`
	Asked   int64 `json:"asked"` // UTC microseconds
}

func (s *Service) codeLetter(ctx context.Context, person db.ID, body []byte) (*mail.Message, error) {
	var b codeBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), person)
	if err != nil || p.Email() == "" || s.now().Sub(db.At(b.Asked)) > signInLate {
		return nil, err
	}
	code, err := s.mailCode(ctx, b.Session)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, p, "Your code", "Here is the code you asked for. It works once, for a quarter of an hour, on the page where you asked:\n\n"+code+
		"\n\nIf you did not ask for it, somebody uses a browser in which you are signed in. Open "+s.Base+"/account and choose \"Sign out everywhere\".\n")
}

// second explains to somebody who came by a link alone what more is needed,
// and lets them do it there.
func (s *Service) second(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("next"), "/account")
	a := access.From(r.Context())
	in, f, err := s.self(r)
	if err != nil {
		return err
	}
	// Strong by the provider alone, and not just now: they have nothing to show here yet.
	if a.Fresh || a.Strong && !f.None() {
		return web.See(w, r, next)
	}
	return s.secondForm(w, r, http.StatusOK, proof{Next: next, CanEnrol: s.mayEnrol(a, in, f)}.ways(f, in))
}

func (s *Service) secondForm(w http.ResponseWriter, r *http.Request, status int, v proof) error {
	p, err := s.Page(r, "More than a link")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, secondPage(p, s.elsewhere(v)))
}

// Refused is the page of a refusal that somebody can settle by proving more,
// with the form that they had sent; nil when it is none of these.
func (s *Service) Refused(p ui.Page, r *http.Request, e *fault.Error) templ.Component {
	in, there := people.SessionOf(r.Context())
	if r.Method != http.MethodPost {
		return nil
	}
	if e.Kind == fault.SignIn && !in.Locked {
		c, kept := carryFrom(r)
		p.Title = "Please sign in"
		return signedOutPage(p, proof{Carry: c, Lost: !kept, Next: part(r)})
	}
	if !there || e.Kind != fault.Confirm && e.Kind != fault.Second && e.Kind != fault.SignIn {
		return nil
	}
	f, err := s.Factors(r.Context(), s.DB.Reader(), in.Person)
	if err != nil {
		return nil
	}
	c, kept := carryFrom(r)
	v := s.elsewhere(proof{Carry: c, Lost: !kept}.ways(f, in))
	switch e.Kind {
	case fault.SignIn:
		p.Title = "This device is locked"
		return lockedPage(p, v.unlocking(f, in))
	case fault.Confirm:
		if p.Title = "Show that it is you"; !v.Mail || !v.Staff || asksMail(r) {
			return confirmPage(p, v)
		}
	}
	p.Title = "More than a link"
	v.CanEnrol = s.mayEnrol(access.From(r.Context()), in, f)
	return secondPage(p, v)
}

// part is the first page of the part of the site that a request was for: a
// form's own address often shows no page.
func part(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if first == "desk" || first == "space" || first == "account" {
		return "/" + first
	}
	return ""
}

// asksMail tells whether what was refused is setting up a first passkey or
// app, for which a code by mail is enough.
func asksMail(r *http.Request) bool {
	return r.URL.Path == "/account/app" || r.URL.Path == "/account/passkeys"
}
