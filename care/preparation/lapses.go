package preparation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/readiness"
)

// Age is a value on record whose age the protocol bounds: no condition of the
// gate by itself, and yet nothing is ordered or decided over one that is older.
type Age struct {
	Basis string // which value it is: another one is another fact
	Name  string
	Ends  time.Time // the first instant at which it is older
}

// Value is the key of such a value among what lapses.
const Value = "value"

// Lapse is something that holds, or held, and ends by itself before a session:
// nobody does anything, and it does not hold on the day.
type Lapse struct {
	Session
	Key   string
	Title readiness.Words
	Ends  time.Time // the first instant at which it does not hold
	As    string    // as what its reader sees it: which key they hold
	basis string
}

// id names the fact for one session. It is a hash, and tells nothing of it.
func (l Lapse) id() (id db.ID) {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.ID.String(), l.Key, l.basis, l.Ends.UTC().Format(time.RFC3339Nano)}, "\n")))
	copy(id[:], sum[:])
	return id
}

// lapses are what ends by itself before a session. It asks nobody's role.
func (s *Service) lapses(ctx context.Context, q db.Q, x Session) (out []Lapse, err error) {
	all, err := s.conditions(ctx, q, x)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Lapses(x.Start) {
			out = append(out, Lapse{Session: x, Key: c.Key, Title: titlesOf(c.Key), Ends: c.Until, basis: c.Basis})
		}
	}
	if s.Ages == nil {
		return out, nil
	}
	ages, err := s.Ages(reckoning(ctx), q, x)
	for _, a := range ages {
		if !a.Ends.After(x.Start) {
			out = append(out, Lapse{Session: x, Key: Value, Title: words(a.Name, "A value that the prescriber recorded", "A value that your prescriber recorded"), Ends: a.Ends, basis: a.Basis})
		}
	}
	return out, err
}

// titlesOf names a condition without saying how it stands.
func titlesOf(key string) readiness.Words {
	if key == Clearance {
		return words("Clearance", "The prescriber's clearance", "The prescriber's decision")
	}
	i := slices.IndexFunc(Needs, func(n readiness.Need) bool { return n.Key == key })
	if i < 0 {
		return same(key)
	}
	return Needs[i].Title
}

// Lapsing are the lapses of which a care team was told and that still are, for
// the two who hold a key of the session: the prescriber's comes with its name,
// the guide's without what stands in the chart. The nearest session comes first.
func (s *Service) Lapsing(ctx context.Context) (out []Lapse, err error) {
	practice := access.From(ctx).Practice
	told, err := s.told.Get(s.DB, s.Now(), practice, func() ([]lapseRow, error) { return s.lapsesTold(ctx, s.DB.Reader()) })
	if err != nil {
		return nil, err
	}
	seen := map[db.ID]bool{}
	for _, r := range told {
		as := keyOf(ctx, r.client)
		if seen[r.appointment] || as == "" {
			continue
		}
		seen[r.appointment] = true
		x, err := s.Session(ctx, s.DB.Reader(), r.appointment)
		if fault.Is(err, fault.NotFound) { // it is no medicine session any more
			continue
		}
		if err != nil {
			return nil, err
		}
		if !x.awaited(s.Now()) {
			continue
		}
		all, err := s.lapses(ctx, s.DB.Reader(), x)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			l.As = as
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Lapse) int {
		return cmp.Or(a.Start.Compare(b.Start), slices.Compare(a.ID[:], b.ID[:]), a.Ends.Compare(b.Ends))
	})
	return out, nil
}

// awaited tells whether a session is still arranged and has not begun.
func (x Session) awaited(now time.Time) bool {
	return x.State == calendar.Booked && x.Start.After(now)
}

// keyOf is the key of a client's sessions that the actor holds; "" for none.
func keyOf(ctx context.Context, client db.ID) string {
	for _, role := range []string{readiness.Prescriber, readiness.Guide} {
		if HoldsKey(ctx, role, client) {
			return role
		}
	}
	return ""
}

// Says names what lapses, to whoever reads it.
func (l Lapse) Says() string {
	if l.As == readiness.Prescriber {
		return l.Title.Prescriber
	}
	return l.Title.Guide
}

// Href is where it is put right, or seen.
func (l Lapse) Href() string {
	if l.As == readiness.Prescriber && (l.Key == Value || l.Key == Clearance) {
		return "/desk/screening/" + l.Client.String()
	}
	return "/desk/appointments/" + l.ID.String() + "/readiness"
}
