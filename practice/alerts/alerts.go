// Package alerts tells a named clinician at once that somebody's safety may be
// at stake. An alert is raised in the transaction of what it tells about, is
// acknowledged by name with what was done, and goes on to others while nobody
// has. It claims no watch: it says who was told, and when somebody has looked.
package alerts

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the alerts.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time

	waiting db.Kept[db.ID, []Alert] // for the desk's first page, without their words
	named   db.Kept[db.ID, db.ID]   // for the same
}

// Limits of what is typed, in characters.
const (
	MaxOutside = 600
	MaxDone    = 2000
	maxMinutes = 7 * 24 * 60
)

// Alert is one that was raised.
type Alert struct {
	ID     db.ID
	Client db.ID
	Kind   string // where it came from: "form", "measure", ...
	Ref    db.ID  // what it tells about
	Words  string // what was said, for who cares for them
	Raised time.Time
	State  State
	Due    time.Time // when it goes on to others; zero: to nobody else
	DoneBy db.ID
	Done   string // what was done
	DoneAt time.Time
	Told   []Told
}

// Open tells whether nobody has acknowledged it yet.
func (a Alert) Open() bool { return a.DoneAt.IsZero() }

// Told is somebody who was told.
type Told struct {
	Person db.ID
	At     time.Time
}

// State is how far an alert has gone.
type State string

// The states, in their order.
const (
	toTeam     State = "team"     // nobody is named: whoever cares for them was told
	toNamed    State = "named"    // the named clinician was told
	toDeputy   State = "deputy"   // and the deputy
	toEveryone State = "everyone" // and every clinician here
)

var toldVerbs = map[State]string{toTeam: "told the care team", toNamed: "told the named clinician", toDeputy: "told the deputy", toEveryone: "told every clinician"}

func of(client db.ID) access.Resource {
	return access.Resource{Class: access.Alerts, Subject: client}
}

func alertField(practice, client, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: "alerts_raised." + column}
}

func planField(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: practice, Column: "alerts_plans.outside"}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "alerts_plans", Column: "outside", Class: vault.Contact, Subject: "practice_id", Row: "practice_id"},
	{Table: "alerts_raised", Column: "words", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "alerts_raised", Column: "done", Class: vault.Clinical, Subject: "client_id", Row: "id"},
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, f vault.Field, sealed []byte) (string, error) {
	plain, err := s.Vault.Open(ctx, q, f, sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

// Raise raises an alert about a client within the transaction of what it tells
// about, and has letters tell whoever is to know. While an alert that says the
// same of the same thing is open, nothing more is raised.
func (s *Service) Raise(ctx context.Context, tx *db.Tx, a Alert) (db.ID, error) {
	practice := access.From(ctx).Practice
	there, err := db.All(ctx, tx, scanAlert, sqlOpenAbout, practice, a.Client, a.Ref)
	if err != nil {
		return db.ID{}, err
	}
	for _, r := range there {
		if was, err := s.opened(ctx, tx, r); err != nil || was.Words == a.Words {
			return was.ID, err
		}
	}
	plan, err := s.plan(ctx, tx)
	if err != nil {
		return db.ID{}, err
	}
	a.ID, a.Raised = db.NewID(), s.Now()
	var told []db.ID
	if a.State, told, err = s.first(ctx, plan, a.Client); err != nil {
		return db.ID{}, err
	}
	if a.State == toNamed || a.State == toDeputy {
		a.Due = a.Raised.Add(plan.After())
	}
	words, err := s.Vault.Seal(ctx, tx, alertField(practice, a.Client, a.ID, "words"), a.Words)
	if err != nil {
		return db.ID{}, err
	}
	if _, err := tx.Exec(ctx, sqlRaise, practice, a.ID, a.Client, a.Kind, a.Ref, words, db.Micros(a.Raised), string(a.State), db.Micros(a.Due)); err != nil {
		return db.ID{}, err
	}
	by := access.Following(ctx)
	if err := s.Trail.Record(by, tx, trail.Entry{Verb: "raised", Subject: a.Client, Kind: "alert", Object: a.ID}); err != nil {
		return db.ID{}, err
	}
	return a.ID, s.tell(by, tx, a, told)
}

// first is who is told at once. Where nobody is named who still works here as a
// clinician, it is whoever cares for the client, or else every clinician.
func (s *Service) first(ctx context.Context, p Plan, client db.ID) (State, []db.ID, error) {
	all, err := s.clinicians(ctx, client)
	switch {
	case err != nil:
		return "", nil, err
	case slices.Contains(all, p.Named):
		return toNamed, []db.ID{p.Named}, nil
	case slices.Contains(all, p.Deputy):
		return toDeputy, []db.ID{p.Deputy}, nil
	}
	c, err := s.People.Card(ctx, client)
	if err != nil {
		return "", nil, err
	}
	var team []db.ID
	for _, m := range c.Team {
		if slices.Contains(all, m.Person) && !slices.Contains(team, m.Person) {
			team = append(team, m.Person)
		}
	}
	if len(team) > 0 {
		return toTeam, team, nil
	}
	return toEveryone, all, nil
}

// clinicians are the guides and prescribers of the house, but for the client
// themselves.
func (s *Service) clinicians(ctx context.Context, client db.ID) (out []db.ID, err error) {
	all, err := s.People.Cards(ctx)
	for _, c := range all {
		if c.ID != client && Clinician(*c) {
			out = append(out, c.ID)
		}
	}
	return out, err
}

// Clinician tells whether somebody can be named for alerts.
func Clinician(c people.Card) bool {
	return slices.Contains(c.Roles, access.Guide) || slices.Contains(c.Roles, access.Prescriber)
}

// tell keeps who was told, and puts a letter to each into the outbox.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a Alert, people []db.ID) error {
	practice := access.From(ctx).Practice
	for _, p := range people {
		n, err := tx.Exec(ctx, sqlTell, practice, a.ID, p, db.Micros(s.Now()))
		if err != nil {
			return err
		}
		if n == 0 {
			continue // they know already
		}
		if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterTold, Subject: p, Ref: a.ID, Body: a.ID}); err != nil {
			return err
		}
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: toldVerbs[a.State], Subject: a.Client, Kind: "alert", Object: a.ID})
}

// Escalate takes every alert on that nobody has acknowledged in time: to the
// deputy, then to every clinician. It is a worker's work.
func (s *Service) Escalate(ctx context.Context) error {
	due, err := db.All(ctx, s.DB.Reader(), scanAlert, sqlDue, access.From(ctx).Practice, db.Micros(s.Now()))
	if err != nil {
		return err
	}
	for _, r := range due {
		if err := s.escalate(ctx, r.Alert); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) escalate(ctx context.Context, a Alert) error {
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		plan, err := s.plan(ctx, tx)
		if err != nil {
			return err
		}
		all, err := s.clinicians(ctx, a.Client)
		if err != nil {
			return err
		}
		next := Alert{ID: a.ID, Client: a.Client, State: toEveryone}
		told := all
		if a.State == toNamed && slices.Contains(all, plan.Deputy) {
			next.State, told, next.Due = toDeputy, []db.ID{plan.Deputy}, s.Now().Add(plan.After())
		}
		n, err := tx.Exec(ctx, sqlAdvance, string(next.State), db.Micros(next.Due), practice, a.ID, string(a.State))
		if err != nil || n == 0 { // acknowledged meanwhile, or taken on by another program
			return err
		}
		return s.tell(ctx, tx, next, told)
	})
}

// Waiting lists the alerts that nobody has acknowledged and that the actor was
// told of or may read, the oldest first. The looks stand on the trail where one
// is opened.
func (s *Service) Waiting(ctx context.Context) (out []Alert, err error) {
	practice := access.From(ctx).Practice
	all, err := s.waiting.Get(s.DB, s.Now(), practice, func() ([]Alert, error) {
		rows, err := db.All(ctx, s.DB.Reader(), scanAlert, sqlOpen, practice)
		if err != nil {
			return nil, err
		}
		return s.told(ctx, rows)
	})
	return readable(ctx, all), err
}

// Lately lists those that were acknowledged last.
func (s *Service) Lately(ctx context.Context, n int) (out []Alert, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanAlert, sqlLately, access.From(ctx).Practice, n)
	if err != nil {
		return nil, err
	}
	all, err := s.told(ctx, rows)
	return readable(ctx, all), err
}

// told are alerts with whom they were told to, and without their words.
func (s *Service) told(ctx context.Context, rows []alertRow) (out []Alert, err error) {
	for _, r := range rows {
		a, err := s.withTold(ctx, s.DB.Reader(), r.Alert)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// readable are those that the actor was told of or may read.
func readable(ctx context.Context, all []Alert) (out []Alert) {
	for _, a := range all {
		if access.Can(ctx, access.Read, a.resource(ctx)) {
			out = append(out, a)
		}
	}
	return out
}

// Overdue counts the alerts that nobody has acknowledged and of which everybody
// has been told. It tells nothing else.
func (s *Service) Overdue(ctx context.Context) (n int, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanAlert, sqlOpen, access.From(ctx).Practice)
	for _, r := range rows {
		if r.State == toEveryone {
			n++
		}
	}
	return n, err
}

// resource is the alert to the policy: whoever was told is in charge of it.
func (a Alert) resource(ctx context.Context) access.Resource {
	r, me := of(a.Client), access.From(ctx).Person
	if slices.ContainsFunc(a.Told, func(t Told) bool { return t.Person == me }) {
		r.Charge = me
	}
	return r
}

func (s *Service) withTold(ctx context.Context, q db.Q, a Alert) (Alert, error) {
	told, err := db.All(ctx, q, scanTold, sqlTold, access.From(ctx).Practice, a.ID)
	a.Told = told
	return a, err
}

// One opens an alert; the look stands on the trail.
func (s *Service) One(ctx context.Context, id db.ID) (Alert, error) {
	a, err := s.load(ctx, s.DB.Reader(), id)
	if err != nil {
		return a, err
	}
	if err := access.Check(ctx, access.Read, a.resource(ctx)); err != nil {
		return Alert{}, err
	}
	return a, s.Trail.Saw(ctx, trail.Entry{Subject: a.Client, Kind: "alert", Object: a.ID})
}

func (s *Service) load(ctx context.Context, q db.Q, id db.ID) (Alert, error) {
	r, err := db.One(ctx, q, scanAlert, sqlOne, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return Alert{}, fault.New(fault.NotFound, "There is no alert at this address.")
	}
	if err != nil {
		return Alert{}, err
	}
	a, err := s.opened(ctx, q, r)
	if err != nil {
		return a, err
	}
	return s.withTold(ctx, q, a)
}

func (s *Service) opened(ctx context.Context, q db.Q, r alertRow) (a Alert, err error) {
	a, practice := r.Alert, access.From(ctx).Practice
	if a.Words, err = s.open(ctx, q, alertField(practice, a.Client, a.ID, "words"), r.words); err != nil || a.Open() {
		return a, err
	}
	a.Done, err = s.open(ctx, q, alertField(practice, a.Client, a.ID, "done"), r.done)
	return a, err
}

// Acknowledge says by name that somebody has taken it on, and what was done.
func (s *Service) Acknowledge(ctx context.Context, id db.ID, done string) error {
	a, err := s.load(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	if err := access.Check(ctx, access.Write, a.resource(ctx)); err != nil {
		return err
	}
	if done == "" {
		return fault.Field("done", "Please write in a sentence what you have done, or what you will do now.")
	}
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, alertField(me.Practice, a.Client, a.ID, "done"), done)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAcknowledge, me.Person, sealed, db.Micros(s.Now()), me.Practice, a.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "Somebody acknowledged this before you. What they did stands on its page; what you typed stands below and was not kept.")
		}
		if err := s.Letters.Drop(ctx, tx, letterTold, a.ID); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "acknowledged", Subject: a.Client, Kind: "alert", Object: a.ID})
	})
}

// Of lists a client's own alerts, the latest first.
func (s *Service) Of(ctx context.Context, client db.ID) (out []Alert, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanAlert, sqlOfClient, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		a, err := s.opened(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		if a, err = s.withTold(ctx, s.DB.Reader(), a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Erase takes a client's alerts away, within a transaction.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, tx, scanAlert, sqlOfClient, practice, client)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := tx.Exec(ctx, sqlForgetTold, practice, r.ID); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, sqlForget, practice, client)
	return err
}
