// Package inquiry is the first step of the path: somebody asks a question, or
// books a consultation, and the practice takes it up. It keeps the question
// box, the board of inquiries, and the booking of times by visitors.
package inquiry

import (
	"log/slog"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/calendar"
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
	Now      func() time.Time
	Base     string // public address, without a slash at the end
	Log      *slog.Logger
}
