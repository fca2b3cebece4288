package calendar

import (
	"context"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// notOpen is all that a client is told of it.
const notOpen = "These times are not open yet."

// closed says why nobody can book an offering now, in the words of whoever asks;
// "" when it is open. An offering without a medicine always is.
func (s *Service) closed(ctx context.Context, q db.Q, o Offering) (string, error) {
	if o.Medicine == "" {
		return "", nil
	}
	why := "No medicine can be booked: this program keeps no protocols."
	if s.Closed != nil {
		var err error
		if why, err = s.Closed(ctx, q, o.Medicine); err != nil || why == "" {
			return "", err
		}
	}
	if !access.From(ctx).Staff() {
		why = notOpen
	}
	return why, nil
}

// WhyClosed is that for a page.
func (s *Service) WhyClosed(ctx context.Context, o Offering) (string, error) {
	return s.closed(ctx, s.DB.Reader(), o)
}

// open refuses an offering that is closed, whoever wants it.
func (s *Service) open(ctx context.Context, q db.Q, o Offering) error {
	why, err := s.closed(ctx, q, o)
	if err != nil || why == "" {
		return err
	}
	return fault.New(fault.Invalid, why+" Nothing was booked.").AddField("start", why)
}
