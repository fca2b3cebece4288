package preparation

import (
	"context"
	"strconv"
	"strings"
	"time"

	"held/care/consent"
	"held/internal/db"
	rule "held/rules/consent"
	"held/rules/readiness"
)

// ByConsent takes from consent whether everything that is asked of a client is
// signed in a version that counts.
func ByConsent(c *consent.Service) Source {
	return func(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
		all, err := c.Stands(ctx, q, x.Client)
		if err != nil {
			return nil, err
		}
		return []readiness.Condition{consented(all)}, nil
	}
}

// consented is the worst of what is asked. Where nothing is asked at all,
// nothing is known: a practice that gives a medicine has something to explain.
func consented(all []consent.Standing) readiness.Condition {
	c := readiness.Condition{Key: Consent, State: readiness.Unknown, Why: words(
		"No document is asked for.", "The practice asks for no document yet.", "The practice has not prepared what it asks you to sign. You need do nothing.")}
	var open, gone, signed []string
	var since time.Time
	for _, st := range all {
		if st.Need == consent.Optional || st.Need == consent.NotAsked {
			continue
		}
		switch {
		case st.Holds():
			signed = append(signed, st.Title)
		case st.State == rule.Withdrawn:
			gone = append(gone, st.Title)
		default:
			open = append(open, st.Title)
		}
		if st.Since.After(since) {
			since = st.Since
		}
		c.Basis += st.ID.String() + " " + strconv.FormatInt(st.Version, 10) + " " + st.Since.UTC().Format(time.RFC3339Nano) + " "
	}
	c.Since = since
	list := func(s []string) string { return strings.Join(s, ", ") }
	switch {
	case len(gone) > 0:
		c.State = readiness.Closed
		c.Why = words("Withdrawn: "+list(gone)+".", "Withdrawn: "+list(gone)+".", "You have taken back: "+list(gone)+". That is yours to do; nothing goes on without it.")
	case len(open) > 0:
		c.State = readiness.Open
		c.Why = words("Not signed by both in the current version: "+list(open)+".", "Not signed by both in the current version: "+list(open)+".", "Still to be talked about or signed: "+list(open)+".")
	case len(signed) > 0:
		c.State, c.Why = readiness.Met, words("Signed by both: "+list(signed)+".", "Signed by both: "+list(signed)+".", "Signed: "+list(signed)+". You may take it back at any time.")
	}
	return c
}
