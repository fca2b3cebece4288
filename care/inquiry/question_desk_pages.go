package inquiry

import (
	"context"
	"maps"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
)

func (s *Service) deskQuestionRoutes() []web.Route {
	read, write := access.To(access.Read, access.Questions), access.To(access.Write, access.Questions)
	return []web.Route{
		{Pattern: "GET /desk/questions", Access: read, Handle: s.inbox},
		{Pattern: "GET /desk/questions/{id}", Access: read, Handle: s.deskQuestion},
		{Pattern: "POST /desk/questions/{id}/answer", Access: write, Handle: s.sendAnswer},
		{Pattern: "POST /desk/questions/{id}/charge", Access: write, Handle: s.chargeQuestion},
		{Pattern: "POST /desk/questions/{id}/state", Access: write, Handle: s.stateQuestion},
		{Pattern: "POST /desk/questions/{id}/inquiry", Access: write, Handle: s.turnQuestion},
		{Pattern: "GET /desk/questions/saved", Access: read, Handle: s.savedList},
		{Pattern: "POST /desk/questions/saved", Access: write, Handle: s.saveAnswer},
		{Pattern: "POST /desk/questions/saved/remove", Access: write, Handle: s.removeAnswer},
	}
}

// pageSize is how many questions, or cards of one column, a page shows.
const pageSize = 25

// inboxView is the list of questions of one state.
type inboxView struct {
	State     QuestionState
	House     *time.Location
	Items     []Question
	Names     map[db.ID]string
	Counts    map[QuestionState]int
	Tray      []Question // set aside, shown folded under the new ones
	Older     string     // address of the next page
	Newest    string
	SeesSaved bool
}

var inboxStates = []QuestionState{QuestionNew, QuestionAnswered, QuestionClosed, QuestionAside}

func (s *Service) inbox(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	state := QuestionState(f.Choice("state", string(QuestionNew), string(QuestionAnswered), string(QuestionClosed), string(QuestionAside)))
	if err := f.Err(); err != nil {
		return err
	}
	v, err := s.loadInbox(ctx, state, parseMark(f.Raw("before"), latest()))
	if err != nil {
		return err
	}
	if f.Has("before") {
		v.Newest = "/desk/questions?state=" + string(state)
	}
	p, err := s.Settings.Page(r, "Questions")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, inboxPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) loadInbox(ctx context.Context, state QuestionState, before mark) (v inboxView, err error) {
	v = inboxView{State: state, Counts: map[QuestionState]int{}, SeesSaved: access.Can(ctx, access.Write, access.Resource{Class: access.Questions})}
	if v.Items, err = s.Inbox(ctx, state, before, pageSize+1); err != nil {
		return v, err
	}
	if len(v.Items) > pageSize {
		v.Items = v.Items[:pageSize]
		last := v.Items[pageSize-1]
		v.Older = "/desk/questions?state=" + string(state) + "&before=" + mark{last.Changed, last.ID}.String()
	}
	for _, c := range []QuestionState{QuestionNew, QuestionAside} {
		if v.Counts[c], err = s.Count(ctx, c); err != nil {
			return v, err
		}
	}
	if state == QuestionNew && v.Counts[QuestionAside] > 0 {
		if v.Tray, err = s.Inbox(ctx, QuestionAside, latest(), pageSize); err != nil {
			return v, err
		}
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House = st.Location()
	var ids, askers []db.ID
	for _, q := range append(v.Items[:len(v.Items):len(v.Items)], v.Tray...) {
		ids, askers = append(ids, q.Charge), append(askers, q.Person)
	}
	v.Names, err = s.namesOf(ctx, ids, askers)
	return v, err
}

// deskView is one question at the desk.
type deskView struct {
	C          Conversation
	House      *time.Location
	Names      map[db.ID]string
	Colleagues []ui.Option
	Saved      []Saved
	Chosen     string // the saved answer that was put in
	Text       string
	Name       string // the working name for an inquiry
	Fields     map[string]string
	Once       string
	Self       db.ID
	MayWrite   bool
	MayTurn    bool
	MaySave    bool
}

func (v deskView) title() string { return titleOf(v.C.Question, v.House) }

func (v deskView) href(what string) string { return "/desk/questions/" + v.C.ID.String() + what }

func (s *Service) deskQuestion(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := deskView{}
	if f.Raw("saved") != "" {
		if v.Text, err = s.savedText(r.Context(), f); err != nil {
			return err
		}
		v.Chosen = f.Raw("saved")
	}
	return s.showDesk(w, r, http.StatusOK, v)
}

// savedText is the chosen saved answer under what was typed already.
func (s *Service) savedText(ctx context.Context, f *web.Form) (string, error) {
	typed := f.Raw("text")
	id := formID(f, "saved")
	if err := f.Err(); err != nil {
		return typed, err
	}
	all, err := s.SavedAnswers(ctx)
	if err != nil {
		return typed, err
	}
	for _, x := range all {
		if x.ID == id && typed != "" {
			return typed + "\n\n" + x.Text, nil
		}
		if x.ID == id {
			return x.Text, nil
		}
	}
	return typed, nil
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request, status int, v deskView) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	if v.C, err = s.Question(ctx, id); err != nil {
		return err
	}
	if err := s.fillDesk(ctx, &v); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, deskQuestionPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) fillDesk(ctx context.Context, v *deskView) (err error) {
	a := access.From(ctx)
	if v.Names, err = s.authors(ctx, v.C); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House, v.Self = st.Location(), a.Person
	v.MayWrite = access.Can(ctx, access.Write, v.C.resource())
	v.MaySave = access.Can(ctx, access.Write, access.Resource{Class: access.Questions})
	v.MayTurn = v.MayWrite && access.Can(ctx, access.Write, inquiries(v.C.Person)) && access.Can(ctx, access.Write, access.Resource{Class: access.People})
	if !v.MayWrite {
		return nil
	}
	v.Once = s.sameOnce(a.Practice, v.Once)
	if v.Saved, err = s.SavedAnswers(ctx); err != nil {
		return err
	}
	all, err := s.colleagues(ctx)
	if err != nil {
		return err
	}
	v.Colleagues = chargeOptions(all)
	return nil
}

func (s *Service) sendAnswer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Raw("do") == "insert" { // changes nothing: the form comes back with more in it
		typed, err := s.savedText(ctx, f)
		if err != nil {
			return err
		}
		return s.showDesk(w, r, http.StatusOK, deskView{Text: typed, Chosen: f.Raw("saved"), Once: f.Raw("once")})
	}
	a := Reply{Text: f.Text("text", MaxQuestion), Once: f.Raw("once")}
	f.Required("text", "Please write a few words.")
	a.Seen = int64(f.Int("seen", 1, maxTurns+1))
	if err = f.Err(); err == nil {
		err = s.Answer(ctx, id, a)
	}
	if fields, status, ok := shown(err); ok {
		return s.showDesk(w, r, status, deskView{Text: f.Raw("text"), Once: f.Raw("once"), Fields: fields})
	}
	if err != nil {
		return err
	}
	return backToQuestion(w, r, id)
}

func backToQuestion(w http.ResponseWriter, r *http.Request, id db.ID) error {
	return web.See(w, r, "/desk/questions/"+id.String())
}

// changeQuestion is a small form about one question: read it, do it, show the
// question again.
func (s *Service) changeQuestion(w http.ResponseWriter, r *http.Request, do func(f *web.Form, id db.ID) error) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err = do(f, id); err == nil {
		return s.afterChange(w, r, id)
	}
	if fields, status, ok := shown(err); ok {
		return s.showDesk(w, r, status, deskView{Fields: fields, Name: f.Raw("name")})
	}
	return err
}

// afterChange leads back to the question, or to the list when giving it into
// somebody else's charge has closed it to whoever did so.
func (s *Service) afterChange(w http.ResponseWriter, r *http.Request, id db.ID) error {
	_, err := s.thread(r.Context(), s.DB.Reader(), access.Read, id)
	if fault.Is(err, fault.Forbidden) {
		return web.See(w, r, "/desk/questions")
	}
	if err != nil {
		return err
	}
	return backToQuestion(w, r, id)
}

func (s *Service) chargeQuestion(w http.ResponseWriter, r *http.Request) error {
	return s.changeQuestion(w, r, func(f *web.Form, id db.ID) error {
		colleague := formID(f, "charge")
		if err := f.Err(); err != nil {
			return err
		}
		return s.PutInCharge(r.Context(), id, colleague)
	})
}

func (s *Service) stateQuestion(w http.ResponseWriter, r *http.Request) error {
	return s.changeQuestion(w, r, func(f *web.Form, id db.ID) error {
		return s.SetState(r.Context(), id, QuestionState(f.Raw("to")))
	})
}

func (s *Service) turnQuestion(w http.ResponseWriter, r *http.Request) error {
	var person db.ID
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	name := f.Line("name", people.MaxName)
	if err = f.Err(); err == nil {
		person, err = s.Turn(r.Context(), id, name)
	}
	if fields, status, ok := shown(err); ok {
		return s.showDesk(w, r, status, deskView{Fields: fields, Name: f.Raw("name")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/inquiries/"+person.String())
}

// savedView is the list of saved answers with a form for one.
type savedView struct {
	All      []Saved
	Edit     Saved
	Fields   map[string]string
	MayWrite bool
}

func (s *Service) savedList(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := savedView{Edit: Saved{ID: formID(f, "edit")}}
	if err := f.Err(); err != nil {
		return err
	}
	return s.showSaved(w, r, http.StatusOK, v)
}

func (s *Service) showSaved(w http.ResponseWriter, r *http.Request, status int, v savedView) error {
	ctx := r.Context()
	var err error
	if v.All, err = s.SavedAnswers(ctx); err != nil {
		return err
	}
	v.MayWrite = access.Can(ctx, access.Write, access.Resource{Class: access.Questions})
	for _, x := range v.All {
		if x.ID == v.Edit.ID && v.Fields == nil {
			v.Edit = x
		}
	}
	p, err := s.Settings.Page(r, "Saved answers")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, savedPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) saveAnswer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	x := Saved{ID: formID(f, "id"), Title: f.Line("title", 120), Text: f.Text("text", MaxQuestion)}
	if err = f.Err(); err == nil {
		_, err = s.KeepSaved(r.Context(), x)
	}
	if fields, status, ok := shown(err); ok {
		x.Title, x.Text = f.Raw("title"), f.Raw("text")
		return s.showSaved(w, r, status, savedView{Edit: x, Fields: fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/questions/saved")
}

func (s *Service) removeAnswer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id := formID(f, "id")
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.DropSaved(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/questions/saved")
}

// namesOf names colleagues, and those who asked as far as the reader may know
// who they are.
func (s *Service) namesOf(ctx context.Context, colleagues, askers []db.ID) (map[db.ID]string, error) {
	names, err := s.People.Names(ctx, colleagues...)
	if err != nil {
		return nil, err
	}
	asked, err := s.People.ClientNames(ctx, askers...)
	maps.Copy(names, asked)
	return names, err
}
