// Package inquiry is the first step of the path: somebody asks a question, or
// books a consultation, and the practice takes it up. It keeps the question
// box, the board of inquiries, and the booking of times by visitors.
package inquiry

import (
	"context"
	"log/slog"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service is the inquiry step. Its fields are handed in where the program is wired.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Calendar *calendar.Service
	Circle   *circle.Service
	Now      func() time.Time
	Base     string // public address, without a slash at the end
	Log      *slog.Logger

	// Intro is the practice's own words above the question form; nil for none.
	Intro func(ctx context.Context) (templ.Component, error)

	guard   guard
	booking bookings
	cards   db.Kept[waits, []cardRow]   // of the board, for the desk's first page
	unread  db.Kept[waits, []threadRow] // of the inbox, for the same

	// OffersDue, when set, wakes the worker that runs OfferNext; it must not block.
	OffersDue func()
}

// waits is whose list of what waits was asked for, and how much of it.
type waits struct {
	practice, charge db.ID // no charge: everybody's
	n                int
}

// Item is a line for the desk's Today page and for a person's page: what waits.
type Item struct {
	ID     db.ID
	Title  string
	Words  string // a question's first, to those who may read it
	Since  time.Time
	Charge string // working name; "" when nobody is in charge
	State  string // in words
	Href   string
}
