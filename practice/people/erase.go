package people

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// Quiet lists up to n clients whose rows were last changed from an instant on
// (after the given person, at that instant) and before another, in that order.
func (s *Service) Quiet(ctx context.Context, from time.Time, after db.ID, before time.Time, n int) ([]Card, error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanPerson, sqlQuiet, access.From(ctx).Practice, db.Micros(from), after, db.Micros(before), int64(n))
	if err != nil {
		return nil, err
	}
	out := make([]Card, len(rows))
	for i, r := range rows {
		out[i] = Card{ID: r.ID, Changed: r.changed}
	}
	return out, nil
}

// EraseIdentity takes away what somebody has said of who they are in law.
func (s *Service) EraseIdentity(ctx context.Context, tx *db.Tx, person db.ID) error {
	_, err := tx.Exec(ctx, sqlDropIdentity, access.From(ctx).Practice, person)
	return err
}

// Erase takes away how somebody is called and reached, their sign-in and their
// care team, within a transaction. Their row stays, so that what must be kept
// still belongs to somebody. The caller destroys the keys.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice, empty := access.From(ctx).Practice, []byte{}
	if _, err := tx.Exec(ctx, sqlRevokeAll, practice, person); err != nil {
		return err
	}
	for _, forget := range []string{sqlDropLogins, sqlDropLinks, sqlDropTeam} {
		if _, err := tx.Exec(ctx, forget, practice, person); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, sqlSilence, empty, practice, person); err != nil {
		return err
	}
	if err := s.EndSessions(ctx, tx, person); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlErasePerson, empty, db.Micros(s.Now()), practice, person)
	return err
}
