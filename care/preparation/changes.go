package preparation

import (
	"context"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/readiness"
)

// Change is something that a client says has changed: a medicine, their health.
// It closes the gate until a prescriber has looked at it.
type Change struct {
	ID       db.ID
	Client   db.ID
	Told     time.Time
	LookedBy db.ID
	Looked   time.Time // zero: nobody has
	Words    string
	Word     string // the prescriber's
}

// ChangesOf lists what a client said has changed, the earliest first.
func (s *Service) ChangesOf(ctx context.Context, client db.ID) ([]Change, error) {
	if err := reads(ctx, client); err != nil {
		return nil, err
	}
	return s.changesOf(ctx, s.DB.Reader(), client)
}

func (s *Service) changesOf(ctx context.Context, q db.Q, client db.ID) ([]Change, error) {
	rows, err := db.All(ctx, q, scanChange, sqlChangesOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Change, len(rows))
	for i, r := range rows {
		if r.Words, err = s.open(ctx, q, r.Client, r.ID, changeBody, r.body); err != nil {
			return nil, err
		}
		if r.Word, err = s.open(ctx, q, r.Client, r.ID, changeWord, r.word); err != nil {
			return nil, err
		}
		out[i] = r.Change
	}
	return out, nil
}

// Tell keeps what the signed-in client says has changed, and lets those who
// prescribe and guide know that something is there.
func (s *Service) Tell(ctx context.Context, text string) error {
	me := access.From(ctx)
	if err := own(ctx, access.Write, me.Person); err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return fault.Field("change", "Please write what has changed. A few words are enough.")
	}
	to, err := s.team(ctx, me.Person, access.Prescriber, access.Guide)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.tell(ctx, tx, me.Person, text); err != nil {
			return err
		}
		return s.alert(ctx, tx, to, me.Person)
	})
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, client db.ID, text string) error {
	practice, id := access.From(ctx).Practice, db.NewID()
	body, err := s.seal(ctx, tx, client, id, changeBody, text)
	if err != nil {
		return err
	}
	word, err := s.seal(ctx, tx, client, id, changeWord, "")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlAddChange, practice, id, client, body, db.Micros(s.Now()), word); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "told", Subject: client, Kind: "change", Object: id})
}

// Look is the prescriber's word on a change: that it was looked at, and what
// follows. Their clearance is theirs to renew; this does not.
func (s *Service) Look(ctx context.Context, client, change db.ID, word string) error {
	me := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Orders, Subject: client}); err != nil {
		return err
	}
	if strings.TrimSpace(word) == "" {
		return fault.Field("word", "Please write what follows from it. Your words stay beside theirs, and they read them.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.seal(ctx, tx, client, change, changeWord, word)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlLooked, me.Person, db.Micros(s.Now()), sealed, me.Practice, client, change)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "Somebody has looked at this already, or it is not here. What you typed was not kept.")
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "looked at", Subject: client, Kind: "change", Object: change})
	})
}

// changesCondition: everything that was told has been looked at.
func (s *Service) changesCondition(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	all, err := s.changesOf(ctx, q, x.Client)
	if err != nil {
		return nil, err
	}
	c := readiness.Condition{Key: Changes, State: readiness.Met, Basis: "none", Why: words("Nothing was reported.", "Nothing was told.", "You have told us of nothing.")}
	for _, h := range all {
		if c.Basis == "none" {
			c.Basis = ""
		}
		c.Basis += h.ID.String() + " "
		if h.Looked.IsZero() {
			if c.State == readiness.Met {
				c.Since = time.Time{}
			}
			c.State = readiness.Closed
			if c.Since.IsZero() {
				c.Since = h.Told
			}
			continue
		}
		if c.State == readiness.Met {
			c.Since = h.Looked
			c.Why = words("Reviewed.", "The prescriber has looked at it.", "Your prescriber has looked at what you told us.")
		}
	}
	if c.State == readiness.Closed {
		c.Why = words("The client reported a change; it stands below and waits for your review.", "The client told us of a change. The prescriber has not looked at it yet.",
			"You told us of a change. Your prescriber looks at it before anything goes on.")
	}
	return []readiness.Condition{c}, nil
}
