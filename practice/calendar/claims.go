package calendar

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"sort"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/availability"
)

// claim is a run of steps of one resource: first ≤ step < past.
type claim struct {
	resource    db.ID
	first, past int64
}

// kept is what an appointment or a hold has claimed: a run of steps, buffers
// included, of each person and the room; and one step of the day's count.
type kept struct{ first, past, day int64 }

// resources are what an appointment or hold needs beside the day's count.
type resources struct {
	offering, host, room db.ID
	seconds              []db.ID
}

// claims lists everything that is claimed, by resource and step: whoever claims
// in the same order never waits for somebody who waits for them.
func (r resources) claims(k kept) []claim {
	all := []claim{{counter(r.offering, r.host), k.day, k.day + 1}, {r.host, k.first, k.past}}
	if !r.room.IsZero() {
		all = append(all, claim{r.room, k.first, k.past})
	}
	for _, second := range r.seconds {
		all = append(all, claim{second, k.first, k.past})
	}
	return sorted(all)
}

func sorted(all []claim) []claim {
	slices.SortFunc(all, func(a, b claim) int {
		return cmp.Or(slices.Compare(a.resource[:], b.resource[:]), cmp.Compare(a.first, b.first))
	})
	return all
}

// less gives what all claims beyond old.
func less(all, old []claim) []claim {
	var out []claim
	for _, c := range all {
		rest := []claim{c}
		for _, o := range old {
			if o.resource == c.resource {
				rest = cut(rest, o)
			}
		}
		out = append(out, rest...)
	}
	return sorted(out)
}

func cut(rest []claim, o claim) []claim {
	var out []claim
	for _, c := range rest {
		for _, part := range []claim{{c.resource, c.first, min(c.past, o.first)}, {c.resource, max(c.first, o.past), c.past}} {
			if part.first < part.past {
				out = append(out, part)
			}
		}
	}
	return out
}

// lost is the hidden cause of ErrTaken when a claim came too late: between
// looking and claiming, somebody took a step of this kind. Looking again may
// find another way, in a new transaction.
type lost struct{ cause error }

func (l lost) Error() string        { return "a race was lost: " + l.cause.Error() }
func (l lost) Unwrap() error        { return l.cause }
func (l lost) Is(target error) bool { return target == ErrTaken }

// take claims; a violated key means that somebody was first.
func (s *Service) take(ctx context.Context, tx *db.Tx, holder db.ID, expires time.Time, all []claim) error {
	for part := range slices.Chunk(all, asked) {
		args := []any{access.From(ctx).Practice, holder, db.Micros(expires)}
		for _, c := range part {
			args = append(args, c.resource, c.first)
		}
		if err := tx.Later(ctx, tooLate, sqlClaimValues+claimRows(part), args...); err != nil {
			return err
		}
	}
	return nil
}

// tooLate is what it means that a row is there already.
func tooLate(err error) error {
	if db.Taken(err) {
		return ErrTaken.With(lost{err})
	}
	return err
}

// free gives a holder's claims back.
func (s *Service) free(ctx context.Context, tx *db.Tx, holder db.ID, all []claim) error {
	practice := access.From(ctx).Practice
	for _, c := range all {
		if _, err := tx.Exec(ctx, sqlFree, practice, c.resource, c.first, c.past, holder); err != nil {
			return err
		}
	}
	return nil
}

// keep hands a hold's claims over to an appointment. Where somebody has swept
// some of an expired hold, they are claimed anew.
func (s *Service) keep(ctx context.Context, tx *db.Tx, hold, appointment db.ID, all []claim) error {
	practice := access.From(ctx).Practice
	var gone []claim
	for _, c := range all {
		n, err := tx.Exec(ctx, sqlKeep, appointment, practice, c.resource, c.first, c.past, hold)
		if err != nil {
			return err
		}
		if n == c.past-c.first {
			continue
		}
		if n > 0 { // a part: begin this one from nothing
			if err := s.free(ctx, tx, appointment, []claim{c}); err != nil {
				return err
			}
		}
		gone = append(gone, c)
	}
	return s.take(ctx, tx, appointment, time.Time{}, gone)
}

// sweep removes what has expired where somebody wants to claim.
func (s *Service) sweep(ctx context.Context, tx *db.Tx, now time.Time, all []claim) error {
	practice := access.From(ctx).Practice
	for _, c := range all {
		if _, err := tx.Exec(ctx, sqlSweep, practice, c.resource, c.first, c.past, db.Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// asked is how many resources one statement asks for.
const asked = 4

// fours calls fn with the resources four at a time; where some are missing,
// nobody is asked for.
func fours(ids []db.ID, fn func(four []any) error) error {
	for part := range slices.Chunk(ids, asked) {
		args := make([]any, asked)
		for i := range args {
			args[i] = nobody
			if i < len(part) {
				args[i] = part[i]
			}
		}
		if err := fn(args); err != nil {
			return err
		}
	}
	return nil
}

// runs reads what is claimed of some resources in [first, past), leaving out
// what has expired and what one holder has.
func (s *Service) runs(ctx context.Context, q db.Q, ids []db.ID, first, past int64, now time.Time, except db.ID) (map[db.ID][]claim, error) {
	out := make(map[db.ID][]claim, len(ids))
	if except.IsZero() {
		except = nobody
	}
	return out, fours(ids, func(four []any) error {
		args := append([]any{access.From(ctx).Practice}, four...)
		rows, err := db.All(ctx, q, scanRun, sqlRuns, append(args, first, past, db.Micros(now), except)...)
		for _, r := range rows {
			out[r.resource] = append(out[r.resource], r)
		}
		return err
	})
}

// nobody holds nothing: an id to compare with where none is to be left out.
var nobody = db.ID{15: 1}

// claimed reads each step that is claimed of some resources in [first, past).
func (s *Service) claimed(ctx context.Context, q db.Q, ids []db.ID, first, past int64) ([]claimRow, error) {
	var out []claimRow
	return out, fours(ids, func(four []any) error {
		args := append([]any{access.From(ctx).Practice}, four...)
		rows, err := db.All(ctx, q, scanClaim, sqlClaims, append(args, first, past)...)
		out = append(out, rows...)
		return err
	})
}

// The day's count. An appointment claims one step of a resource that stands for
// the offering and its host, within the steps of the host's date. Without a
// limit it is the step at which it starts, which no other can have. With a
// limit it is one of the date's first steps, so that two who would both be the
// last of the day meet at the same row.

// counter is the resource that counts the appointments of an offering and a host.
func counter(offering, host db.ID) db.ID {
	h := sha256.New()
	h.Write([]byte("held calendar day"))
	h.Write(offering[:])
	h.Write(host[:])
	return db.ID(h.Sum(nil)[:16])
}

// dayOf gives the steps of the date on which an instant lies.
func dayOf(at time.Time, zone *time.Location) (first, past int64) {
	d := availability.DateOf(at, zone)
	return dayStart(d, zone), dayStart(availability.DateOf(time.Date(d.Year, d.Month, d.Day+1, 12, 0, 0, 0, time.UTC), time.UTC), zone)
}

// dayStart is the first step of a date: midnight, or what comes after it where
// the clock skips midnight.
func dayStart(d availability.Date, zone *time.Location) int64 {
	noon := availability.StepOf(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone))
	want := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	const most = 16 * 12 // steps: sixteen hours before noon is the day before everywhere
	n := sort.Search(most, func(i int) bool {
		y, m, day := availability.StepStart(noon - most + int64(i)).In(zone).Date()
		return !time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Before(want)
	})
	return noon - most + int64(n)
}

// slots are the steps of a date that the next appointment may claim in the
// day's count: as many as there are places left, always the same first ones, so
// that whoever counted a moment earlier or later cannot find one more.
func slots(perDay int, first int64, used map[int64]bool) []int64 {
	left := perDay - len(used)
	var out []int64
	for k := first; k < first+int64(perDay) && len(out) < left; k++ {
		if !used[k] {
			out = append(out, k)
		}
	}
	return out
}
