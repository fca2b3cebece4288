package consent

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
	rule "held/rules/consent"
)

// Party is somebody with whom a client lets the practice speak.
type Party struct {
	ID       db.ID
	Document db.ID
	Name     string
	Named    time.Time
}

// Standing is how one document, or one party of one, stands with a client.
type Standing struct {
	ID       db.ID // of its page: the party's, or the document's
	Document db.ID
	Party    Party // zero for a document without parties
	Kind     Kind
	Title    string
	Need     Need
	Current  int64 // the version that is asked for
	rule.Standing
	Talk    *Record // the talk about the current version; nil: none was held
	Open    int     // points that they would rather talk about, since the last talk
	Changes string  // what they are told has changed since what they signed
}

// Holds tells whether it lets a session take place: a required document is
// signed by both in a version that counts, the others do not keep it closed.
// While the practice has not decided about one, nothing takes place.
func (s Standing) Holds() bool {
	switch s.Need {
	case Optional, NotAsked:
		return true
	case Required:
		return s.State.Holds()
	}
	return false
}

// Stands is how every document that is asked of a client stands: for the gate
// before a session. Where it holds nothing Required, the practice asks for
// nothing, and has said so.
func (s *Service) Stands(ctx context.Context, q db.Q, client db.ID) ([]Standing, error) {
	own := access.Resource{Class: access.Own, Subject: client}
	if !access.Can(ctx, access.Read, consentOf(client)) && !access.Can(ctx, access.Read, own) {
		if err := access.Check(ctx, access.Read, access.Resource{Class: access.Clinical, Subject: client}); err != nil {
			return nil, err
		}
	}
	w, err := s.whole(ctx, q, client)
	return w.standing, err
}

// Waits lists what is still to be signed by the signed-in client before a
// session: for their first page.
func (s *Service) Waits(ctx context.Context) (out []Standing, err error) {
	w, err := s.ownWhole(ctx)
	if err != nil {
		return nil, err
	}
	for _, st := range w.standing {
		if st.Need == Required && (st.State == rule.NotYet || st.State == rule.Earlier) {
			out = append(out, st)
		}
	}
	return out, nil
}

// Decided counts what the practice has published, and about how much of it it
// has not said yet of whom it is asked.
func (s *Service) Decided(ctx context.Context, q db.Q) (published, undecided int, err error) {
	needs, err := db.All(ctx, q, db.Value[int64], sqlPublishedNeeds, access.From(ctx).Practice)
	for _, n := range needs {
		if Need(n) == Undecided {
			undecided++
		}
	}
	return len(needs), undecided, err
}

// Undecided is that second count, for the desk's first page: it decides nothing.
func (s *Service) Undecided(ctx context.Context) (int, error) {
	return s.undecided.Get(s.DB, s.Now(), access.From(ctx).Practice, func() (int, error) {
		_, undecided, err := s.Decided(ctx, s.DB.Reader())
		return undecided, err
	})
}

// Settled tells whether the practice has published something to be signed, and
// has decided about everything that it published. Until then no gate opens.
func (s *Service) Settled(ctx context.Context, q db.Q) (bool, error) {
	published, undecided, err := s.Decided(ctx, q)
	return published > 0 && undecided == 0, err
}

// whole is everything about one client's consent.
type whole struct {
	client    db.ID
	documents []Document
	parties   []Party
	records   []Record
	standing  []Standing
}

func (w whole) electronic() *Record { return electronic(w.records) }

// whole reads it. It asks no policy.
func (s *Service) whole(ctx context.Context, q db.Q, client db.ID) (w whole, err error) {
	w.client = client
	if w.documents, err = s.library(ctx, q); err != nil {
		return w, err
	}
	if w.records, err = s.records(ctx, q, client); err != nil {
		return w, err
	}
	if w.parties, err = s.parties(ctx, q, client); err != nil {
		return w, err
	}
	for _, d := range w.documents {
		switch {
		case d.Kind == Release && d.Current() != nil:
			for _, p := range w.parties {
				if p.Document == d.ID {
					w.standing = append(w.standing, w.stand(d, p))
				}
			}
		case d.Kind == Release:
		case d.Asked() || last(w.records, d.ID, db.ID{}, Signed) != nil:
			w.standing = append(w.standing, w.stand(d, Party{}))
		}
	}
	return w, nil
}

func (s *Service) parties(ctx context.Context, q db.Q, client db.ID) ([]Party, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanParty, sqlParties, practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Party, len(rows))
	for i, r := range rows {
		if r.Name, err = s.open(ctx, q, partyField(practice, client, r.ID), r.name); err != nil {
			return nil, err
		}
		out[i] = r.Party
	}
	return out, nil
}

func (w whole) stand(d Document, p Party) Standing {
	out := Standing{ID: d.ID, Document: d.ID, Party: p, Kind: d.Kind, Title: d.Current().Text.Title, Need: d.Need, Current: d.Current().N}
	if !p.ID.IsZero() {
		out.ID = p.ID
		if out.Need == Required { // whom to speak with is theirs to name: it never keeps a session closed
			out.Need = Optional
		}
	}
	versions := make([]rule.Version, len(d.Versions))
	for i, v := range d.Versions {
		versions[i] = rule.Version{N: v.N, Again: v.Again, At: v.At}
	}
	out.Standing = rule.Stand(versions, events(w.records, d.ID, p.ID))
	if t := last(w.records, d.ID, p.ID, Talked); t != nil && t.Version == out.Current {
		out.Talk = t
	}
	if a := last(w.records, d.ID, p.ID, Answered); a != nil && (out.Talk == nil || a.Seq > out.Talk.Seq) {
		for _, one := range a.Said.Answers {
			if one.Talk {
				out.Open++
			}
		}
	}
	for _, v := range d.Versions {
		if out.Version > 0 && v.N > out.Version && v.What != "" {
			out.Changes += v.What + "\n"
		}
	}
	return out
}

// paper finds a document, or a party of one, by the id of its page.
func (w whole) paper(id db.ID) (Standing, Document, error) {
	for _, st := range w.standing {
		if st.ID == id {
			d, err := find(w.documents, st.Document)
			return st, d, err
		}
	}
	return Standing{}, Document{}, ErrNone
}
