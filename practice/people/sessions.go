package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// How long a session lasts at most, by who somebody is.
const (
	clientSession = 14 * 24 * time.Hour
	staffSession  = 12 * time.Hour
	// LinkLife is how long an e-mailed sign-in link can be used, once.
	LinkLife = 20 * time.Minute
)

// Sessions are who is signed in, kept in the database under hashed tokens.
type Sessions struct {
	People   *Service
	Practice db.ID
	scs      *scs.SessionManager
}

// The values of a session.
const (
	keyPerson = "person"
	keyEpoch  = "epoch"
	keyBegan  = "began"
)

// NewSessions makes the sessions of a practice; secure says whether the site
// is served on https, where the cookie binds itself to this host.
func NewSessions(p *Service, practice db.ID, secure bool) *Sessions {
	// Not by scs.New, whose unused store in memory sweeps in a goroutine for ever.
	m := &scs.SessionManager{Lifetime: clientSession, Codec: codec{}, HashTokenInStore: true}
	s := &Sessions{People: p, Practice: practice, scs: m}
	m.Store = sessionStore{s}
	m.Cookie = scs.SessionCookie{Name: "held", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, Persist: true}
	if secure {
		m.Cookie.Name = "__Host-held"
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		web.Refuse(w, r, fault.New(fault.Unavailable, "The practice's database does not answer at the moment. Please try again shortly.").With(err))
	}
	return s
}

// Middleware puts whoever is signed in into the context. Without a cookie no
// session is loaded and nothing is written.
func (s *Sessions) Middleware(next http.Handler) http.Handler {
	inner := s.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.actor(r.Context())
		if err != nil {
			s.scs.ErrorFunc(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), a)))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie(s.scs.Cookie.Name); err != nil && !mayBegin(r) {
			a := access.Actor{Practice: s.Practice, Via: access.Public}
			next.ServeHTTP(w, r.WithContext(access.With(r.Context(), a)))
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// mayBegin: only signing in begins a session.
func mayBegin(r *http.Request) bool { return r.Method == http.MethodPost }

func (s *Sessions) actor(ctx context.Context) (access.Actor, error) {
	a := access.Actor{Practice: s.Practice, Via: access.Public}
	id, err := db.ParseID(s.scs.GetString(ctx, keyPerson))
	if err != nil {
		return a, nil // no person in the session: nobody is signed in
	}
	roles, err := db.All(ctx, s.People.DB.Reader(), db.Value[access.Role], sqlRolesNow, s.Practice, id, s.scs.GetInt64(ctx, keyEpoch))
	if err != nil || len(roles) == 0 {
		return a, err
	}
	in := access.Actor{Practice: s.Practice, Person: id, Roles: roles, Via: access.Session}
	if in.Staff() && s.People.Now().Sub(db.At(s.scs.GetInt64(ctx, keyBegan))) > staffSession {
		return a, nil
	}
	return in, nil
}

// Begin signs a person in on this browser.
func (s *Sessions) Begin(ctx context.Context, p Person) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	s.scs.Put(ctx, keyPerson, p.ID.String())
	s.scs.Put(ctx, keyEpoch, p.Epoch)
	s.scs.Put(ctx, keyBegan, db.Micros(s.People.Now()))
	return nil
}

// End signs out on this browser.
func (s *Sessions) End(ctx context.Context) error { return s.scs.Destroy(ctx) }

// EndEverywhere signs a person out on every device.
func (s *Service) EndEverywhere(ctx context.Context, person db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.endSessions(ctx, tx, access.From(ctx).Practice, person); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "signed out everywhere", Subject: person, Kind: "person", Object: person})
	})
}

func (s *Service) endSessions(ctx context.Context, tx *db.Tx, practice, person db.ID) error {
	now := s.Now()
	if _, err := tx.Exec(ctx, sqlNextEpoch, db.Micros(now), practice, person); err != nil {
		return err
	}
	s.dir.stale(tx, now)
	_, err := tx.Exec(ctx, sqlEndSessions, practice, person)
	return err
}

// NewLink makes a single-use sign-in link's token for a person, within a
// transaction. Only its hash is kept.
func (s *Service) NewLink(ctx context.Context, tx *db.Tx, person db.ID) (string, error) {
	b := make([]byte, 24)
	rand.Read(b) // crypto/rand never fails
	now := s.Now()
	h := sha256.Sum256(b)
	_, err := tx.Exec(ctx, sqlAddLink, access.From(ctx).Practice, h[:], person, db.Micros(now), db.Micros(now.Add(LinkLife)))
	return base64.RawURLEncoding.EncodeToString(b), err
}

var errLink = fault.New(fault.Gone, "This sign-in link has been used or has expired. Ask for a new one; it takes a moment.")

// PeekLink tells whether a link could be used now, and by whom, without using it.
func (s *Service) PeekLink(ctx context.Context, token string) (db.ID, error) {
	h, ok := linkHash(token)
	if !ok {
		return db.ID{}, errLink
	}
	l, err := db.One(ctx, s.DB.Reader(), scanLink, sqlLink, access.From(ctx).Practice, h)
	if errors.Is(err, db.ErrNone) || err == nil && (!l.used.IsZero() || !l.expires.After(s.Now())) {
		return db.ID{}, errLink
	}
	return l.person, err
}

// UseLink uses up a link: of two that try, one is let in.
func (s *Service) UseLink(ctx context.Context, token string) (p Person, err error) {
	h, ok := linkHash(token)
	if !ok {
		return p, errLink
	}
	practice := access.From(ctx).Practice
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlUseLink, db.Micros(s.Now()), practice, h)
		if err != nil {
			return err
		}
		if n == 0 {
			return errLink
		}
		l, err := db.One(ctx, tx, scanLink, sqlLink, practice, h)
		if err != nil {
			return err
		}
		if p, err = s.Get(ctx, tx, l.person); err != nil {
			return err
		}
		in := access.With(ctx, access.Actor{Practice: practice, Person: p.ID, Roles: p.Roles, Via: access.Session})
		return s.Trail.Record(in, tx, trail.Entry{Verb: "signed in", Subject: p.ID, Kind: "person", Object: p.ID})
	})
	return p, err
}

func linkHash(token string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 24 || len(token) != 32 { // decoders pass over line ends
		return nil, false
	}
	h := sha256.Sum256(b)
	return h[:], true
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

// sessionStore keeps scs's sessions in people_sessions.
type sessionStore struct{ s *Sessions }

var _ scs.CtxStore = sessionStore{}

func (st sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, err := db.One(ctx, st.s.People.DB.Reader(), db.Value[[]byte], sqlFindSession, st.s.Practice, token, db.Micros(st.s.People.Now()))
	if errors.Is(err, db.ErrNone) {
		return nil, false, nil
	}
	if err == nil {
		_, _, unread := codec{}.Decode(b)
		return b, unread == nil, nil // one that cannot be read is none: sign in again
	}
	return nil, false, err
}

func (st sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	person, err := st.personOf(data)
	if err != nil {
		return err
	}
	expiry = st.s.People.Now().Add(time.Until(expiry)) // scs reckons by the machine's clock, we by ours
	return st.s.People.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlKeepSession, st.s.Practice, token, person, data, db.Micros(expiry))
		return err
	})
}

// personOf reads whose session it is out of its data: scs keeps its lock on the
// session while it commits, so that asking scs would wait for ever.
func (st sessionStore) personOf(data []byte) (db.ID, error) {
	_, values, err := st.s.scs.Codec.Decode(data)
	if err != nil {
		return db.ID{}, err
	}
	word, _ := values[keyPerson].(string)
	person, _ := db.ParseID(word) // nobody yet is a zero id
	return person, nil
}

func (st sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return st.s.People.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlDropSession, st.s.Practice, token)
		return err
	})
}

func (st sessionStore) Find(token string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), token)
}

func (st sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), token, data, expiry)
}

func (st sessionStore) Delete(token string) error { return st.DeleteCtx(context.Background(), token) }
