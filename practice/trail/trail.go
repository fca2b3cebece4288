// Package trail keeps who did and read what: appended, sealed and chained, never
// changed. It holds ids and codes only, no names and no words.
package trail

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
)

// Surface is what somebody looked at or acted through.
type Surface string

// The surfaces.
const (
	Page    Surface = "page"
	JSON    Surface = "json"
	Link    Surface = "link" // a page opened by a signed link
	Command Surface = "command"
	Worker  Surface = "worker"
	Feed    Surface = "calendar feed"
	Backup  Surface = "backup"
)

// Entry is one thing that somebody did or read.
type Entry struct {
	ID      db.ID
	At      time.Time
	Actor   db.ID // zero when nobody is known
	Role    string
	Via     access.Via
	Surface Surface
	Verb    string // "read", "booked", "moved", "cancelled", "answered" …
	Subject db.ID  // whose it is; zero when it is nobody's
	Kind    string // "appointment", "question", "person" …
	Object  db.ID
	Why     string // a code from a list, or ""
}

// Service writes and reads the trail.
type Service struct {
	DB    *db.DB
	Vault *vault.Vault
	Now   func() time.Time

	ids   ids
	looks looks

	listed listed
}

type surfaceKey struct{}

// On says from which surface what follows is done, where the request or the
// way in does not tell.
func On(ctx context.Context, s Surface) context.Context {
	return context.WithValue(ctx, surfaceKey{}, s)
}

func surface(ctx context.Context, a access.Actor) Surface {
	if s, ok := ctx.Value(surfaceKey{}).(Surface); ok {
		return s
	}
	switch {
	case a.Via == access.System:
		return Worker
	case a.Via == access.Operator:
		return Command
	case a.Via == access.Link:
		return Link
	case web.AskedJSON(ctx):
		return JSON
	}
	return Page
}

var errNobody = errors.New("trail: nobody's practice")

// Record appends entries within the transaction that does the thing; who, in
// which role, by which way and from which surface come from the context.
func (s *Service) Record(ctx context.Context, tx *db.Tx, all ...Entry) error {
	a := access.From(ctx)
	if a.Practice.IsZero() {
		return errNobody
	}
	p, _ := tx.Kept(pendingKey{}).(*pending)
	if p == nil {
		p = &pending{}
		tx.Keep(pendingKey{}, p)
		tx.Before(func() error { return insert(ctx, tx, p.lines) })
	}
	for _, e := range all {
		p.lines = append(p.lines, s.keep(ctx, a, e))
	}
	return nil
}

// pending is what a transaction keeps of its lines until they are written, all
// together and before its commit. Nothing reads them earlier.
type (
	pending    struct{ lines []keep }
	pendingKey struct{}
)

// Saw records a reading. What cannot be recorded is not shown: the caller returns
// the error instead of the page, and the page itself is held back until the line
// is kept (looks.go).
func (s *Service) Saw(ctx context.Context, e Entry) error {
	_, err := s.Sees(ctx, e)
	return err
}

// Sees is Saw for a page that is still to be read together, so that its line is
// kept meanwhile. The line's id is for leaving it out of what the page shows.
func (s *Service) Sees(ctx context.Context, e Entry) (db.ID, error) {
	a := access.From(ctx)
	if a.Practice.IsZero() {
		return db.ID{}, errNobody
	}
	e.Verb = "read"
	k := s.keep(ctx, a, e)
	wait := s.look(ctx, k)
	if web.Hold(ctx, wait) {
		return k.ID, nil
	}
	return k.ID, wait()
}

// Did records what is done beside the database, before it is done.
func (s *Service) Did(ctx context.Context, e Entry) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.Record(ctx, tx, e) })
}

// keep is an entry as it is to be kept.
type keep struct {
	Entry
	practice db.ID
	seal     []byte
}

func (s *Service) keep(ctx context.Context, a access.Actor, e Entry) keep {
	e = s.complete(ctx, a, e)
	return keep{e, a.Practice, s.sealOf(a.Practice, e)}
}

// insertedAtOnce is how many entries one statement keeps: SQLite's driver looks
// each parameter up by its name, so that many are slow.
const insertedAtOnce = 8

func insert(ctx context.Context, tx *db.Tx, all []keep) error {
	for part := range slices.Chunk(all, insertedAtOnce) {
		args := make([]any, 0, len(part)*insertCols)
		for _, k := range part {
			args = append(args, k.practice, k.ID, db.Micros(k.At), k.Actor, k.Role, string(k.Via), string(k.Surface),
				k.Verb, k.Subject, k.Kind, k.Object, k.Why, k.seal)
		}
		if err := tx.Later(ctx, nil, sqlInsertValues+db.Values(len(part), insertCols), args...); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) complete(ctx context.Context, a access.Actor, e Entry) Entry {
	e.At, e.Via, e.Surface, e.Actor = s.Now().Truncate(time.Microsecond), a.Via, surface(ctx, a), a.Person
	e.ID = s.ids.next(e.At)
	if e.Role == "" {
		e.Role = RoleOf(a, e.Subject)
	}
	return e
}

// byTrade is the order in which a role is named: what somebody does here
// before that the house is theirs.
var byTrade = []access.Role{access.Guide, access.Prescriber, access.Attendant, access.Coordinator, access.Owner}

// RoleOf names the role in which somebody acts: the client's own when the
// thing is theirs, else what they do here.
func RoleOf(a access.Actor, subject db.ID) string {
	switch a.Via {
	case access.System, access.Operator:
		return string(a.Via)
	case access.Link:
		return string(access.Client)
	case access.Public:
		return "visitor"
	}
	if a.Is(access.Client) && a.Person == subject {
		return string(access.Client)
	}
	for _, r := range byTrade {
		if a.Is(r) {
			return string(r)
		}
	}
	return string(access.Client)
}

// Of reads the newest entries about a person, before the given entry (zero: from the newest).
func (s *Service) Of(ctx context.Context, subject, before db.ID, n int) ([]Entry, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Trail, Subject: subject}); err != nil {
		return nil, err
	}
	return db.All(ctx, s.DB.Reader(), scanEntry, sqlOfSubject, access.From(ctx).Practice, subject, orLast(before), n)
}

// One reads one entry about a person.
func (s *Service) One(ctx context.Context, subject, id db.ID) (Entry, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Trail, Subject: subject}); err != nil {
		return Entry{}, err
	}
	e, err := db.One(ctx, s.DB.Reader(), scanEntry, sqlEntry, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) || err == nil && e.Subject != subject {
		return Entry{}, fault.New(fault.NotFound, "There is no such line on this trail.")
	}
	return e, err
}

// Filter chooses lines of the whole practice's trail.
type Filter struct {
	From, Until time.Time // from the one and before the other
	Actor       db.ID     // zero: whoever
	Kind        string    // "": of every kind
}

// All reads the newest entries of the whole practice within a filter, before
// the given entry (zero: from the newest).
func (s *Service) All(ctx context.Context, f Filter, before db.ID, n int) ([]Linked, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return nil, err
	}
	until := floor(tick(f.Until))
	if !before.IsZero() && string(before[:]) < string(until[:]) {
		until = before
	}
	return db.All(ctx, s.DB.Reader(), func(r db.Row) (Linked, error) {
		l, err := scanLine(r)
		return Linked{l.Entry, l.seq, l.hash}, err
	}, sqlBetween, access.From(ctx).Practice, floor(tick(f.From)), until, f.Kind, db.Bit(!f.Actor.IsZero()), f.Actor, n)
}

// Linked is an entry with its place in the chain; none for the first seconds.
type Linked struct {
	Entry
	Seq  int64
	Hash []byte
}

// orLast is an id, or one that no entry comes after.
func orLast(id db.ID) db.ID {
	if id.IsZero() {
		for i := range id {
			id[i] = 0xff
		}
	}
	return id
}
