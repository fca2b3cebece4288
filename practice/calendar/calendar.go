// Package calendar keeps the practice's time: what can be booked, with whom,
// where and when, and the appointments made. A time is given only once,
// because an appointment claims each five minutes of every person and room
// that it needs as rows of one table whose primary key is the lock.
package calendar

import (
	"context"
	"sync/atomic"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// Where an appointment takes place.
type Where string

// The places. Only InRoom needs one of the offering's rooms.
const (
	InRoom  Where = "room"
	ByVideo Where = "video"
	ByPhone Where = "phone"
)

// Who may book an offering without the practice doing it for them.
type Who string

// From open to guarded.
const (
	Anyone  Who = "anyone"
	Known   Who = "known"   // clients who are signed in, or hold a link of the practice
	Invited Who = "invited" // those to whom the practice gave its word: an invitation, an offered time
	Ready   Who = "ready"   // clients whom Service.Ready says yes to
)

// State of an appointment.
type State string

// The states.
const (
	Booked    State = "booked"
	Cancelled State = "cancelled"
)

// Offering is a kind of appointment that can be booked.
type Offering struct {
	ID          db.ID
	Slug        string // in addresses: /book/{slug}
	Name        string
	Words       string
	Price       string // as it is to be read; "" is free
	Length      time.Duration
	Before      time.Duration // buffers: part of what an appointment claims
	After       time.Duration
	Notice      time.Duration
	Every       time.Duration // distance of the starts; 0 is every five minutes
	HorizonDays int           // 0 is no limit
	PerDay      int           // most on one date of one host; 0 is no limit
	Where       Where
	VideoLink   string
	Hosts       []db.ID // any one of them
	Seconds     []db.ID // all of them
	Attended    bool    // and any one of the attendants
	Rooms       []db.ID // any one of them
	Who         Who
	Open        bool // shown to visitors
	Position    int
	Places      int               // how many people one time is for; more than one: a group
	Medicine    protocol.Medicine // what is given at a medicine session; "" for every other kind
	Integration bool              // offered to a client from one to three days after a medicine session
}

// Room is a real room that can be booked.
type Room struct {
	ID   db.ID
	Name string
}

// Appointment is one time, kept for somebody.
type Appointment struct {
	ID       db.ID
	Offering db.ID
	Client   db.ID
	Host     db.ID
	Room     db.ID // zero when it needs none
	Seconds  []db.ID
	Group    db.ID // zero, or the group in which it has a place
	Places   int   // for how many the group is at most: as many as the offering has places, or as are booked where it had more once; 0 without one
	Start    time.Time
	End      time.Time
	Where    Where
	Zone     string // the client's, IANA
	State    State
	Sequence int    // grows with every change, for calendar files
	Name     string // the offering's
	Price    string // as it was agreed when it was booked; lists leave it out
	Made     time.Time
	Changed  time.Time
	Note     string // what the client wrote; only Note fills it

	kept    kept
	terms   []byte // sealed
	sharing int    // how many have a place in its group
}

// Hold keeps a time for somebody who is still filling in a form.
type Hold struct {
	ID       db.ID
	Offering db.ID
	Start    time.Time
	End      time.Time
	Expires  time.Time
}

// Booking is the wish for a time.
type Booking struct {
	Offering db.ID
	Client   db.ID
	Start    time.Time
	Zone     string // the client's, IANA
	Note     string
	Hold     db.ID  // zero, or the hold under which the form was filled
	Once     []byte // hash of the form's one-time word: sent again, it gives the same appointment
	Invited  bool   // the practice gave this client its word: by an invitation, or an offered time
	ByStaff  bool   // hours, notice, horizon and the day's limit do not bind the practice itself
	Host     db.ID  // zero, or only this one of the offering's hosts
}

// Hours are a person's week. The days are texts as availability.ParseDay reads them.
type Hours struct {
	Person db.ID
	Zone   string    // IANA
	Week   [7]string // by time.Weekday: Sunday is 0
}

// Override is other hours on one date.
type Override struct {
	Date  string // 2026-12-24
	Hours string // as availability.ParseDay reads it; "closed"
}

// Away is a stretch in which a person cannot be booked.
type Away struct {
	ID     db.ID
	Person db.ID
	Start  time.Time
	End    time.Time
}

// The refusals that callers tell apart.
var (
	ErrTaken     = fault.New(fault.Taken, "This time has just been taken. What you typed is still here; please choose another time.")
	ErrNone      = fault.New(fault.NotFound, "This appointment is not here.")
	ErrOffering  = fault.New(fault.NotFound, "There is no such appointment to book here.")
	ErrHold      = fault.New(fault.NotFound, "This time is not held any more.")
	ErrCancelled = fault.New(fault.Gone, "This appointment was cancelled.")
	ErrTooLate   = fault.New(fault.Forbidden, "It is too close to the appointment to do this here. Please write or call; we will find a way.")
	ErrNotYours  = fault.New(fault.Forbidden, "This kind of appointment is arranged together with the practice. Please ask us for it.")
)

// Service keeps the calendar.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	Settings *settings.Service
	Now      func() time.Time

	// Changed is called in the same transaction for every booking, move and
	// cancellation, wherever it came from; was is the zero appointment for a
	// booking. Letters, reminders and the waiting list hang here. The claims may
	// still turn out to be taken: what is more than the transaction waits for After.
	Changed []func(ctx context.Context, tx *db.Tx, was, now Appointment) error

	// Closed says why nothing of a medicine can be booked by anybody, in the words
	// of those who work here; "": it can. nil: no medicine can.
	Closed func(ctx context.Context, q db.Q, m protocol.Medicine) (string, error)

	// Ready tells whether a client may book an offering that is only for the
	// ready; nil: nobody yet.
	Ready func(ctx context.Context, q db.Q, client, offering db.ID) (bool, error)

	// Attendants lists who works here as an attendant; nil: nobody does.
	Attendants func(ctx context.Context) ([]db.ID, error)

	// Apart lists those colleagues whom a client would rather not meet, or who
	// would rather not meet them. It tells nobody: it is only for choosing. nil: none.
	Apart func(ctx context.Context, client db.ID, colleagues []db.ID) ([]db.ID, error)

	plans      plans
	next       db.Kept[nextOf, []Appointment]  // for the desk's first page
	around     db.Kept[stretch, []Appointment] // whom clients may meet then
	generation atomic.Int64
}

// Generation grows with every change that this process makes to what Times
// would answer, for keeping pages. Holds that expire, the clock, and other
// processes change it too, without a word: keep nothing longer than a moment.
func (s *Service) Generation() int64 { return s.generation.Load() }

func (s *Service) grow() { s.generation.Add(1) }

// Reopened says that medicines may have opened or closed: Times answers anew.
func (s *Service) Reopened() { s.grow() }
