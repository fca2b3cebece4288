package space

import (
	"context"
	"net/http"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/circle"
)

// circleView is a client's own list, and who else may read it.
type circleView struct {
	List    []circle.Entry
	Shown   string      // to whom it is shown; "" for nobody
	Members []ui.Option // to whom it could be
	Typed   circle.Entry
	Fields  map[string]string
}

// kinds are what an entry can name.
var kinds = []ui.Option{{Value: string(circle.Person), Label: "A person"}, {Value: string(circle.Place), Label: "A place, where somebody may know you from"}}

func (s *Service) circle(w http.ResponseWriter, r *http.Request) error {
	return s.circlePage(w, r, http.StatusOK, circleView{Typed: circle.Entry{Kind: circle.Person}})
}

func (s *Service) circlePage(w http.ResponseWriter, r *http.Request, status int, v circleView) error {
	ctx := r.Context()
	var err error
	if v.List, err = s.Circle.Mine(ctx); err != nil {
		return err
	}
	if err := s.whoReads(ctx, &v); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Your circle")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, circlePage(p, v))
}

// whoReads finds who may read the list, and who could.
func (s *Service) whoReads(ctx context.Context, v *circleView) error {
	me := access.From(ctx).Person
	member, err := s.Circle.ShownTo(ctx, me)
	if err != nil {
		return err
	}
	c, err := s.People.Card(ctx, me)
	if err != nil {
		return err
	}
	seen := map[db.ID]bool{}
	for _, m := range c.Team {
		who, err := s.People.Card(ctx, m.Person)
		if err != nil {
			return err
		}
		if m.Person == member {
			v.Shown = who.Name
		}
		if !seen[m.Person] {
			v.Members = append(v.Members, ui.Option{Value: m.Person.String(), Label: who.Name + ", " + string(m.Role)})
		}
		seen[m.Person] = true
	}
	return nil
}

// changeCircle is a small form about the list; what was typed is shown again
// when something in it needs another look.
func (s *Service) changeCircle(w http.ResponseWriter, r *http.Request, do func(f *web.Form) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err = do(f); fault.Is(err, fault.Invalid) {
		typed := circle.Entry{Kind: circle.Kind(f.Raw("kind")), Name: f.Raw("name"), Why: f.Raw("why")}
		return s.circlePage(w, r, fault.Invalid.Status(), circleView{Typed: typed, Fields: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/circle")
}

func (s *Service) addToCircle(w http.ResponseWriter, r *http.Request) error {
	return s.changeCircle(w, r, func(f *web.Form) error {
		f.Required("name", "Please write a name.")
		e := circle.Entry{Kind: circle.Kind(f.Raw("kind")), Name: f.Line("name", circle.MaxName), Why: f.Line("why", circle.MaxWhy)}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Circle.Add(r.Context(), e)
	})
}

func (s *Service) removeFromCircle(w http.ResponseWriter, r *http.Request) error {
	return s.changeCircle(w, r, func(f *web.Form) error {
		id, err := db.ParseID(f.Raw("entry"))
		if err != nil {
			return fault.Field("", "This name is not on your list any more.")
		}
		return s.Circle.Remove(r.Context(), id)
	})
}

func (s *Service) showCircle(w http.ResponseWriter, r *http.Request) error {
	return s.changeCircle(w, r, func(f *web.Form) error {
		id, err := db.ParseID(f.Raw("member"))
		if err != nil {
			return fault.Field("member", "Please choose somebody of your care team. Nothing was changed.")
		}
		return s.Circle.Show(r.Context(), id)
	})
}

func (s *Service) hideCircle(w http.ResponseWriter, r *http.Request) error {
	return s.changeCircle(w, r, func(*web.Form) error { return s.Circle.Hide(r.Context()) })
}
