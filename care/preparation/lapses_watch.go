package preparation

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/settings"
	"held/practice/trail"
)

const letterLapse = "preparation.lapse"

// lapseFact is one of the facts that a letter tells of.
type lapseFact struct {
	Session db.ID `json:"session"`
	Fact    db.ID `json:"fact"`
}

// WatchLapses tells the guide and the prescriber of a client, once for each
// session and fact, that something will not hold on the day any more. All that
// is new at one time is one letter to each of them. It is a worker's work.
func (s *Service) WatchLapses(ctx context.Context) error {
	ahead, broken := s.aheadNow(ctx)
	told, err := s.lapsesTold(ctx, s.DB.Reader())
	if err != nil {
		return errors.Join(broken, err)
	}
	var fresh []Lapse
	for _, x := range ahead { // one that cannot be read keeps nobody from hearing of the others
		all, err := s.lapses(ctx, s.DB.Reader(), x)
		broken = errors.Join(broken, err)
		for _, l := range all {
			if !slices.ContainsFunc(told, func(r lapseRow) bool { return r.appointment == l.ID && r.id == l.id() }) {
				fresh = append(fresh, l)
			}
		}
	}
	return errors.Join(broken, s.tellLapses(ctx, fresh), s.forgetLapses(ctx, told))
}

// aheadNow are the medicine sessions that are booked and have not begun, as far
// ahead as the practice lets each offering be booked.
func (s *Service) aheadNow(ctx context.Context) (out []Session, err error) {
	now := s.Now()
	offerings, err := s.Calendar.Offerings(ctx)
	if err != nil {
		return nil, err
	}
	until := map[db.ID]time.Time{}
	for _, o := range offerings {
		if o.HorizonDays > 0 {
			until[o.ID] = now.AddDate(0, 0, o.HorizonDays)
		}
	}
	all, err := s.Calendar.Between(ctx, now, now.AddDate(farthest, 0, 0))
	if err != nil {
		return nil, err
	}
	terms := map[db.ID]Terms{}
	for _, a := range all {
		if last, bounded := until[a.Offering]; bounded && a.Start.After(last) {
			continue
		}
		t, known := terms[a.Offering]
		if !known {
			if t, err = s.terms(ctx, s.DB.Reader(), a.Offering); err != nil {
				return nil, err
			}
			terms[a.Offering] = t
		}
		if x := (Session{Appointment: a, Terms: t}); t.Medicine && x.awaited(now) {
			out = append(out, x)
		}
	}
	return out, nil
}

// farthest is how many years ahead anything can be booked at all.
const farthest = 4

// tellLapses writes down what is told, and to whom it goes, in one transaction.
// Where nobody is there to be told, nothing is written, and it is told later.
func (s *Service) tellLapses(ctx context.Context, fresh []Lapse) error {
	to := map[db.ID][]db.ID{}
	for _, l := range fresh {
		if _, asked := to[l.Client]; asked {
			continue
		}
		team, err := s.hearers(ctx, l.Client)
		if err != nil {
			return err
		}
		to[l.Client] = team
	}
	fresh = slices.DeleteFunc(fresh, func(l Lapse) bool { return len(to[l.Client]) == 0 })
	if len(fresh) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		facts, order := map[db.ID][]lapseFact{}, []db.ID{}
		for _, l := range fresh {
			n, err := tx.Exec(ctx, sqlTellLapse, access.From(ctx).Practice, l.ID, l.id(), l.Client, db.Micros(s.Now()))
			if err != nil {
				return err
			}
			if n == 0 { // another program told them
				continue
			}
			for _, person := range to[l.Client] {
				if facts[person] == nil {
					order = append(order, person)
				}
				facts[person] = append(facts[person], lapseFact{l.ID, l.id()})
			}
			if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "told of an end", Subject: l.Client, Kind: "readiness", Object: l.ID}); err != nil {
				return err
			}
		}
		for _, person := range order {
			if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterLapse, Subject: person, Ref: person, Body: facts[person]}); err != nil {
				return err
			}
		}
		return nil
	})
}

// hearers are those who prescribe for a client and guide them, and still do so
// here. Who does both gets one letter.
func (s *Service) hearers(ctx context.Context, client db.ID) (out []db.ID, err error) {
	all, err := s.team(ctx, client, access.Prescriber, access.Guide)
	if fault.Is(err, fault.NotFound) { // erased meanwhile
		return nil, nil
	}
	for _, id := range all {
		p, err := s.People.Card(ctx, id)
		works := err == nil && slices.ContainsFunc(p.Roles, func(r access.Role) bool { return r == access.Prescriber || r == access.Guide })
		if works && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, err
}

// forgetLapses takes away what was told of sessions that have begun, or are not
// held: the list stays as short as what lies ahead.
func (s *Service) forgetLapses(ctx context.Context, told []lapseRow) error {
	var over []db.ID
	for _, r := range told {
		if slices.Contains(over, r.appointment) {
			continue
		}
		a, err := s.Calendar.Get(ctx, s.DB.Reader(), r.appointment)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if x := (Session{Appointment: a}); err != nil || !x.awaited(s.Now()) {
			over = append(over, r.appointment)
		}
	}
	if len(over) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, id := range over {
			if _, err := tx.Exec(ctx, sqlForgetLapses, access.From(ctx).Practice, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeLapse is the letter: that something is there, never what, or about whom.
// What has been put right since, or is over, is not told any more.
func (s *Service) writeLapse(ctx context.Context, to db.ID, raw []byte) (*mail.Message, error) {
	facts, err := read[[]lapseFact](raw)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		x, err := s.Session(ctx, s.DB.Reader(), f.Session)
		if fault.Is(err, fault.NotFound) || err == nil && !x.awaited(s.Now()) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all, err := s.lapses(ctx, s.DB.Reader(), x)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(l Lapse) bool { return l.id() == f.Fact }) {
			return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something in Held waits for you", Full: "Something ends before a session", Path: "/desk", Must: true})
		}
	}
	return nil, nil
}

func (s *Service) lapsesTold(ctx context.Context, q db.Q) ([]lapseRow, error) {
	return db.All(ctx, q, scanLapse, sqlLapses, access.From(ctx).Practice)
}
