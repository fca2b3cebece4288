package space

import (
	"context"
	"net/http"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
)

func (s *Service) askingRoutes() []web.Route {
	read, write := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	owner, answers := access.To(access.Read, access.Ledger), access.To(access.Write, access.Ledger)
	return []web.Route{
		{Pattern: "GET /space/looks/{id}", Access: read, Handle: s.line},
		{Pattern: "POST /space/looks/{id}", Access: write, Handle: s.ask},
		{Pattern: "GET /desk/looks", Access: owner, Handle: s.asked},
		{Pattern: "GET /desk/looks/{id}", Access: owner, Handle: s.question},
		{Pattern: "POST /desk/looks/{id}", Access: answers, Handle: s.answer},
	}
}

var errNothing = fault.New(fault.NotFound, "There is nothing at this address. The link may be incomplete.")

// lineView is one line of the client's own trail, and what they ask about it.
type lineView struct {
	look
	Question *Question
	By       string
	Zone     *time.Location
	Words    string // as it was typed
	Fields   map[string]string
}

func (s *Service) line(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	return s.showLine(w, r, http.StatusOK, id, "", nil)
}

func (s *Service) showLine(w http.ResponseWriter, r *http.Request, status int, id db.ID, words string, fields map[string]string) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	e, err := s.Trail.One(ctx, me, id)
	if err != nil {
		return err
	}
	v := lineView{Words: words, Fields: fields}
	if v.Question, err = s.About(ctx, id); err != nil {
		return err
	}
	all, err := s.plain(ctx, me, []trail.Entry{e})
	if err != nil {
		return err
	}
	v.look = all[0]
	if v.Question != nil && !v.Question.By.IsZero() {
		c, err := s.People.Card(ctx, v.Question.By)
		if err != nil {
			return err
		}
		v.By = c.Name
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "About this line")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, linePage(p, v))
}

func (s *Service) ask(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	words, fields, raw, err := readWords(r, "Please write what you would like to know.")
	if err != nil {
		return err
	}
	if fields != nil {
		return s.showLine(w, r, fault.Invalid.Status(), id, raw, fields)
	}
	if err := s.Ask(r.Context(), id, words); err != nil {
		return err
	}
	return web.See(w, r, "/space/looks/"+id.String())
}

// readWords reads the one field of both forms; fields says what is to be changed.
func readWords(r *http.Request, missing string) (words string, fields map[string]string, raw string, err error) {
	f, err := web.ReadForm(r)
	if err != nil {
		return "", nil, "", err
	}
	f.Required("words", missing)
	words = f.Text("words", maxWords)
	if err := f.Err(); err != nil {
		return "", fault.Of(err).Fields, f.Raw("words"), nil
	}
	return words, nil, "", nil
}

// shown is how many questions the owner's list shows of each kind.
const shown = 50

type askedView struct {
	Open, Answered []Question
	Names          map[db.ID]string
	House          *time.Location
	More, Older    string
}

func (s *Service) asked(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	after, err := db.ParseID(f.Raw("after"))
	before, berr := time.Parse(time.RFC3339Nano, f.Raw("before"))
	if f.Has("after") && err != nil || f.Has("before") && berr != nil {
		return fault.New(fault.BadRequest, "This address of another page is incomplete.")
	}
	if !f.Has("before") {
		before = s.Now().Add(time.Second)
	}
	v := askedView{}
	if v.Open, err = s.Open(ctx, after, shown); err != nil {
		return err
	}
	if v.Answered, err = s.Answered(ctx, before, shown); err != nil {
		return err
	}
	if len(v.Open) == shown {
		v.More = "/desk/looks?after=" + v.Open[shown-1].ID.String()
	}
	if len(v.Answered) == shown {
		v.Older = "/desk/looks?before=" + v.Answered[shown-1].Answered.Format(time.RFC3339Nano)
	}
	var ids []db.ID
	for _, q := range append(v.Open[:len(v.Open):len(v.Open)], v.Answered...) {
		ids = append(ids, q.Person)
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, err := s.Settings.Page(r, "Asked about the trail")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, askedPage(p, settings.DeskNav(ctx), v))
}

// questionView is one question as the owner sees it.
type questionView struct {
	Question
	Name, ByName string
	Line         look
	House        *time.Location
	MayAnswer    bool
	Words        string
	Fields       map[string]string
}

func (s *Service) question(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	return s.showQuestion(w, r, http.StatusOK, id, "", nil)
}

func (s *Service) showQuestion(w http.ResponseWriter, r *http.Request, status int, id db.ID, words string, fields map[string]string) error {
	ctx := r.Context()
	v := questionView{Words: words, Fields: fields, MayAnswer: access.Can(ctx, access.Write, access.Resource{Class: access.Ledger})}
	var err error
	if v.Question, err = s.Question(ctx, id); err != nil {
		return err
	}
	e, err := s.Trail.One(ctx, v.Person, v.Entry)
	if err != nil {
		return err
	}
	names, err := s.People.Names(ctx, v.Person, v.By, e.Actor)
	if err != nil {
		return err
	}
	v.Name, v.ByName = names[v.Person], names[v.By]
	v.Line = look{At: e.At, Who: e.Who(names[e.Actor], e.Actor == access.From(ctx).Person, false), What: e.Line(false)}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, err := s.Settings.Page(r, "Asked about the trail")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, questionPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	words, fields, raw, err := readWords(r, "Please write an answer.")
	if err != nil {
		return err
	}
	if fields != nil {
		return s.showQuestion(w, r, fault.Invalid.Status(), id, raw, fields)
	}
	if err := s.Answer(r.Context(), id, words); err != nil {
		return err
	}
	return web.See(w, r, "/desk/looks/"+id.String())
}

// states tells which of some lines the client has asked about: true where there
// is an answer.
func (s *Service) states(ctx context.Context, me db.ID, all []trail.Entry) (map[db.ID]bool, error) {
	if len(all) == 0 {
		return nil, nil
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanState, sqlAskedBetween, access.From(ctx).Practice, me, all[len(all)-1].ID, all[0].ID)
	out := map[db.ID]bool{}
	for _, r := range rows {
		out[r.entry] = r.answered > 0
	}
	return out, err
}

// href is a line's own page.
func (l look) href() string { return "/space/looks/" + l.ID.String() }

// sentence is a line as it is read aloud.
func (l look) sentence(zone *time.Location) string {
	return l.Who + " " + l.What + ", " + ui.When(l.At, zone)
}

// paragraphs are the lines of what somebody wrote.
func paragraphs(text string) []string {
	if text == "" {
		return []string{"Erased."}
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
