package identity

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

// trip is what a browser keeps while it is at the provider, signed: nobody
// else's answer fits it.
type trip struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next,omitempty"`
	Ends     int64  `json:"ends"` // UTC microseconds
}

const tripPurpose = "identity.provider"

var (
	errNoProvider = fault.New(fault.NotFound, "This practice has no identity provider. Please sign in with a passkey or with a link by mail.")
	errTrip       = fault.New(fault.Gone, "This way in took too long, was used before, or was begun in another browser. Nobody was signed in. Please begin again.")
)

func (s *Service) tripCookie(value string, life time.Duration) *http.Cookie {
	name := "held-provider"
	if s.Sessions.Secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.Sessions.Secure, SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second)} // #nosec G124 -- Secure wherever the site is
}

// toProvider sends somebody to the provider. It is a link and not a form: a
// page may not send forms elsewhere. Nothing is written by it.
func (s *Service) toProvider(w http.ResponseWriter, r *http.Request) error {
	if s.Provider == nil {
		return errNoProvider
	}
	ctx, next, again := r.Context(), web.Local(r.URL.Query().Get("next"), ""), r.URL.Query().Get("again") != ""
	if a := access.From(ctx); a.Via == access.Session && (a.Fresh || !again) {
		return web.See(w, r, web.Local(next, home(a)))
	}
	if err := callers(w, r, s.limits().byProvider, "Please wait a minute, then try it again."); err != nil {
		return err
	}
	f, err := s.Provider.look(ctx, s.now())
	if err != nil {
		return err
	}
	t := trip{State: newWord(), Nonce: newWord(), Verifier: oauth2.GenerateVerifier(), Next: next, Ends: db.Micros(s.now().Add(ceremonyLife))}
	kept, err := json.Marshal(t)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.tripCookie(s.Vault.Token(access.From(ctx).Practice, tripPurpose, kept), ceremonyLife))
	ask := []oauth2.AuthCodeOption{oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)}
	if again { // who is there now, not who was there this morning
		ask = append(ask, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.See(w, r, s.Provider.config(f, s.Base).AuthCodeURL(t.State, ask...))
}

// fromProvider is where the provider sends them back to. What the answer says
// counts only in the browser that asked.
func (s *Service) fromProvider(w http.ResponseWriter, r *http.Request) error {
	if s.Provider == nil {
		return errNoProvider
	}
	t, a, err := s.answer(w, r)
	if err == nil {
		err = s.comeByProvider(w, r, t, a)
	}
	switch e := fault.Of(err); {
	case err == nil:
		return nil
	case e.Kind == fault.Gone || e.Kind == fault.Invalid || e.Kind == fault.Forbidden:
		return s.form(w, r, e.Kind.Status(), signInForm{Next: t.Next, Said: e.Sentence})
	}
	return err
}

// answer reads what the provider says, after what it is an answer to.
func (s *Service) answer(w http.ResponseWriter, r *http.Request) (t trip, a account, err error) {
	ctx, q := r.Context(), r.URL.Query()
	if t, err = s.tripOf(w, r, q.Get("state")); err != nil {
		return trip{}, a, err
	}
	f, err := s.Provider.look(ctx, s.now())
	if err != nil {
		return t, a, err
	}
	if iss := q.Get("iss"); iss != s.Provider.Issuer && (iss != "" || f.names) {
		return t, a, s.Provider.unproved(errors.New("the answer came from another provider"))
	}
	switch refused := q.Get("error"); {
	case refused == "access_denied":
		return t, a, fault.New(fault.Invalid, "At "+s.Provider.Host()+" this was broken off. Nobody was signed in. Please begin again, or sign in another way.")
	case refused != "" || q.Get("code") == "":
		return t, a, s.Provider.unproved(errors.New("the provider refused"))
	}
	a, err = s.Provider.ask(ctx, f, s.Base, t, q.Get("code"), s.now)
	return t, a, err
}

// tripOf finds what this browser set out with, and lets it be used once.
func (s *Service) tripOf(w http.ResponseWriter, r *http.Request, state string) (t trip, err error) {
	ctx, practice := r.Context(), access.From(r.Context()).Practice
	c, err := r.Cookie(s.tripCookie("", 0).Name)
	if err != nil {
		return t, errTrip
	}
	http.SetCookie(w, s.tripCookie("", -time.Second))
	kept, ok := s.Vault.ParseToken(practice, tripPurpose, c.Value)
	if !ok || json.Unmarshal(kept, &t) != nil || !hmac.Equal([]byte(t.State), []byte(state)) || !db.At(t.Ends).After(s.now()) {
		return t, errTrip
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlAddCeremony, practice, hashWord(t.State), tripPurpose, db.ID{}, []byte{}, t.Ends)
		return err
	})
	if db.Taken(err) {
		err = errTrip.With(err)
	}
	return t, err
}

// comeByProvider signs in whom the provider vouches for. What it proves is at
// most a strong session; a person's app is asked for its code where it is not.
func (s *Service) comeByProvider(w http.ResponseWriter, r *http.Request, t trip, a account) error {
	ctx := r.Context()
	p, linked, err := s.personOf(ctx, a)
	if err != nil {
		return err
	}
	how := people.Proof{How: "provider", Strong: strong(a.methods)}
	how.Fresh = how.Strong && s.now().Sub(a.signedIn) < people.FreshFor
	var e entry
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if !linked {
			if err := s.link(ctx, tx, p, a.subject); err != nil {
				return err
			}
		}
		f, err := s.Factors(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		how.Half = f.App && !how.Strong
		e, err = s.comeIn(ctx, tx, r, p, how)
		return err
	})
	if err != nil {
		return err
	}
	if how.Half {
		s.Sessions.Hand(w, e.ticket)
		return web.See(w, r, withNext("/sign-in/code", t.Next))
	}
	return s.welcome(w, r, p, e, t.Next)
}

func (s *Service) subjectHash(ctx context.Context, subject string) []byte {
	return s.Vault.Index(access.From(ctx).Practice, "identity.subject", s.Provider.Issuer+"\n"+subject)
}

// personOf finds whose an account is: whoever it was linked to, as long as
// they sign in here, else whoever signs in with its address. Which of the two
// was missing is nobody's to know.
func (s *Service) personOf(ctx context.Context, a account) (p people.Person, linked bool, err error) {
	stranger := fault.New(fault.Forbidden, "This account at "+s.Provider.Host()+" opens nothing here. Nobody was signed in. If you have a place here, sign in with the link by mail, and ask the practice to look whether its provider knows you by the same address.")
	id, err := db.One(ctx, s.DB.Reader(), db.Value[db.ID], sqlSubject, access.From(ctx).Practice, s.subjectHash(ctx, a.subject))
	if err == nil {
		p, err = s.People.Get(ctx, s.DB.Reader(), id)
		if err != nil || len(p.Roles) > 0 {
			return p, true, err
		}
	}
	if err != nil && !errors.Is(err, db.ErrNone) {
		return p, false, err
	}
	if a.email == "" {
		return p, false, stranger
	}
	p, err = s.People.ByEmail(ctx, a.email)
	if fault.Is(err, fault.NotFound) {
		err = stranger
	}
	return p, false, err
}

// link keeps whose an account is, so that it stays so when addresses change.
func (s *Service) link(ctx context.Context, tx *db.Tx, p people.Person, subject string) error {
	_, err := tx.Exec(ctx, sqlLinkSubject, access.From(ctx).Practice, s.subjectHash(ctx, subject), p.ID, db.Micros(s.now()))
	if err != nil {
		return err
	}
	return s.told(s.asPerson(ctx, p), tx, p.ID, accountLinked)
}

// unlink takes the provider's accounts out of a person's sign-in.
func (s *Service) unlink(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, _, err := s.enrolling(r)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropSubjects, access.From(ctx).Practice, in.Person)
		if err != nil || n == 0 { // gone already
			return err
		}
		return s.told(ctx, tx, in.Person, accountUnlinked)
	})
	if err != nil {
		return err
	}
	return web.See(w, r, "/account")
}

// atProvider is the provider's name, where there is one.
func (s *Service) atProvider() string {
	if s.Provider == nil {
		return ""
	}
	return s.Provider.Host()
}

// providerPath leads to the provider and, from there, to next.
func providerPath(next string, again bool) string {
	q := url.Values{}
	if next != "" {
		q.Set("next", next)
	}
	if again {
		q.Set("again", "1")
	}
	if len(q) == 0 {
		return "/sign-in/provider"
	}
	return "/sign-in/provider?" + q.Encode()
}
