package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/web"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
)

// letterSignIn is the letter with a sign-in link. It is queued for every
// address that is typed, known or not, so that neither the answer nor its
// time tells whether an address is known; the unknown one is dropped when its
// turn comes.
const letterSignIn = "people.sign-in"

// letterTold says that something about a sign-in changed; letterCode holds a code.
const (
	letterTold = "identity.told"
	letterCode = "identity.code"
)

type signInBody struct {
	Email string `json:"email"`
	Next  string `json:"next"`
	Asked int64  `json:"asked"` // UTC microseconds
}

// signInLate is when a sign-in letter that could not be sent is of no use any more.
const signInLate = time.Hour

// RegisterLetters names who writes the letters about signing in.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterSignIn, s.linkLetter)
	s.Letters.Handle(letterTold, s.toldLetter)
	s.Letters.Handle(letterCode, s.codeLetter)
	s.Letters.Handle(letterOpenedOwner, s.openedOwner)
	s.Letters.Handle(letterOpenedClient, s.openedClient)
	s.Letters.Handle(letterJoinedOwner, s.joinedOwner)
	s.Letters.Handle(letterJoinedClient, s.joinedClient)
	s.People.Opened, s.People.Joined = s.tellOpened, s.tellJoined
}

func (s *Service) ask(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("next"), "")
	if a := access.From(r.Context()); a.Via == access.Session {
		return web.See(w, r, web.Local(next, home(a)))
	}
	switch in, there := people.SessionOf(r.Context()); {
	case there && in.Half:
		return web.See(w, r, withNext("/sign-in/code", next))
	case there && in.Locked:
		return web.See(w, r, withNext("/locked", next))
	}
	return s.form(w, r, http.StatusOK, signInForm{Next: next})
}

func (s *Service) form(w http.ResponseWriter, r *http.Request, status int, f signInForm) error {
	p, err := s.Page(r, "Sign in")
	if err != nil {
		return err
	}
	p.NoIndex, f.Provider = true, s.atProvider()
	return web.Render(w, r, status, signInPage(p, f))
}

func (s *Service) send(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f := signInForm{Email: in.Line("email", people.MaxContact), Next: web.Local(in.Raw("next"), "")}
	email, aerr := mail.Address(f.Email)
	if aerr != nil {
		in.Fail("email", "This does not look like an e-mail address. Please check it.")
	}
	if err := in.Err(); err != nil {
		f.Email, f.Fields = in.Raw("email"), fault.Of(err).Fields
		return s.form(w, r, fault.Invalid.Status(), f)
	}
	enough, err := s.enough(w, r, strings.ToLower(email))
	if err != nil {
		return err
	}
	if !enough {
		if err := s.queue(r.Context(), email, f.Next); err != nil {
			return err
		}
	}
	p, err := s.Page(r, "Look in your mail")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, signInSent(p))
}

// enough bounds letters. A caller who asks too often is told so. An address
// that has several letters on their way gets no more of them, without a word:
// those it has still open the door, so no stranger can lock anybody out.
func (s *Service) enough(w http.ResponseWriter, r *http.Request, email string) (bool, error) {
	if err := callers(w, r, s.limits().byCaller, "Please wait a minute, then ask for a link again."); err != nil {
		return false, err
	}
	ok, _ := s.byEmail.Take(email)
	return !ok, nil
}

// callers bounds how often one caller may ask for something.
func callers(w http.ResponseWriter, r *http.Request, l *web.Limiter, then string) error {
	if addr, counted := web.Client(r); counted {
		if ok, wait := l.Take(addr); !ok {
			web.RetryAfter(w, wait)
			return fault.New(fault.TooMany, "That was often in a short time. "+then)
		}
	}
	return nil
}

func (s *Service) queue(ctx context.Context, email, next string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterSignIn, Subject: access.From(ctx).Practice, Body: signInBody{Email: email, Next: next, Asked: db.Micros(s.now())}})
	})
}

// linkLetter makes the link at the moment it is sent, so that the outbox never holds one.
func (s *Service) linkLetter(ctx context.Context, _ db.ID, body []byte) (*mail.Message, error) {
	var b signInBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	if s.now().Sub(db.At(b.Asked)) > signInLate {
		return nil, nil
	}
	p, err := s.People.ByEmail(ctx, b.Email)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	link, err := s.Link(ctx, p, b.Next)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, p, "Your sign-in link", signInText(link))
}

func signInText(link string) string {
	return "Here is the link you asked for. It works once, for the next twenty minutes:\n\n" + link +
		"\n\nIf you did not ask for it, you need not do anything. Nobody can use it but whoever reads this letter.\n"
}

// Link makes a single-use address that signs a person in.
func (s *Service) Link(ctx context.Context, p people.Person, next string) (string, error) {
	var token string
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		token, err = s.People.NewLink(ctx, tx, p.ID)
		return err
	})
	return s.Base + withNext("/sign-in/"+token, next), err
}

// arrive shows a button: a mail scanner that follows links must not use them up.
func (s *Service) arrive(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.People.PeekLink(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p, err := s.Page(r, "Sign in")
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, http.StatusOK, signInArrive(p, r.PathValue("token"), web.Local(r.URL.Query().Get("next"), "")))
}

// enter uses a link up. Whoever has an app is asked for its code before the
// session is theirs.
func (s *Service) enter(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx, next := r.Context(), web.Local(in.Raw("next"), "")
	var p people.Person
	var e entry
	var f Factors
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if p, err = s.People.UseLink(ctx, tx, r.PathValue("token")); err != nil {
			return err
		}
		if f, err = s.Factors(ctx, tx, p.ID); err != nil {
			return err
		}
		// A client who has nothing but their mail has just proved all they can.
		e, err = s.comeIn(ctx, tx, r, p, people.Proof{How: "link", Half: f.App, Mailed: true, Fresh: f.None() && !p.Staff()})
		return err
	})
	if err != nil {
		return err
	}
	if f.App {
		s.Sessions.Hand(w, e.ticket)
		return web.See(w, r, withNext("/sign-in/code", next))
	}
	return s.welcome(w, r, p, e, next)
}

// askCode is the page between a link and a session, for those with an app.
func (s *Service) askCode(w http.ResponseWriter, r *http.Request) error {
	in, there := people.SessionOf(r.Context())
	if !there || !in.Half {
		return web.See(w, r, "/sign-in")
	}
	return s.codeForm(w, r, http.StatusOK, proof{Next: web.Local(r.URL.Query().Get("next"), "")})
}

func (s *Service) codeForm(w http.ResponseWriter, r *http.Request, status int, v proof) error {
	p, err := s.Page(r, "One more proof")
	if err != nil {
		return err
	}
	p.NoIndex = true
	v.Code, v.CodeTo, v.CodeVerb = true, "/sign-in/code", "Sign in"
	return web.Render(w, r, status, codePage(p, v))
}

// takeCode completes half a session: the code makes it whole, under a new token.
func (s *Service) takeCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	in, there := people.SessionOf(ctx)
	if !there || !in.Half {
		return fault.New(fault.Gone, "This took too long, so that nobody is signed in. Please ask for a new link.")
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), in.Person)
	if err != nil {
		return err
	}
	var e entry
	var a answer
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if a, err = s.giveCode(s.asPerson(ctx, p), tx, p.ID, byLink, f.Raw("code")); err != nil || !a.right {
			return err
		}
		how := people.Proof{How: "link and code", Strong: true, Fresh: true, Mailed: true}
		if in.Mailed.IsZero() { // they did not come by a link
			how.How, how.Mailed = "provider and code", false
		}
		e, err = s.comeIn(ctx, tx, r, p, how)
		return err
	})
	if err != nil {
		return err
	}
	next := web.Local(f.Raw("next"), "")
	if !a.right {
		return s.codeForm(w, r, fault.Invalid.Status(), proof{Next: next, Fields: fault.Of(a.err()).Fields})
	}
	return s.welcome(w, r, p, e, next)
}

// askPasskey gives a stranger a challenge. It says nothing about who is known.
func (s *Service) askPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := callers(w, r, s.limits().byAsking, "Please wait a minute, then try the passkey again."); err != nil {
		return err
	}
	o, err := s.challenge(r.Context(), toSignIn, people.Session{})
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, o)
}

// takePasskey signs in by a passkey alone.
func (s *Service) takePasskey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx, next := r.Context(), web.Local(f.Raw("next"), "")
	k, err := s.check(ctx, toSignIn, people.Session{}, f.Raw("handle"), f.Raw("credential"))
	if e := fault.Of(err); err != nil && (e.Kind == fault.Invalid || e.Kind == fault.Gone) {
		return s.form(w, r, e.Kind.Status(), signInForm{Next: next, Passkey: e.Sentence})
	}
	if err != nil {
		return err
	}
	var e entry
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := s.used(ctx, tx, k); err != nil {
			return err
		}
		e, err = s.comeIn(ctx, tx, r, k.owner.Person, people.Proof{How: "passkey", Strong: true, Fresh: true})
		return err
	})
	if err != nil {
		return err
	}
	return s.welcome(w, r, k.owner.Person, e, next)
}

// entry is what somebody who comes in takes along.
type entry struct {
	ticket people.Ticket
	device string // a word for a browser that has none yet
}

// comeIn begins a session and looks at the browser: where somebody who works
// here comes in by one that was not used for it before, they are told.
func (s *Service) comeIn(ctx context.Context, tx *db.Tx, r *http.Request, p people.Person, how people.Proof) (e entry, err error) {
	if e.ticket, err = s.Sessions.Begin(ctx, tx, r, p, how); err != nil || how.Half || !p.Staff() {
		return e, err
	}
	e.device, err = s.noteDevice(s.asPerson(ctx, p), tx, r, p)
	return e, err
}

// deviceLife is how long a browser is remembered that is not used.
const deviceLife = 400 * 24 * time.Hour

func (s *Service) deviceCookie() string {
	if s.Sessions.Secure {
		return "__Host-held-device"
	}
	return "held-device"
}

func (s *Service) noteDevice(ctx context.Context, tx *db.Tx, r *http.Request, p people.Person) (string, error) {
	practice, now := access.From(ctx).Practice, db.Micros(s.now())
	word := ""
	if c, err := r.Cookie(s.deviceCookie()); err == nil && len(c.Value) <= 64 {
		word = c.Value
		n, err := tx.Exec(ctx, sqlSeeDevice, now, practice, p.ID, hashWord(word))
		if err != nil || n > 0 {
			return word, err
		}
	}
	before, err := db.One(ctx, tx, db.Value[int64], sqlAnyDevice, practice, p.ID)
	if err != nil {
		return "", err
	}
	if word == "" {
		word = newWord()
	}
	if _, err := tx.Exec(ctx, sqlAddDevice, practice, p.ID, hashWord(word), now); err != nil || before == 0 {
		return word, err // the first one is new to nobody
	}
	return word, s.told(ctx, tx, p.ID, newDevice)
}

// welcome hands over the session and sends its person on.
func (s *Service) welcome(w http.ResponseWriter, r *http.Request, p people.Person, e entry, next string) error {
	s.Sessions.Hand(w, e.ticket)
	if e.device != "" {
		http.SetCookie(w, &http.Cookie{Name: s.deviceCookie(), Value: e.device, Path: "/", HttpOnly: true, Secure: s.Sessions.Secure, SameSite: http.SameSiteLaxMode, MaxAge: int(deviceLife / time.Second)}) // #nosec G124 -- Secure wherever the site is; Lax, as a browser may come from the provider
	}
	if next == "" {
		next = home(access.Actor{Roles: p.Roles, Via: access.Session})
	}
	return web.See(w, r, next)
}

// In signs a person in on this browser, as if they had proved everything, and
// sends them on: the demo's door.
func (s *Service) In(w http.ResponseWriter, r *http.Request, p people.Person, next string) error {
	var e entry
	err := s.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		e.ticket, err = s.Sessions.Begin(r.Context(), tx, r, p, people.Proof{How: "demo", Strong: true, Fresh: true, Mailed: true})
		return err
	})
	if err != nil {
		return err
	}
	return s.welcome(w, r, p, e, next)
}

// home is where somebody lands: colleagues at the desk, clients in their space.
func home(a access.Actor) string {
	if a.Staff() {
		return "/desk"
	}
	return "/space"
}

func (s *Service) leave(w http.ResponseWriter, r *http.Request) error {
	if err := s.Sessions.End(w, r); err != nil {
		return err
	}
	web.Forget(w)
	return web.See(w, r, "/")
}
