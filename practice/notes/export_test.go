package notes

import (
	"context"

	"held/internal/db"
)

// Overwrite puts another text under a note's signatures, as nothing in the
// program can: it seals it with the right key.
func (s *Service) Overwrite(ctx context.Context, id, practice db.ID, text string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.find(ctx, tx, id)
		if err != nil {
			return err
		}
		sealed, err := s.Vault.Seal(ctx, tx, r.field(practice, "body"), text)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE notes_record SET body = $1 WHERE practice_id = $2 AND id = $3`, sealed, practice, id)
		return err
	})
}
