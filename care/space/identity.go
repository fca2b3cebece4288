package space

import (
	"net/http"
	"strings"

	"held/internal/fault"
	"held/internal/web"
	"held/practice/people"
)

// identityView is the form in which a client says who they are in law.
type identityView struct {
	People people.Identity
	Called string
	Works  string
	Fields map[string]string
	Saved  bool
}

func (s *Service) identity(w http.ResponseWriter, r *http.Request) error {
	i, err := s.People.OwnIdentity(r.Context())
	if err != nil {
		return err
	}
	v := identityView{People: i, Called: strings.Join(i.Called, "\n"), Works: strings.Join(i.Works, "\n"), Saved: r.URL.Query().Has("saved")}
	return s.identityPage(w, r, http.StatusOK, v)
}

func (s *Service) identityPage(w http.ResponseWriter, r *http.Request, status int, v identityView) error {
	p, err := s.Settings.Page(r, "Your legal identity")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, identityPage(p, v))
}

func (s *Service) saveIdentity(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	i := people.ReadIdentity(f)
	if err = f.Err(); err == nil {
		err = s.People.SaveIdentity(r.Context(), i)
	}
	if fault.Is(err, fault.Invalid) {
		raw := people.Identity{
			Name: f.Raw("name"), Born: f.Raw("born"), Address: f.Raw("address"), Pronoun: f.Raw("pronoun"),
			Licence: people.Licence{Number: f.Raw("licence_number"), Kind: f.Raw("licence_kind"), State: f.Raw("licence_state")},
		}
		return s.identityPage(w, r, fault.Invalid.Status(), identityView{People: raw, Called: f.Raw("called"), Works: f.Raw("works"), Fields: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/identity?saved=1")
}
