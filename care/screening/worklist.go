package screening

import (
	"cmp"
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
	"held/rules/protocol"
	rules "held/rules/screening"
)

// Waiting is somebody on the prescriber's worklist.
type Waiting struct {
	Client  db.ID
	Name    string
	What    string    // what waits for the prescriber, or for the client
	Since   time.Time // since when; zero: nothing was sent yet
	Missing []string
	Closed  bool // the chart does not open to the actor
}

// maxWaiting is how many the worklist shows.
const maxWaiting = 100

// Worklist lists who waits for a prescriber, the longest first: whoever is at
// screening or clearance without a decision that stands, and every decision that
// is to be looked at again: answers have changed, or its last day is over.
func (s *Service) Worklist(ctx context.Context) (out []Waiting, err error) {
	cards, err := s.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	again, err := s.lookAgain(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		look := again[c.ID] == stale || again[c.ID] == ended && slices.Contains(walking, c.Step)
		if !look && c.Step != people.StepScreening && c.Step != people.StepClearance || len(out) == maxWaiting {
			continue
		}
		w, waits, err := s.waiting(ctx, *c)
		if err != nil {
			return nil, err
		}
		if waits {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(since(a), since(b)), cmp.Compare(a.Name, b.Name))
	})
	return out, s.Trail.Listed(ctx, trail.ScreeningList)
}

// walking are the steps at which a clearance that has ended is missed.
var walking = []string{people.StepConsent, people.StepPreparation, people.StepMedicine, people.StepIntegration}

// Why a decision that stands is to be looked at again.
const (
	stale = "stale" // the client has answered anew
	ended = "ended" // its last day is over
)

// lookAgain lists whose decision it is, and why.
func (s *Service) lookAgain(ctx context.Context) (map[db.ID]string, error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanDecision, sqlLookAgain, access.From(ctx).Practice, db.Micros(s.Now()))
	out := map[db.ID]string{}
	for _, d := range rows {
		switch {
		case !d.Stale.IsZero():
			out[d.Client] = stale
		case out[d.Client] == "":
			out[d.Client] = ended
		}
	}
	return out, err
}

// since puts those who wait for nothing yet last.
func since(w Waiting) int64 {
	if w.Since.IsZero() {
		return 1<<63 - 1
	}
	return w.Since.UnixMicro()
}

// waiting is one line of the worklist; false where the decision that stands is
// newer than everything that was sent.
func (s *Service) waiting(ctx context.Context, c people.Card) (w Waiting, waits bool, err error) {
	w = Waiting{Client: c.ID, Name: c.Name}
	if !access.Can(ctx, access.Read, chart(c.ID)) {
		if knows, err := s.People.Knows(ctx, c.ID); err != nil || !knows {
			return w, false, err
		}
		w.Closed, w.What = true, "no prescriber of theirs"
		for _, m := range c.Team {
			if m.Role == access.Prescriber {
				w.What = "with another prescriber"
			}
		}
		return w, true, nil
	}
	k, err := s.Known(ctx, s.DB.Reader(), c.ID, protocol.Medicine(rules.Esketamine)) // what is missing hardly differs; the widest set of forms is the same
	if err != nil {
		return w, false, err
	}
	all, err := s.decisions(ctx, s.DB.Reader(), c.ID)
	if err != nil {
		return w, false, err
	}
	w.Missing = k.Missing
	var decided time.Time
	for _, d := range all {
		if !d.Superseded.IsZero() {
			continue
		}
		if !d.Stale.IsZero() {
			w.What, w.Since = "look again: answers have changed after the decision", d.Stale
			return w, true, nil
		}
		if d.Verdict == Cleared && !s.Now().Before(d.Ends) {
			w.What, w.Since = "the last day of a clearance is over", d.Ends
			return w, true, nil
		}
		if d.At.After(decided) {
			decided = d.At
		}
		if d.LetterAt.IsZero() {
			w.What, w.Since = "the letter of the decision was not sent", d.At
			return w, true, nil
		}
	}
	w.What, w.Since = k.waits(decided)
	return w, decided.IsZero() || !w.Since.IsZero(), nil
}

// waits is what has come since the last decision, and when the first of it did.
func (k *Known) waits(decided time.Time) (what string, first time.Time) {
	what = "the client has not sent anything yet"
	at := func(t time.Time, words string) {
		if t.After(decided) && (first.IsZero() || t.Before(first)) {
			what, first = words, t
		}
	}
	for _, key := range Forms {
		if t := k.Sent[key]; !t.IsZero() {
			at(t, "answers to be read, and a decision")
		}
	}
	for _, r := range k.Requests {
		if r.State == Answered || r.State == Refused || r.State == Released {
			at(r.Changed, "what the client said to a request")
		}
	}
	return what, first
}
