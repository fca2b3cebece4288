package settings

import (
	"net/http"
	"strings"

	"held/internal/fault"
	"held/internal/web"
	"held/practice/people"
)

// namesView is the page on which a colleague says by what else others may know
// them, for clients' circles.
type namesView struct {
	Called, Works string
	Problems      map[string]string
	Saved         bool
}

func (s *Service) showNames(w http.ResponseWriter, r *http.Request) error {
	i, err := s.People.OwnIdentity(r.Context())
	if err != nil {
		return err
	}
	v := namesView{Called: strings.Join(i.Called, "\n"), Works: strings.Join(i.Works, "\n"), Saved: r.URL.Query().Has("saved")}
	return s.namesPage(w, r, http.StatusOK, v)
}

func (s *Service) namesPage(w http.ResponseWriter, r *http.Request, status int, v namesView) error {
	p, err := s.deskPage(r, "By what else others may know you")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, namesPage(p, v))
}

func (s *Service) saveNames(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	called, works := people.ReadKnown(f)
	if err = f.Err(); err == nil {
		err = s.People.SaveKnown(r.Context(), called, works)
	}
	if fault.Is(err, fault.Invalid) {
		return s.namesPage(w, r, fault.Invalid.Status(), namesView{Called: f.Raw("called"), Works: f.Raw("works"), Problems: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/names?saved=1")
}
