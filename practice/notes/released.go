package notes

import (
	"context"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// Record is the notes of a client's record, as the client is shown them: signed,
// at once, and without what is held back. Process notes are no part of it.
type Record struct {
	Notes []Note // the newest first, each with its addenda
	Held  int    // how many are held back
	Open  int    // how many are not signed yet
}

// Released is the record of the client who asks, for their space and for what
// they take along.
func (s *Service) Released(ctx context.Context, client db.ID) (r Record, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return r, err
	}
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanRecord, sqlRecordAll, access.From(ctx).Practice, client)
	if err != nil {
		return r, err
	}
	at := map[db.ID]int{}
	for _, x := range rows { // the earliest first: a note before its addenda
		switch {
		case x.State != Signed:
			r.Open++
			continue
		case x.Hold.Is():
			r.Held++
			continue
		}
		if err := s.openRow(ctx, q, &x); err != nil {
			return r, err
		}
		if x.Of.IsZero() {
			at[x.ID] = len(r.Notes)
			r.Notes = append(r.Notes, x.Note)
		} else if i, there := at[x.Of]; there { // of a note that is held back, nothing is shown
			r.Notes[i].Addenda = append(r.Notes[i].Addenda, x.Note)
		}
	}
	for i, j := 0, len(r.Notes)-1; i < j; i, j = i+1, j-1 {
		r.Notes[i], r.Notes[j] = r.Notes[j], r.Notes[i]
	}
	return r, nil
}

// ReleasedOne is one of them; that it was opened stands on the client's trail.
func (s *Service) ReleasedOne(ctx context.Context, id db.ID) (Note, error) {
	me := access.From(ctx).Person
	all, err := s.Released(ctx, me)
	if err != nil {
		return Note{}, err
	}
	for _, n := range all.Notes {
		if n.ID == id {
			return n, s.Trail.Saw(ctx, trail.Entry{Subject: me, Kind: n.Lane.kind(), Object: id})
		}
	}
	return Note{}, errNone
}
