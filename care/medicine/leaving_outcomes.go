package medicine

import (
	"context"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/letters"
	"held/rules/timeline"
)

// Discharge is the prescriber's signature that the person goes home, over the
// conditions as they stand. seen is the digest of the list that was read: over
// another one nothing is signed, nor while one is missing.
func (s *Service) Discharge(ctx context.Context, session db.ID, seen string) error {
	return s.during(ctx, session, access.Discharge, func(tx *db.Tx, seat Seat, t timeline.Timeline) error {
		l := leaveOf(t, seat.Doc, s.Now())
		switch {
		case !l.Ready():
			return notYet(l)
		case l.Digest() != seen:
			return fault.New(fault.Taken, "Something has changed since you read the conditions, so nothing was signed. They stand below as they are now; please read them and sign again.")
		}
		return s.keepLeft(ctx, tx, seat, l.left(Discharged, access.Prescriber))
	})
}

// left begins the record of an outcome with the conditions as they stand.
func (l Leave) left(outcome string, role access.Role) Left {
	x := Left{Outcome: outcome, Digest: l.Digest()}
	x.Role, x.Conditions, x.Result, x.Waiting = string(role), l.Conditions, l.Result, l.Waiting
	if c, there := l.Last[itemEscort]; there {
		x.Escort = escortName(c.Value, c.Words)
	}
	return x
}

// notYet names what is missing.
func notYet(l Leave) error {
	if !l.Given {
		return fault.New(fault.Taken, "No dose stands in the timeline, so there is nobody to discharge. Nothing was signed. A session without a dose ends as “No medicine was given”.")
	}
	var all []string
	for _, c := range l.Missing() {
		all = append(all, c.Name+" ("+string(c.State)+")")
	}
	return fault.New(fault.Taken, "Nothing was signed, because this is missing: "+strings.Join(all, "; ")+". They stay until it is met, or the session ends in another way.")
}

// Against is what is kept where somebody leaves against advice.
type Against struct {
	Said   string // what was said, by them and to them
	Told   string // who was told
	Escort string // who went with them
	Alone  bool   // nobody did
	Signed string // their own name, where they signed
}

// LeaveAgainstAdvice keeps that somebody has left against advice. It is no
// discharge: what was missing stays written as it stood, and the prescriber and
// the guide are told.
func (s *Service) LeaveAgainstAdvice(ctx context.Context, session db.ID, a Against) error {
	f := fault.New(fault.Invalid, "Something needs another look. Nothing was kept yet; what you typed stands below.")
	if strings.TrimSpace(a.Said) == "" {
		f.AddField("said", "Please write what was said: what you advised, and what they answered.")
	}
	if strings.TrimSpace(a.Told) == "" {
		f.AddField("told", "Please write who was told, by name, and when.")
	}
	if (strings.TrimSpace(a.Escort) == "") != a.Alone {
		f.AddField("with", "Please write who went with them, or say that nobody did.")
	}
	if len(f.Fields) > 0 {
		return f
	}
	return s.during(ctx, session, access.Vitals, func(tx *db.Tx, seat Seat, t timeline.Timeline) error {
		x := leaveOf(t, seat.Doc, s.Now()).left(AgainstAdvice, access.Role(roleFor(ctx, seat.Client)))
		x.Why, x.Told, x.Escort, x.Alone, x.Signed, x.Declined = a.Said, a.Told, a.Escort, a.Alone, strings.TrimSpace(a.Signed), strings.TrimSpace(a.Signed) == ""
		if err := s.keepLeft(ctx, tx, seat, x); err != nil {
			return err
		}
		return s.tellTeam(ctx, tx, seat)
	})
}

// NotToday ends a session in which nothing was given.
func (s *Service) NotToday(ctx context.Context, session db.ID, why string) error {
	if strings.TrimSpace(why) == "" {
		return fault.Field("why", "Please write why nothing was given today. It stays with the session.")
	}
	return s.during(ctx, session, access.Room, func(tx *db.Tx, seat Seat, t timeline.Timeline) error {
		if _, given := t.Dose(); given {
			return fault.New(fault.Taken, "A dose stands in the timeline, so this session cannot end as if none was given. Nothing was changed.")
		}
		x := Left{Outcome: NotGiven}
		x.Role, x.Why = string(access.Role(roleFor(ctx, seat.Client))), why
		return s.keepLeft(ctx, tx, seat, x)
	})
}

// Transfer keeps that somebody was taken over by emergency services.
func (s *Service) Transfer(ctx context.Context, session db.ID, where, told, why string) error {
	f := fault.New(fault.Invalid, "Something needs another look. Nothing was kept yet; what you typed stands below.")
	if strings.TrimSpace(where) == "" {
		f.AddField("where", "Please write who took them over, and where to.")
	}
	if strings.TrimSpace(why) == "" {
		f.AddField("reason", "Please write what had happened.")
	}
	if len(f.Fields) > 0 {
		return f
	}
	return s.during(ctx, session, access.Vitals, func(tx *db.Tx, seat Seat, t timeline.Timeline) error {
		x := leaveOf(t, seat.Doc, s.Now()).left(Transferred, access.Role(roleFor(ctx, seat.Client)))
		x.Where, x.Told, x.Why = where, told, why
		if err := s.keepLeft(ctx, tx, seat, x); err != nil {
			return err
		}
		return s.tellTeam(ctx, tx, seat)
	})
}

// tellTeam lets the prescriber and the guide of a client know that a session
// ended otherwise than by a discharge.
func (s *Service) tellTeam(ctx context.Context, tx *db.Tx, seat Seat) error {
	c, err := s.People.Card(access.Following(ctx), seat.Client)
	if err != nil {
		return err
	}
	told := map[db.ID]bool{access.From(ctx).Person: true}
	for _, m := range c.Team {
		if told[m.Person] || m.Role != access.Prescriber && m.Role != access.Guide {
			continue
		}
		told[m.Person] = true
		if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterLeft, Subject: m.Person, Ref: seat.Session, Body: seat.Session}); err != nil {
			return err
		}
	}
	return nil
}
