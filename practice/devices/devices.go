// Package devices reaches colleagues outside Held: by Web Push to browsers that
// they chose, and by a letter as the last way. What goes out says that something
// calls, never what, and never about whom.
package devices

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/push"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the devices, and calls them.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time
	Log      *slog.Logger
	Client   *http.Client // what pushes; nil: push.Client
	Wake     func()       // wakes the worker after a commit; may be nil

	// Standing is what calls now and was heard by nobody; with an error, what could
	// be read of it.
	Standing func(ctx context.Context) ([]Call, error)

	plan db.Kept[db.ID, Plan]
	once sync.Once
}

// Kind is what a call is about, as far as a device chooses by it.
type Kind string

// The kinds, the gravest first.
const (
	Red   Kind = "red"
	Amber Kind = "amber"
	Late  Kind = "late"
	Due   Kind = "due"
)

// Kinds lists them, as they are chosen.
var Kinds = []Kind{Red, Amber, Late, Due}

// Call is something that calls.
type Call struct {
	Key         string // the same for the same thing, wherever it is reckoned
	Kind        Kind
	From        time.Time // since when it calls
	Team        []db.ID   // whom it may reach
	Prescribers []db.ID   // whom a letter goes to
}

// Device is a browser that may be called.
type Device struct {
	ID     db.ID
	Person db.ID
	Name   string
	Kinds  []Kind
	Made   time.Time
	Sent   time.Time // when a push service last took a call for it; zero: never
	Failed time.Time // when one last did not
}

// Plan is what the practice has set. Nothing of it is set by itself.
type Plan struct {
	Set     bool // it was decided at all
	Pushing bool
	Wait    int // minutes before anything but a red is pushed; 0: at once
	Letter  int // minutes until a letter goes; 0: none goes
	key     []byte
}

// maxMinutes bounds what can be set: a session's afternoon.
const maxMinutes = 240

// maxDevices bounds how many one person has.
const maxDevices = 12

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "devices_settings", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "practice_id"},
	{Table: "devices_known", Column: "body", Class: vault.Contact, Subject: "person_id", Row: "id"},
}

func planField(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: practice, Column: "devices_settings.body"}
}

func deviceField(practice, person, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Contact, Row: row, Column: "devices_known.body"}
}

// Plan is what the practice has set; everything off where it has set nothing.
func (s *Service) Plan(ctx context.Context) (Plan, error) {
	practice := access.From(ctx).Practice
	return s.plan.Get(s.DB, s.Now(), practice, func() (Plan, error) { return s.planOf(ctx, s.DB.Reader()) })
}

func (s *Service) planOf(ctx context.Context, q db.Q) (Plan, error) {
	p, err := db.One(ctx, q, scanPlan, sqlPlan, access.From(ctx).Practice)
	if errors.Is(err, db.ErrNone) {
		return Plan{}, nil
	}
	return p, err
}

// SetPlan sets it. The first time, it makes the key that signs.
func (s *Service) SetPlan(ctx context.Context, p Plan) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	for name, n := range map[string]int{"wait": p.Wait, "letter": p.Letter} {
		if n < 0 || n > maxMinutes {
			e.AddField(name, "Please write a whole number of minutes, up to 240, or leave it empty.")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := s.planOf(ctx, tx)
		if err != nil {
			return err
		}
		if was.key == nil {
			if was.key, err = s.newKey(ctx, tx, practice); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, sqlSetPlan, practice, flag(p.Pushing), int64(p.Wait), int64(p.Letter), was.key, access.From(ctx).Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "calls to devices", Object: practice})
	})
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Service) newKey(ctx context.Context, tx *db.Tx, practice db.ID) ([]byte, error) {
	k, err := push.NewKey()
	if err != nil {
		return nil, err
	}
	raw, err := k.Bytes()
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, planField(practice), string(raw))
}

func (s *Service) key(ctx context.Context, q db.Q, p Plan) (push.Key, error) {
	raw, err := s.Vault.Open(ctx, q, planField(access.From(ctx).Practice), p.key)
	if err != nil {
		return push.Key{}, err
	}
	return push.ParseKey([]byte(raw))
}

var (
	errOff      = fault.New(fault.Gone, "The practice does not call devices at the moment, so nothing was switched on. An owner does that in the settings.")
	errNoDevice = fault.New(fault.NotFound, "There is no device of yours at this address. It may have been removed.")
	errMany     = fault.New(fault.Taken, "Twelve devices of yours are called already. Remove one that you do not use any more; then switch this one on.")
	errOddly    = fault.New(fault.Invalid, "This browser gave an address to which Held sends nothing, so it was not switched on. Another browser may do.")
)

// mine asks the policy whether whoever acts works in rooms at all.
func mine(ctx context.Context) (db.ID, error) {
	a := access.From(ctx)
	if access.Possible(a, access.Read, access.Room) != access.Allow {
		return db.ID{}, access.Check(ctx, access.Read, access.Resource{Class: access.Room})
	}
	return a.Person, nil
}

// Add lets a browser of whoever acts be called. A browser belongs to whoever
// switched it on last.
func (s *Service) Add(ctx context.Context, sub push.Subscription, name string, kinds []Kind) error {
	person, err := mine(ctx)
	if err != nil {
		return err
	}
	if sub.Check() != nil {
		return errOddly
	}
	body, err := json.Marshal(sub)
	if err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.planOf(ctx, tx)
		if err != nil {
			return err
		}
		if !p.Pushing {
			return errOff
		}
		hash := s.Vault.Index(practice, "devices endpoint", sub.Endpoint)
		if _, err := tx.Exec(ctx, sqlDropEndpoint, practice, hash); err != nil {
			return err
		}
		all, err := db.All(ctx, tx, scanDevice, sqlDevicesOf, practice, person) // without this one, switched on anew
		if err != nil {
			return err
		}
		if len(all) >= maxDevices {
			return errMany
		}
		id := db.NewID()
		sealed, err := s.Vault.Seal(ctx, tx, deviceField(practice, person, id), string(body))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddDevice, practice, id, person, hash, sealed, name, join(kinds), db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "added", Kind: "called device", Subject: person, Object: id})
	})
}

func join(kinds []Kind) string {
	var out []string
	for _, k := range Kinds {
		if slices.Contains(kinds, k) {
			out = append(out, string(k))
		}
	}
	return strings.Join(out, " ")
}

func split(words string) (out []Kind) {
	for _, w := range strings.Fields(words) {
		out = append(out, Kind(w))
	}
	return out
}

// Mine are the devices of whoever acts.
func (s *Service) Mine(ctx context.Context) ([]Device, error) {
	person, err := mine(ctx)
	if err != nil {
		return nil, err
	}
	return s.of(ctx, s.DB.Reader(), person)
}

func (s *Service) of(ctx context.Context, q db.Q, person db.ID) ([]Device, error) {
	rows, err := db.All(ctx, q, scanDevice, sqlDevicesOf, access.From(ctx).Practice, person)
	var out []Device
	for _, r := range rows {
		out = append(out, r.Device)
	}
	return out, err
}

// own is one device of whoever acts.
func (s *Service) own(ctx context.Context, tx *db.Tx, id db.ID) (deviceRow, error) {
	person, err := mine(ctx)
	if err != nil {
		return deviceRow{}, err
	}
	d, err := db.One(ctx, tx, scanDevice, sqlDevice, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) || err == nil && d.Person != person {
		return d, errNoDevice
	}
	return d, err
}

// Choose says which calls reach a device.
func (s *Service) Choose(ctx context.Context, id db.ID, kinds []Kind) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.own(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlChoose, join(kinds), access.From(ctx).Practice, d.ID); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "called device", Subject: d.Person, Object: d.ID})
	})
}

// Remove takes a device out: it is called no more.
func (s *Service) Remove(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.own(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.drop(ctx, tx, d.ID); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "called device", Subject: d.Person, Object: d.ID})
	})
}

func (s *Service) drop(ctx context.Context, tx *db.Tx, id db.ID) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlForgetWaiting, practice, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlDropDevice, practice, id)
	return err
}

// Try calls a device of whoever acts once, to see that it is reached.
func (s *Service) Try(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.own(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err := s.planOf(ctx, tx)
		if err != nil {
			return err
		}
		if !p.Pushing {
			return errOff
		}
		practice := access.From(ctx).Practice
		chance := db.RandomID()
		return s.queue(ctx, tx, s.Vault.Index(practice, "devices call", "test "+chance.String()), d.Device, test)
	})
}

// Of are somebody's devices, for taking along what is kept about them.
func (s *Service) Of(ctx context.Context, person db.ID) ([]Device, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	return s.of(ctx, s.DB.Reader(), person)
}

// Forget takes out every device of somebody.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, person db.ID) error {
	_, err := tx.Exec(ctx, sqlDropDevicesOf, access.From(ctx).Practice, person)
	return err
}
