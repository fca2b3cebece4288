// Package preparation is the way to a medicine session: courses laid over the
// calendar, what is written and asked before the day, the escort, and the gate
// with its two keys. It measures, clears and decides nothing by itself.
package preparation

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
	"held/rules/readiness"
)

// Session is a medicine session: an appointment, and what the practice's
// protocol says of it.
type Session struct {
	calendar.Appointment
	Terms Terms
}

// Terms are what the protocol in force says of one kind of session. What it
// leaves open stays open: no number is a default.
type Terms struct {
	Medicine bool // the offering is a medicine session
	Product  protocol.Medicine
	What     string // medicine and route, in field terms
	Signed   bool   // a signed protocol is in force for it
	Version  string // which one
	Since    time.Time
	Food     time.Duration // without food before the session; zero: the protocol does not say
	Fluids   time.Duration // the same for clear fluids
	Judge    func(Vitals) Verdict
}

// Verdict is what the protocol says of measured values.
type Verdict struct {
	State readiness.State // Met: within; Open: to be reviewed; Closed: hold; Unknown: it does not say
	Why   string          // in the prescriber's terms
	Never bool            // nobody goes on all the same
}

// Source gives conditions that another part of Held keeps: clearance, consent.
type Source func(ctx context.Context, q db.Q, s Session) ([]readiness.Condition, error)

// Service is preparation.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Calendar *calendar.Service
	Base     string
	Now      func() time.Time

	// Circle is asked about whom a client would meet in a group; nil: nobody asks.
	Circle *circle.Service

	// Terms tells what the protocol in force says of an offering; nil: no
	// offering is a medicine session yet.
	Terms func(ctx context.Context, q db.Q, offering db.ID) (Terms, error)
	// Sources are the conditions kept elsewhere.
	Sources []Source
	// Ages are the values on record whose age the protocol bounds; nil: none are known.
	Ages func(ctx context.Context, q db.Q, s Session) ([]Age, error)
	// Alarm brings an answer that may mean danger to whoever is named for it;
	// nil: the care team is told by letter alone.
	Alarm func(ctx context.Context, tx *db.Tx, client, session db.ID, words string) error
	// Prefer gives a client what asks for their preferences, when a medicine
	// session is booked for them; nil: nothing does.
	Prefer func(ctx context.Context, tx *db.Tx, client db.ID) error
	// Arrived tells the room that an escort has said that they are there; nil: it
	// stands with the session's readiness alone.
	Arrived func(ctx context.Context, tx *db.Tx, session db.ID, name string) error

	told db.Kept[db.ID, []lapseRow] // for the desk's first page
}

// Limits of what is typed, in characters.
const (
	MaxText = 4000
	MaxLine = 200
)

var (
	errNoSession = fault.New(fault.NotFound, "This is not a medicine session, so there is nothing to prepare here.")
	errCancelled = fault.New(fault.Gone, "This session was cancelled. Nothing was changed.")
	errOver      = fault.New(fault.Gone, "This session is over. Nothing was changed.")
)

// Session loads one that its reader may see in the calendar.
func (s *Service) Session(ctx context.Context, q db.Q, id db.ID) (Session, error) {
	a, err := s.Calendar.Get(ctx, q, id)
	if err != nil {
		return Session{}, err
	}
	return s.session(ctx, q, a)
}

func (s *Service) session(ctx context.Context, q db.Q, a calendar.Appointment) (out Session, err error) {
	out.Appointment = a
	if out.Terms, err = s.terms(ctx, q, a.Offering); err == nil && !out.Terms.Medicine {
		err = errNoSession
	}
	return out, err
}

func (s *Service) terms(ctx context.Context, q db.Q, offering db.ID) (Terms, error) {
	if s.Terms == nil {
		return Terms{}, nil
	}
	return s.Terms(ctx, q, offering)
}

// coming loads a session that can still be prepared for. Who may not is told
// so before anything of how it stands.
func (s *Service) coming(ctx context.Context, q db.Q, id db.ID, may func(client db.ID) error) (Session, error) {
	x, err := s.Session(ctx, q, id)
	if err == nil {
		err = may(x.Client)
	}
	switch {
	case err != nil:
		return x, err
	case x.State == calendar.Cancelled:
		return x, errCancelled
	case !x.End.After(s.Now()):
		return x, errOver
	}
	return x, nil
}

// Coming are a client's medicine sessions that are still ahead, soonest first.
func (s *Service) Coming(ctx context.Context, client db.ID) (out []Session, err error) {
	all, err := s.Calendar.Ahead(ctx, client)
	for _, a := range all {
		x, err := s.session(ctx, s.DB.Reader(), a)
		if errors.Is(err, errNoSession) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, err
}

// Of tells whether an appointment is a medicine session.
func (s *Service) Of(ctx context.Context, a calendar.Appointment) (bool, error) {
	t, err := s.terms(ctx, s.DB.Reader(), a.Offering)
	return t.Medicine, err
}

// own asks the policy about something that is a client's own.
func own(ctx context.Context, v access.Verb, client db.ID) error {
	return access.Check(ctx, v, access.Resource{Class: access.Own, Subject: client})
}

// writes asks the policy about changing something of a client's.
func writes(ctx context.Context, c access.Class) func(client db.ID) error {
	return func(client db.ID) error {
		return access.Check(ctx, access.Write, access.Resource{Class: c, Subject: client})
	}
}

// reads asks whether somebody may read about a client's preparation: whoever
// cares for them, and they themselves.
func reads(ctx context.Context, client db.ID) error {
	if access.Can(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}) {
		return nil
	}
	return access.Check(ctx, access.Read, access.Resource{Class: access.Gate, Subject: client})
}

// field is where a sealed text of a client's lies.
func field(practice, client, row db.ID, column string) vault.Field {
	c := vault.Clinical
	if column == escortBody {
		c = vault.Contact
	}
	return vault.Field{Practice: practice, Subject: client, Class: c, Row: row, Column: column}
}

// courseField is where a course's text lies: it is the practice's own.
func courseField(practice, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: row, Column: "preparation_courses.body"}
}

// The sealed columns.
const (
	planBody      = "preparation_plans.body"
	sessionHope   = "preparation_sessions.intention"
	sessionBring  = "preparation_sessions.bring"
	holdBody      = "preparation_holds.body"
	checkinBody   = "preparation_checkins.body"
	changeBody    = "preparation_changes.body"
	changeWord    = "preparation_changes.word"
	vitalsBody    = "preparation_vitals.body"
	escortBody    = "preparation_escorts.body"
	keySeen       = "preparation_keys.seen"
	overrideBody  = "preparation_overrides.body"
	clientSubject = "client_id"
)

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "preparation_courses", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
	{Table: "preparation_plans", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_sessions", Column: "intention", Class: vault.Clinical, Subject: clientSubject, Row: "appointment_id"},
	{Table: "preparation_sessions", Column: "bring", Class: vault.Clinical, Subject: clientSubject, Row: "appointment_id"},
	{Table: "preparation_holds", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_checkins", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_changes", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_changes", Column: "word", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_vitals", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_escorts", Column: "body", Class: vault.Contact, Subject: clientSubject, Row: "id"},
	{Table: "preparation_keys", Column: "seen", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
	{Table: "preparation_overrides", Column: "body", Class: vault.Clinical, Subject: clientSubject, Row: "id"},
}

// seal seals a text that is never nothing to the database.
func (s *Service) seal(ctx context.Context, tx *db.Tx, client, row db.ID, column, text string) ([]byte, error) {
	sealed, err := s.Vault.Seal(ctx, tx, field(access.From(ctx).Practice, client, row, column), text)
	return append([]byte{}, sealed...), err
}

// sealJSON is seal for what is more than a text.
func (s *Service) sealJSON(ctx context.Context, tx *db.Tx, client, row db.ID, column string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.seal(ctx, tx, client, row, column, string(plain))
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, client, row db.ID, column string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, client, row, column), sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

func (s *Service) openJSON(ctx context.Context, q db.Q, client, row db.ID, column string, sealed []byte, v any) error {
	plain, err := s.open(ctx, q, client, row, column, sealed)
	if err != nil || plain == "" {
		return err
	}
	return json.Unmarshal([]byte(plain), v)
}

// team are the people of a client's care team in some of the roles.
func (s *Service) team(ctx context.Context, client db.ID, roles ...access.Role) ([]db.ID, error) {
	c, err := s.People.Card(access.Following(ctx), client)
	if err != nil {
		return nil, err
	}
	var out []db.ID
	for _, m := range c.Team {
		for _, r := range roles {
			if m.Role == r {
				out = append(out, m.Person)
			}
		}
	}
	return out, nil
}
