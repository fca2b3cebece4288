package inquiry

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
)

// guest is somebody who comes to book by an invitation. The pages of booking
// carry its token in their addresses, so that it needs no cookie and no script.
type guest struct {
	Invitation
	token   string
	browser access.Actor // who is signed in there, for the page's head only
}

type guestKey struct{}

func guestIn(ctx context.Context) (guest, bool) {
	g, ok := ctx.Value(guestKey{}).(guest)
	return g, ok
}

// comeInvited opens an invitation. The request it gives is that of the invited
// person.
func (s *Service) comeInvited(r *http.Request, token string) (*http.Request, error) {
	ctx := r.Context()
	id, ok := s.idIn(ctx, "inquiry.invitation", token)
	if !ok {
		return r, errNoInvitation
	}
	i, err := s.invitation(ctx, s.DB.Reader(), id)
	if err != nil {
		return r, err
	}
	g := guest{i, token, access.From(ctx)}
	return r.WithContext(context.WithValue(access.Holder(ctx, i.Person), guestKey{}, g)), nil
}

// byInvitation lets a page of booking be opened by an invitation too.
func (s *Service) byInvitation(page web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token := r.URL.Query().Get("invitation")
		if token == "" {
			return page(w, r)
		}
		r, err := s.comeInvited(r, token)
		if err == nil {
			err = page(w, r)
		}
		return s.closedPage(w, r, err)
	}
}

// welcome says whether a guest can book an offering now.
func (s *Service) welcome(g guest, o calendar.Offering) error {
	if g.Offering != o.ID {
		return errOtherInvitation
	}
	if err := g.closed(s.lately()); err != nil {
		return err
	}
	if !invitable(o) {
		return errNotNow
	}
	return nil
}

// chrome is a page's head for whoever sits there, guest or not.
func (s *Service) chrome(r *http.Request, title string) (ui.Page, error) {
	g, invited := guestIn(r.Context())
	if invited {
		r = r.WithContext(access.With(r.Context(), g.browser))
	}
	p, err := s.Settings.Page(r, title)
	p.NoIndex = p.NoIndex || invited
	return p, err
}

// withInvitation adds the invitation to an address of booking.
func withInvitation(path, token string) string {
	if token == "" {
		return path
	}
	return path + "?" + url.Values{"invitation": {token}}.Encode()
}

// carry adds the invitation of a request to a query.
func carry(r *http.Request, q url.Values) url.Values {
	if token := r.URL.Query().Get("invitation"); token != "" {
		q.Set("invitation", token)
	}
	return q
}

// openInvitation is the link in the letter: it leads to the times.
func (s *Service) openInvitation(w http.ResponseWriter, r *http.Request) error {
	r, err := s.comeInvited(r, r.PathValue("token"))
	if err != nil {
		return err
	}
	g, _ := guestIn(r.Context())
	if err := g.closed(s.Now()); err != nil {
		return s.closedPage(w, r, err)
	}
	o, err := s.Calendar.Offering(r.Context(), g.Offering)
	if err == nil {
		err = s.welcome(g, o)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, withInvitation("/book/"+o.Slug, g.token))
}

type closedView struct {
	Title, Sentence, Reach string
	Appointment            string // the address of what was booked last
}

// closedPage shows a guest whose invitation books nothing any more what they
// can do; every other error goes on.
func (s *Service) closedPage(w http.ResponseWriter, r *http.Request, refused error) error {
	g, invited := guestIn(r.Context())
	if !invited || !fault.Is(refused, fault.Gone) || web.WantsJSON(r) {
		return refused
	}
	ctx := r.Context()
	now, err := s.invitation(ctx, s.DB.Reader(), g.ID) // perhaps used since the page was asked for
	if err != nil {
		return err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := closedView{Title: "This invitation has ended", Sentence: fault.Of(refused).Sentence, Reach: reach(house)}
	if errors.Is(refused, errInvitationUsed) {
		v.Title = "This invitation has been used"
	}
	if !now.Appointment.IsZero() {
		v.Appointment = "/appointments/" + s.appointmentToken(ctx, now.Appointment)
	}
	p, err := s.chrome(r, v.Title)
	if err != nil {
		return err
	}
	p.Path = ""
	return web.Render(w, r, http.StatusGone, closedInvitationPage(p, v))
}
