// Package medicine is the room in which a medicine session is held: who has a
// place in it, what its devices enter, and what all of them see of it at once.
// It keeps, orders, shows and calls; it gives nobody anything and clears nobody.
package medicine

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/protocol"
	"held/rules/readiness"
	"held/rules/timeline"
)

// Service is the medicine room.
type Service struct {
	DB          *db.DB
	Vault       *vault.Vault
	Trail       *trail.Service
	People      *people.Service
	Settings    *settings.Service
	Calendar    *calendar.Service
	Protocol    *protocol.Service
	Preparation *preparation.Service
	Letters     *letters.Service // of what follows from leaving
	Alerts      *alerts.Service
	Now         func() time.Time

	// Still tells whether whoever opened a stream is still signed in, and as whom
	// they are now; nil: as when it began.
	Still func(r *http.Request) (context.Context, bool)

	// Order is what may be given, in the shape that the room shows. It may be nil.
	Order func(ctx context.Context, q db.Q, session db.ID) (Order, bool, error)
	// Card is the practice's emergency card. It may be nil.
	Card func(ctx context.Context, q db.Q) (Card, error)
	// Scales are the clinicians' scales that are asked in a room. It may be nil.
	Scales func(ctx context.Context, q db.Q) ([]ScaleOf, error)
	// Prefer is what somebody said about touch, voices and music. It may be nil.
	Prefer func(ctx context.Context, q db.Q, client db.ID) ([]Preference, error)

	// Concomitant is what is known of somebody's other medicines, by the classes of
	// the REMS form. It may be nil.
	Concomitant func(ctx context.Context, q db.Q, client db.ID) ([]Concomitant, error)
	// Beside are pages of a session that other packages have. It may be nil.
	Beside func(session db.ID) []ui.Link

	// Given are told of each dose entry, once, after it was kept; a correction of a
	// dose is a dose entry with Supersedes. Undone are told of the dose that was
	// taken back. Noted are told of every entry. Each runs in the transaction that
	// keeps the entry. A refusal (fault) refuses this entry alone, with its
	// sentence; any other error undoes the batch, and its device sends it again.
	Given  []Hook
	Undone []Hook
	Noted  []Hook

	// Woken is told after each commit that changed a room. It may be nil.
	Woken func()

	// Beat is how often a stream looks whether its reader may still read; 0: every
	// quarter of a minute.
	Beat time.Duration

	docs   docs
	hubs   hubs
	read   readings
	lately db.Kept[db.ID, []seatRow] // whose rooms are open
	looked looks
}

// Hook is told of an entry.
type Hook func(ctx context.Context, tx *db.Tx, seat Seat, e timeline.Entry) error

// Seat is one person's place in a room: a session whose gate was open.
type Seat struct {
	Session         db.ID
	Client          db.ID
	Room            db.ID
	Medicine        rule.Medicine
	ProtocolID      db.ID
	ProtocolVersion string // its number
	Doc             *rule.Document
	Title           string // the offering's name
	Start           time.Time
	End             time.Time
	Opened          time.Time
	OpenedBy        db.ID
	Ended           time.Time // zero: it goes on
	Sealed          time.Time // zero: it is not signed by all
	Outcome         string    // "", or the phase with which it ended
	Base            timeline.Base
	Passed          []string // the conditions that the prescriber passed, by their keys

	last int64 // the number of its last entry
}

// Order is what may be given, as the room shows it.
type Order struct {
	ID       string        `json:"id"`
	Medicine string        `json:"medicine"`
	Route    string        `json:"route"`
	MG       *rule.Decimal `json:"mg,omitempty"`
	MGPerKG  *rule.Decimal `json:"mg_per_kg,omitempty"`
	Weight   string        `json:"weight,omitempty"` // with its age
	Boosters []Booster     `json:"boosters,omitempty"`
	Lot      string        `json:"lot,omitempty"`
	Checked  string        `json:"checked,omitempty"` // who confirmed what is drawn up
	Missing  []string      `json:"missing,omitempty"` // why it may not be given yet
	Notes    []string      `json:"notes,omitempty"`   // of the dose checks, in field terms
}

// Booster is one more dose that may be given.
type Booster struct {
	MG      *rule.Decimal `json:"mg,omitempty"`
	MGPerKG *rule.Decimal `json:"mg_per_kg,omitempty"`
	FromMin *int          `json:"from_min,omitempty"`
	ToMin   *int          `json:"to_min,omitempty"`
}

// Card is the practice's emergency card.
type Card struct {
	Address string   `json:"address,omitempty"`
	Say     []string `json:"say,omitempty"`
	OnCall  []string `json:"on_call,omitempty"`
	Number  string   `json:"number,omitempty"`
	Note    string   `json:"note,omitempty"` // what to know about the number
	Kit     []string `json:"kit,omitempty"`  // where oxygen, defibrillator and medicines are
}

// Preference is one of a person's, in their own words.
type Preference struct {
	Topic string `json:"topic"` // touch, voice, music …
	Asked string `json:"asked"`
	Words string `json:"words"`
}

var (
	errNoRoom  = fault.New(fault.NotFound, "This room is not open. It opens from the session's readiness, when both keys are turned.")
	errNoSeat  = fault.New(fault.NotFound, "There is no medicine session at this address.")
	errSealed  = fault.New(fault.Gone, "This session is signed and sealed. It takes additions only; nothing else was kept.")
	errQuiet   = fault.New(fault.Gone, "This calls no more, so there was nothing to hear. Nothing was changed.")
	errDamaged = fault.New(fault.BadRequest, "What was sent arrived damaged, so nothing was kept. The device still has it and sends it again.")
)

// may asks the policy about one client's place in a room.
func may(ctx context.Context, v access.Verb, client db.ID) error {
	return access.Check(ctx, v, access.Resource{Class: access.Room, Subject: client})
}

func can(ctx context.Context, v access.Verb, client db.ID) bool {
	return access.Can(ctx, v, access.Resource{Class: access.Room, Subject: client})
}

// roleFor is in which role somebody works for a client: the one that their care
// team has them in.
func roleFor(ctx context.Context, client db.ID) string {
	a := access.From(ctx)
	if a.Cares != nil {
		care := a.Cares(client)
		for _, r := range []access.Role{access.Prescriber, access.Guide, access.Attendant} {
			for _, as := range care.As {
				if as == r {
					return string(r)
				}
			}
		}
	}
	return trail.RoleOf(a, client)
}

// The sealed columns.
const (
	seatBody  = "medicine_seats.body"
	entryBody = "medicine_entries.body"
	saidBody  = "medicine_said.body"
)

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "medicine_seats", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "session_id"},
	{Table: "medicine_entries", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "medicine_said", Column: "body", Class: vault.Clinical, Subject: "id", Row: "id"},
	{Table: "medicine_papers", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "medicine_signatures", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "medicine_leavings", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "session_id"},
	{Table: "medicine_sheets", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "session_id"},
	{Table: "medicine_aftercare", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
}

func field(practice, client, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: row, Column: column}
}

// seal seals what is to be written, as JSON.
func (s *Service) seal(ctx context.Context, tx *db.Tx, client, row db.ID, column string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, field(access.From(ctx).Practice, client, row, column), string(plain))
}

// open opens it; nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, client, row db.ID, column string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, client, row, column), sealed)
	if errors.Is(err, vault.ErrErased) || err == nil && plain == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(plain), into)
}

// docs keeps protocols that were read: a version never changes.
type docs struct {
	mu  sync.Mutex
	all map[db.ID]protocol.Signed
}

// document is one version of a protocol.
func (s *Service) document(ctx context.Context, id db.ID) (protocol.Signed, error) {
	s.docs.mu.Lock()
	v, there := s.docs.all[id]
	s.docs.mu.Unlock()
	if there {
		return v, nil
	}
	v, err := s.Protocol.Version(reckoning(ctx), id)
	if err != nil {
		return v, err
	}
	s.docs.mu.Lock()
	defer s.docs.mu.Unlock()
	if s.docs.all == nil || len(s.docs.all) > 200 {
		s.docs.all = map[db.ID]protocol.Signed{}
	}
	s.docs.all[id] = v
	return v, nil
}

// reckoning is the program's own context: whoever asks was asked whether they may.
func reckoning(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
}

// gate asks the gate whether a session may begin.
func (s *Service) gate(ctx context.Context, q db.Q, session db.ID) (readiness.Result, error) {
	return s.Preparation.Open(ctx, q, session)
}
