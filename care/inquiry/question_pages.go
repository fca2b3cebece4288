package inquiry

import (
	"context"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
)

func (s *Service) questionRoutes() []web.Route {
	return slices.Concat([]web.Route{
		{Pattern: "GET /questions", Access: access.Anyone, Handle: s.askForm},
		{Pattern: "POST /questions", Access: access.Anyone, Handle: s.sendQuestion},
		{Pattern: "POST /questions/find", Access: access.Anyone, Handle: s.findAnswer},
		{Pattern: "GET /questions/{code}", Access: access.ByLink, Handle: s.readQuestion},
		{Pattern: "POST /questions/{code}", Access: access.ByLink, Handle: s.goOnAsking},
		{Pattern: "POST /questions/{code}/close", Access: access.ByLink, Handle: s.closeOwn},
	}, s.deskQuestionRoutes())
}

// honeypot is the field that people never see.
const honeypot = "website"

// askView is the question box.
type askView struct {
	Intro         templ.Component
	Hours         string
	Text, Address string
	Code          string // as typed into the form that reads an answer
	Fields        map[string]string
	Once          string
	Challenge     string // asked of the browser in a flood
}

func (s *Service) askForm(w http.ResponseWriter, r *http.Request) error {
	return s.showAsk(w, r, http.StatusOK, askView{})
}

func (s *Service) showAsk(w http.ResponseWriter, r *http.Request, status int, v askView) error {
	ctx := r.Context()
	p, err := s.Settings.Page(r, "Ask a question")
	if err != nil {
		return err
	}
	p.Path = "/questions"
	p.Description = "Ask without a name and without an address, and read the answer with a reply code."
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Hours = st.ReplyHours
	if s.Intro != nil {
		if v.Intro, err = s.Intro(ctx); err != nil {
			return err
		}
		said, err := templ.ToGoHTML(ctx, v.Intro)
		if err != nil {
			return err
		}
		if strings.Contains(html.UnescapeString(string(said)), st.ReplyHours) { // once is enough
			v.Hours = ""
		}
	}
	practice := access.From(ctx).Practice
	v.Once = s.sameOnce(practice, v.Once)
	if s.gate().attacked(s.Now()) {
		v.Challenge = s.challenge(practice, v.Once)
	}
	return web.Render(w, r, status, askPage(p, v))
}

// sameOnce keeps a form's word through a refusal, so that sending it again
// after all is still the same form.
func (s *Service) sameOnce(practice db.ID, word string) string {
	if _, ok := s.Vault.ParseToken(practice, "inquiry.once", word); ok {
		return word
	}
	return s.Once(practice)
}

func (s *Service) sendQuestion(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Raw(honeypot) != "" { // a program filled in what nobody sees: it is told what it wants to hear
		practice := access.From(ctx).Practice
		return web.See(w, r, "/questions/"+WriteCode(s.makeCode(practice, s.onceOf(practice, ""))))
	}
	a := Asked{Text: f.Text("text", MaxQuestion), Address: f.Line("address", 254), Once: f.Raw("once")}
	f.Required("text", "Please write a few words.")
	var code string
	if err = f.Err(); err == nil {
		err = counted(w, r, s.gate().ask)
	}
	if err == nil {
		a.Aside = s.aside(ctx, a.Once, f.Raw("work"))
		code, err = s.Ask(ctx, a)
	}
	if fields, status, ok := shown(err); ok {
		return s.showAsk(w, r, status, askView{Text: f.Raw("text"), Address: f.Raw("address"), Once: a.Once, Fields: fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/questions/"+WriteCode(code))
}

// findAnswer leads from a typed code to its question.
func (s *Service) findAnswer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Required("code", "Please write your reply code here."); f.Err() != nil {
		e := fault.Of(f.Err())
		return s.showAsk(w, r, e.Kind.Status(), askView{Fields: e.Fields})
	}
	if err := s.guessing(w, r); err != nil {
		fields, status, _ := shown(err)
		return s.showAsk(w, r, status, askView{Code: f.Raw("code"), Fields: fields})
	}
	_, err = s.byCode(ctx, s.DB.Reader(), access.From(ctx).Practice, f.Raw("code"))
	if fault.Is(err, fault.NotFound) {
		e := fault.Of(s.wrongCode(r, err))
		return s.showAsk(w, r, e.Kind.Status(), askView{Code: f.Raw("code"), Fields: map[string]string{"code": e.Sentence}})
	}
	if err != nil {
		return err
	}
	plain, _ := ParseCode(f.Raw("code"))
	return web.See(w, r, "/questions/"+WriteCode(plain)+"?"+cameBack)
}

// cameBack in an address says that the code was typed, so that nobody is told
// once more that the question has arrived.
const cameBack = "read"

// threadView is a question as its asker sees it.
type threadView struct {
	Code   string
	C      Conversation
	Names  map[db.ID]string
	House  *time.Location
	Hours  string
	Until  time.Time // a closed one can be read until then
	Text   string
	Fields map[string]string
	Once   string
	Back   bool // the asker came back with the code
}

// fresh is a question that was sent just now.
func (v threadView) fresh() bool {
	return !v.Back && len(v.C.Messages) == 1 && v.C.State != QuestionClosed
}

// waits tells whether the last word is the asker's.
func (v threadView) waits() bool {
	n := len(v.C.Messages)
	return n > 0 && v.C.Messages[n-1].Author.IsZero() && v.C.State != QuestionClosed
}

func (v threadView) title() string {
	if v.fresh() {
		return "Your question is with us"
	}
	return "Your question"
}

func (s *Service) readQuestion(w http.ResponseWriter, r *http.Request) error {
	typed := r.PathValue("code")
	if plain, ok := ParseCode(typed); ok && WriteCode(plain) != typed {
		return web.See(w, r, "/questions/"+WriteCode(plain))
	}
	return s.showThread(w, r, http.StatusOK, threadView{})
}

func (s *Service) showThread(w http.ResponseWriter, r *http.Request, status int, v threadView) error {
	ctx := r.Context()
	if err := s.guessing(w, r); err != nil {
		return err
	}
	c, err := s.ReadByCode(ctx, r.PathValue("code"))
	if err != nil {
		return s.wrongCode(r, err)
	}
	v.C, v.Until, v.Back = c, c.Changed.Add(ReadableFor), r.URL.Query().Has(cameBack)
	if v.Names, err = s.authors(ctx, c); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	plain, _ := ParseCode(r.PathValue("code"))
	v.Code, v.House, v.Hours = WriteCode(plain), st.Location(), st.ReplyHours
	v.Once = s.sameOnce(access.From(ctx).Practice, v.Once)
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	p.NoIndex, p.Path = true, "" // the address is a secret: no canonical link may repeat it
	return web.Render(w, r, status, threadPage(p, v))
}

// authors names whoever of the practice has spoken.
func (s *Service) authors(ctx context.Context, c Conversation) (map[db.ID]string, error) {
	ids := []db.ID{c.Charge}
	for _, m := range c.Messages {
		ids = append(ids, m.Author)
	}
	return s.People.Names(ctx, ids...)
}

func (s *Service) goOnAsking(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := s.guessing(w, r); err != nil {
		return err
	}
	text := f.Text("text", MaxQuestion)
	f.Required("text", "Please write a few words.")
	if err = f.Err(); err == nil {
		err = counted(w, r, s.gate().more)
	}
	if err == nil {
		err = s.wrongCode(r, s.AskMore(r.Context(), r.PathValue("code"), text, f.Raw("once")))
	}
	if fields, status, ok := shown(err); ok {
		return s.showThread(w, r, status, threadView{Text: f.Raw("text"), Once: f.Raw("once"), Fields: fields})
	}
	if err != nil {
		return err
	}
	return s.backToOwn(w, r)
}

func (s *Service) closeOwn(w http.ResponseWriter, r *http.Request) error {
	if err := s.guessing(w, r); err != nil {
		return err
	}
	if err := s.wrongCode(r, s.CloseByCode(r.Context(), r.PathValue("code"))); err != nil {
		return err
	}
	return s.backToOwn(w, r)
}

func (s *Service) backToOwn(w http.ResponseWriter, r *http.Request) error {
	plain, _ := ParseCode(r.PathValue("code"))
	return web.See(w, r, "/questions/"+WriteCode(plain))
}
