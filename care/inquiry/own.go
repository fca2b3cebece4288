package inquiry

import (
	"context"
	"errors"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
)

// What a letter would tell a client stands in their space too, so that they
// can do without letters.

// OwnWait is a client's place on the waiting list, with the time that is on
// offer to them now.
type OwnWait struct {
	What    string
	Href    string
	Offered time.Time // zero for none
	Until   time.Time
	Take    string // where the offer is taken or let go
}

// OwnQuestion is a question of a client's that the practice knows to be theirs.
type OwnQuestion struct {
	Title   string
	Href    string
	Changed time.Time
	State   QuestionState
}

func (s *Service) itsOwn(ctx context.Context, person db.ID) error {
	return access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person})
}

// WaitsOf lists what a client waits for, to themselves.
func (s *Service) WaitsOf(ctx context.Context, person db.ID) ([]OwnWait, error) {
	if err := s.itsOwn(ctx, person); err != nil {
		return nil, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	rows, err := db.All(ctx, q, scanWaiting, sqlWaitingOfPerson, practice, person)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	offers, err := db.All(ctx, q, scanOffer, sqlOpenOffers, practice)
	if err != nil {
		return nil, err
	}
	var out []OwnWait
	for _, w := range rows {
		o, err := s.Calendar.Offering(ctx, w.Offering)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		own := OwnWait{What: o.Name, Href: "/wait/" + s.waitingToken(ctx, w.ID)}
		for _, x := range offers {
			if x.Waiting == w.ID && x.Expires.After(s.Now()) {
				own.Offered, own.Until, own.Take = x.Start, x.Expires, "/offers/"+s.offerToken(ctx, x.ID)
			}
		}
		out = append(out, own)
	}
	return out, nil
}

// AskedBy lists a client's questions, to themselves, the latest first; those
// that were closed long ago are not read any more.
func (s *Service) AskedBy(ctx context.Context, person db.ID) ([]OwnQuestion, error) {
	if err := s.itsOwn(ctx, person); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanThread, sqlThreadsOfPerson, access.From(ctx).Practice, person)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	var out []OwnQuestion
	for _, t := range rows {
		if !s.over(t.Question) {
			out = append(out, OwnQuestion{titleOf(t.Question, house.Location()), "/space/questions/" + t.ID.String(), t.Changed, t.State})
		}
	}
	return out, nil
}

// over tells of a question that is not read any more.
func (s *Service) over(q Question) bool {
	return q.State == QuestionClosed && s.Now().Sub(q.Changed) > ReadableFor
}

// ownQuestion shows a client one of their questions with everything said.
func (s *Service) ownQuestion(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), s.DB.Reader()
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	a := access.From(ctx)
	t, err := db.One(ctx, q, scanThread, sqlThread, a.Practice, id)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	if err != nil || t.Person != a.Person || s.itsOwn(ctx, t.Person) != nil || s.over(t.Question) {
		return fault.New(fault.NotFound, "There is no question of yours at this address.")
	}
	v := threadView{}
	if v.C, err = s.conversation(ctx, q, a.Practice, t); err != nil {
		return err
	}
	if v.Names, err = s.authors(ctx, v.C); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, err := s.Settings.Page(r, "Your question")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownQuestionPage(p, v))
}
