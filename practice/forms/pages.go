package forms

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/rules/questionnaire"
)

// Routes is the pages of whoever fills a form in, and the desk's.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	return append([]web.Route{
		{Pattern: "GET /space/forms", Access: read, Handle: s.list},
		{Pattern: "GET /space/forms/{id}", Access: read, Handle: s.show},
		{Pattern: "POST /space/forms/{id}", Access: write, Handle: s.take, Body: maxPage},
		{Pattern: "POST /space/forms/{id}/answers", Access: write, Handle: s.takeOne},
		{Pattern: "POST /space/forms/{id}/send", Access: write, Handle: s.send},
		{Pattern: "POST /space/forms/{id}/correct", Access: write, Handle: s.correct},
		{Pattern: "POST /space/forms/{id}/bring", Access: write, Handle: s.bring},
		{Pattern: "GET /space/forms/{id}/questionnaire.json", Access: read, Handle: s.ownQuestionnaire},
		{Pattern: "GET /space/forms/{id}/response.json", Access: read, Handle: s.ownResponse},
		{Pattern: "GET /space/forms/{id}/files/{file}", Access: read, Handle: s.ownFile},
	}, s.deskRoutes()...)
}

// fillView is one page of a form.
type fillView struct {
	Title, About  string
	Action, Part  string
	Answers       string // where single answers are sent
	Person        string
	N, Count      int
	Last, Whole   bool
	Upload        bool
	Sections      []section
	Problems      []ui.Problem
	Said          string
	Alarmed       bool
	Names         bool // the browser looks for names before anything is sent
	Told          bool // an answer that may mean danger is told to somebody at once
	Next          string
	Preview       bool
	Before, After string
}

// onward is what the Enter key does.
func (v fillView) onward() string {
	if v.Last {
		return "review"
	}
	return "next"
}

type section struct {
	Key, Title, Seen string
	Hidden           bool
	Nodes            []node
}

type titled struct {
	Given
	Title, About string
}

func (t titled) href() string { return "/space/forms/" + t.ID.String() }

type listView struct {
	Waits, Sent []titled
	Zone        *time.Location
	Said        string
}

var saidWords = map[string]string{
	"sent":  "It was sent. Thank you for taking the time.",
	"kept":  "What you answered was kept. You can go on whenever you like, here or on another device.",
	"moved": "What you answered was kept.",
	"more":  "A few more questions follow from what you answered.",
	"file":  "The answers from the file were put in. Please look at them; nothing was sent.",
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	all, err := s.Of(ctx, me)
	if err != nil {
		return err
	}
	v := listView{Said: saidWords[r.URL.Query().Get("said")]}
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	for _, g := range all {
		f, err := s.version(ctx, s.DB.Reader(), g.Version)
		if err != nil {
			return err
		}
		t := titled{g, f.Title, f.Description}
		if g.Open(s.Now()) {
			v.Waits = append(v.Waits, t)
		} else if g.State == Done {
			v.Sent = append(v.Sent, t)
		}
	}
	p, err := s.Settings.Page(r, "Your forms")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(p, v))
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	f, err := s.Fill(r.Context(), id)
	if err != nil {
		return err
	}
	at := r.URL.Query().Get("part")
	switch {
	case f.State == Done:
		return s.sentPage(w, r, f)
	case at == "review":
		return s.review(w, r, f, http.StatusOK, nil)
	}
	return s.part(w, r, f, http.StatusOK, at, nil, nil)
}

// place finds the page of a form that an address names: a number among those
// that are asked, everything, or where it goes on.
func place(f *Filling, at string) (parts []part, n int) {
	asked := f.Asked()
	for _, p := range partsOf(f.Form.Questionnaire) {
		if p.shown(asked) {
			parts = append(parts, p)
		}
	}
	if at == "all" {
		return parts, 0
	}
	if n, err := strconv.Atoi(at); err == nil && n >= 1 && n <= len(parts) {
		return parts, n
	}
	n = 1 // where they were: the furthest page with an answer, or the next one when nothing of it is open
	for i, p := range parts {
		if some, whole := p.answered(f, asked); some && whole {
			n = i + 2
		} else if some {
			n = i + 1
		}
	}
	return parts, max(1, min(n, len(parts)))
}

// answered tells whether something on a page has an answer, and whether
// everything has. Rows of a repeating group are as many as somebody wants.
func (p part) answered(f *Filling, asked *questionnaire.Asked) (some, whole bool) {
	whole = true
	var in func(all []*questionnaire.Item)
	in = func(all []*questionnaire.Item) {
		for _, i := range all {
			if !asked.Enabled(i, 0) {
				continue
			}
			there := len(f.Answers[questionnaire.Key{LinkID: i.LinkID}]) > 0
			some = some || there
			whole = whole && (there || !i.Fills() || i.Rows() != nil)
			in(i.Item)
		}
	}
	in(p.Items)
	return some, whole
}

// part shows one page of a form, with what was typed where it was refused.
func (s *Service) part(w http.ResponseWriter, r *http.Request, f *Filling, status int, at string, typed url.Values, faults map[string]string) error {
	ctx := r.Context()
	parts, n := place(f, at)
	v := fillView{Title: f.Form.Title, About: f.Form.Description, Action: "/space/forms/" + f.ID.String(), Part: cmp.Or(at, itoa(n)),
		Answers: "/space/forms/" + f.ID.String() + "/answers", Person: f.Person.String(), N: max(1, n), Count: len(parts), Whole: n == 0, Last: n == 0 || n == len(parts),
		Said: saidWords[r.URL.Query().Get("said")], Alarmed: f.Alarmed, Told: len(s.alarms) > 0,
		Names: s.Names != nil && s.Names(f.Key)}
	if v.Whole {
		parts = partsOf(f.Form.Questionnaire)
	} else if len(parts) > 0 {
		parts = parts[n-1 : n]
	}
	d := newDrawer(f.Form.Questionnaire, f.Answers)
	d.typed, d.faults, d.files = typed, faults, v.Action+"/files/"
	var err error
	if s.Beside != nil {
		if d.beside, err = s.Beside(ctx, f.Given); err != nil {
			return err
		}
	}
	v.Sections, v.Upload = d.sections(parts)
	v.Problems = d.problems(faults)
	if v.Next, err = s.nextWords(ctx, f.Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, f.Form.Title)
	if err != nil {
		return err
	}
	p.Scripts = append(p.Scripts, "form.js")
	return web.Render(w, r, status, fillPage(p, v))
}

func (d *drawer) sections(parts []part) (out []section, upload bool) {
	for _, p := range parts {
		sec := section{Title: or(p.Title, d.q.Title), Seen: seenWords(p.Seen), Nodes: d.nodes(p.Items, 0, p.Seen)}
		if asks(p.Items) == 0 {
			sec.Seen = "" // nothing is filled in there that anybody could read
		}
		if p.whole != nil {
			sec.Key, sec.Hidden = p.whole.LinkID, !d.all && !p.shown(d.asked)
		}
		out = append(out, sec)
		upload = upload || attaches(p.Items)
	}
	return out, upload
}

func attaches(all []*questionnaire.Item) bool {
	return slices.ContainsFunc(all, func(i *questionnaire.Item) bool {
		return i.Type == questionnaire.Attachment || attaches(i.Item)
	})
}

// problems are the mistakes of a page, in its order.
func (d *drawer) problems(faults map[string]string) (out []ui.Problem) {
	if len(faults) == 0 {
		return nil
	}
	for name, why := range faults {
		if strings.HasPrefix(name, "\x00") {
			out = append(out, ui.Problem{Sentence: why})
		}
	}
	d.q.All(func(i *questionnaire.Item) bool {
		for row := range questionnaire.MaxRows {
			if why := faults[questionnaire.Key{LinkID: i.LinkID, Row: row}.String()]; why != "" {
				out = append(out, ui.Problem{ID: d.id(i, row), Sentence: label(i) + ": " + why})
			}
			if i.Rows() == nil {
				break
			}
		}
		return true
	})
	return out
}

// nextWords say what happens after an answer that may mean danger.
func (s *Service) nextWords(ctx context.Context, person db.ID) (string, error) {
	if s.Next != nil {
		return s.Next(ctx, person)
	}
	return "What you answered was kept. Nobody here reads it at once, and this is no emergency service: if you are in danger now, or cannot keep yourself safe, please call somebody who can be with you.", nil
}

// posted reads what a page sent, files too.
func posted(r *http.Request) (url.Values, error) {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(maxPage) // #nosec G120 -- the route has bounded the body; all of it stays in memory, never in a file
	} else {
		err = r.ParseForm()
	}
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, fault.New(fault.TooLarge, "That was more than this form can take at once. What was kept before is kept; please send less, or attach a smaller file.")
	case err != nil:
		return nil, fault.New(fault.BadRequest, "The form arrived damaged, so nothing was changed. Please send it again.")
	}
	values := r.PostForm
	if r.MultipartForm != nil {
		values = url.Values(r.MultipartForm.Value)
	}
	for k, all := range values {
		for _, v := range append(all, k) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, fault.New(fault.BadRequest, "Some characters arrived in an unknown encoding, so nothing was changed. Please send the form as UTF-8.")
			}
		}
	}
	return values, nil
}

// filled is the form in the address, which is not sent yet, and what a page of
// it sent.
func (s *Service) filled(r *http.Request) (*Filling, url.Values, error) {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return nil, nil, err
	}
	form, err := posted(r)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.Fill(r.Context(), id)
	if err == nil && f.State == Done {
		err = errSent
	}
	return f, form, err
}

// take keeps what a page sent, and goes on to where its button says.
func (s *Service) take(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, form, err := s.filled(r)
	if err != nil {
		return err
	}
	id := f.ID
	changes, faults := typed(f.Form.Questionnaire, form)
	before := f.open(form)
	if len(changes) > 0 {
		if f, err = s.Save(ctx, id, changes); err != nil {
			return err
		}
	}
	do, key, _ := strings.Cut(form.Get("go"), ":")
	if f, err = s.files(r, f, do, key, faults); err != nil {
		return err
	}
	at := form.Get("part")
	if len(faults) > 0 {
		return s.part(w, r, f, fault.Invalid.Status(), at, form, faults)
	}
	to := "/space/forms/" + id.String() + "?part="
	switch {
	case do == "pause":
		return web.See(w, r, "/space/forms?said=kept")
	case do == "more", do == "attach", do == "detach":
		return web.See(w, r, to+url.QueryEscape(at)+"&said=moved")
	case f.open(form) > before: // what was answered asks for more on this very page
		return web.See(w, r, to+url.QueryEscape(at)+"&said=more")
	case do == "review":
		return web.See(w, r, to+"review")
	}
	_, n := place(f, at)
	if do == "back" {
		return web.See(w, r, to+itoa(max(1, n-1)))
	}
	return web.See(w, r, to+itoa(n+1))
}

// open counts the questions of a page that are asked and not answered.
func (f *Filling) open(form url.Values) (n int) {
	asked := f.Asked()
	for _, was := range form["was"] {
		_, name, _ := strings.Cut(was, " ")
		k, ok := questionnaire.ParseKey(name)
		if i := f.Form.Of(k.LinkID); ok && i != nil && i.Fills() && len(i.EnableWhen) > 0 && asked.Enabled(i, k.Row) {
			n++
		}
	}
	return n
}

// files attaches what came with a page, or takes it out.
func (s *Service) files(r *http.Request, f *Filling, do, name string, faults map[string]string) (*Filling, error) {
	k, ok := questionnaire.ParseKey(name)
	switch {
	case do == "detach" && ok:
		return s.Save(r.Context(), f.ID, Changes{k: nil})
	case r.MultipartForm == nil:
		return f, nil
	}
	for field, all := range r.MultipartForm.File {
		k, ok := questionnaire.ParseKey(strings.TrimPrefix(field, "file:"))
		if !ok || len(all) == 0 || all[0].Size == 0 {
			continue
		}
		file, err := all[0].Open()
		if err != nil {
			return f, err
		}
		body, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
		if err = errors.Join(err, file.Close()); err != nil {
			return f, err
		}
		next, err := s.Attach(r.Context(), f.ID, k, all[0].Filename, body)
		if fault.Is(err, fault.Invalid) {
			for name, why := range fault.Of(err).Fields {
				faults[name] = why
			}
			continue
		}
		if err != nil {
			return f, err
		}
		f = next
	}
	return f, nil
}

// oneKept is what a script is told about an answer that it sent.
type oneKept struct {
	Revision int64             `json:"revision"`
	Asked    []string          `json:"asked"` // everything that is asked now
	Was      map[string]string `json:"was"`
	Faults   map[string]string `json:"faults,omitempty"`
	Alarmed  bool              `json:"alarmed"`
}

// takeOne keeps single answers as they are given.
func (s *Service) takeOne(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, form, err := s.filled(r)
	if err != nil {
		return err
	}
	id := f.ID
	changes, faults := typed(f.Form.Questionnaire, form)
	if len(changes) > 0 {
		if f, err = s.Save(ctx, id, changes); err != nil {
			return err
		}
	}
	out := oneKept{Revision: f.Revision, Faults: faults, Alarmed: f.Alarmed, Was: map[string]string{}}
	for k := range changes {
		out.Was[k.String()] = hash(f.Answers[k]) + " " + k.String()
	}
	asked := f.Asked()
	f.Form.All(func(i *questionnaire.Item) bool {
		for row := range max(1, asked.Rows(i.Rows())+1) {
			if asked.Enabled(i, row) {
				out.Asked = append(out.Asked, questionnaire.Key{LinkID: i.LinkID, Row: row}.String())
			}
			if i.Rows() == nil {
				break
			}
		}
		return true
	})
	return web.JSON(w, r, http.StatusOK, out)
}

type reviewView struct {
	fillView
	Parts []toldPart
}

// toldPart is a page of a form with what was answered to it.
type toldPart struct {
	Title, Seen, Link string
	Lines             []toldLine
}

type toldLine struct {
	Label, Answer string
	Files         []attachedFile
}

// tell puts a form's answers into words, what was not answered too.
func tell(q *questionnaire.Questionnaire, a questionnaire.Answers, files string, words func(questionnaire.Seen) string, may func(*questionnaire.Item) bool) (out []toldPart) {
	d := newDrawer(q, a)
	d.files = files
	n := 0
	for _, p := range partsOf(q) {
		if p.shown(d.asked) {
			n++
		}
		t := toldPart{Title: or(p.Title, q.Title), Seen: words(p.Seen), Link: itoa(n)}
		t.Lines = d.told(p.Items, 0, "", may)
		if len(t.Lines) > 0 {
			out = append(out, t)
		}
	}
	return out
}

func (d *drawer) told(items []*questionnaire.Item, row int, before string, may func(*questionnaire.Item) bool) (out []toldLine) {
	for _, i := range items {
		switch {
		case i.Hidden() || i.Type == questionnaire.Display:
		case i.Type == questionnaire.Group && i.Repeats:
			for r := range d.asked.Rows(i) {
				out = append(out, d.told(i.Item, r, itoa(r+1)+": ", may)...)
			}
		case i.Type == questionnaire.Group:
			out = append(out, d.told(i.Item, row, before, may)...)
		case may(i):
			v := d.a[questionnaire.Key{LinkID: i.LinkID, Row: row}]
			if len(v) == 0 && !d.asked.Enabled(i, row) {
				continue // what was answered is shown also where what it depends on is not this reader's
			}
			l := toldLine{Label: before + label(i), Files: d.attached(v)}
			if len(l.Files) == 0 {
				l.Answer = questionnaire.JoinWords(v)
			}
			out = append(append(out, l), d.told(i.Item, row, before, may)...)
		}
	}
	return out
}

func every(*questionnaire.Item) bool { return true }

func (s *Service) review(w http.ResponseWriter, r *http.Request, f *Filling, status int, faults map[string]string) error {
	action := "/space/forms/" + f.ID.String()
	v := reviewView{fillView: fillView{Title: f.Form.Title, Action: action, Alarmed: f.Alarmed}}
	if faults == nil {
		faults = map[string]string{}
		for _, p := range f.Asked().Problems() {
			faults[p.Key.String()] = p.Text
		}
	}
	d := newDrawer(f.Form.Questionnaire, f.Answers)
	v.Problems = d.problems(faults)
	for n := range v.Problems { // each leads to the page on which it can be answered
		v.Problems[n].ID = "content"
	}
	v.Parts = tell(f.Form.Questionnaire, f.Answers, action+"/files/", seenWords, every)
	var err error
	if v.fillView.Next, err = s.nextWords(r.Context(), f.Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, f.Form.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, reviewPage(p, v))
}

type sentView struct {
	fillView
	At     time.Time
	Parts  []toldPart
	Before []sentBefore
	Zone   *time.Location
}

type sentBefore struct {
	At    time.Time
	Parts []toldPart
}

func (s *Service) sentPage(w http.ResponseWriter, r *http.Request, f *Filling) error {
	ctx := r.Context()
	all, err := s.Read(ctx, f.ID)
	if err != nil {
		return err
	}
	action := "/space/forms/" + f.ID.String()
	v := sentView{fillView: fillView{Title: f.Form.Title, Action: action, Alarmed: f.Alarmed}}
	for n, resp := range slices.Backward(all) {
		parts := tell(f.Form.Questionnaire, resp.Answers, action+"/files/", seenWords, every)
		if n == len(all)-1 {
			v.At, v.Parts = resp.Sent, parts
			continue
		}
		v.Before = append(v.Before, sentBefore{resp.Sent, parts})
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, f.Person); err != nil {
		return err
	}
	if v.fillView.Next, err = s.nextWords(ctx, f.Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, f.Form.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sentPage(p, v))
}

func (s *Service) send(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	err = s.Complete(r.Context(), id)
	if fault.Is(err, fault.Invalid) {
		f, also := s.Fill(r.Context(), id)
		if also != nil {
			return also
		}
		return s.review(w, r, f, fault.Invalid.Status(), fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/forms?said=sent")
}

func (s *Service) correct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	if err := s.Correct(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/space/forms/"+id.String()+"?part=1")
}

// deskNav is a desk page's chrome.
func (s *Service) deskPage(r *http.Request, title string) (ui.Page, []ui.Link, error) {
	p, err := s.Settings.Page(r, title)
	return p, settings.DeskNav(r.Context()), err
}
