package identity

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

// accountView is what somebody sees of their own sign-in.
type accountView struct {
	Me       people.Person
	Passkeys []Passkey
	Factors  Factors
	Sessions []people.Session
	This     people.Session
	MayEnrol bool
	Zone     *time.Location
	Provider string // its host; empty: the practice has none
	Fields   map[string]string
	Beside   []ui.Link // what others keep of somebody's devices, where it opens to them
	Called   []string  // devices of theirs that are reached outside their sessions
}

func (s *Service) account(w http.ResponseWriter, r *http.Request) error {
	return s.accountForm(w, r, http.StatusOK, nil)
}

func (s *Service) accountForm(w http.ResponseWriter, r *http.Request, status int, fields map[string]string) error {
	p, err := s.Page(r, "Your sign-in")
	if err != nil {
		return err
	}
	v, err := s.accountView(r)
	if err != nil {
		return err
	}
	v.Fields, v.Provider = fields, s.atProvider()
	if s.Beside != nil {
		v.Beside = s.Beside(r.Context())
	}
	if s.Called.Names != nil {
		if v.Called, err = s.Called.Names(r.Context()); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, accountPage(p, v))
}

func (s *Service) accountView(r *http.Request) (v accountView, err error) {
	ctx := r.Context()
	if v.This, v.Factors, err = s.self(r); err != nil {
		return v, err
	}
	v.MayEnrol = s.mayEnrol(access.From(ctx), v.This, v.Factors)
	if v.Me, err = s.People.Get(ctx, s.DB.Reader(), v.This.Person); err != nil {
		return v, err
	}
	if v.Zone, err = time.LoadLocation(v.Me.Zone); err != nil {
		v.Zone = time.UTC
	}
	if v.Passkeys, err = s.Passkeys(ctx, v.Me.ID); err != nil {
		return v, err
	}
	v.Sessions, err = s.People.SessionsOf(ctx, v.Me)
	return v, err
}

// leaveAll ends every session, and with them what reaches devices outside of
// them, unless somebody says that these are to go on.
func (s *Service) leaveAll(w http.ResponseWriter, r *http.Request) error {
	ctx, me := r.Context(), access.From(r.Context()).Person
	f, err := web.ReadForm(r)
	keep := err == nil && f.Raw("keep") != "" // what cannot be read keeps nobody signed in
	var also func(*db.Tx) error
	if !keep && s.Called.End != nil {
		also = func(tx *db.Tx) error { return s.Called.End(ctx, tx, me) }
	}
	if err := s.People.EndEverywhere(ctx, me, also); err != nil {
		return err
	}
	return s.leave(w, r)
}

func (s *Service) endSession(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	in, _ := people.SessionOf(r.Context())
	if err := s.People.EndOne(r.Context(), in.Person, id); err != nil {
		return err
	}
	if id == in.ID {
		return s.leave(w, r)
	}
	return web.See(w, r, "/account")
}

var errNoPage = fault.New(fault.NotFound, "There is no page at this address. The link may be old or incomplete.")

func (s *Service) registerOptions(w http.ResponseWriter, r *http.Request) error {
	in, _, err := s.enrolling(r)
	if err != nil {
		return err
	}
	o, err := s.challenge(r.Context(), toRegister, in)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, o)
}

func (s *Service) addPasskey(w http.ResponseWriter, r *http.Request) error {
	in, has, err := s.enrolling(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	name := f.Line("name", MaxPasskeyName)
	if err := f.Err(); err != nil {
		return s.accountForm(w, r, fault.Invalid.Status(), fault.Of(err).Fields)
	}
	v := sent(f)
	t, err := s.register(r.Context(), in, f.Raw("handle"), f.Raw("credential"), name)
	switch e := fault.Of(err); {
	case err == nil:
		s.Sessions.Hand(w, t)
		return s.onward(w, r, v)
	case e.Kind != fault.Invalid && e.Kind != fault.Gone && e.Kind != fault.Taken:
		return err
	case v.Next == "" && v.Carry.empty():
		return s.accountForm(w, r, e.Kind.Status(), map[string]string{"": e.Sentence})
	default:
		v = v.ways(has, in)
		v.CanEnrol, v.Trouble = true, e.Sentence
		return s.secondForm(w, r, e.Kind.Status(), v)
	}
}

func (s *Service) renamePasskey(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	field := "name-" + id.String()
	f.Required(field, "Please give it a name by which you know it again.")
	name := f.Line(field, MaxPasskeyName)
	if err := f.Err(); err != nil {
		return s.accountForm(w, r, fault.Invalid.Status(), fault.Of(err).Fields)
	}
	if err := s.namePasskey(r.Context(), access.From(r.Context()).Person, id, name); err != nil {
		return err
	}
	return web.See(w, r, "/account")
}

// change is one change of what somebody signs in with, for which they have
// just proved themselves.
func (s *Service) change(w http.ResponseWriter, r *http.Request, do func(context.Context, db.ID) error) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	a := access.From(r.Context())
	if !a.Fresh {
		return errConfirm
	}
	if err := do(r.Context(), a.Person); err != nil {
		return err
	}
	return web.See(w, r, "/account")
}

func (s *Service) dropPasskey(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	return s.change(w, r, func(ctx context.Context, me db.ID) error { return s.removePasskey(ctx, me, id) })
}

func (s *Service) dropApp(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, s.removeApp)
}

func (s *Service) setUpApp(w http.ResponseWriter, r *http.Request) error {
	in, _, err := s.enrolling(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	secret, err := s.startApp(r.Context(), in.Person)
	if err != nil {
		return err
	}
	return s.appForm(w, r, http.StatusOK, secret, sent(f))
}

// appForm shows what the app is to be told.
func (s *Service) appForm(w http.ResponseWriter, r *http.Request, status int, secret string, v proof) error {
	p, err := s.Page(r, "Set up an authenticator app")
	if err != nil {
		return err
	}
	me, err := s.People.Get(r.Context(), s.DB.Reader(), access.From(r.Context()).Person)
	if err != nil {
		return err
	}
	_, sender, err := s.From(r.Context())
	if err != nil {
		return err
	}
	address := appAddress(secret, sender, me.Name)
	qr, err := picture(address)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, appPage(p, appView{QR: qr, Address: address, Secret: grouped(secret), proof: v}))
}

type appView struct {
	proof
	QR, Address, Secret string
}

func (s *Service) confirmApp(w http.ResponseWriter, r *http.Request) error {
	in, _, err := s.enrolling(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := sent(f)
	codes, t, err := s.finishApp(r.Context(), in, f.Raw("code"))
	if e := fault.Of(err); err != nil && e.Kind == fault.Invalid {
		secret, perr := s.pendingApp(r.Context(), in.Person)
		if perr != nil {
			return perr
		}
		v.Fields = e.Fields
		return s.appForm(w, r, e.Kind.Status(), secret, v)
	}
	if err != nil {
		return err
	}
	s.Sessions.Hand(w, t)
	return s.codesForm(w, r, codes, v)
}

func (s *Service) newCodes(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	a := access.From(r.Context())
	if !a.Fresh {
		return errConfirm
	}
	codes, err := s.remakeCodes(r.Context(), a.Person)
	if err != nil {
		return err
	}
	return s.codesForm(w, r, codes, proof{})
}

// codesForm shows recovery codes, this once.
func (s *Service) codesForm(w http.ResponseWriter, r *http.Request, codes []string, v proof) error {
	p, err := s.Page(r, "Your recovery codes")
	if err != nil {
		return err
	}
	v.Next = web.Local(v.Next, "/account")
	return web.Render(w, r, http.StatusOK, codesPage(p, codes, v))
}

// lockOptions are the choices of when a shared device locks.
func lockOptions() []ui.Option {
	var out []ui.Option
	for _, m := range lockChoices {
		out = append(out, ui.Option{Value: strconv.Itoa(m), Label: strconv.Itoa(m) + " minutes"})
	}
	return out
}

// problems lists what is to be changed, in the order of the page.
func (v accountView) problems() []ui.Problem { return ui.Problems(v.Fields, "name", "minutes", "pin") }
