package preparation

import (
	"context"
	"time"

	"held/internal/db"
	"held/rules/protocol"
	"held/rules/readiness"
)

// Decision is a prescriber's about one client and one medicine, as far as the
// gate needs it.
type Decision struct {
	ID         db.ID
	Cleared    bool
	At         time.Time
	Ends       time.Time // the first instant at which it does not hold any more
	Stale      time.Time // answers have changed since; zero: they have not
	Conditions string    // under which they cleared it
}

// ByClearance takes the decision in force from whoever keeps it; false where
// nobody has decided.
func ByClearance(of func(ctx context.Context, q db.Q, client db.ID, m protocol.Medicine) (Decision, bool, error)) Source {
	return func(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
		d, there, err := of(ctx, q, x.Client, x.Terms.Product)
		if err != nil {
			return nil, err
		}
		return []readiness.Condition{cleared(d, there, x.Start)}, nil
	}
}

func cleared(d Decision, there bool, session time.Time) readiness.Condition {
	c := readiness.Condition{Key: Clearance, State: readiness.Open, Why: words("Not decided.", "The prescriber has not decided yet.", "Your prescriber has not decided yet.")}
	if !there {
		return c
	}
	c.Since, c.Basis = d.At, d.ID.String()
	switch {
	case !d.Cleared:
		c.State = readiness.Closed
		c.Why = words("Not cleared.", "The prescriber has not cleared them.", "Your prescriber has decided that now is not the time. They speak with you about it.")
	case !d.Stale.IsZero():
		c.State, c.Since = readiness.Closed, d.Stale
		c.Why = words("Answers have changed since the decision.", "Answers have changed since the decision; the prescriber looks again.", "Something that you answered has changed. Your prescriber looks again.")
	case !d.Ends.IsZero() && !d.Ends.After(session): // settled today, and not when it is needed
		c.Until = d.Ends
		c.Why = words("The clearance ends before this session.", "The clearance ends before this session; the prescriber decides anew.", "Your prescriber's decision ends before this session. They decide anew before then.")
	default:
		why := "Cleared."
		if d.Conditions != "" {
			why += " Conditions: " + d.Conditions
		}
		c.State, c.Until, c.Why = readiness.Met, d.Ends, words(why, why, "Your prescriber has decided that it may go ahead.")
	}
	return c
}
