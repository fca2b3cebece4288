package notes

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// listed is how many notes one page of a client's lists.
const listed = 100

// find loads a note with its signatures, whoever asks.
func (s *Service) find(ctx context.Context, q db.Q, id db.ID) (row, error) {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, q, scanRecord, sqlRecordOne, practice, id)
	if errors.Is(err, db.ErrNone) {
		r, err = db.One(ctx, q, scanProcess, sqlProcessOne, practice, id)
	}
	if errors.Is(err, db.ErrNone) {
		return r, errNone
	}
	if err != nil {
		return r, err
	}
	return r, s.openRow(ctx, q, &r)
}

// openRow opens what is sealed of a note.
func (s *Service) openRow(ctx context.Context, q db.Q, r *row) (err error) {
	practice := access.From(ctx).Practice
	if len(r.body) > 0 {
		if r.Text, err = s.open(ctx, q, r.field(practice, "body"), r.body); err != nil {
			return err
		}
	}
	if len(r.why) > 0 {
		if r.Hold.Words, err = s.open(ctx, q, r.field(practice, "held_why"), r.why); err != nil {
			return err
		}
	}
	r.Signatures, err = s.signatures(ctx, q, *r)
	return err
}

// may loads a note that the actor may read.
func (s *Service) may(ctx context.Context, q db.Q, id db.ID) (row, error) {
	r, err := s.find(ctx, q, id)
	if err != nil {
		return row{}, err
	}
	if err := r.mayRead(ctx); err != nil {
		return row{}, err
	}
	return r, nil
}

// Get reads a note with its addenda; the look stands on the trail of whom it is
// about.
func (s *Service) Get(ctx context.Context, id db.ID) (Note, error) {
	r, err := s.may(ctx, s.DB.Reader(), id)
	if err != nil {
		return Note{}, err
	}
	if r.Addenda, err = s.addenda(ctx, r.Note); err != nil {
		return Note{}, err
	}
	return r.Note, s.Trail.Saw(ctx, trail.Entry{Subject: r.Client, Kind: r.Lane.kind(), Object: r.ID})
}

// addenda are those of a note that the actor may read, the earliest first.
func (s *Service) addenda(ctx context.Context, n Note) (out []Note, err error) {
	all, err := s.addendaOf(ctx, n)
	for _, a := range all {
		if a.mayRead(ctx) == nil {
			out = append(out, a)
		}
	}
	return out, err
}

func (s *Service) addendaOf(ctx context.Context, n Note) (out []Note, err error) {
	if !n.Of.IsZero() {
		return nil, nil
	}
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	var rows []row
	if n.Lane == LaneProcess {
		rows, err = db.All(ctx, q, scanProcess, sqlProcessAddenda, practice, n.ID)
	} else {
		rows, err = db.All(ctx, q, scanRecord, sqlRecordAddenda, practice, n.ID)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if err := s.openRow(ctx, q, &r); err != nil {
			return nil, err
		}
		out = append(out, r.Note)
	}
	return out, nil
}

// seesNotes tells whether the actor may read notes of any lane about a client.
func seesNotes(ctx context.Context, client db.ID) error {
	return access.Check(ctx, access.Read, access.Resource{Class: access.Bridge, Subject: client})
}

// SeesNotes is seesNotes as a yes or no, for showing the way to them.
func SeesNotes(ctx context.Context, client db.ID) bool { return seesNotes(ctx, client) == nil }

// Of lists the notes about a client that the actor may read, the newest first
// and without their texts, before one (zero: from the newest). next is where the
// list goes on; zero: nowhere.
func (s *Service) Of(ctx context.Context, client, before db.ID) (out []Note, next db.ID, err error) {
	if err := seesNotes(ctx, client); err != nil {
		return nil, next, err
	}
	a := access.From(ctx)
	rows, err := db.All(ctx, s.DB.Reader(), scanRecord, sqlRecordList, a.Practice, client, orLast(before), listed+1)
	if err != nil {
		return nil, next, err
	}
	if access.Can(ctx, access.Read, processOf(client)) {
		own, err := db.All(ctx, s.DB.Reader(), scanProcess, sqlProcessList, a.Practice, client, a.Person, orLast(before), listed+1)
		if err != nil {
			return nil, next, err
		}
		rows = append(rows, own...)
	}
	newestFirst(rows)
	if len(rows) > listed {
		rows, next = rows[:listed], rows[listed-1].ID
	}
	for _, r := range rows {
		if r.mayRead(ctx) != nil {
			continue
		}
		if err := s.signedSoFar(ctx, &r); err != nil {
			return nil, next, err
		}
		out = append(out, r.Note)
	}
	return out, next, s.Trail.Saw(ctx, trail.Entry{Subject: client, Kind: "notes", Object: client})
}

// Waiting are the bridge notes that wait for the actor's signature, as a list
// shows them: who else has signed is left out.
func (s *Service) Waiting(ctx context.Context) (out []Note, err error) {
	a := access.From(ctx)
	if access.Possible(a, access.Read, access.Bridge) != access.Allow {
		return nil, nil
	}
	all, err := s.proposed.Get(s.DB, s.Now(), a.Practice, func() ([]unsigned, error) { return s.proposals(ctx, a.Practice) })
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		r := p.row
		if r.mayRead(ctx) != nil {
			continue
		}
		if slices.ContainsFunc(p.signed, func(x signatureRow) bool { return x.Person == a.Person }) { // what is sealed decides
			if r.Signatures, err = s.openSignatures(ctx, s.DB.Reader(), r, p.signed); err != nil {
				return nil, err
			}
		}
		if !r.SignedBy(a.Person) {
			out = append(out, r.Note)
		}
	}
	return out, nil
}

// unsigned is a note that waits for signatures, and those it has, sealed.
type unsigned struct {
	row
	signed []signatureRow
}

func (s *Service) proposals(ctx context.Context, practice db.ID) ([]unsigned, error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanRecord, sqlRecordProposed, practice, 5*listed)
	if err != nil {
		return nil, err
	}
	out := make([]unsigned, len(rows))
	for i, r := range rows {
		out[i].row = r
		if out[i].signed, err = db.All(ctx, s.DB.Reader(), scanSignature, sqlSignatures, practice, r.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// signedSoFar reads who has signed a proposal, for a list to say for whom it
// waits.
func (s *Service) signedSoFar(ctx context.Context, r *row) (err error) {
	if r.State == Proposed {
		r.Signatures, err = s.signatures(ctx, s.DB.Reader(), *r)
	}
	return err
}

func newestFirst(rows []row) {
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(string(b.ID[:]), string(a.ID[:])) })
}

// orLast is an id, or one that no note comes after.
func orLast(id db.ID) db.ID {
	if id.IsZero() {
		for i := range id {
			id[i] = 0xff
		}
	}
	return id
}

// Open are the actor's own notes that are not signed yet, and the proposals
// that wait for them, the newest first and without their texts.
func (s *Service) Open(ctx context.Context) (drafts, waiting []Note, err error) {
	a, q := access.From(ctx), s.DB.Reader()
	if access.Possible(a, access.Read, access.Bridge) != access.Allow {
		return nil, nil, access.Check(ctx, access.Read, access.Resource{Class: access.Bridge})
	}
	rows, err := db.All(ctx, q, scanRecord, sqlRecordDrafts, a.Practice, a.Person, listed)
	if err != nil {
		return nil, nil, err
	}
	own, err := db.All(ctx, q, scanProcess, sqlProcessDrafts, a.Practice, a.Person, listed)
	if err != nil {
		return nil, nil, err
	}
	proposed, err := db.All(ctx, q, scanRecord, sqlRecordProposed, a.Practice, 5*listed)
	if err != nil {
		return nil, nil, err
	}
	rows = append(rows, own...)
	newestFirst(rows)
	for _, r := range append(rows, proposed...) {
		if r.mayRead(ctx) != nil {
			continue
		}
		if r.State == Draft {
			drafts = append(drafts, r.Note)
			continue
		}
		if err := s.signedSoFar(ctx, &r); err != nil {
			return nil, nil, err
		}
		waiting = append(waiting, r.Note)
	}
	return drafts, waiting, s.Trail.Listed(ctx, trail.NotesList)
}
