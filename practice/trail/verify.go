package trail

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// Proof is what a walk along the whole chain has found.
type Proof struct {
	Lines       int64 // proven, from the first
	Before      int64 // of them written before there was a chain
	First, Last time.Time
	Waiting     int64 // genuine lines that have no place yet
	Late        int64 // of them longer than LateAfter
	Anchors     int   // that agree
	Break       *Break
}

// Break is the first place at which the chain does not hold.
type Break struct {
	Seq   int64 // 0: outside the chain
	Entry db.ID
	At    time.Time
	What  Damage
	Until int64     // of missing lines, the last
	Since time.Time // of an anchor, when it was made
}

// Damage is what was done to a line.
type Damage string

// The kinds of damage.
const (
	Altered  Damage = "altered"  // it says something else than it said
	Missing  Damage = "missing"  // it is gone
	Added    Damage = "added"    // Held never wrote it
	Moved    Damage = "moved"    // it stands in another's place
	Cut      Damage = "cut"      // the end of the chain is gone
	Headless Damage = "headless" // the mark of the chain's end is gone or altered
	Anchored Damage = "anchored" // it is not what an anchor says it was
	Shorter  Damage = "shorter"  // an anchor knows more lines
)

// Error says in plain words what was found where.
func (b *Break) Error() string {
	on := func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05") + " UTC" }
	who := fmt.Sprintf("entry %s, dated %s,", b.Entry, on(b.At))
	switch b.What {
	case Altered:
		return fmt.Sprintf("line %d was altered: %s does not say what it said when it was written", b.Seq, who)
	case Missing:
		return fmt.Sprintf("%s missing: before %s something was taken out", lines(b.Seq, b.Until), who)
	case Added:
		if b.Seq == 0 {
			return fmt.Sprintf("a line was added by hand: %s was not written by Held and has no place in the chain", who)
		}
		return fmt.Sprintf("line %d was added by hand: %s was not written by Held", b.Seq, who)
	case Moved:
		return fmt.Sprintf("line %d is in a wrong place: Held wrote %s and did not put it there", b.Seq, who)
	case Cut:
		return fmt.Sprintf("the end was cut off: %s missing", lines(b.Seq, b.Until))
	case Headless:
		return fmt.Sprintf("the mark of the chain's end is gone or was altered; the last line that holds is %d", b.Seq)
	case Anchored:
		return fmt.Sprintf("line %d, %s is not the line that the anchor of %s has signed: the trail was written anew at it or before it", b.Seq, who, on(b.Since))
	case Shorter:
		return fmt.Sprintf("the anchor of %s counted %d lines and here are %d: the database was put back to an earlier day, or its end was cut off", on(b.Since), b.Until, b.Seq)
	}
	return "the chain is broken"
}

func lines(from, to int64) string {
	if from == to {
		return fmt.Sprintf("line %d is", from)
	}
	return fmt.Sprintf("lines %d to %d are", from, to)
}

// walkedAtOnce is how many lines are in memory at a time.
const walkedAtOnce = 1000

// Verify walks along the whole chain and proves each line, against the head,
// the practice's own anchors and those that are given. It changes nothing. The
// error is for what kept it from looking; what it found is in the proof.
func (s *Service) Verify(ctx context.Context, given ...Anchor) (Proof, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return Proof{}, err
	}
	w, err := s.walker(ctx, given)
	if err != nil {
		return Proof{}, err
	}
	if err := w.walk(ctx); err != nil || w.Break != nil {
		return w.Proof, err
	}
	return w.Proof, w.strays(ctx)
}

type walker struct {
	*Service
	Proof
	practice db.ID
	begun    int64
	hash     []byte
	anchors  []Anchor // the next first
}

func (s *Service) walker(ctx context.Context, given []Anchor) (*walker, error) {
	w := &walker{Service: s, practice: access.From(ctx).Practice, hash: first}
	for _, a := range given {
		if err := s.mine(w.practice, a); err != nil {
			return nil, err
		}
	}
	own, err := db.All(ctx, s.DB.Reader(), scanAnchor, sqlAnchors, w.practice)
	if err != nil {
		return nil, err
	}
	for _, a := range own {
		if a = s.completeAnchor(w.practice, a); a.Signed() { // one that is not was put there by somebody else, and says nothing
			given = append(given, a)
		}
	}
	slices.SortStableFunc(given, func(a, b Anchor) int { return int(a.Lines - b.Lines) })
	w.anchors = given
	return w, nil
}

// walk goes along the chain until nothing comes after it and the head agrees.
func (w *walker) walk(ctx context.Context) error {
	h, err := w.head(ctx)
	torn := errors.Is(err, ErrBroken)
	if err != nil && !torn {
		return err
	}
	w.begun = h.begun
	for {
		rows, err := db.All(ctx, w.DB.Reader(), scanLine, sqlChain, w.practice, w.Lines, int64(walkedAtOnce))
		if err != nil {
			return err
		}
		for _, l := range rows {
			if w.Break = w.step(l); w.Break != nil {
				return nil
			}
		}
		if len(rows) > 0 {
			continue
		}
		if torn {
			w.Break = &Break{Seq: w.Lines, What: Headless}
			return nil
		}
		// Lines that were linked while we walked come with their head at once.
		was := h.seq
		if h, err = w.head(ctx); errors.Is(err, ErrBroken) {
			torn = true
			continue
		}
		if err != nil {
			return err
		}
		if h.seq > was && h.seq > w.Lines {
			continue
		}
		w.Break = w.end(h)
		return nil
	}
}

// step proves the next line.
func (w *walker) step(l line) *Break {
	n := w.Lines + 1
	at := Break{Seq: n, Entry: l.ID, At: l.At}
	damaged := func(d Damage) *Break { at.What = d; return &at }
	if l.seq > n {
		at.Until = l.seq - 1
		return damaged(Missing)
	}
	placed := hmac.Equal(l.link, w.linkOf(w.practice, l))
	genuine := w.genuine(w.practice, l)
	old := len(l.seal) == 0 && (w.begun <= 0 || n < w.begun)
	hash := chained(w.hash, w.practice, l.Entry)
	switch {
	case placed && (!bytes.Equal(hash, l.hash) || !genuine && !old):
		return damaged(Altered)
	case !placed && genuine:
		return damaged(Moved)
	case !placed:
		return damaged(Added)
	}
	w.Lines, w.hash, w.Last = n, hash, l.At
	if n == 1 {
		w.First = l.At
	}
	if old {
		w.Before++
	}
	return w.meet(at)
}

// meet holds a proven line against the anchors that speak of it.
func (w *walker) meet(at Break) *Break {
	for len(w.anchors) > 0 && w.anchors[0].Lines <= at.Seq {
		a := w.anchors[0]
		w.anchors = w.anchors[1:]
		if !bytes.Equal(a.Hash, w.hash) {
			at.What, at.Since = Anchored, a.At
			return &at
		}
		w.Anchors++
	}
	return nil
}

// end holds the end of the walk against the head and the anchors beyond it.
func (w *walker) end(h head) *Break {
	switch {
	case h.seq > w.Lines:
		return &Break{Seq: w.Lines + 1, Until: h.seq, What: Cut}
	case h.seq < w.Lines, !bytes.Equal(h.hash, w.hash):
		return &Break{Seq: w.Lines, What: Headless}
	case len(w.anchors) > 0:
		a := w.anchors[0]
		return &Break{Seq: w.Lines, Until: a.Lines, Since: a.At, What: Shorter}
	}
	return nil
}

// strays looks at the lines that have no place.
func (w *walker) strays(ctx context.Context) error {
	var after db.ID
	for {
		rows, err := db.All(ctx, w.DB.Reader(), scanLine, sqlUnlinked, w.practice, after[:], int64(walkedAtOnce))
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, l := range rows {
			after = l.ID
			if !w.genuine(w.practice, l) && (w.begun > 0 || len(l.seal) > 0) {
				w.Break = &Break{Entry: l.ID, At: l.At, What: Added}
				return nil
			}
			w.Waiting++
			if w.Now().Sub(l.At) > LateAfter {
				w.Late++
			}
		}
	}
}
