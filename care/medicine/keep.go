package medicine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/timeline"
)

// here tells whether an entry is kept already, and whether it says the same.
func (s *Service) here(ctx context.Context, q db.Q, p parsed) (here, same bool, err error) {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, q, scanEntryRow, sqlEntry, practice, p.id)
	if errors.Is(err, db.ErrNone) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	was, err := s.opened(ctx, q, r)
	if err != nil {
		return true, false, err
	}
	now := p.Entry
	if now.Kind == timeline.Said { // whose words lie apart, or were taken away since
		x, err := db.One(ctx, q, scanSaid, sqlSaid, practice, p.id)
		if err != nil {
			return true, false, err
		}
		b, err := s.said(ctx, q, x)
		var theirs timeline.SaidBody
		if err != nil || !b.Gone && (!now.Read(&theirs) || theirs.Words != b.Words) {
			return true, false, err
		}
		was.Body, now.Body = nil, nil
	}
	return true, plain(was).Same(plain(now)), nil
}

// plain is an entry without what only the server says.
func plain(e timeline.Entry) timeline.Entry {
	e.By, e.Name, e.Role, e.Received, e.N = "", "", "", time.Time{}, 0
	return e
}

// told is what the sealed body of an entry holds.
type told struct {
	Kind timeline.Kind   `json:"kind"`
	Body json.RawMessage `json:"body,omitempty"`
}

// insert writes one entry; what somebody said goes into a row of its own.
func (s *Service) insert(ctx context.Context, tx *db.Tx, seat *Seat, p parsed, device db.ID) (timeline.Entry, error) {
	me, now := access.From(ctx), s.Now()
	e := p.Entry
	e.N, e.Received, e.Role, e.By = seat.last+1, now, roleFor(ctx, seat.Client), ""
	if !me.Person.IsZero() {
		e.By = me.Person.String()
		names, err := s.People.Names(ctx, me.Person)
		if err != nil {
			return e, err
		}
		e.Name = names[me.Person]
	}
	body := told{Kind: e.Kind, Body: e.Body}
	if e.Kind == timeline.Said {
		b, err := s.keepSaid(ctx, tx, seat, p)
		if err != nil {
			return e, err
		}
		if body.Body, err = json.Marshal(timeline.SaidBody{Digest: b.Digest}); err != nil {
			return e, err
		}
		if e.Body, err = json.Marshal(b); err != nil {
			return e, err
		}
	}
	sealed, err := s.seal(ctx, tx, seat.Client, p.id, entryBody, body)
	if err != nil {
		return e, err
	}
	_, err = tx.Exec(ctx, sqlAddEntry, me.Practice, p.id, seat.Session, e.N, seat.Client, device, e.Seq, db.Micros(e.Taken), db.Micros(e.Entered), e.Offset, e.Error,
		db.Bit(e.Backdated), p.supersedes, p.with, sealed, me.Person, e.Role, db.Micros(now))
	if err == nil {
		seat.last++
	}
	return e, err
}

// words are what somebody said, with the salt of their digest.
type words struct {
	Salt  string `json:"salt"`
	Words string `json:"words"`
}

func (w words) digest() []byte {
	sum := sha256.Sum256([]byte(w.Salt + "\n" + w.Words))
	return sum[:]
}

func (s *Service) keepSaid(ctx context.Context, tx *db.Tx, seat *Seat, p parsed) (b timeline.SaidBody, err error) {
	if !p.Read(&b) {
		return b, errDamaged
	}
	w := words{Salt: db.RandomID().String() + db.RandomID().String(), Words: b.Words}
	b.Digest = hex.EncodeToString(w.digest())
	sealed, err := s.seal(ctx, tx, p.id, p.id, saidBody, w) // under a key of its own: it goes with the words
	if err != nil {
		return b, err
	}
	_, err = tx.Exec(ctx, sqlAddSaid, access.From(ctx).Practice, p.id, seat.Session, seat.Client, w.digest(), sealed)
	return b, err
}

// Timeline is a session, merged, for whoever may see it.
func (s *Service) Timeline(ctx context.Context, q db.Q, session db.ID) (timeline.Timeline, error) {
	seat, err := s.Seat(ctx, q, session)
	if err != nil {
		return timeline.Timeline{}, err
	}
	return s.timeline(ctx, q, seat)
}

func (s *Service) timeline(ctx context.Context, q db.Q, seat Seat) (timeline.Timeline, error) {
	all, err := s.entries(ctx, q, seat.Session, 0)
	t := timeline.Merge(all)
	t.Base = seat.Base
	return t, err
}

// entries are those after a number, in the order in which they were kept.
func (s *Service) entries(ctx context.Context, q db.Q, session db.ID, after int64) (out []timeline.Entry, err error) {
	const page = 500
	for {
		rows, err := db.All(ctx, q, scanEntryRow, sqlEntries, access.From(ctx).Practice, session, after, page)
		if err != nil {
			return nil, err
		}
		more, err := s.openAll(ctx, q, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
		if len(rows) < page {
			return out, nil
		}
		after = rows[page-1].n
	}
}

// openAll opens entries with the names of who made them, and the words that are
// still there.
func (s *Service) openAll(ctx context.Context, q db.Q, rows []entryRow) ([]timeline.Entry, error) {
	var people []db.ID
	for _, r := range rows {
		people = append(people, r.by)
	}
	names, err := s.People.Names(ctx, people...)
	if err != nil {
		return nil, err
	}
	out := make([]timeline.Entry, len(rows))
	var words map[db.ID]saidRow // of the session, read once
	for i, r := range rows {
		if out[i], err = s.opened(ctx, q, r); err != nil {
			return nil, err
		}
		out[i].Name = names[r.by]
		if out[i].Kind != timeline.Said {
			continue
		}
		if words == nil {
			if words, err = saidIn(ctx, q, r.session); err != nil {
				return nil, err
			}
		}
		b, err := s.said(ctx, q, words[r.id])
		if err != nil {
			return nil, err
		}
		if out[i].Body, err = json.Marshal(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// saidIn are the rows of what was said in a session, by their entry.
func saidIn(ctx context.Context, q db.Q, session db.ID) (map[db.ID]saidRow, error) {
	rows, err := db.All(ctx, q, scanSaid, sqlSaidIn, access.From(ctx).Practice, session)
	out := map[db.ID]saidRow{}
	for _, x := range rows {
		out[x.id] = x
	}
	return out, err
}

func (s *Service) opened(ctx context.Context, q db.Q, r entryRow) (timeline.Entry, error) {
	e := r.entry()
	var t told
	if err := s.open(ctx, q, r.client, r.id, entryBody, r.body, &t); err != nil {
		return e, err
	}
	e.Kind, e.Body = t.Kind, t.Body
	return e, nil
}

// said are somebody's words, or that they took them away.
func (s *Service) said(ctx context.Context, q db.Q, x saidRow) (timeline.SaidBody, error) {
	b := timeline.SaidBody{Digest: hex.EncodeToString(x.digest), Gone: !x.gone.IsZero()}
	var w words
	if err := s.open(ctx, q, x.id, x.id, saidBody, x.body, &w); err != nil {
		return b, err
	}
	b.Words = w.Words
	return b, nil
}
