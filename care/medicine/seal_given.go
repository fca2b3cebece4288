package medicine

import (
	"context"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/timeline"
)

// HeldSession is a session whose room was opened, as others need to know of it.
type HeldSession struct {
	ID    db.ID
	Given time.Time // of the first dose that stands; zero: nothing was given
	What  string    // what was given, in field terms
}

// Dosed is when a client was last given a dose that stands. Whoever asks was
// asked whether they may before.
func (s *Service) Dosed(ctx context.Context, q db.Q, client db.ID) (at time.Time, given bool, err error) {
	ctx = reckoning(ctx)
	rows, err := db.All(ctx, q, scanSeat, sqlSeatsOf, access.From(ctx).Practice, client)
	if err != nil {
		return at, false, err
	}
	for i := len(rows) - 1; i >= 0 && !given; i-- {
		t, err := s.merged(ctx, q, rows[i].Session)
		if err != nil {
			return at, false, err
		}
		for _, d := range t.Doses() {
			if !given || d.At.After(at) {
				at, given = d.At, true
			}
		}
	}
	return at, given, nil
}

// Held lists a client's sessions whose rooms were opened, the earliest first.
// Whoever asks was asked whether they may before.
func (s *Service) Held(ctx context.Context, q db.Q, client db.ID) (out []HeldSession, err error) {
	ctx = reckoning(ctx)
	rows, err := db.All(ctx, q, scanSeat, sqlSeatsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		t, err := s.merged(ctx, q, r.Session)
		if err != nil {
			return nil, err
		}
		x := HeldSession{ID: r.Session}
		var what []string
		for _, d := range t.Doses() {
			what = append(what, doseShort(d))
		}
		x.Given, _ = t.Dose()
		x.What = strings.Join(what, "; ")
		out = append(out, x)
	}
	return out, nil
}

// doseShort is a dose in a few words.
func doseShort(d timeline.Given) string {
	mg := "dose not noted"
	if d.MG != nil {
		mg = d.MG.String() + " mg"
	}
	if d.Booster {
		return "booster " + mg
	}
	return medicineName(d.Medicine) + ", " + mg
}

// merged is a session's timeline by itself, without what was known before it.
func (s *Service) merged(ctx context.Context, q db.Q, session db.ID) (timeline.Timeline, error) {
	all, err := s.entries(ctx, q, session, 0)
	return timeline.Merge(all), err
}
