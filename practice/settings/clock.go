package settings

import (
	"context"
	"time"

	"held/internal/db"
)

// ClockOf is the zone that somebody lives by: their own, or the house's where
// they have said none.
func (s *Service) ClockOf(ctx context.Context, person db.ID) (*time.Location, error) {
	house, err := s.Get(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.People.Card(ctx, person)
	if err != nil {
		return nil, err
	}
	if z, err := time.LoadLocation(c.Zone); err == nil && c.Zone != "" {
		return z, nil
	}
	return house.Location(), nil
}
