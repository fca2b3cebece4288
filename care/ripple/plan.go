package ripple

import (
	"context"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/checkins"
)

// Limits of a plan.
const (
	MaxOpen = 60 // days
)

// Plan is what the practice chose to ask, and when. A practice that chose
// nothing asks nothing.
func (s *Service) Plan(ctx context.Context) ([]checkins.Asking, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Forms}); err != nil {
		return nil, err
	}
	return s.plan(ctx, s.DB.Reader())
}

func (s *Service) plan(ctx context.Context, q db.Q) ([]checkins.Asking, error) {
	return db.All(ctx, q, scanAsking, sqlPlan, access.From(ctx).Practice)
}

// KeepPlan sets when one thing is asked; without a point it is not asked.
func (s *Service) KeepPlan(ctx context.Context, a checkins.Asking) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Forms}); err != nil {
		return err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	if err := checkPlan(all, a); err != nil {
		return err
	}
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if len(a.At) == 0 {
			if _, err := tx.Exec(ctx, sqlDropPlan, me.Practice, a.What); err != nil {
				return err
			}
		} else if _, err := tx.Exec(ctx, sqlKeepPlan, me.Practice, a.What, points(a.At), a.Open, a.Begin, a.Remind, me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "plan of check-ins"})
	})
}

func checkPlan(all shelf, a checkins.Asking) error {
	e := fault.New(fault.Invalid, "This plan needs another look. Nothing was changed.")
	if _, known := all.of(Prefix + a.What); !known && a.What != Ripple {
		e.AddField("what", "There is no such set of questions.")
	}
	for _, p := range a.At {
		if !slices.Contains(checkins.Points, p) {
			e.AddField("at", "There is no such point in a course.")
		}
	}
	if len(a.At) > 0 && (a.Open < 1 || a.Open > MaxOpen) {
		e.AddField("open", "Please say for how many days it can be answered, 1 to 60.")
	}
	if a.Remind < 0 || a.Remind > 0 && a.Remind >= a.Open {
		e.AddField("remind", "Please remind before its time is over, or leave this empty.")
	}
	if a.Begin < 0 || a.Begin > 23 {
		e.AddField("begin", "Please choose an hour of the day, 0 to 23.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// points are written as one word each, in the order of a course.
func points(at []checkins.Point) string {
	var out []string
	for _, p := range checkins.Points {
		if slices.Contains(at, p) {
			out = append(out, string(p))
		}
	}
	return strings.Join(out, " ")
}

func pointsOf(s string) []checkins.Point {
	var out []checkins.Point
	for _, p := range strings.Fields(s) {
		out = append(out, checkins.Point(p))
	}
	return out
}
