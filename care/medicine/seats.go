package medicine

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
	rule "held/rules/protocol"
	"held/rules/readiness"
	"held/rules/timeline"
)

// MaxSeats is how many sessions one room can hold.
const MaxSeats = 12

// opening is what a seat keeps of the moment in which it was opened, sealed.
type opening struct {
	Base   timeline.Base `json:"base"`
	Gate   string        `json:"gate"` // the digest of the conditions over which both keys were turned
	Passed []string      `json:"passed,omitempty"`
}

// Seat loads one session's place in its room; NotFound when it was never opened.
func (s *Service) Seat(ctx context.Context, q db.Q, session db.ID) (Seat, error) {
	r, err := db.One(ctx, q, scanSeat, sqlSeat, access.From(ctx).Practice, session)
	if errors.Is(err, db.ErrNone) {
		return Seat{}, errNoRoom
	}
	if err != nil {
		return Seat{}, err
	}
	if err := may(ctx, access.Read, r.Client); err != nil {
		return Seat{}, err
	}
	return s.seat(ctx, q, r)
}

// seat fills in what lies elsewhere: the protocol's version, the appointment.
func (s *Service) seat(ctx context.Context, q db.Q, r seatRow) (Seat, error) {
	var o opening
	if err := s.open(ctx, q, r.Client, r.Session, seatBody, r.body, &o); err != nil {
		return Seat{}, err
	}
	out := r.Seat
	out.Base, out.Passed = o.Base, o.Passed
	v, err := s.document(ctx, r.ProtocolID)
	if err != nil {
		return out, err
	}
	out.Doc, out.Medicine, out.ProtocolVersion = v.Doc, v.Medicine, strconv.Itoa(v.Number)
	a, err := s.Calendar.Get(reckoning(ctx), q, r.Session)
	out.Title, out.Start, out.End = a.Name, a.Start, a.End
	return out, err
}

// seatRows are the seats of a room that the actor may see, in a fixed order.
func (s *Service) seatRows(ctx context.Context, q db.Q, room db.ID) ([]seatRow, error) {
	rows, err := db.All(ctx, q, scanSeat, sqlSeatsOfRoom, access.From(ctx).Practice, room)
	return slices.DeleteFunc(rows, func(r seatRow) bool { return !can(ctx, access.Read, r.Client) }), err
}

// room is seatRows with all that belongs to each.
func (s *Service) room(ctx context.Context, q db.Q, room db.ID) (out []Seat, err error) {
	rows, err := s.seatRows(ctx, q, room)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		x, err := s.seat(ctx, q, r)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Open opens a session's room: the gate is asked in the same transaction. Opened
// twice, it is open once.
func (s *Service) Open(ctx context.Context, session db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.openIn(ctx, tx, session) })
}

func (s *Service) openIn(ctx context.Context, tx *db.Tx, session db.ID) error {
	x, err := s.Preparation.Session(reckoning(ctx), tx, session)
	if err != nil {
		return errNoSeat
	}
	if err := may(ctx, access.Write, x.Client); err != nil {
		return err
	}
	if _, err := db.One(ctx, tx, scanSeat, sqlSeat, access.From(ctx).Practice, session); err == nil || !errors.Is(err, db.ErrNone) {
		return err
	}
	room := db.NewID()
	me := access.From(ctx)
	if _, err := tx.Exec(ctx, sqlAddRoom, me.Practice, room, me.Person, db.Micros(s.Now())); err != nil {
		return err
	}
	return s.sit(ctx, tx, x, room)
}

var (
	errCancelled  = fault.New(fault.Gone, "This session was cancelled. Its room was not opened.")
	errNotToday   = fault.New(fault.Taken, "This session is not today. Its room opens on its day; nothing was changed.")
	errNoProtocol = fault.New(fault.Taken, "No signed protocol is in force for this medicine and route, so the room was not opened.")
)

// sit gives a session its place in a room, when its gate is open.
func (s *Service) sit(ctx context.Context, tx *db.Tx, x preparation.Session, room db.ID) error {
	me, now := access.From(ctx), s.Now()
	if x.State == calendar.Cancelled {
		return errCancelled
	}
	from, until, err := s.day(ctx, x.Start)
	if err != nil {
		return err
	}
	if now.Before(from) || !now.Before(until) {
		return errNotToday
	}
	v, there, err := s.Protocol.InForce(reckoning(ctx), tx, x.Terms.Product)
	if err != nil {
		return err
	}
	if !there {
		return errNoProtocol
	}
	g, err := s.gate(ctx, tx, x.ID)
	if err != nil {
		return err
	}
	if !g.Open {
		return closed(g)
	}
	base, err := s.baseOf(ctx, tx, x, from, until)
	if err != nil {
		return err
	}
	o := opening{Base: base, Gate: g.Digest(), Passed: passed(g)}
	sealed, err := s.seal(ctx, tx, x.Client, x.ID, seatBody, o)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlAddSeat, me.Practice, x.ID, room, x.Client, v.ID, sealed, me.Person, db.Micros(now)); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "opened", Subject: x.Client, Kind: "medicine room", Object: x.ID})
}

// closed is a refusal with every condition that holds the gate, by its name.
func closed(g readiness.Result) error {
	return fault.New(fault.Taken, "The gate is not open, so the room was not opened. Open: "+holding(g)+".")
}

func holding(g readiness.Result) (out string) {
	add := func(words string) {
		if out != "" {
			out += "; "
		}
		out += words
	}
	for _, c := range g.Conditions {
		if c.State != readiness.Met && c.State != readiness.Overridden {
			add(c.Title.Prescriber)
		}
	}
	for _, role := range []string{readiness.Prescriber, readiness.Guide} {
		if !g.Key(role).Turned {
			add("the " + role + "’s key")
		}
	}
	if out == "" {
		out = "the session is not booked any more"
	}
	return out
}

func passed(g readiness.Result) (out []string) {
	for _, c := range g.Conditions {
		if c.State == readiness.Overridden {
			out = append(out, c.Key)
		}
	}
	return out
}

// day is the day of an instant on the practice's clock.
func (s *Service) day(ctx context.Context, at time.Time) (from, until time.Time, err error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return from, until, err
	}
	y, m, d := at.In(st.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, st.Location()).UTC(), time.Date(y, m, d+1, 0, 0, 0, 0, st.Location()).UTC(), nil
}

// baseOf is the day's last reading, as the limits of a rise count from it.
func (s *Service) baseOf(ctx context.Context, tx *db.Tx, x preparation.Session, from, until time.Time) (b timeline.Base, err error) {
	all, err := s.Preparation.ReadingsIn(reckoning(ctx), tx, x)
	all = slices.DeleteFunc(all, func(r preparation.Reading) bool { return r.Taken.Before(from) || !r.Taken.Before(until) })
	if err != nil || len(all) == 0 {
		return b, err
	}
	v := slices.MaxFunc(all, func(a, b preparation.Reading) int { return a.Taken.Compare(b.Taken) })
	b.At = v.Taken
	if v.Systolic > 0 && v.Diastolic > 0 {
		b.BP = rule.Tell(rule.BP{v.Systolic, v.Diastolic})
	}
	for _, n := range []struct {
		of   int
		into *rule.Told[int]
	}{{v.Age, &b.Age}, {v.Pulse, &b.HR}, {v.Oxygen, &b.SpO2}, {v.Breaths, &b.RR}} {
		if n.of > 0 {
			*n.into = rule.Tell(n.of)
		}
	}
	if v.Sedation != "" {
		b.MOAA = rule.Tell(int(v.Sedation[0] - '0'))
	}
	if d, err := rule.ParseDecimal(v.Warmth); err == nil && v.Warmth != "" {
		b.Temp = rule.Tell(d)
	}
	return b, nil
}
