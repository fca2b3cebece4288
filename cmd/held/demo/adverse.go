package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"held/care/adverse"
	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
)

// adverseEvents: one that was followed up until it was over and closed, and one
// that is still being followed up. Both are invented, as is whom they befell.
func (wr *writer) adverseEvents() {
	var over, goes db.ID
	wr.on(wr.at(-40, 17, 40), func(ctx context.Context) (err error) {
		session, err := wr.lastMedicine(ctx, "ilan")
		if err != nil {
			return err
		}
		over, err = wr.Adverse.Write(wr.carer(ctx, "leonor", access.Guide), adverse.New{Client: wr.clients["ilan"], Session: session, Report: adverse.Report{
			Term: "vomiting", Words: "Vomited once in the recovery room and once on the way home, with his sister beside him. Drank water an hour later.", Source: "client",
			Onset: wr.at(-40, 14, 20).Format(civilTime), Serious: adverse.No, Severity: "2", Outcome: "not_resolved", Next: wr.at(-39, 9, 0).Format(time.DateOnly),
			Medicine: medicineOfDemo, Dose: "60 mg", Lot: "DEMO-0417", Action: "none", Done: "Ginger tea, a bucket, somebody beside him.",
		}})
		return err
	})
	wr.on(wr.at(-39, 10, 30), func(ctx context.Context) error {
		return wr.Adverse.Follow(wr.carer(ctx, "leonor", access.Guide), over, 1, adverse.FollowUp{
			Words: "Called in the morning. He slept through, ate breakfast, no nausea.", Outcome: adverse.Resolved, Ended: wr.at(-40, 19, 0).Format(civilTime),
		})
	})
	wr.on(wr.at(-38, 18, 10), func(ctx context.Context) error {
		as := wr.carer(ctx, "amadeu", access.Prescriber)
		if err := wr.Adverse.Judge(as, over, 2, "probable", "Known of the medicine, and within an hour of it. He had eaten late the evening before."); err != nil {
			return err
		}
		return wr.Adverse.Close(as, over, 3, "Over within the day. We speak about eating, and about something against nausea, before a next session.")
	})
	wr.on(wr.at(-9, 12, 15), func(ctx context.Context) (err error) {
		goes, err = wr.Adverse.Write(wr.carer(ctx, "amadeu", access.Prescriber), adverse.New{Client: wr.clients["tamsin"], Report: adverse.Report{
			Term: "frequency", Words: "Says in her check-in that she has had to pass water about every hour for a week. No pain, no blood that she has seen.", Source: adverse.CheckIn,
			Onset: wr.at(-16, 8, 0).Format(civilTime), Severity: "1", Outcome: "not_resolved", Next: wr.at(-5, 9, 0).Format(time.DateOnly), Tests: "Urine test strip asked for.",
		}})
		return err
	})
	wr.on(wr.at(-5, 16, 0), func(ctx context.Context) error {
		return wr.Adverse.Follow(wr.carer(ctx, "amadeu", access.Prescriber), goes, 1, adverse.FollowUp{
			Words: "The strip shows nothing. She drinks less tea in the evening and is up once a night now. We look again before anything is planned.", Outcome: adverse.Resolving, Next: wr.at(4, 9, 0).Format(time.DateOnly),
		})
	})
}

// civilTime is how a report writes an instant, by the practice's clock.
const civilTime = "2006-01-02T15:04"

// carer is a colleague on the care team of whom it is about.
func (wr *writer) carer(ctx context.Context, key string, as access.Role) context.Context {
	a := access.From(wr.as(ctx, key))
	a.Fresh = true
	a.Cares = func(db.ID) access.Care { return access.Care{As: []access.Role{as}} }
	return access.With(ctx, a)
}

// lastMedicine is somebody's last medicine session that is over; zero where
// there was none.
func (wr *writer) lastMedicine(ctx context.Context, key string) (db.ID, error) {
	all, err := wr.Calendar.OfClient(ctx, wr.clients[key])
	if err != nil {
		return db.ID{}, fmt.Errorf("%s: %w", key, err)
	}
	for _, a := range slices.Backward(all) {
		if a.Offering == wr.offerings["medicine"].ID && a.State != calendar.Cancelled && a.End.Before(wr.Adverse.Now()) {
			return a.ID, nil
		}
	}
	return db.ID{}, nil
}
