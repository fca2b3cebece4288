package calendar

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// A group is one time of an offering with several places. It holds the claims
// of the time, under its own id; an appointment in it holds a place. Whoever
// takes or gives back a place writes the group's row first, so that nobody
// joins what the last one is just leaving; the key of the places says, all the
// same, that none is taken twice. Groups are locked before appointments and
// claims, and several of them in the order of their ids: so nobody waits for
// whoever waits for them.

// group is one, with its places.
type group struct {
	id db.ID
	resources
	kept
	start, end time.Time
	expires    time.Time // of its claims; zero: somebody is booked
	taken      []place
}

// place is one that is taken, or was until it expired.
type place struct {
	number  int64
	holder  db.ID
	expires time.Time
}

func (x place) lives(now time.Time) bool { return x.expires.IsZero() || x.expires.After(now) }

// lives tells whether its claims hold: those of one that has expired are
// anybody's.
func (g group) lives(now time.Time) bool { return g.expires.IsZero() || g.expires.After(now) }

// left is how many places one who has none can choose from; holder's own counts
// as free.
func (g group) left(places int, now time.Time, holder db.ID) int {
	for _, x := range g.taken {
		if x.lives(now) && x.holder != holder {
			places--
		}
	}
	return max(places, 0)
}

// open is left for as long as the group is what its offering is now. Where that
// has become longer, is held elsewhere or by others since, whoever books it is
// told of another time than the group's, and does not join it.
func (g group) open(o Offering, now time.Time, holder db.ID) int {
	there := g.room.IsZero()
	if o.Where == InRoom {
		there = slices.Contains(o.Rooms, g.room)
	}
	missing := slices.ContainsFunc(o.Seconds, func(id db.ID) bool { return !slices.Contains(g.seconds, id) })
	missing = missing || o.Attended && g.attendant(o).IsZero()
	if !there || missing || !slices.Contains(o.Hosts, g.host) || !g.end.Equal(g.start.Add(o.Length)) {
		return 0
	}
	return g.left(o.Places, now, holder)
}

// first is the first place that is free; false when as many are taken as there
// are. Where there were more once, those who have them may have later numbers.
func (g group) first(places int, now time.Time) (int64, bool) {
	if g.left(places, now, db.ID{}) == 0 {
		return 0, false
	}
	for n := int64(1); n <= int64(places); n++ {
		if !slices.ContainsFunc(g.taken, func(x place) bool { return x.number == n && x.lives(now) }) {
			return n, true
		}
	}
	return 0, false
}

// alone tells whether nobody but one holder has a place.
func (g group) alone(holder db.ID, now time.Time) bool {
	return !slices.ContainsFunc(g.taken, func(x place) bool { return x.lives(now) && x.holder != holder })
}

func (g group) choice() choice { return choice{g.resources, g.kept, g.start, g.end, g.id} }

var (
	errFullGroup = errors.New("the last place of the group was taken at the same moment")
	errEnded     = errors.New("the group ended or moved at the same moment")
	errTwice     = fault.Field("start", "Whoever this is for has a place in this group already. Nothing was changed.")
)

// groups reads those of an offering that begin in [from, to).
func (s *Service) groups(ctx context.Context, q db.Q, offering db.ID, from, to time.Time) ([]group, error) {
	rows, err := db.All(ctx, q, scanGroup, sqlGroups, access.From(ctx).Practice, offering, db.Micros(from), db.Micros(to))
	return gathered(rows), err
}

func (s *Service) group(ctx context.Context, q db.Q, id db.ID) (group, bool, error) {
	rows, err := db.All(ctx, q, scanGroup, sqlGroup, access.From(ctx).Practice, id)
	if err != nil || len(rows) == 0 {
		return group{}, false, err
	}
	return gathered(rows)[0], true, nil
}

// gathered puts rows of one place each together.
func gathered(rows []group) []group {
	var out []group
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].id == r.id {
			out[n-1].taken = append(out[n-1].taken, r.taken...)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// entered locks groups and reads them as they stand: from here to its end, this
// transaction alone takes and gives back their places. One that has ended is
// not among them.
func (s *Service) entered(ctx context.Context, tx *db.Tx, ids ...db.ID) (map[db.ID]group, error) {
	out := map[db.ID]group{}
	slices.SortFunc(ids, func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(ids) {
		if id.IsZero() {
			continue
		}
		n, err := tx.Exec(ctx, sqlEnterGroup, access.From(ctx).Practice, id)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		g, there, err := s.group(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if there {
			out[id] = g
		}
	}
	return out, nil
}

// joinable finds a group at the time that is wished for and has a place; the
// zero id when there is none. The host and the room of one's own come first.
func (s *Service) joinable(ctx context.Context, tx *db.Tx, p *plan, w wish, except db.ID) (db.ID, error) {
	now := s.Now()
	if err := w.check(now); err != nil {
		return db.ID{}, err
	}
	all, err := s.groups(ctx, tx, w.o.ID, w.start, w.start.Add(time.Microsecond))
	if err != nil || len(all) == 0 {
		return db.ID{}, err
	}
	slices.SortStableFunc(all, func(a, b group) int { return w.strange(a) - w.strange(b) })
	for _, g := range all {
		if g.id != except && g.lives(now) && slices.Contains(w.in(g).hosts(p, now), g.host) && g.open(w.o, now, db.ID{}) > 0 && w.meets(g) {
			return g.id, nil
		}
	}
	return db.ID{}, nil
}

// strange is by how much a group differs from what one has now.
func (w wish) strange(g group) (n int) {
	if g.host != w.had.host {
		n += 2
	}
	if g.room != w.had.room {
		n++
	}
	return n
}

// sit takes a place in a group for an appointment or a hold: in one that stands
// at this time, or in a new one.
func (s *Service) sit(ctx context.Context, tx *db.Tx, p *plan, w wish, holder db.ID, expires time.Time) (choice, error) {
	id, err := s.joinable(ctx, tx, p, w, db.ID{})
	if err != nil {
		return choice{}, err
	}
	all, err := s.entered(ctx, tx, id)
	if err != nil {
		return choice{}, err
	}
	return s.sitIn(ctx, tx, p, w, id, all, holder, expires)
}

// sitIn is that when the group, if there is one, has been chosen and entered.
func (s *Service) sitIn(ctx context.Context, tx *db.Tx, p *plan, w wish, id db.ID, entered map[db.ID]group, holder db.ID, expires time.Time) (choice, error) {
	if !id.IsZero() {
		g, there := entered[id]
		if !there || !g.start.Equal(w.start) {
			return choice{}, ErrTaken.With(lost{errEnded})
		}
		return g.choice(), s.seat(ctx, tx, g, w.o.Places, holder, expires)
	}
	c, err := s.choose(ctx, tx, p, w)
	if err != nil {
		return c, err
	}
	c.group = db.NewID()
	practice := access.From(ctx).Practice
	if err := s.take(ctx, tx, c.group, expires, c.claims(c.kept)); err != nil {
		return c, err
	}
	if err := tx.Later(ctx, nil, sqlAddGroup, practice, c.group, w.o.ID, c.host, c.room, pack(c.seconds), db.Micros(c.start), db.Micros(c.end),
		c.first, c.past, c.day, db.Micros(expires)); err != nil {
		return c, err
	}
	return c, tx.Later(ctx, tooLate, sqlAddPlace, practice, c.group, int64(1), holder, db.Micros(expires))
}

// seat takes a place of a group that has been entered.
func (s *Service) seat(ctx context.Context, tx *db.Tx, g group, places int, holder db.ID, expires time.Time) error {
	now, practice := s.Now(), access.From(ctx).Practice
	number, ok := g.first(places, now)
	if !ok {
		return ErrTaken.With(lost{errFullGroup})
	}
	if slices.ContainsFunc(g.taken, func(x place) bool { return !x.lives(now) }) {
		if _, err := tx.Exec(ctx, sqlSweepPlaces, practice, g.id, db.Micros(now)); err != nil {
			return err
		}
	}
	if err := tx.Later(ctx, tooLate, sqlAddPlace, practice, g.id, number, holder, db.Micros(expires)); err != nil {
		return err
	}
	g.taken = append(g.taken, place{number, holder, expires})
	return s.settle(ctx, tx, g)
}

// keepPlace hands a hold's place over to an appointment; false when it has none
// any more.
func (s *Service) keepPlace(ctx context.Context, tx *db.Tx, h heldRow, appointment db.ID) (bool, error) {
	all, err := s.entered(ctx, tx, h.group)
	if err != nil {
		return false, err
	}
	g := all[h.group]
	i := slices.IndexFunc(g.taken, func(x place) bool { return x.holder == h.ID })
	if i < 0 {
		return false, nil
	}
	if _, err := tx.Exec(ctx, sqlKeepPlace, appointment, access.From(ctx).Practice, h.group, h.ID); err != nil {
		return false, err
	}
	g.taken[i] = place{number: g.taken[i].number, holder: appointment}
	return true, s.settle(ctx, tx, g)
}

// leave gives a holder's place back, and the group's claims when it was the
// last; false when the holder had none.
func (s *Service) leave(ctx context.Context, tx *db.Tx, g group, holder db.ID) (bool, error) {
	n, err := tx.Exec(ctx, sqlDropPlace, access.From(ctx).Practice, g.id, holder)
	if err != nil {
		return false, err
	}
	g.taken = slices.DeleteFunc(slices.Clone(g.taken), func(x place) bool { return x.holder == holder })
	return n > 0, s.settle(ctx, tx, g)
}

// vacate gives an appointment's place in its group back.
func (s *Service) vacate(ctx context.Context, tx *db.Tx, a Appointment) error {
	all, err := s.entered(ctx, tx, a.Group)
	if err != nil {
		return err
	}
	return s.vacateIn(ctx, tx, a, all)
}

func (s *Service) vacateIn(ctx context.Context, tx *db.Tx, a Appointment, entered map[db.ID]group) error {
	g, there := entered[a.Group]
	if there {
		var err error
		if there, err = s.leave(ctx, tx, g, a.ID); err != nil {
			return err
		}
	}
	if !there {
		return ErrTaken.With(lost{errOvertaken})
	}
	return nil
}

// settle brings a group's claims in line with its places: given back with the
// last, expiring while all are only held, standing once somebody is booked.
// What is over is left as it is: its claims are folded away.
func (s *Service) settle(ctx context.Context, tx *db.Tx, g group) error {
	now, practice := s.Now(), access.From(ctx).Practice
	var until time.Time
	living, booked := 0, false
	for _, x := range g.taken {
		if !x.lives(now) {
			continue
		}
		living++
		booked = booked || x.expires.IsZero()
		until = latest(until, x.expires)
	}
	if living == 0 {
		if err := s.free(ctx, tx, g.id, g.claims(g.kept)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropPlaces, practice, g.id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlDropGroup, practice, g.id)
		return err
	}
	if booked {
		until = time.Time{}
	}
	if until.Equal(g.expires) || !g.end.After(now) {
		return nil
	}
	if err := s.extend(ctx, tx, g, until); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlGroupUntil, db.Micros(until), practice, g.id)
	return err
}

// extend changes until when a group's claims stand. What somebody has swept of
// them, when they had expired, is claimed anew.
func (s *Service) extend(ctx context.Context, tx *db.Tx, g group, until time.Time) error {
	var gone []claim
	for _, c := range g.claims(g.kept) {
		n, err := tx.Exec(ctx, sqlClaimUntil, db.Micros(until), access.From(ctx).Practice, c.resource, c.first, c.past, g.id)
		if err != nil {
			return err
		}
		if n == c.past-c.first {
			continue
		}
		if n > 0 {
			if err := s.free(ctx, tx, g.id, []claim{c}); err != nil {
				return err
			}
		}
		gone = append(gone, c)
	}
	return s.take(ctx, tx, g.id, until, gone)
}
