package people

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/letters"
)

// letterSignIn is the letter with a sign-in link. It is queued for every
// address that is typed, known or not, so that neither the answer nor its
// time tells whether an address is known; the unknown one is dropped when its
// turn comes.
const letterSignIn = "people.sign-in"

// letterInvited tells somebody that they can sign in from now on.
const letterInvited = "people.invited"

type signInBody struct {
	Email string `json:"email"`
	Next  string `json:"next"`
	Asked int64  `json:"asked"` // UTC microseconds
}

// signInLate is when a sign-in letter that could not be sent is of no use any more.
const signInLate = time.Hour

// SignIn is the way in by e-mailed link: its pages and its letter.
type SignIn struct {
	People   *Service
	Sessions *Sessions
	Letters  *letters.Service
	Base     string
	// Page makes the chrome; From names the neutral sender. Both are the settings'.
	Page func(r *http.Request, title string) (ui.Page, error)
	From func(ctx context.Context) (address, name string, err error)

	once     sync.Once
	byCaller *web.Limiter
	byEmail  *web.Limiter
}

// RegisterLetters names who writes the sign-in letter.
func (s *SignIn) RegisterLetters() {
	s.Letters.Handle(letterSignIn, s.letter)
	s.Letters.Handle(letterInvited, s.invited)
}

// Invitation is the letter to somebody who has just been given a role.
func (s *Service) Invitation(p Person) letters.Letter {
	return letters.Letter{Kind: letterInvited, Subject: p.ID, Ref: p.ID}
}

// invited writes the invitation. It holds no link that signs in: it may lie in
// a mailbox for days.
func (s *SignIn) invited(ctx context.Context, subject db.ID, _ []byte) (*mail.Message, error) {
	p, err := s.People.Get(ctx, s.People.DB.Reader(), subject)
	if err != nil || len(p.Roles) == 0 || p.Email() == "" {
		return nil, err
	}
	from, name, err := s.From(ctx)
	if err != nil {
		return nil, err
	}
	return &mail.Message{To: p.Email(), From: from, FromName: name, Subject: "You can sign in now", Text: "A place has been opened for you. Sign in here with this address:\n\n" +
		s.Base + "/sign-in\n\nYou will be sent a link; there is no password.\n"}, nil
}

// Routes is the way in and out.
func (s *SignIn) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /sign-in", Access: access.Anyone, Handle: s.ask},
		{Pattern: "POST /sign-in", Access: access.Anyone, Handle: s.send},
		{Pattern: "GET /sign-in/{token}", Access: access.ByLink, Handle: s.arrive},
		{Pattern: "POST /sign-in/{token}", Access: access.ByLink, Handle: s.enter},
		{Pattern: "POST /sign-out", Access: access.Anyone, Handle: s.leave},
		{Pattern: "GET /account", Access: access.SignedIn, Handle: s.account},
		{Pattern: "POST /sign-out/everywhere", Access: access.SignedIn, Handle: s.leaveAll},
	}
}

func (s *SignIn) ask(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("next"), "")
	if a := access.From(r.Context()); a.Via == access.Session {
		return web.See(w, r, web.Local(next, home(a)))
	}
	return s.form(w, r, http.StatusOK, signInForm{Next: next})
}

func (s *SignIn) form(w http.ResponseWriter, r *http.Request, status int, f signInForm) error {
	p, err := s.Page(r, "Sign in")
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, status, signInPage(p, f))
}

func (s *SignIn) send(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f := signInForm{Email: in.Line("email", MaxContact), Next: web.Local(in.Raw("next"), "")}
	email, aerr := mail.Address(f.Email)
	if aerr != nil {
		in.Fail("email", "This does not look like an e-mail address. Please check it.")
	}
	if err := in.Err(); err != nil {
		f.Email, f.Fields = in.Raw("email"), fault.Of(err).Fields
		return s.form(w, r, fault.Invalid.Status(), f)
	}
	enough, err := s.enough(w, r, fold(email))
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
func (s *SignIn) enough(w http.ResponseWriter, r *http.Request, email string) (bool, error) {
	s.once.Do(func() {
		s.byCaller = &web.Limiter{Now: s.People.Now, Every: 30 * time.Second, Burst: 10}
		s.byEmail = &web.Limiter{Now: s.People.Now, Every: 2 * time.Minute, Burst: 5}
	})
	if addr, counted := web.Client(r); counted {
		if ok, wait := s.byCaller.Take(addr); !ok {
			web.RetryAfter(w, wait)
			return false, fault.New(fault.TooMany, "That was often in a short time. Please wait a minute, then ask for a link again.")
		}
	}
	ok, _ := s.byEmail.Take(email)
	return !ok, nil
}

func (s *SignIn) queue(ctx context.Context, email, next string) error {
	return s.People.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterSignIn, Subject: access.From(ctx).Practice, Body: signInBody{Email: email, Next: next, Asked: db.Micros(s.People.Now())}})
	})
}

// letter makes the link at the moment it is sent, so that the outbox never holds one.
func (s *SignIn) letter(ctx context.Context, _ db.ID, body []byte) (*mail.Message, error) {
	var b signInBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	if s.People.Now().Sub(db.At(b.Asked)) > signInLate {
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
	from, name, err := s.From(ctx)
	if err != nil {
		return nil, err
	}
	return &mail.Message{To: p.Email(), From: from, FromName: name, Subject: "Your sign-in link", Text: signInText(link)}, nil
}

func signInText(link string) string {
	return "Here is the link you asked for. It works once, for the next twenty minutes:\n\n" + link +
		"\n\nIf you did not ask for it, you need not do anything. Nobody can use it but whoever reads this letter.\n"
}

// Link makes a single-use address that signs a person in.
func (s *SignIn) Link(ctx context.Context, p Person, next string) (string, error) {
	var token string
	err := s.People.DB.Write(ctx, func(tx *db.Tx) (err error) {
		token, err = s.People.NewLink(ctx, tx, p.ID)
		return err
	})
	link := s.Base + "/sign-in/" + token
	if next != "" {
		link += "?next=" + queryEscape(next)
	}
	return link, err
}

// arrive shows a button: a mail scanner that follows links must not use them up.
func (s *SignIn) arrive(w http.ResponseWriter, r *http.Request) error {
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

func (s *SignIn) enter(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p, err := s.People.UseLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.In(w, r, p, web.Local(in.Raw("next"), ""))
}

// In signs a person in on this browser and sends them on.
func (s *SignIn) In(w http.ResponseWriter, r *http.Request, p Person, next string) error {
	if err := s.Sessions.Begin(r.Context(), p); err != nil {
		return err
	}
	if next == "" {
		next = home(access.Actor{Roles: p.Roles, Via: access.Session})
	}
	return web.See(w, r, next)
}

// home is where somebody lands: colleagues at the desk, clients in their space.
func home(a access.Actor) string {
	if a.Staff() {
		return "/desk"
	}
	return "/space"
}

func (s *SignIn) leave(w http.ResponseWriter, r *http.Request) error {
	if err := s.Sessions.End(r.Context()); err != nil {
		return err
	}
	web.Forget(w)
	return web.See(w, r, "/")
}

func (s *SignIn) account(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Page(r, "Your sign-in")
	if err != nil {
		return err
	}
	me, err := s.People.Get(r.Context(), s.People.DB.Reader(), access.From(r.Context()).Person)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accountPage(p, me))
}

func (s *SignIn) leaveAll(w http.ResponseWriter, r *http.Request) error {
	if err := s.People.EndEverywhere(r.Context(), access.From(r.Context()).Person); err != nil {
		return err
	}
	return s.leave(w, r)
}
