package people

import (
	"context"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// The steps of the path, as people_persons.step keeps them. Their order, and
// what they are called to whom, is told by package care.
const (
	StepInquiry      = "inquiry"
	StepConsultation = "consultation"
	StepScreening    = "screening"
	StepClearance    = "clearance"
	StepConsent      = "consent"
	StepPreparation  = "preparation"
	StepMedicine     = "medicine"
	StepIntegration  = "integration"
	StepRipple       = "ripple"
	StepClosing      = "closing"
)

// ReachConsultation notes that somebody has a consultation: whoever stood
// before it on the path stands there now, everybody else stays where they are.
func (s *Service) ReachConsultation(ctx context.Context, tx *db.Tx, person db.ID) error {
	now := s.Now()
	n, err := tx.Exec(ctx, sqlReachConsultation, db.Micros(now), access.From(ctx).Practice, person)
	if err != nil || n == 0 {
		return err
	}
	s.dir.stale(tx, now)
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: person, Kind: "step", Object: person, Why: StepConsultation})
}
