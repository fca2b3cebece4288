package ripple

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/checkins"
)

// unasked lists the points of somebody's plan that went by because the same
// questions waited from another one, so that a gap in a course is not read as an
// answer that somebody did not give.
func (s *Service) unasked(ctx context.Context, person db.ID, sessions []checkins.Session, asked []Asked, zone *time.Location) ([]checkins.Missed, error) {
	q := s.DB.Reader()
	plan, err := s.plan(ctx, q)
	if err != nil {
		return nil, err
	}
	begun, err := db.One(ctx, q, scanTime, sqlBegun, access.From(ctx).Practice, person)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return nil, err
	}
	var stood []checkins.Stood
	for _, a := range asked {
		stood = append(stood, checkins.Stood{What: a.What, Key: a.Point, From: a.From, Until: a.Until})
	}
	return checkins.Unasked(checkins.All(plan, begun, sessions, zone), stood, s.Now()), nil
}
