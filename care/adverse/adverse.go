// Package adverse keeps adverse events: what happened to somebody, in plain
// words and in fixed fields, how grave it was, what was done, and how it went
// on, followed up until it is resolved and a prescriber has closed it. Held says
// nothing of it by itself: whether the medicine has to do with it is a
// prescriber's judgement, and until then it is not judged.
package adverse

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the adverse events.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Calendar *calendar.Service
	Now      func() time.Time
	// Given is what was given in a session, as far as the program knows it; nil
	// where nothing tells it.
	Given func(ctx context.Context, q db.Q, session db.ID) (Given, error)

	due db.Kept[db.ID, []Event] // for the desk's first page
}

// Given is what was given in a medicine session.
type Given struct {
	Dose string // in words, with its unit
	Lot  string
	At   time.Time
}

// Where an event came from.
const (
	AtDesk  = "desk"     // written at the desk
	InRoom  = "room"     // an entry of the medicine room
	CheckIn = "check-in" // the client told of it in a check-in
)

// The states.
const (
	Open   = "open"
	Closed = "closed"
)

// Event is one, by what its row says.
type Event struct {
	ID      db.ID
	Client  db.ID
	Session db.ID // zero: of no session
	Entry   db.ID // of the medicine room; zero: it came from elsewhere
	Origin  string
	State   string
	Number  int64 // of its last version
	Begun   time.Time
	Due     time.Time // when somebody is to look again; zero: closed
	Told    time.Time // when they were told that it is due
	Closed  time.Time
}

// What a version is.
const (
	Began     = "began"
	Followed  = "followed"
	Corrected = "corrected"
	Judged    = "judged"
	Signed    = "closed"
	Reopened  = "reopened"
)

// Version is what stands of an event from one moment on.
type Version struct {
	ID     db.ID
	Event  db.ID
	Client db.ID
	Number int64
	Kind   string
	By     db.ID // zero: the program, for an entry of the room
	At     time.Time
	Text
	SHA256 string
	Holds  bool // what lies there has this hash
}

// Text is what is sealed of a version, whole.
type Text struct {
	Report Report `json:"report"`
	Words  string `json:"words,omitempty"` // of the follow-up, the correction, the closing
	Name   string `json:"name,omitempty"`  // of who signed, as it was then
	Role   string `json:"role,omitempty"`
	Terms  string `json:"terms"`           // the version of the list of terms
	Prior  string `json:"prior,omitempty"` // the hash of the version before
}

// Case is an event with all that was written of it.
type Case struct {
	Event
	Versions []Version // in their order
}

// Report is how it stands now.
func (c Case) Report() Report { return c.Last().Report }

// Last is the version that holds.
func (c Case) Last() Version {
	if len(c.Versions) == 0 {
		return Version{}
	}
	return c.Versions[len(c.Versions)-1]
}

// IsOpen tells whether nobody has closed it.
func (c Case) IsOpen() bool { return c.State == Open }

func of(client db.ID) access.Resource { return access.Resource{Class: access.Adverse, Subject: client} }

func judging(client db.ID) access.Resource {
	return access.Resource{Class: access.Judging, Subject: client}
}

func closing(client db.ID) access.Resource {
	return access.Resource{Class: access.Closing, Subject: client}
}

var errNone = fault.New(fault.NotFound, "There is no adverse event at this address.")

func field(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: "adverse_versions.body"}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "adverse_versions", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"}}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, f vault.Field, sealed []byte) (string, error) {
	plain, err := s.Vault.Open(ctx, q, f, sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}
