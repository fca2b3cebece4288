package demo

import (
	"context"

	"held/practice/access"
)

// seals is what follows after going home: prescriber and guide sign their parts,
// the session is sealed; the guide adds something on the next day, and the
// client chooses what becomes of their words.
func (r homecoming) seals() []moment {
	sign := func(part access.Role) act {
		return func(ctx context.Context) error {
			rec, err := r.Medicine.Record(ctx, r.DB.Reader(), r.id)
			if err != nil {
				return err
			}
			return r.Medicine.Sign(ctx, r.id, part, rec.Digest, "")
		}
	}
	return []moment{
		{170, r.prescriber(sign(access.Prescriber))},
		{185, r.guide(sign(access.Guide))},
		{1500, r.guide(func(ctx context.Context) error {
			return r.Medicine.Append(ctx, r.id, "I rang the morning after. They slept well, and Nour had stayed until ten.")
		})},
		{2900, r.own(func(ctx context.Context) error {
			all, err := r.Medicine.Mine(ctx)
			if err != nil || len(all) == 0 || len(all[0].Said) < 2 {
				return err
			}
			if err := r.Medicine.KeepSaid(ctx, all[0].Said[0].ID); err != nil {
				return err
			}
			return r.Medicine.TakeSaid(ctx, all[0].Said[1].ID)
		})},
	}
}
