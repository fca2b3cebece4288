package identity

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

// PINs are of this many figures.
const (
	minPIN = 6
	maxPIN = 12
)

// lockChoices are after how many minutes unused a shared device may lock.
var lockChoices = []int{2, 5, 10, 15, 30}

// pinRounds makes each try at a PIN dear to whoever has stolen the database
// and the key file; without the key file its hash tells nothing at all.
const pinRounds = 100_000

func (s *Service) pinHash(ctx context.Context, session db.ID, pin string) ([]byte, error) {
	slow, err := pbkdf2.Key(sha256.New, pin, session[:], pinRounds, 32)
	if err != nil {
		return nil, err
	}
	return s.Vault.Index(access.From(ctx).Practice, "identity.pin", string(slow)), nil
}

// goodPIN tells whether a PIN is of figures, long enough, and none of the
// first that anybody would try.
func goodPIN(pin string) bool {
	if len(pin) < minPIN || len(pin) > maxPIN || strings.Trim(pin, "0123456789") != "" {
		return false
	}
	same, up, down := true, true, true
	for i := 1; i < len(pin); i++ {
		step := int(pin[i]) - int(pin[i-1])
		same, up, down = same && step == 0, up && step == 1, down && step == -1
	}
	return !same && !up && !down
}

// share makes this session one of a shared device.
func (s *Service) share(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, _ := people.SessionOf(r.Context())
	minutes := f.Int("minutes", lockChoices[0], lockChoices[len(lockChoices)-1])
	pin := strings.TrimSpace(f.Raw("pin"))
	if !goodPIN(pin) {
		f.Fail("pin", "Please choose six to twelve figures that are not all the same and do not count up or down.")
	}
	if err := f.Err(); err != nil {
		return s.accountForm(w, r, fault.Invalid.Status(), fault.Of(err).Fields)
	}
	hash, err := s.pinHash(r.Context(), in.ID, pin)
	if err != nil {
		return err
	}
	if err := s.People.Share(r.Context(), in.ID, time.Duration(minutes)*time.Minute, hash); err != nil {
		return err
	}
	return web.See(w, r, "/account")
}

func (s *Service) unshare(w http.ResponseWriter, r *http.Request) error {
	in, _ := people.SessionOf(r.Context())
	if err := s.People.Share(r.Context(), in.ID, 0, nil); err != nil {
		return err
	}
	return web.See(w, r, "/account")
}

// lock locks at once. Only a session that a PIN can open is locked so.
func (s *Service) lock(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, _ := people.SessionOf(r.Context())
	if !in.HasPIN {
		return web.See(w, r, "/account")
	}
	if err := s.People.Lock(r.Context(), in.ID); err != nil {
		return err
	}
	return web.See(w, r, withNext("/locked", web.Local(f.Raw("next"), "")))
}

// unlocking fills in by what a locked session can be opened.
func (v proof) unlocking(f Factors, in people.Session) proof {
	v.PIN = in.HasPIN && in.PINTries < people.MaxPINTries
	v.Passkey, v.PasskeyTo, v.Options = f.Passkeys > 0, "/locked/passkey", "/locked/options"
	v.Code, v.CodeTo, v.CodeVerb = f.Code() && !v.PIN, "/locked/code", "Unlock"
	v.Mail = false
	return v
}

// behind is the locked session of a request, with its person as the actor;
// false when there is none.
func (s *Service) behind(r *http.Request) (context.Context, people.Session, bool) {
	in, there := people.SessionOf(r.Context())
	if !there || !in.Locked || in.Half {
		return r.Context(), in, false
	}
	return access.With(r.Context(), s.Sessions.Actor(in)), in, true
}

func (s *Service) locked(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("next"), "")
	ctx, in, there := s.behind(r)
	if !there {
		return web.See(w, r, withNext("/sign-in", next))
	}
	f, err := s.Factors(ctx, s.DB.Reader(), in.Person)
	if err != nil {
		return err
	}
	return s.lockedForm(w, r, http.StatusOK, proof{Next: next}.unlocking(f, in))
}

func (s *Service) lockedForm(w http.ResponseWriter, r *http.Request, status int, v proof) error {
	p, err := s.Page(r, "This device is locked")
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, status, lockedPage(p, v))
}

// unlocked leads on once a session is open again: a script that asked stays on
// its page; else to the form that waits, or to the page.
func (s *Service) unlocked(w http.ResponseWriter, r *http.Request, ctx context.Context, v proof) error {
	if web.WantsJSON(r) {
		return web.JSON(w, r, http.StatusOK, struct{}{})
	}
	in, _ := people.SessionOf(r.Context())
	return s.onward(w, r.WithContext(ctx), proof{Carry: v.Carry, Next: web.Local(v.Next, home(s.Sessions.Actor(in)))})
}

// notUnlocked shows the page again, or tells the script.
func (s *Service) notUnlocked(w http.ResponseWriter, r *http.Request, in people.Session, e *fault.Error, v proof) error {
	if web.WantsJSON(r) {
		return e
	}
	f, err := s.Factors(r.Context(), s.DB.Reader(), in.Person)
	if err != nil {
		return err
	}
	if v.Fields = e.Fields; len(e.Fields) == 0 {
		v.Trouble = e.Sentence
	}
	return s.lockedForm(w, r, e.Kind.Status(), v.unlocking(f, in))
}

var (
	errPIN     = fault.Field("pin", "This is not the PIN that was chosen for this device.")
	errPINGone = fault.New(fault.Invalid, "That were too many wrong PINs; it opens nothing any more. A passkey or a code still does, or sign in anew.")
	errOpen    = fault.New(fault.Gone, "This device is not locked, or you are signed in no longer. Please open the page again.")
)

func (s *Service) unlockByPIN(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := sent(form)
	ctx, in, there := s.behind(r)
	if !there {
		return errOpen
	}
	given, err := s.pinHash(ctx, in.ID, strings.TrimSpace(form.Raw("pin")))
	if err != nil {
		return err
	}
	right, left := false, true
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		var hash []byte
		if hash, left, err = s.People.TryPIN(ctx, tx, in.ID); err != nil {
			return err
		}
		if right = left && hmac.Equal(hash, given); right {
			return s.People.Unlock(ctx, tx, in.ID)
		}
		if left && in.PINTries+1 == people.MaxPINTries {
			return s.told(ctx, tx, in.Person, triesSpent)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case right:
		return s.unlocked(w, r, ctx, v)
	}
	if in.PINTries++; !left || in.PINTries >= people.MaxPINTries {
		return s.notUnlocked(w, r, in, errPINGone, v)
	}
	return s.notUnlocked(w, r, in, errPIN, v)
}

func (s *Service) unlockByCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := sent(form)
	ctx, in, there := s.behind(r)
	if !there {
		return errOpen
	}
	var a answer
	var t people.Ticket
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if a, err = s.giveCode(ctx, tx, in.Person, inside, form.Raw("code")); err != nil || !a.right {
			return err
		}
		if err := s.People.Unlock(ctx, tx, in.ID); err != nil {
			return err
		}
		t, err = s.Sessions.Prove(ctx, tx, in)
		return err
	})
	if err != nil {
		return err
	}
	if !a.right {
		return s.notUnlocked(w, r, in, fault.Of(a.err()), v)
	}
	s.Sessions.Hand(w, t)
	return s.unlocked(w, r, ctx, v)
}

func (s *Service) unlockOptions(w http.ResponseWriter, r *http.Request) error {
	ctx, in, there := s.behind(r)
	if !there {
		return errOpen
	}
	if err := callers(w, r, s.limits().byAsking, "Please wait a minute, then try the passkey again."); err != nil {
		return err
	}
	o, err := s.challenge(ctx, toUnlock, in)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, o)
}

func (s *Service) unlockByPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := sent(form)
	ctx, in, there := s.behind(r)
	if !there {
		return errOpen
	}
	k, err := s.check(ctx, toUnlock, in, form.Raw("handle"), form.Raw("credential"))
	if e := fault.Of(err); err != nil && (e.Kind == fault.Invalid || e.Kind == fault.Gone) {
		return s.notUnlocked(w, r, in, e, v)
	}
	if err != nil {
		return err
	}
	t, err := s.proved(ctx, in, k, func(tx *db.Tx) error { return s.People.Unlock(ctx, tx, in.ID) })
	if err != nil {
		return err
	}
	s.Sessions.Hand(w, t)
	return s.unlocked(w, r, ctx, v)
}
