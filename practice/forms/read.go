package forms

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Response is one response that was sent.
type Response struct {
	Given
	Form    *Form
	Number  int // counted from 1; a correction is another one
	Sent    time.Time
	Answers questionnaire.Answers // those that the reader may read
	Kept    bool                  // some are kept from this reader
}

// classOf is what reading an answer asks of the policy.
var classOf = map[questionnaire.Seen]access.Class{
	questionnaire.Team: access.Answers, questionnaire.Guide: access.GuideAnswers, questionnaire.Prescriber: access.PrescriberAnswers,
}

// May tells whether the actor reads what a person answered to an item.
func May(ctx context.Context, person db.ID, i *questionnaire.Item) bool {
	return access.Can(ctx, access.Read, access.Resource{Class: classOf[i.Seen()], Subject: person})
}

func (s *Service) readsAny(ctx context.Context, person db.ID) bool {
	for _, c := range classOf {
		if access.Can(ctx, access.Read, access.Resource{Class: c, Subject: person}) {
			return true
		}
	}
	return false
}

// Latest is the last response that somebody has sent to a form; nil when there
// is none. It holds the answers that the actor may read: all of them for the
// program itself. It stands on no trail; whoever shows it writes that down.
func (s *Service) Latest(ctx context.Context, q db.Q, person db.ID, form string) (*Response, error) {
	if !s.readsAny(ctx, person) {
		return nil, access.Check(ctx, access.Read, answersOf(person))
	}
	g, err := db.One(ctx, q, scanGiven, sqlSentOf, access.From(ctx).Practice, person, form)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := s.responses(ctx, q, g, sqlLastResponse)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// Read opens every response to one given form, the last one last, for whoever
// cares for the person and for the person themselves. The reading stands on the
// trail.
func (s *Service) Read(ctx context.Context, id db.ID) ([]*Response, error) {
	q := s.DB.Reader()
	g, err := s.one(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if !s.readsAny(ctx, g.Person) {
		return nil, access.Check(ctx, access.Read, answersOf(g.Person))
	}
	if g.SentAt.IsZero() {
		return nil, fault.New(fault.NotFound, "This form was not sent yet. What is answered so far is read by nobody else.")
	}
	if access.From(ctx).Person != g.Person {
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: g.Person, Kind: "answers", Object: g.ID}); err != nil {
			return nil, err
		}
	}
	return s.responses(ctx, q, g, sqlResponses)
}

func (s *Service) responses(ctx context.Context, q db.Q, g Given, query string) ([]*Response, error) {
	f, err := s.version(ctx, q, g.Version)
	if err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, q, scanResponse, query, access.From(ctx).Practice, g.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*Response, len(rows))
	for n, row := range rows {
		all, err := s.answers(ctx, q, f, row)
		if err != nil {
			return nil, err
		}
		r := &Response{Given: g, Form: f, Number: row.number, Sent: row.changed, Answers: questionnaire.Answers{}}
		for k, v := range all {
			if May(ctx, g.Person, f.Of(k.LinkID)) {
				r.Answers[k] = v
			}
		}
		f.All(func(i *questionnaire.Item) bool {
			r.Kept = r.Kept || i.Asks() && !May(ctx, g.Person, i)
			return !r.Kept
		})
		out[n] = r
	}
	return out, nil
}

// JSON is a response as a QuestionnaireResponse of FHIR R4, as far as its reader
// may read it.
func (r *Response) JSON() ([]byte, error) {
	about := questionnaire.About{ID: r.ID.String(), Questionnaire: r.Form.canonical(), Status: "completed", Authored: r.Sent}
	if r.Number > 1 {
		about.Status = "amended"
	}
	return r.Form.Respond(r.Answers, about, true)
}
