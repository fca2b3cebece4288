package screening

import (
	"context"

	"held/practice/access"
	"held/practice/forms"
)

// OwnView is what a client sees of their screening.
type OwnView struct {
	Forms    []OwnForm // those of the screening, the newest first
	Requests []Request
	Letters  []Decision // what was decided, once its letter was sent, without the chart
	Silent   bool       // something was decided and its letter is still to come
}

// OwnForm is a form of the screening under the name that it has for the client.
type OwnForm struct {
	forms.Given
	Title string
}

// Own is what the actor sees of their own screening.
func (s *Service) Own(ctx context.Context) (v OwnView, err error) {
	me := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, own(me)); err != nil {
		return v, err
	}
	all, err := s.Forms.Of(ctx, me)
	if err != nil {
		return v, err
	}
	for _, g := range all {
		if formNames[g.Key] != "" && g.State != forms.TakenBack {
			title, err := s.Forms.Title(ctx, g)
			if err != nil {
				return v, err
			}
			v.Forms = append(v.Forms, OwnForm{g, title})
		}
	}
	if v.Requests, err = s.requests(ctx, s.DB.Reader(), me); err != nil {
		return v, err
	}
	decisions, err := s.decisions(ctx, s.DB.Reader(), me)
	for _, d := range decisions {
		switch {
		case !d.LetterAt.IsZero():
			d.Why, d.Reasons, d.Snapshot = "", nil, Snapshot{}
			v.Letters = append(v.Letters, d)
		case d.Superseded.IsZero():
			v.Silent = true
		}
	}
	return v, err
}
