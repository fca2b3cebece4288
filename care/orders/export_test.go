package orders

import (
	"context"

	"held/care/preparation"
	"held/internal/db"
)

// Known is what an order is written over, for tests.
func (s *Service) Known(ctx context.Context, q db.Q, x preparation.Session) (Known, error) {
	return s.known(ctx, q, x)
}
