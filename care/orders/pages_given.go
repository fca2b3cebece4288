package orders

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/practice/settings"
)

// listView is the page of doses that were not as ordered.
type listView struct {
	All   []Given
	Who   map[db.ID]string
	House *time.Location
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) (err error) {
	ctx, v := r.Context(), listView{}
	if v.All, err = s.ToLook(ctx); err != nil {
		return err
	}
	var ids []db.ID
	for _, g := range v.All {
		ids = append(ids, g.Client)
		if err := s.Trail.Saw(ctx, line("read", "dose", g.Client, g.Entry, "")); err != nil {
			return err
		}
	}
	if v.Who, err = s.People.ClientNames(ctx, ids...); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, err := s.Settings.Page(r, "Doses to look at")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) lookAt(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "looked", func(ctx context.Context, f *web.Form, id db.ID) error {
		entry, err := db.ParseID(f.Raw("entry"))
		if err != nil {
			return errNone
		}
		word := f.Text("word-"+entry.String(), maxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Look(ctx, id, entry, word)
	})
}
