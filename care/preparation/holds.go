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

// Hold is what the prescriber asks to pause before a session, or their word
// that nothing is to be paused.
type Hold struct {
	ID          db.ID
	Appointment db.ID
	Client      db.ID
	By          db.ID
	Kind        string // HoldPause, HoldNone
	Until       time.Time
	Made        time.Time
	Ended       time.Time // zero: it stands

	Medication string
	Words      string
}

// The kinds of holds.
const (
	HoldPause = "pause"
	HoldNone  = "none"
)

// holdText is what of a hold is sealed.
type holdText struct {
	Medication string `json:"medication"`
	Words      string `json:"words"`
}

// Standing are the holds of a session that were not ended.
func standing(all []Hold) (out []Hold) {
	for _, h := range all {
		if h.Ended.IsZero() {
			out = append(out, h)
		}
	}
	return out
}

// HoldsOf lists a session's holds, those that were ended too, for whoever cares
// for the client and for them.
func (s *Service) HoldsOf(ctx context.Context, x Session) ([]Hold, error) {
	if err := reads(ctx, x.Client); err != nil {
		return nil, err
	}
	return s.holdsOf(ctx, s.DB.Reader(), x.ID)
}

func (s *Service) holdsOf(ctx context.Context, q db.Q, appointment db.ID) ([]Hold, error) {
	rows, err := db.All(ctx, q, scanHold, sqlHolds, access.From(ctx).Practice, appointment)
	if err != nil {
		return nil, err
	}
	return s.openHolds(ctx, q, rows)
}

func (s *Service) openHolds(ctx context.Context, q db.Q, rows []holdRow) ([]Hold, error) {
	out := make([]Hold, len(rows))
	for i, r := range rows {
		var t holdText
		if err := s.openJSON(ctx, q, r.Client, r.ID, holdBody, r.body, &t); err != nil {
			return nil, err
		}
		r.Medication, r.Words = t.Medication, t.Words
		out[i] = r.Hold
	}
	return out, nil
}

// Hold writes what is to be paused before a session, or that nothing is. Only
// the prescriber does: nothing in Held writes one by itself.
func (s *Service) Hold(ctx context.Context, session db.ID, h Hold) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Orders))
		if err != nil {
			return err
		}
		all, err := s.holdsOf(ctx, tx, x.ID)
		if err != nil {
			return err
		}
		if err := checkHold(h, standing(all), s.Now()); err != nil {
			return err
		}
		h.ID = db.NewID()
		for _, was := range standing(all) { // the word that none is needed gives way to one that is
			if was.Kind == HoldNone || h.Kind == HoldNone {
				if err := s.endHold(ctx, tx, x, was.ID); err != nil {
					return err
				}
			}
		}
		sealed, err := s.sealJSON(ctx, tx, x.Client, h.ID, holdBody, holdText{h.Medication, h.Words})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddHold, me.Practice, h.ID, x.ID, x.Client, me.Person, h.Kind, sealed, db.Micros(h.Until), db.Micros(s.Now())); err != nil {
			return err
		}
		if h.Kind == HoldPause {
			if err := s.tellClient(ctx, tx, x); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: x.Client, Kind: "medication hold", Object: h.ID})
	})
}

func checkHold(h Hold, standing []Hold, now time.Time) error {
	switch h.Kind {
	case HoldNone:
		for _, was := range standing {
			if was.Kind == HoldPause {
				return fault.Field("none", "A hold stands below. Please end it first, if it is not needed any more.")
			}
		}
		return nil
	case HoldPause:
	default:
		return fault.New(fault.BadRequest, "There is no such hold. Nothing was changed.")
	}
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	if strings.TrimSpace(h.Medication) == "" {
		e.AddField("medication", "Please name what is to be paused.")
	}
	if strings.TrimSpace(h.Words) == "" {
		e.AddField("words", "Please write what they are to do, and from when, as they will read it.")
	}
	if !h.Until.After(now) {
		e.AddField("until", "Please give an end that is still ahead.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// EndHold ends one; it stays in the record.
func (s *Service) EndHold(ctx context.Context, session, hold db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.Session(ctx, tx, session)
		if err == nil {
			err = access.Check(ctx, access.Write, access.Resource{Class: access.Orders, Subject: x.Client})
		}
		if err != nil {
			return err
		}
		return s.endHold(ctx, tx, x, hold)
	})
}

func (s *Service) endHold(ctx context.Context, tx *db.Tx, x Session, hold db.ID) error {
	n, err := tx.Exec(ctx, sqlEndHold, db.Micros(s.Now()), access.From(ctx).Practice, x.ID, hold)
	if err != nil || n == 0 {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "ended", Subject: x.Client, Kind: "medication hold", Object: hold})
}

// holdsCondition: the prescriber has said what is to be paused or that nothing
// is, and the client says that they kept to it.
func (s *Service) holdsCondition(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	all, err := s.holdsOf(ctx, q, x.ID)
	if err != nil {
		return nil, err
	}
	day, err := s.checkin(ctx, q, x.ID, OnTheDay)
	if err != nil {
		return nil, err
	}
	c := readiness.Condition{Key: Holds, State: readiness.Unknown, Overridable: true, Why: words(
		"You have written no hold, nor that none is needed.", "The prescriber has not said yet whether anything is to be paused.", "Your prescriber has not said yet whether you are to pause anything. Please do not change anything by yourself.")}
	pauses := 0
	for _, h := range standing(all) {
		c.Basis += h.ID.String() + " "
		if h.Made.After(c.Since) {
			c.Since = h.Made
		}
		if h.Kind == HoldPause {
			pauses++
		}
	}
	switch {
	case c.Basis == "":
		return []readiness.Condition{c}, nil
	case pauses == 0:
		c.State = readiness.Met
		c.Why = words("You said that none is needed.", "The prescriber said that none is needed.", "Your prescriber said that you need not pause anything.")
		return []readiness.Condition{c}, nil
	}
	c.Holder, c.State = readiness.Client, readiness.Open
	c.Why = words("Written; the client says on the day whether they were kept.", "Written by the prescriber; the client says on the day whether they were kept.", "They stand under “Medicines to pause”. We ask you on the day whether you kept to them.")
	switch answer := day.Answers[askHolds]; {
	case day.ID.IsZero() || day.Sent.Before(c.Since): // asked before this was written
	case answer == Yes:
		c.State, c.Since, c.Basis = readiness.Met, day.Sent, c.Basis+day.ID.String()
		c.Why = same("Kept, by the answers of the day.")
	case answer == No:
		c.State, c.Since, c.Basis = readiness.Closed, day.Sent, c.Basis+day.ID.String()
		c.Why = words("Not kept, by the answers of the day.", "Not kept, by the answers of the day.", "You told us that you could not keep to them. Your prescriber decides what that means for today.")
	}
	return []readiness.Condition{c}, nil
}
