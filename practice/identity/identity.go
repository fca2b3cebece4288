// Package identity is how people show who they are: e-mailed links, passkeys,
// codes of an authenticator app, recovery codes; and the sessions' pages.
package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/trail"
)

// Service is signing in and everything that a person keeps for it.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Sessions *people.Sessions
	Letters  *letters.Service
	Base     string
	Provider *Provider // nil: there is none
	// Page makes the chrome; From names the neutral sender. Both are the settings'.
	Page func(r *http.Request, title string) (ui.Page, error)
	From func(ctx context.Context) (address, name string, err error)
	// Beside leads from somebody's own page to what others keep of their devices,
	// where it opens to them; nil: to nothing.
	Beside func(ctx context.Context) []ui.Link
	// Called are devices that are reached outside of any session.
	Called Called

	once       sync.Once
	byCaller   *web.Limiter // letters with links
	byEmail    *web.Limiter
	byAsking   *web.Limiter // challenges for passkeys
	byPerson   *web.Limiter // letters with codes
	byProvider *web.Limiter // ways to the identity provider
	keysOnce   sync.Once
	keys       *webauthn.WebAuthn
	keysFault  error
}

func (s *Service) now() time.Time { return s.People.Now() }

// limits bounds what strangers can ask for. None of it locks anybody out.
func (s *Service) limits() *Service {
	s.once.Do(func() {
		s.byCaller = &web.Limiter{Now: s.now, Every: 30 * time.Second, Burst: 10}
		s.byEmail = &web.Limiter{Now: s.now, Every: 2 * time.Minute, Burst: 5}
		s.byAsking = &web.Limiter{Now: s.now, Every: 2 * time.Second, Burst: 40}
		s.byProvider = &web.Limiter{Now: s.now, Every: 30 * time.Second, Burst: 10}
		s.byPerson = &web.Limiter{Now: s.now, Every: 2 * time.Minute, Burst: 3}
	})
	return s
}

// Called is how those of a person are named, and how they are ended. Either may be nil.
type Called struct {
	Names func(ctx context.Context) ([]string, error) // of whoever acts
	End   func(ctx context.Context, tx *db.Tx, person db.ID) error
}

// Factors is what a person can prove themselves with beside their mail.
type Factors struct {
	Passkeys int
	App      bool
	Codes    int  // recovery codes that are left
	Linked   bool // an account at the identity provider signs them in, which is no factor of its own
}

// None tells that somebody has only their mail.
func (f Factors) None() bool { return f.Passkeys == 0 && !f.App }

// Code tells whether there is any code to give.
func (f Factors) Code() bool { return f.App || f.Codes > 0 }

// Factors reads what a person has.
func (s *Service) Factors(ctx context.Context, q db.Q, person db.ID) (Factors, error) {
	return db.One(ctx, q, scanFactors, sqlFactors, access.From(ctx).Practice, person)
}

// Unproved counts who works here and has neither a passkey nor an app.
func (s *Service) Unproved(ctx context.Context) (int, error) {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range all {
		if !c.Staff() {
			continue
		}
		f, err := s.Factors(ctx, s.DB.Reader(), c.ID)
		if err != nil {
			return 0, err
		}
		if f.None() {
			n++
		}
	}
	return n, nil
}

// event is something about somebody's sign-in that they are told of.
type event struct{ verb, kind, says string }

// The events.
const (
	passkeyAdded    = "passkey-added"
	passkeyRemoved  = "passkey-removed"
	passkeyDoubted  = "passkey-doubted"
	appOn           = "app-on"
	appOff          = "app-off"
	codesMade       = "codes-made"
	codeUsed        = "code-used"
	newDevice       = "new-device"
	triesSpent      = "tries-spent"
	wasReset        = "reset"
	accountLinked   = "account-linked"
	accountUnlinked = "account-unlinked"
)

var events = map[string]event{
	passkeyAdded:    {"added", "passkey", "A passkey was added to your sign-in."},
	passkeyRemoved:  {"removed", "passkey", "A passkey was taken out of your sign-in."},
	passkeyDoubted:  {"set aside", "passkey", "A passkey was set aside: what it sent could also have come from a copy of it. It opens nothing any more. Please take it out, and add a new one."},
	appOn:           {"set up", "app", "An authenticator app was set up for your sign-in."},
	appOff:          {"removed", "app", "The authenticator app was taken out of your sign-in."},
	codesMade:       {"made", "recovery", "New recovery codes were made. Older ones open nothing any more."},
	codeUsed:        {"used", "recovery", "A recovery code was used. It opens nothing any more; look how many are left."},
	newDevice:       {"signed in", "device", "Somebody signed in as you in a browser that was not used for it before."},
	triesSpent:      {"refused", "tries", "Somebody gave several wrong codes in your name, and could only do so because they could read your mail or use a browser in which you are signed in."},
	accountLinked:   {"linked", "account", "An account at the practice's identity provider was linked to your sign-in, because its address is yours. From now on it signs you in."},
	accountUnlinked: {"unlinked", "account", "The account at the practice's identity provider was taken out of your sign-in."},
	wasReset:        {"reset", "sign-in", "The operator of the practice's program took your passkeys, your app, your recovery codes and what was linked out of your sign-in, and signed you out everywhere; devices of yours that were called are called no more. The link by mail signs you in; after that, please set up a passkey or an app anew."},
}

// told writes the trail and a letter about an event, within its transaction.
func (s *Service) told(ctx context.Context, tx *db.Tx, person db.ID, what string) error {
	e := events[what]
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: e.verb, Subject: person, Kind: e.kind, Object: person}); err != nil {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterTold, Subject: person, Ref: person, Body: toldBody{What: what, At: db.Micros(s.now())}})
}

type toldBody struct {
	What string `json:"what"`
	At   int64  `json:"at"` // UTC microseconds
}

// toldLetter says what happened, and nothing about where.
func (s *Service) toldLetter(ctx context.Context, person db.ID, body []byte) (*mail.Message, error) {
	var b toldBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), person)
	if err != nil || p.Email() == "" || events[b.What].says == "" {
		return nil, err
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		zone = time.UTC
	}
	return s.write(ctx, p, "Your sign-in", events[b.What].says+" It was on "+ui.When(db.At(b.At), zone)+".\n\n"+
		"If that was you, you need not do anything. If it was not, open\n\n"+s.Base+"/account\n\nchoose \"Sign out everywhere\", and write to us.\n")
}

// write addresses a letter, with the neutral sender.
func (s *Service) write(ctx context.Context, p people.Person, subject, text string) (*mail.Message, error) {
	from, name, err := s.From(ctx)
	if err != nil {
		return nil, err
	}
	return &mail.Message{To: p.Email(), From: from, FromName: name, Subject: subject, Text: text}, nil
}

// as is the context of somebody who is not yet, or not at the moment, the
// actor of their session.
func as(ctx context.Context, a access.Actor) context.Context {
	a.Practice = access.From(ctx).Practice
	return access.With(ctx, a)
}

func (s *Service) asPerson(ctx context.Context, p people.Person) context.Context {
	return as(ctx, access.Actor{Person: p.ID, Roles: p.Roles, Via: access.Session})
}

// Reset takes away everything but the mail, for somebody who has lost it all.
// It is the operator's to do, after they have made sure who asks.
func (s *Service) Reset(ctx context.Context, tx *db.Tx, p people.Person) error {
	practice := access.From(ctx).Practice
	for _, drop := range []string{sqlDropPasskeys, sqlDropApps, sqlDropCodes, sqlDropTries, sqlDropSubjects} {
		if _, err := tx.Exec(ctx, drop, practice, p.ID); err != nil {
			return err
		}
	}
	if err := s.People.EndSessions(ctx, tx, p.ID); err != nil {
		return err
	}
	if s.Called.End != nil {
		if err := s.Called.End(ctx, tx, p.ID); err != nil {
			return err
		}
	}
	return s.told(ctx, tx, p.ID, wasReset)
}

// Forget erases what somebody signs in with, beside their mail, within the
// transaction that erases the rest of them.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, person db.ID) error {
	for _, drop := range []string{sqlDropPasskeys, sqlDropApps, sqlDropCodes, sqlDropTries, sqlDropSubjects, sqlDropDevices} {
		if _, err := tx.Exec(ctx, drop, access.From(ctx).Practice, person); err != nil {
			return err
		}
	}
	return nil
}

// settle follows the removal of a passkey or an app: without any left, the
// recovery codes stand for nothing, and no session is strong any more.
func (s *Service) settle(ctx context.Context, tx *db.Tx, person db.ID) error {
	f, err := s.Factors(ctx, tx, person)
	if err != nil || !f.None() {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropCodes, access.From(ctx).Practice, person); err != nil {
		return err
	}
	return s.People.Weaken(ctx, tx, person)
}

// Sweep forgets challenges, mailed codes and browsers that have had their time.
func (s *Service) Sweep(ctx context.Context) error {
	practice, now := access.From(ctx).Practice, s.now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, sweep := range []string{sqlSweepCeremonies, sqlSweepMailed} {
			if _, err := tx.Exec(ctx, sweep, practice, db.Micros(now)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlSweepDevices, practice, db.Micros(now.Add(-deviceLife)))
		return err
	})
}

// staff tells whether somebody works here.
func staff(roles []access.Role) bool {
	return slices.ContainsFunc(roles, func(r access.Role) bool { return r != access.Client })
}

func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}
