// Package people knows everybody: working names, how to reach them, their
// roles, and their sessions. Names and addresses are sealed columns.
package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// Discretion is how messages to somebody are worded.
type Discretion string

// The ways of wording: say little (the default), say what it is, or only what
// cannot be done without: no mail at all to somebody who has a space, one
// confirmation and changes to somebody who has not.
const (
	Neutral Discretion = "neutral"
	Full    Discretion = "full"
	Silent  Discretion = "silent"
)

// What the choice "silent" is called: to whoever has a space, and to whoever
// has none.
const (
	NotMuch      = "Only what I cannot do without"
	Nothing      = "Nothing by mail"
	NothingAbout = "No letters: everything stands in your space. Only what concerns your own sign-in is still sent."
)

// ParseDiscretion reads a form's choice; false when it is none of them.
func ParseDiscretion(s string) (Discretion, bool) {
	d := Discretion(s)
	return d, slices.Contains([]Discretion{Neutral, Full, Silent}, d)
}

// Limits of what is typed, in characters.
const (
	MaxName    = 80
	MaxContact = 200
)

// Person is somebody as the practice knows them.
type Person struct {
	ID         db.ID
	Name       string // a working name
	Contact    string // an e-mail address, a telephone number, or ""
	Discretion Discretion
	Zone       string // IANA
	Step       string // where they stand on the path; "" for people who only work here
	Roles      []access.Role
	Made       time.Time
	Epoch      int64 // sessions begun under an older one have ended
}

// Email is the contact when it is an address that mail can go to, else "".
func (p Person) Email() string {
	if a, err := mail.Address(p.Contact); err == nil {
		return a
	}
	return ""
}

// Staff tells whether the person works here.
func (p Person) Staff() bool {
	return slices.ContainsFunc(p.Roles, func(r access.Role) bool { return r != access.Client })
}

// Quiet tells whether the person gets no mail at all, because whatever could be
// told stands in their space. Only their own sign-in is told.
func (p Person) Quiet() bool { return p.Discretion == Silent && p.Has(access.Client) }

// Has tells whether the person holds a role.
func (p Person) Has(r access.Role) bool { return slices.Contains(p.Roles, r) }

// Service keeps people.
type Service struct {
	DB    *db.DB
	Vault *vault.Vault
	Trail *trail.Service
	Now   func() time.Time
	// Opened is called in the same transaction when a record is opened from
	// outside its care team, so that its owner and client are told.
	Opened func(ctx context.Context, tx *db.Tx, client, opening db.ID) error
	// Joined is the same for a care team on which somebody has put themselves.
	Joined func(ctx context.Context, tx *db.Tx, client db.ID) error
	// Revoked is the same when a role was taken away, with those that are left: what
	// reaches somebody outside a session ends as well.
	Revoked func(ctx context.Context, tx *db.Tx, person db.ID, left []access.Role) error

	dir directory
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "people_persons", Column: "name", Class: vault.Contact, Subject: "id", Row: "id"},
	{Table: "people_persons", Column: "contact", Class: vault.Contact, Subject: "id", Row: "id"},
	{Table: "people_glass", Column: "words", Class: vault.Contact, Subject: "client_id", Row: "id"},
	{Table: "people_identity", Column: "body", Class: vault.Identity, Subject: "person_id", Row: "person_id"},
}

func (s *Service) field(practice, person db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Contact, Row: person, Column: "people_persons." + column}
}

// Lookups are the columns of this package that are hashes. Those of
// people_logins are made anew by Relogin.
var Lookups = []vault.Lookup{{Table: "people_persons", Column: "contact_hash", Purpose: contactPurpose, Of: func(row map[string]any) string {
	contact, _ := row["contact"].(string)
	return fold(contact)
}}}

const contactPurpose = "people.contact"

// fold brings an address or a number into the one form in which it is looked up.
func fold(contact string) string {
	if a, err := mail.Address(contact); err == nil {
		return strings.ToLower(a)
	}
	keep := func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}
	if digits := strings.Map(keep, contact); len(digits) >= 6 {
		return digits
	}
	return strings.ToLower(strings.Join(strings.Fields(contact), " "))
}

func (s *Service) hash(practice db.ID, contact string) []byte {
	if contact == "" {
		return nil
	}
	return s.Vault.Index(practice, contactPurpose, fold(contact))
}

// Add writes a new person within a transaction, with their roles. An address
// that signs in somebody else already is refused.
func (s *Service) Add(ctx context.Context, tx *db.Tx, p Person) (Person, error) {
	practice, now := access.From(ctx).Practice, s.Now()
	if p.ID.IsZero() {
		p.ID = db.NewID()
		s.Vault.Fresh(tx, practice, p.ID)
		tx.Keep(newcomer(p.ID), true)
	}
	p.Made = now
	if p.Discretion == "" {
		p.Discretion = Neutral
	}
	name, err := s.Vault.Seal(ctx, tx, s.field(practice, p.ID, "name"), p.Name)
	if err != nil {
		return p, err
	}
	contact, err := s.Vault.Seal(ctx, tx, s.field(practice, p.ID, "contact"), p.Contact)
	if err != nil {
		return p, err
	}
	err = tx.Later(ctx, nil, sqlInsert, practice, p.ID, name, contact, s.hash(practice, p.Contact), string(p.Discretion), p.Zone, p.Step, int64(0), db.Micros(now), db.Micros(now))
	if err != nil {
		return p, err
	}
	s.dir.stale(tx, now)
	for _, r := range p.Roles {
		if err := s.Grant(ctx, tx, p, r); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Grant gives a person a role; from then on their address signs in.
func (s *Service) Grant(ctx context.Context, tx *db.Tx, p Person, r access.Role) error {
	practice := access.From(ctx).Practice
	if !slices.Contains(access.Roles, r) {
		return fault.Field("role", "There is no such role.")
	}
	if _, err := tx.Exec(ctx, sqlGrant, practice, p.ID, string(r), db.Micros(s.Now())); err != nil {
		return err
	}
	if p.Email() != "" {
		if err := s.login(ctx, tx, practice, p); err != nil {
			return err
		}
	}
	if err := s.touch(ctx, tx, practice, p.ID); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "granted", Subject: p.ID, Kind: "role", Object: p.ID, Why: string(r)})
}

func (s *Service) login(ctx context.Context, tx *db.Tx, practice db.ID, p Person) error {
	taken := fault.Field("contact", "This address signs in somebody else here already. Nothing was changed.")
	who, err := db.One(ctx, tx, db.Value[db.ID], sqlLogin, practice, s.hash(practice, p.Contact))
	switch {
	case err == nil && who == p.ID:
		return nil
	case err == nil:
		return taken
	case !errors.Is(err, db.ErrNone):
		return err
	}
	_, err = tx.Exec(ctx, sqlAddLogin, practice, s.hash(practice, p.Contact), p.ID)
	if db.Taken(err) { // at the same moment
		return taken.With(err)
	}
	return err
}

// Relogin lets everybody who has a role sign in with their address, where
// people came from another database without the hashes of it.
func (s *Service) Relogin(ctx context.Context) error {
	practice := access.From(ctx).Practice
	all, err := s.Cards(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, c := range all {
			if len(c.Roles) == 0 {
				continue
			}
			p, err := s.Reach(ctx, tx, c.ID)
			if err != nil {
				return err
			}
			if p.Email() == "" {
				continue
			}
			if err := s.login(ctx, tx, practice, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Revoke takes a role away and ends the person's sessions. With the last role
// the address stops signing in, and is free for somebody else's.
func (s *Service) Revoke(ctx context.Context, tx *db.Tx, person db.ID, r access.Role) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlRevoke, practice, person, string(r)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropLogins, practice, person); err != nil {
		return err
	}
	if err := s.EndSessions(ctx, tx, person); err != nil {
		return err
	}
	if s.Revoked != nil {
		left, err := db.All(ctx, tx, db.Value[string], sqlRoles, practice, person)
		if err != nil {
			return err
		}
		roles := make([]access.Role, len(left))
		for i, word := range left {
			roles[i] = access.Role(word)
		}
		if err := s.Revoked(ctx, tx, person, roles); err != nil {
			return err
		}
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "revoked", Subject: person, Kind: "role", Object: person, Why: string(r)})
}

// SetStep moves a person along the path.
func (s *Service) SetStep(ctx context.Context, tx *db.Tx, person db.ID, step string) error {
	practice, now := access.From(ctx).Practice, s.Now()
	n, err := tx.Exec(ctx, sqlSetStep, step, db.Micros(now), practice, person)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "This person is not here any more.")
	}
	if err != nil {
		return err
	}
	s.dir.stale(tx, now)
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: person, Kind: "step", Object: person, Why: step})
}

// Rename changes what a person is called here.
func (s *Service) Rename(ctx context.Context, tx *db.Tx, person db.ID, name string) error {
	practice, now := access.From(ctx).Practice, s.Now()
	sealed, err := s.Vault.Seal(ctx, tx, s.field(practice, person, "name"), name)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlRename, sealed, db.Micros(now), practice, person); err != nil {
		return err
	}
	s.dir.stale(tx, now)
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Subject: person, Kind: "name", Object: person})
}

// SetDiscretion changes how messages to a person are worded.
func (s *Service) SetDiscretion(ctx context.Context, tx *db.Tx, person db.ID, d Discretion) error {
	now := s.Now()
	if _, err := tx.Exec(ctx, sqlSetDiscretion, string(d), db.Micros(now), access.From(ctx).Practice, person); err != nil {
		return err
	}
	s.dir.stale(tx, now)
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Subject: person, Kind: "discretion", Object: person, Why: string(d)})
}

// Touch says that something about a person changed which other packages keep,
// so that whatever was made from it in memory is made anew.
func (s *Service) Touch(ctx context.Context, tx *db.Tx, person db.ID) error {
	return s.touch(ctx, tx, access.From(ctx).Practice, person)
}

func (s *Service) touch(ctx context.Context, tx *db.Tx, practice, person db.ID) error {
	now := s.Now()
	_, err := tx.Exec(ctx, sqlTouch, db.Micros(now), practice, person)
	s.dir.stale(tx, now)
	return err
}

// Get loads one person, names opened. Asking the policy is the caller's part:
// only the caller knows what it will show.
func (s *Service) Get(ctx context.Context, q db.Q, id db.ID) (Person, error) {
	p, err := s.Reach(ctx, q, id)
	if err != nil {
		return p, err
	}
	p.Roles, err = db.All(ctx, q, db.Value[access.Role], sqlRoles, access.From(ctx).Practice, id)
	return p, err
}

// Reach is Get without their roles: what writing to somebody takes.
func (s *Service) Reach(ctx context.Context, q db.Q, id db.ID) (Person, error) {
	practice := access.From(ctx).Practice
	row, err := db.One(ctx, q, scanPerson, sqlPerson, practice, id)
	if errors.Is(err, db.ErrNone) {
		return Person{}, fault.New(fault.NotFound, "This person is not here any more.")
	}
	if err != nil {
		return Person{}, err
	}
	return s.opened(ctx, q, practice, row)
}

// Same finds somebody who came before under the same working name and the
// same address, and who does not sign in: a visitor who comes again.
func (s *Service) Same(ctx context.Context, tx *db.Tx, name, contact string) (Person, bool, error) {
	practice := access.From(ctx).Practice
	if contact == "" {
		return Person{}, false, nil
	}
	rows, err := db.All(ctx, tx, scanPerson, sqlByContact, practice, s.hash(practice, contact))
	if err != nil {
		return Person{}, false, err
	}
	for _, row := range rows {
		p, err := s.opened(ctx, tx, practice, row)
		if err != nil {
			return p, false, err
		}
		if strings.EqualFold(p.Name, name) {
			return p, true, nil
		}
	}
	return Person{}, false, nil
}

// ByEmail finds who signs in with an address.
func (s *Service) ByEmail(ctx context.Context, email string) (Person, error) {
	practice := access.From(ctx).Practice
	id, err := db.One(ctx, s.DB.Reader(), db.Value[db.ID], sqlLogin, practice, s.hash(practice, email))
	if errors.Is(err, db.ErrNone) {
		return Person{}, fault.New(fault.NotFound, "Nobody signs in with this address.")
	}
	if err != nil {
		return Person{}, err
	}
	return s.Get(ctx, s.DB.Reader(), id)
}

func (s *Service) opened(ctx context.Context, q db.Q, practice db.ID, r personRow) (p Person, err error) {
	p = r.Person
	if p.Name, err = s.name(ctx, q, practice, r); err != nil {
		return p, err
	}
	p.Contact, err = s.Vault.Open(ctx, q, s.field(practice, p.ID, "contact"), r.contact)
	if errors.Is(err, vault.ErrErased) {
		return p, nil
	}
	return p, err
}

// erasedName stands for a name that was erased: lists go on without it.
const erasedName = "Erased"

func (s *Service) name(ctx context.Context, q db.Q, practice db.ID, r personRow) (string, error) {
	if len(r.name) == 0 {
		return erasedName, nil
	}
	name, err := s.Vault.Open(ctx, q, s.field(practice, r.ID, "name"), r.name)
	if errors.Is(err, vault.ErrErased) {
		return erasedName, nil
	}
	return name, err
}
