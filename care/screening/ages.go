package screening

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/protocol"
)

// Age is a value on record whose age the protocol in force bounds, and until
// when it is young enough.
type Age struct {
	ID   db.ID // the value's
	Name string
	Ends time.Time // the first instant at which it is older
}

// Ages are a client's values that the protocol of a medicine bounds the age of.
// What was not recorded has no age: it is missing, and stands on the worklist.
// It asks nobody's role: the operations of others do, which reckon with it.
func (s *Service) Ages(ctx context.Context, q db.Q, client db.ID, m protocol.Medicine) (out []Age, err error) {
	if s.Protocol == nil {
		return nil, nil
	}
	ctx = access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
	doc, _, err := s.Protocol(ctx, q, m)
	if err != nil || doc == nil {
		return nil, err
	}
	facts, err := s.facts(ctx, q, client)
	if err != nil {
		return nil, err
	}
	if f, there := standing(facts, Weight); there {
		out = aging(out, "Weight", f, doc.Validity.WeightDays)
	}
	for _, p := range Parts {
		i := slices.IndexFunc(facts, func(f Fact) bool { return f.Kind == Lab && f.Replaced.IsZero() && f.Body.Part == p.Code })
		if i >= 0 {
			out = aging(out, p.Name, facts[i], p.days(doc.Validity))
		}
	}
	return out, nil
}

// aging adds a value where the protocol bounds its age. It is older from the
// instant on at which aged and weight say so.
func aging(all []Age, name string, f Fact, days *int) []Age {
	if days == nil {
		return all
	}
	return append(all, Age{ID: f.ID, Name: name, Ends: f.Taken.Add(time.Duration(*days)*24*time.Hour + time.Microsecond)})
}
