package preparation

import (
	"net/http"
	"strings"
	"time"

	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// escortView is the one page that an escort has.
type escortView struct {
	guest
	Token  string
	Arrive bool
	Past   bool
	Fields map[string]string
}

func (v escortView) path() string { return "/escort/" + v.Token }

// showEscort shows what is asked. It changes nothing, and says nothing about
// whose practice it is or why somebody is brought home.
func (s *Service) showEscort(w http.ResponseWriter, r *http.Request) error {
	return s.escortPage(w, r, http.StatusOK, nil)
}

func (s *Service) escortPage(w http.ResponseWriter, r *http.Request, status int, problems map[string]string) error {
	_, g, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	now := s.Now()
	v := escortView{guest: g, Token: r.PathValue("token"), Arrive: g.canArrive(now), Past: !g.Start.After(now), Fields: problems}
	p, err := s.Settings.PublicPage(r.Context(), "Bringing somebody home", "")
	if err != nil {
		return err
	}
	p.NoIndex, p.Site.Practice, p.Site.Tagline = true, g.House.Sender, ""
	return web.Render(w, r, status, escortPage(p, v))
}

func (s *Service) answerEscort(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	switch f.Raw("answer") {
	case Yes, No:
	default:
		if _, _, err := s.byLink(r.Context(), token); err != nil {
			return err
		}
		return s.escortPage(w, r, http.StatusUnprocessableEntity, fault.Field("answer", "Please choose yes or no. Nothing was sent yet.").Fields)
	}
	if err := s.AnswerEscort(r.Context(), token, f.Raw("answer") == Yes); err != nil {
		return err
	}
	return web.See(w, r, "/escort/"+token)
}

func (s *Service) arrive(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if err := s.Arrive(r.Context(), token); err != nil {
		return err
	}
	return web.See(w, r, "/escort/"+token)
}

// namedView is an escort as the front desk reads them: how to reach them, and
// what they said. It is the way to call somebody who is waited for.
type namedView struct {
	Session
	Escort Escort
	Who    string
	House  *time.Location
}

func (s *Service) showNamed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoSession)
	if err != nil {
		return err
	}
	var v namedView
	if v.Session, err = s.Session(ctx, s.DB.Reader(), id); err != nil {
		return err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Contact, Subject: v.Client}); err != nil {
		return err
	}
	if v.Escort, err = s.escortOf(ctx, s.DB.Reader(), id); err != nil {
		return err
	}
	names, err := s.People.ClientNames(ctx, v.Client)
	if err != nil {
		return err
	}
	if _, v.House, err = s.zoneOf(ctx, ""); err != nil {
		return err
	}
	v.Who = names[v.Client]
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: v.Client, Kind: "escort", Object: v.Escort.ID}); err != nil {
		return err
	}
	p, err := s.desk(r, v.Who+", who brings them home")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, namedPage(p, v))
}

// telephone is a number as a telephone takes it.
func telephone(shown string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, shown)
}
