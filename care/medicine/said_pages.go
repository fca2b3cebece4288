package medicine

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
)

var errNoRems = fault.New(fault.NotFound, "The programme's form is for sessions with esketamine. This one is not.")

// remsView is the page of the programme's form.
type remsView struct {
	*Rems
	Zone  *time.Location
	Chart bool // the reader may read what was answered in the screening
}

func (s *Service) showRems(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	ctx := r.Context()
	x, err := s.Rems(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	if err := s.sawRecord(ctx, x.Record, ""); err != nil {
		return err
	}
	v := remsView{Rems: x, Zone: zoneNamed(x.Record.Paper.Practice.Zone), Chart: access.Can(ctx, access.Read, access.Resource{Class: access.Chart, Subject: x.Record.Client})}
	return s.recordDesk(w, r, "REMS form", func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, http.StatusOK, remsPage(p, nav, v))
	})
}

// saidView is a client's own words, on their own page.
type saidView struct {
	Sessions []OwnSession
	Zone     *time.Location
	Said     string
	Fields   map[string]string
}

// about names some words for those who hear the page and not see it.
func (w OwnSaid) about(zone *time.Location) string {
	return "the words of " + w.At.In(zone).Format("2 January, 15:04:05")
}

func (s *Service) showSaid(w http.ResponseWriter, r *http.Request) error {
	v := saidView{}
	switch r.URL.RawQuery {
	case "kept":
		v.Said = "You keep these words."
	case "removed":
		v.Said = "These words are gone. The record says that you took them away."
	}
	return s.saidPage(w, r, http.StatusOK, v)
}

func (s *Service) saidPage(w http.ResponseWriter, r *http.Request, status int, v saidView) (err error) {
	ctx := r.Context()
	if v.Sessions, err = s.Mine(ctx); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Zone = st.Location()
	p, err := s.Settings.Page(r, "What you said")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, saidPage(p, v))
}

func (s *Service) keepSaidWords(w http.ResponseWriter, r *http.Request) error {
	return s.chooseWords(w, r, s.KeepSaid, "kept")
}

func (s *Service) takeSaidWords(w http.ResponseWriter, r *http.Request) error {
	return s.chooseWords(w, r, s.TakeSaid, "removed")
}

func (s *Service) chooseWords(w http.ResponseWriter, r *http.Request, do func(context.Context, db.ID) error, done string) error {
	id, err := web.PathID(r, "id", errNoWords)
	if err != nil {
		return err
	}
	e := fault.Of(do(r.Context(), id))
	switch {
	case e == nil:
		return web.See(w, r, "/space/said?"+done)
	case e.Kind == fault.Taken || e.Kind == fault.Gone:
		return s.saidPage(w, r, e.Kind.Status(), saidView{Fields: map[string]string{"": e.Sentence}})
	}
	return e
}
