package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// How long a session lasts at most, and how long unused, by who somebody is.
const (
	clientSession = 14 * 24 * time.Hour
	staffSession  = 12 * time.Hour
	clientIdle    = 4 * 24 * time.Hour
	staffIdle     = 3 * time.Hour
	// halfSession is how long somebody who came by a link has for the code.
	halfSession = 15 * time.Minute
	// FreshFor is how long having proved who one is counts.
	FreshFor = 10 * time.Minute
)

// How exactly the last use of a session is known: it is written that often at
// most. Where a session locks by itself it has to be known better.
const (
	seenGrain = 5 * time.Minute
	lockGrain = 30 * time.Second
)

// MaxPINTries is how often a PIN can be wrong before it opens nothing any more.
const MaxPINTries = 5

// Session is one browser in which somebody is signed in.
type Session struct {
	ID      db.ID
	Person  db.ID
	Roles   []access.Role
	Device  string // "Firefox on Android"
	Half    bool   // came by a link, and a code is still to be given: nobody yet
	Strong  bool   // begun with, or raised by, a passkey or a code
	Proved  time.Time
	Mailed  time.Time // when it last was shown that their mail is theirs
	Began   time.Time
	Seen    time.Time // the last use, as exactly as it is written
	Expires time.Time

	LockAfter time.Duration // on a shared device: locks when unused so long; 0 never
	Locked    bool
	HasPIN    bool
	PINTries  int
}

// Proof is what somebody has shown as they come in.
type Proof struct {
	How    string // a code for the trail: "link", "passkey", "link and code", "demo"
	Half   bool
	Strong bool // a passkey or a code was given
	Fresh  bool // all was shown that they could show
	Mailed bool // their mail was shown to be theirs
}

// Sessions are who is signed in, kept in the database under hashed tokens.
// What changes in a session is written field by field: a slow request can
// neither bring back a session that was ended nor undo what another proved.
type Sessions struct {
	People   *Service
	Practice db.ID
	Secure   bool // the site is served on https: the cookie binds itself to this host

	now db.Joint[tokenHash, Session] // who is signed in is asked anew for each request
}

// NewSessions makes the sessions of a practice.
func NewSessions(p *Service, practice db.ID, secure bool) *Sessions {
	return &Sessions{People: p, Practice: practice, Secure: secure}
}

type sessionKey struct{}

// SessionOf is the session of a request, also one that is half or locked; the
// actor of such a one is nobody.
func SessionOf(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(Session)
	return s, ok
}

// Middleware puts whoever is signed in into the context. Without a cookie
// nothing is looked up, and nobody gets one but by signing in.
func (s *Sessions) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := access.With(r.Context(), access.Actor{Practice: s.Practice, Via: access.Public})
		c, err := r.Cookie(s.name())
		if err != nil {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		// What a session shows is somebody's: no copy is kept on the way.
		w.Header().Add("Vary", "Cookie")
		in, ok, err := s.find(ctx, c.Value)
		switch {
		case err != nil:
			web.Refuse(w, r, fault.New(fault.Unavailable, "The practice's database does not answer at the moment. Please try again shortly.").With(err))
			return
		case ok:
			ctx = s.enter(ctx, c.Value, in)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Still reads a request's session again: for an answer that goes on for longer
// than what it was asked with. False when it has ended, was locked or was never
// whole. It is no use of the session: what nobody touches goes to rest.
func (s *Sessions) Still(r *http.Request) (context.Context, bool) {
	c, err := r.Cookie(s.name())
	if err != nil {
		return nil, false
	}
	in, ok, err := s.find(r.Context(), c.Value)
	if err != nil || !ok || in.Half || in.Locked {
		return nil, false
	}
	return access.With(context.WithValue(r.Context(), sessionKey{}, in), s.Actor(in)), true
}

func (s *Sessions) name() string {
	if s.Secure {
		return "__Host-held"
	}
	return "held"
}

// find loads the session of a token, if it still holds.
func (s *Sessions) find(ctx context.Context, token string) (Session, bool, error) {
	in, err := s.now.Get(ctx, tokenHash(hashToken(token)), s.read)
	if err != nil || in.ID.IsZero() {
		return Session{}, false, err
	}
	in.Roles = slices.Clone(in.Roles) // another request may have come with the same token
	return in, in.holds(s.People.Now()), nil
}

// tokenHash is how a session is found.
type tokenHash [sha256.Size]byte

// read reads the sessions of some tokens, with their roles.
func (s *Sessions) read(ctx context.Context, hashes []tokenHash) (map[tokenHash]Session, error) {
	query, args := sqlSession, []any{s.Practice, db.Micros(s.People.Now())}
	for _, h := range hashes {
		args = append(args, h[:])
	}
	if len(hashes) > 1 {
		query = sqlSessions
		for len(args) < 2+db.JointAtOnce {
			args = append(args, args[2])
		}
	}
	rows, err := db.All(ctx, s.People.DB.Reader(), scanSession, query, args...)
	out := make(map[tokenHash]Session, len(hashes))
	for _, r := range rows {
		h := tokenHash(r.token)
		in, there := out[h]
		if !there {
			in = r.Session
		}
		in.Roles = append(in.Roles, r.role)
		out[h] = in
	}
	return out, err
}

// holds tells whether a session has not run out in either way, and fills in
// whether it has locked by itself.
func (in *Session) holds(now time.Time) bool {
	longest, idle := clientSession, clientIdle
	if in.actor(now).Staff() {
		longest, idle = staffSession, staffIdle
	}
	unused := now.Sub(in.Seen)
	in.Locked = in.Locked || in.LockAfter > 0 && unused > in.LockAfter
	return now.Sub(in.Began) <= longest && unused <= idle
}

func (in Session) actor(now time.Time) access.Actor {
	return access.Actor{
		Person: in.Person, Roles: in.Roles, Via: access.Session,
		Strong: in.Strong, Fresh: !in.Proved.IsZero() && now.Sub(in.Proved) < FreshFor,
	}
}

// enter puts a session and its actor into the context. Half a session, and a
// locked one, are nobody's.
func (s *Sessions) enter(ctx context.Context, token string, in Session) context.Context {
	ctx = context.WithValue(ctx, sessionKey{}, in)
	if in.Half || in.Locked {
		return ctx
	}
	now := s.People.Now()
	grain := seenGrain
	if in.LockAfter > 0 {
		grain = lockGrain
	}
	if now.Sub(in.Seen) >= grain {
		// Where it cannot be written the page is shown all the same: the
		// session only seems to have rested for longer than it did.
		_ = s.People.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, sqlSessionSeen, db.Micros(now), s.Practice, hashToken(token))
			return err
		})
	}
	return access.With(ctx, s.Actor(in))
}

// Actor is whom a session stands for once it is whole and open.
func (s *Sessions) Actor(in Session) access.Actor {
	a := in.actor(s.People.Now())
	a.Practice = s.Practice
	if a.Staff() {
		a.Cares = s.People.caresOf(s.Practice, a.Person)
	}
	return a
}

// Ticket is the cookie of a session. It is handed over when what it stands for
// has been committed.
type Ticket struct {
	token   string
	expires time.Time
}

// Hand gives the browser its cookie.
func (s *Sessions) Hand(w http.ResponseWriter, t Ticket) {
	w.Header().Set("Cache-Control", "no-store")
	left := int(t.expires.Sub(s.People.Now()) / time.Second)
	http.SetCookie(w, &http.Cookie{Name: s.name(), Value: t.token, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode, MaxAge: max(left, 1)}) // #nosec G124 -- Secure wherever the site is
}

// Begin signs a person in on the browser that asks, within a transaction. The
// session that this browser had before ends, so that no token lives on from
// before somebody signed in.
func (s *Sessions) Begin(ctx context.Context, tx *db.Tx, r *http.Request, p Person, how Proof) (Ticket, error) {
	if c, err := r.Cookie(s.name()); err == nil {
		if _, err := tx.Exec(ctx, sqlDropSession, s.Practice, hashToken(c.Value)); err != nil {
			return Ticket{}, err
		}
	}
	now := s.People.Now()
	var never time.Time
	proved, mailed := never, never
	if how.Fresh {
		proved = now
	}
	if how.Mailed {
		mailed = now
	}
	life := clientSession
	switch {
	case how.Half:
		life = halfSession
	case p.Staff():
		life = staffSession
	}
	t := Ticket{newToken(), now.Add(life)}
	_, err := tx.Exec(ctx, sqlAddSession, s.Practice, hashToken(t.token), db.RandomID(), p.ID, p.Epoch, Device(r.UserAgent()),
		db.Bit(how.Half), db.Bit(how.Strong), db.Micros(proved), db.Micros(mailed), db.Micros(now), db.Micros(now), db.Micros(t.expires))
	if err != nil || how.Half {
		return t, err
	}
	in := access.With(ctx, access.Actor{Practice: s.Practice, Person: p.ID, Roles: p.Roles, Via: access.Session})
	return t, s.People.Trail.Record(in, tx, trail.Entry{Verb: "signed in", Subject: p.ID, Kind: "person", Object: p.ID, Why: how.How})
}

// Prove notes that whoever is in a session has just given a passkey or a code.
// The session gets a new token, as after every proof of who somebody is.
func (s *Sessions) Prove(ctx context.Context, tx *db.Tx, in Session) (Ticket, error) {
	return s.renew(ctx, tx, in, sqlProveSession)
}

// ProveMail notes that somebody has read a code in their mail. fresh says
// whether that is as much as they could prove.
func (s *Sessions) ProveMail(ctx context.Context, tx *db.Tx, in Session, fresh bool) (Ticket, error) {
	if fresh {
		return s.renew(ctx, tx, in, sqlProveMailFresh)
	}
	return s.renew(ctx, tx, in, sqlProveMail)
}

func (s *Sessions) renew(ctx context.Context, tx *db.Tx, in Session, statement string) (Ticket, error) {
	t := Ticket{newToken(), in.Expires}
	n, err := tx.Exec(ctx, statement, hashToken(t.token), db.Micros(s.People.Now()), s.Practice, in.ID)
	if err == nil && n == 0 {
		err = errEnded
	}
	return t, err
}

var errEnded = fault.New(fault.SignIn, "This session has ended. Please sign in again.")

// Weaken takes back what a person's sessions had proved: the proof is gone.
func (s *Service) Weaken(ctx context.Context, tx *db.Tx, person db.ID) error {
	_, err := tx.Exec(ctx, sqlWeakenSessions, access.From(ctx).Practice, person)
	return err
}

// End signs out on the browser that asks.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) error {
	c, err := r.Cookie(s.name())
	if err != nil {
		return nil // nobody is signed in here
	}
	http.SetCookie(w, &http.Cookie{Name: s.name(), Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}) // #nosec G124 -- as it was set
	return s.People.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(r.Context(), sqlDropSession, s.Practice, hashToken(c.Value))
		return err
	})
}

// EndOne signs a person out on one of their devices.
func (s *Service) EndOne(ctx context.Context, person, session db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlEndSession, access.From(ctx).Practice, person, session)
		if err != nil || n == 0 { // it has ended by itself: so much the better
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "ended", Subject: person, Kind: "session", Object: session})
	})
}

// EndEverywhere signs a person out on every device. What else is to end with the
// sessions ends in the same transaction; it may be nil.
func (s *Service) EndEverywhere(ctx context.Context, person db.ID, also func(*db.Tx) error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.EndSessions(ctx, tx, person); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "signed out everywhere", Subject: person, Kind: "person", Object: person})
	})
}

// EndSessions ends every session of a person, within a transaction.
func (s *Service) EndSessions(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice, now := access.From(ctx).Practice, s.Now()
	if _, err := tx.Exec(ctx, sqlNextEpoch, db.Micros(now), practice, person); err != nil {
		return err
	}
	s.dir.stale(tx, now)
	_, err := tx.Exec(ctx, sqlEndSessions, practice, person)
	return err
}

// EndAll signs everybody out and takes back every sign-in link: what a backup
// brings back of them may have been ended since.
func (s *Service) EndAll(ctx context.Context, tx *db.Tx) error {
	practice := access.From(ctx).Practice
	for _, forget := range []string{sqlSweepSessions, sqlSweepLinks} {
		if _, err := tx.Exec(ctx, forget, practice, int64(math.MaxInt64)); err != nil {
			return err
		}
	}
	return nil
}

// SessionsOf lists the sessions of a person that still hold, the newest use first.
func (s *Service) SessionsOf(ctx context.Context, p Person) ([]Session, error) {
	now := s.Now()
	rows, err := db.All(ctx, s.DB.Reader(), scanSessionOf, sqlSessionsOf, access.From(ctx).Practice, p.ID, p.Epoch, db.Micros(now))
	var out []Session
	for _, in := range rows {
		if in.Roles = p.Roles; !in.Half && in.holds(now) {
			out = append(out, in)
		}
	}
	return out, err
}

// Share makes a session one of a shared device: it locks when it has not been
// used for a while, and the PIN opens it again. A zero time makes it an
// ordinary one.
func (s *Service) Share(ctx context.Context, session db.ID, after time.Duration, pin []byte) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlShareSession, after.Microseconds(), pin, db.Micros(s.Now()), access.From(ctx).Practice, session)
		return err
	})
}

// Lock locks a session at once.
func (s *Service) Lock(ctx context.Context, session db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlLockSession, access.From(ctx).Practice, session)
		return err
	})
}

// Unlock opens a locked session, within a transaction.
func (s *Service) Unlock(ctx context.Context, tx *db.Tx, session db.ID) error {
	_, err := tx.Exec(ctx, sqlUnlockSession, db.Micros(s.Now()), access.From(ctx).Practice, session)
	return err
}

// TryPIN takes one try at a session's PIN and gives its hash to compare with;
// false when there is none, or it was wrong too often.
func (s *Service) TryPIN(ctx context.Context, tx *db.Tx, session db.ID) (hash []byte, ok bool, err error) {
	practice := access.From(ctx).Practice
	n, err := tx.Exec(ctx, sqlTryPIN, practice, session, int64(MaxPINTries))
	if err != nil || n == 0 {
		return nil, false, err
	}
	hash, err = db.One(ctx, tx, db.Value[[]byte], sqlPIN, practice, session)
	return hash, err == nil, err
}

// Sweep forgets sessions and links that have expired.
func (s *Service) Sweep(ctx context.Context) error {
	practice, now := access.From(ctx).Practice, s.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSweepSessions, practice, db.Micros(now)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSweepLinks, practice, db.Micros(now.Add(-24*time.Hour)))
		return err
	})
}

func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
