package preparation

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/calendar"
	"held/practice/circle"
)

// TalkFirst lists the steps of a proposed course about which somebody is to talk
// first: those in a group with whom the client, or one of the others, would
// rather not meet. Nobody is told who.
func (s *Service) TalkFirst(ctx context.Context, client db.ID, all []Proposed) (steps []int, err error) {
	if s.Circle == nil || !circle.May(ctx) {
		return nil, nil
	}
	for _, p := range all {
		o, err := s.Calendar.Offering(ctx, p.Offering)
		if err != nil && !errors.Is(err, calendar.ErrOffering) {
			return nil, err // nobody may take this for a clear answer
		}
		if err != nil || p.Start.IsZero() || o.Places < 2 || len(o.Hosts) == 0 {
			continue
		}
		m, err := s.Calendar.WouldMeet(ctx, o, client, o.Hosts, p.Start)
		if err != nil {
			return nil, err
		}
		a, err := s.Circle.One(ctx, m)
		if err != nil {
			return nil, err
		}
		if a.Word == circle.TalkFirst {
			steps = append(steps, p.Number)
		}
	}
	return steps, nil
}

// aboutTalk names what is decided about, so that a decision never goes over to
// other times that are chosen after it.
func aboutTalk(steps []int, all []Proposed) string {
	var parts []string
	for _, p := range all {
		if slices.Contains(steps, p.Number) {
			parts = append(parts, strconv.Itoa(p.Number)+" "+p.Start.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(parts, ", ")
}

// talked tells whether the course may be booked: nothing is to be talked about,
// or somebody has, and says what they decided.
func (v *layView) talked(f *web.Form) error {
	if len(v.Talk) == 0 {
		return nil
	}
	if f.Raw("about") == aboutTalk(v.Talk, v.Proposed) && slices.Contains(circle.Codes, circle.Code(f.Raw("circle"))) {
		v.Circle = f.Raw("circle")
		return nil
	}
	return fault.Field("circle", "Talk first, then say what you decided. Nothing is booked yet.")
}

// decideLaid keeps what was decided about the appointments that were booked.
func (s *Service) decideLaid(ctx context.Context, v layView) error {
	if v.Circle == "" {
		return nil
	}
	plan, err := s.Plan(ctx, v.Plan)
	if err != nil {
		return err
	}
	for _, l := range plan.Laid {
		if !slices.Contains(v.Talk, l.Number) {
			continue
		}
		meetings, err := s.Calendar.Meetings(ctx, l.Appointment)
		if err != nil {
			return err
		}
		a, err := s.Circle.One(ctx, meetings[0])
		if err != nil {
			return err
		}
		if a.Word != circle.TalkFirst {
			continue
		}
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.Circle.Decide(ctx, tx, meetings[0], a, circle.Code(v.Circle)) }); err != nil {
			return err
		}
	}
	return nil
}

// numbers are the steps as people count them.
func numbers(steps []int) string {
	var out []string
	for _, n := range steps {
		out = append(out, strconv.Itoa(n+1))
	}
	return strings.Join(out, ", ")
}
