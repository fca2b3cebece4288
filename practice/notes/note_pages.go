package notes

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
)

// noteView is one note on its page.
type noteView struct {
	Note
	Who    string
	Names  map[db.ID]string
	House  *time.Location
	About  string // the time that it is about
	State  string
	Typed  string // in the editor
	Beside string // what is kept, where it is not what was changed
	Clash  bool
	Kept   bool
	Fields map[string]string
	Code   string
	Why    string
	Edits  bool
	Adds   bool
	Holds  bool
	Signs  bool // the text may be signed by the reader, who has not
}

func (v noteView) href() string { return "/desk/notes/" + v.ID.String() }

func (v noteView) title() string {
	if !v.Of.IsZero() {
		return "Addendum to a " + strings.ToLower(v.Lane.Title())
	}
	return v.Lane.Title()
}

func (s *Service) view(ctx context.Context, n Note) (v noteView, err error) {
	v = noteView{Note: n, Typed: n.Text, State: stateWords(ctx, n), Edits: n.CanWrite(ctx), Adds: n.CanAdd(ctx), Holds: n.CanHold(ctx)}
	v.Signs = v.Edits && !n.SignedBy(access.From(ctx).Person)
	if v.House, err = s.house(ctx); err != nil {
		return v, err
	}
	who, err := s.People.ClientNames(ctx, n.Client)
	if err != nil {
		return v, err
	}
	v.Who = who[n.Client]
	ids := []db.ID{n.Author, n.Other, n.Hold.By}
	for _, a := range n.Addenda {
		ids = append(ids, a.Author)
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil || n.Appointment.IsZero() {
		return v, err
	}
	times, err := s.timesOf(ctx, n.Client)
	if i := slices.IndexFunc(times, func(t Time) bool { return t.Appointment == n.Appointment }); i >= 0 {
		v.About = times[i].Name + ", " + ui.DateYear(times[i].End, v.House)
	}
	return v, err
}

func (s *Service) notePage(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	n, err := s.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if n.State == Signed && !n.Of.IsZero() { // it stands under its note
		return web.See(w, r, "/desk/notes/"+n.Of.String())
	}
	v, err := s.view(r.Context(), n)
	if err != nil {
		return err
	}
	v.Kept = r.URL.Query().Has("kept")
	return s.showNote(w, r, http.StatusOK, v)
}

func (s *Service) showNote(w http.ResponseWriter, r *http.Request, status int, v noteView) error {
	return s.show(w, r, status, v.title()+", "+v.Who, func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, onePage(p, nav, v))
	})
}

// kept is what the browser is told when it has kept a draft by itself.
type kept struct {
	Revision int64  `json:"revision"`
	Kept     string `json:"kept"` // the time of day, in the practice's zone
}

// revised is which note a form is about, and on which of its revisions it was begun.
func revised(r *http.Request) (id db.ID, revision int64, f *web.Form, err error) {
	if id, err = web.PathID(r, "id", errNone); err != nil {
		return id, 0, nil, err
	}
	if f, err = web.ReadForm(r); err != nil {
		return id, 0, nil, err
	}
	revision, err = revisionOf(f)
	return id, revision, f, err
}

// save keeps a draft: for a form, or for the browser that keeps it by itself.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, revision, f, err := revised(r)
	if err != nil {
		return err
	}
	if err := staysHere(f); err != nil {
		return err
	}
	ctx := r.Context()
	text := f.Text("text", MaxNote)
	if err = f.Err(); err == nil {
		var n Note
		n, err = s.Keep(ctx, id, revision, text, f.Checked("byitself"))
		if err == nil {
			return s.saved(w, r, n, f.Raw("do"))
		}
	}
	e := fault.Of(err)
	if web.AskedJSON(ctx) || e.Kind != fault.Invalid && e != ErrChanged {
		return err
	}
	return s.again(w, r, id, e, f.Raw("text"))
}

// staysHere refuses a form that names another place for the text than where the
// note is: there is no way across.
func staysHere(f *web.Form) error {
	for _, name := range []string{"lane", "client", "of", "note"} {
		if f.Has(name) {
			return fault.New(fault.BadRequest, "A note stays in its lane and with its client, so nothing was changed.")
		}
	}
	return nil
}

func (s *Service) saved(w http.ResponseWriter, r *http.Request, n Note, do string) error {
	ctx := r.Context()
	switch {
	case web.AskedJSON(ctx):
		house, err := s.house(ctx)
		if err != nil {
			return err
		}
		return web.JSON(w, r, http.StatusOK, kept{n.Revision, ui.Clock(n.Changed, house)})
	case do == "sign":
		return web.See(w, r, "/desk/notes/"+n.ID.String()+"/sign")
	}
	return web.See(w, r, "/desk/notes/"+n.ID.String()+"?kept=1")
}

// again shows the editor with what was typed; where the note has moved on, what
// is kept stands beside it, and keeping it again is a choice between the two.
func (s *Service) again(w http.ResponseWriter, r *http.Request, id db.ID, e *fault.Error, typed string) error {
	n, err := s.Get(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := s.view(r.Context(), n)
	if err != nil {
		return err
	}
	v.Typed, v.Fields = typed, e.Fields
	if e.Kind == fault.Taken {
		v.Clash, v.Beside, v.Fields = true, n.Text, map[string]string{"": e.Sentence}
	}
	return s.showNote(w, r, e.Kind.Status(), v)
}

// signPage shows the exact text once more before it is signed.
func (s *Service) signPage(w http.ResponseWriter, r *http.Request) error {
	return s.showSign(w, r, http.StatusOK, "")
}

func (s *Service) showSign(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	n, err := s.Get(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := s.view(r.Context(), n)
	if err != nil {
		return err
	}
	if !v.Signs {
		return web.See(w, r, v.href())
	}
	if problem == "" && strings.TrimSpace(n.Text) == "" {
		problem, status = errEmpty.Sentence, errEmpty.Kind.Status()
	}
	if problem != "" {
		v.Fields = map[string]string{"": problem}
	}
	return s.show(w, r, status, "Sign, "+v.Who, func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, signPage(p, nav, v))
	})
}

func (s *Service) signNote(w http.ResponseWriter, r *http.Request) error {
	id, revision, _, err := revised(r)
	if err != nil {
		return err
	}
	n, err := s.Sign(r.Context(), id, revision)
	switch e := fault.Of(err); {
	case err == nil:
		return s.onward(w, r, n)
	case e.Kind == fault.Invalid || e.Kind == fault.Taken:
		return s.showSign(w, r, e.Kind.Status(), e.Sentence)
	}
	return err
}

// onward leads to the note, or to the one under which an addendum stands.
func (s *Service) onward(w http.ResponseWriter, r *http.Request, n Note) error {
	if n.State == Signed && !n.Of.IsZero() {
		return web.See(w, r, "/desk/notes/"+n.Of.String())
	}
	return web.See(w, r, "/desk/notes/"+n.ID.String())
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	client, err := s.Discard(r.Context(), id)
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+client.String()+"/notes")
}

func (s *Service) takeBack(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, s.Withdraw)
}

func (s *Service) releaseNote(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, s.Release)
}

// change does what one button asks and shows the note again.
func (s *Service) change(w http.ResponseWriter, r *http.Request, do func(context.Context, db.ID) error) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	if err := do(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/notes/"+id.String())
}

func (s *Service) addendum(w http.ResponseWriter, r *http.Request) error {
	of, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	to, err := s.may(r.Context(), s.DB.Reader(), of)
	if err != nil {
		return err
	}
	ctx, _, err := once.Read(r)
	if err != nil {
		return err
	}
	id, err := s.Begin(ctx, Start{Client: to.Client, Lane: to.Lane, Of: of})
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/notes/"+id.String())
}

func (s *Service) holdNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	why := f.Text("why", MaxHold)
	if err = f.Err(); err == nil {
		err = s.HoldBack(r.Context(), id, f.Raw("code"), why)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/desk/notes/"+id.String())
	case e.Kind != fault.Invalid:
		return err
	}
	n, err := s.Get(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := s.view(r.Context(), n)
	if err != nil {
		return err
	}
	v.Fields, v.Code, v.Why = e.Fields, f.Raw("code"), f.Raw("why")
	return s.showNote(w, r, e.Kind.Status(), v)
}

func (s *Service) printPage(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	n, err := s.Print(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := s.view(r.Context(), n)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, v.title()+", "+v.Who, func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, http.StatusOK, printed(p, nav, v))
	})
}
