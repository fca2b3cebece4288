package consent

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/care/invitation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	rule "held/rules/consent"
)

// Routes is the pages: the client's own, and the desk's.
func (s *Service) Routes() []web.Route {
	own, change := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	papers, edit := access.To(access.Read, access.Papers), access.To(access.Write, access.Papers)
	read, write := access.To(access.Read, access.Consent), access.To(access.Write, access.Consent)
	return []web.Route{
		{Pattern: "GET /space/consent", Access: own, Handle: s.ownList},
		{Pattern: "GET /space/consent/electronic", Access: own, Handle: s.ownElectronic},
		{Pattern: "POST /space/consent/electronic", Access: change, Handle: s.agree},
		{Pattern: "POST /space/consent/electronic/end", Access: change, Handle: s.endElectronic},
		{Pattern: "POST /space/consent/parties", Access: change, Handle: s.ownParty},
		{Pattern: "GET /space/consent/{id}", Access: own, Handle: s.ownPaper},
		{Pattern: "POST /space/consent/{id}/questions", Access: change, Handle: s.answer},
		{Pattern: "POST /space/consent/{id}/sign", Access: change, Handle: s.sign},
		{Pattern: "POST /space/consent/{id}/withdraw", Access: change, Handle: s.withdraw},
		{Pattern: "GET /space/consent/{id}/copy", Access: own, Handle: s.ownCopy},
		{Pattern: "GET /space/consent/{id}/record", Access: own, Handle: s.ownRecord},
		{Pattern: "GET /desk/consent", Access: papers, Handle: s.shelf},
		{Pattern: "POST /desk/consent", Access: edit, Handle: s.begin},
		{Pattern: "POST /desk/consent/needs", Access: edit, Handle: s.needs},
		{Pattern: "GET /desk/consent/{id}", Access: papers, Handle: s.edit},
		{Pattern: "POST /desk/consent/{id}", Access: edit, Handle: s.save},
		{Pattern: "POST /desk/consent/{id}/preview", Access: edit, Handle: s.preview},
		{Pattern: "POST /desk/consent/{id}/publish", Access: edit, Handle: s.publish},
		{Pattern: "GET /desk/consent/{id}/versions/{n}", Access: papers, Handle: s.version},
		{Pattern: "GET /desk/people/{id}/consent", Access: read, Handle: s.ofClient},
		{Pattern: "POST /desk/people/{id}/consent/parties", Access: write, Handle: s.nameParty},
		{Pattern: "POST /desk/people/{id}/consent/{paper}/talk", Access: write, Handle: s.talk},
		{Pattern: "POST /desk/people/{id}/consent/{paper}/sign", Access: write, Handle: s.countersign},
	}
}

// listView is what a client is asked for, and how it stands.
type listView struct {
	Standing   []Standing
	Electronic *Record
	Releases   []Document // under which a party can be named
	Zone       *time.Location
	Party      string
	Fields     map[string]string
	Said       string
}

// part is the documents of one need; what was signed and is undecided again
// stands with what must be signed.
func (v listView) part(need Need) (out []Standing) {
	for _, st := range v.Standing {
		if st.Need == need || need == Required && st.Need == Undecided {
			out = append(out, st)
		}
	}
	return out
}

var saidWords = map[string]string{
	"signed": "Signed. Your copy lies here for you.", "withdrawn": "Withdrawn. It holds at once, and whoever cares for you has been told that something changed.",
	"agreed": "Thank you. From now on you can sign here.", "ended": "Ended. What you signed before stays signed; from now on ask us for paper.",
	"answered": "Kept.", "named": "Named. Nobody is told anything before you have signed it.", "talk": "The talk stands in the record.", "second": "Signed. Their copy lies in their space, and a message says that something is there.",
}

func (s *Service) ownList(w http.ResponseWriter, r *http.Request) error {
	return s.showList(w, r, http.StatusOK, listView{Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request, status int, v listView) error {
	ctx := r.Context()
	all, err := s.ownWhole(ctx)
	if err != nil {
		return err
	}
	v.Standing, v.Electronic = all.standing, all.electronic()
	for _, d := range all.documents {
		if d.Kind == Release && d.Asked() {
			v.Releases = append(v.Releases, d)
		}
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, access.From(ctx).Person); err != nil {
		return err
	}
	p, err := s.spacePage(r, "What you agree to")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(p, v))
}

func (s *Service) spacePage(r *http.Request, title string) (ui.Page, error) {
	p, err := s.Settings.Page(r, title)
	p.NoIndex = true
	return p, err
}

// ownWhole is everything about the signed-in client's consent.
func (s *Service) ownWhole(ctx context.Context) (whole, error) {
	client := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return whole{}, err
	}
	w, err := s.whole(ctx, s.DB.Reader(), client)
	// Nobody is shown what the practice has not decided about, unless they signed it before.
	w.standing = slices.DeleteFunc(w.standing, func(st Standing) bool { return st.Need == Undecided && st.State == rule.NotYet && st.Party.ID.IsZero() })
	return w, err
}

// paperView is one document as its client reads it.
type paperView struct {
	Standing
	Version    Version
	Summary    string // cleaned HTML
	Full       string
	Sum        string
	Electronic bool
	Answers    []Answer
	Talked     bool
	CanSign    bool
	First      *Record
	Second     *Record
	Zone       *time.Location
	Name       string
	Fields     map[string]string
	Said       string
}

func (v paperView) href() string { return "/space/consent/" + v.ID.String() }

func (s *Service) ownPaper(w http.ResponseWriter, r *http.Request) error {
	return s.showPaper(w, r, http.StatusOK, paperView{Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showPaper(w http.ResponseWriter, r *http.Request, status int, v paperView) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	all, err := s.ownWhole(ctx)
	if err != nil {
		return err
	}
	st, d, err := all.paper(id)
	if err != nil {
		return err
	}
	if err := v.fill(all, st, d); err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, access.From(ctx).Person); err != nil {
		return err
	}
	p, err := s.spacePage(r, v.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, paperPage(p, v))
}

func (v *paperView) fill(all whole, st Standing, d Document) (err error) {
	v.Standing, v.Version, v.Electronic = st, *d.Current(), all.electronic() != nil
	v.Sum = Sum(v.Version.Canonical(st.Party.Name))
	if v.Summary, err = invitation.HTML(v.Version.Text.Summary); err != nil {
		return err
	}
	if v.Full, err = invitation.HTML(v.Version.Text.Full); err != nil {
		return err
	}
	v.CanSign = !(st.Standing.Version == st.Current && (st.State == rule.Signed || st.State == rule.ByClient))
	v.First, v.Second = signedPair(all.records, st.Document, st.Party.ID)
	if v.Answers == nil {
		if a := last(all.records, st.Document, st.Party.ID, Answered); a != nil && a.Version == st.Current {
			v.Answers, v.Talked = a.Said.Answers, true
		}
	}
	return nil
}

// answerTo is what was chosen beside a question.
func (v paperView) answerTo(i int) Answer {
	if i < len(v.Answers) {
		return v.Answers[i]
	}
	return Answer{}
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) error {
	id, f, err := s.form(r)
	if err != nil {
		return err
	}
	version := f.Int("version", 0, 1_000_000)
	n := f.Int("count", 0, MaxQuestions)
	answers := make([]Answer, n)
	for i := range answers {
		answers[i] = Answer{Chosen: f.Raw("q" + strconv.Itoa(i)), Talk: f.Checked("talk" + strconv.Itoa(i))}
	}
	if err = f.Err(); err == nil {
		err = s.Answer(r.Context(), id, int64(version), answers)
	}
	if fault.Is(err, fault.Invalid) {
		return s.showPaper(w, r, fault.Invalid.Status(), paperView{Fields: fault.Of(err).Fields, Answers: answers})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/consent/"+id.String()+"?said=answered#questions")
}

func (s *Service) form(r *http.Request) (db.ID, *web.Form, error) {
	f, err := web.ReadForm(r)
	if err != nil {
		return db.ID{}, nil, err
	}
	id, err := web.PathID(r, "id", ErrNone)
	return id, f, err
}

func (s *Service) sign(w http.ResponseWriter, r *http.Request) error {
	id, f, err := s.form(r)
	if err != nil {
		return err
	}
	g := Signature{Text: f.Raw("text"), Name: f.Line("name", 120), Mean: f.Checked("mean")}
	if err = f.Err(); err == nil {
		err = s.Sign(r.Context(), id, g)
	}
	if fault.Is(err, fault.Invalid) {
		return s.showPaper(w, r, fault.Invalid.Status(), paperView{Fields: fault.Of(err).Fields, Name: f.Raw("name")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/consent/"+id.String()+"?said=signed")
}

func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	id, f, err := s.form(r)
	if err != nil {
		return err
	}
	why := f.Text("why", MaxAbout)
	if f.Err() != nil {
		why = "" // too many words do not keep anybody from withdrawing
	}
	if err := s.Withdraw(r.Context(), id, why); err != nil {
		return err
	}
	return web.See(w, r, "/space/consent/"+id.String()+"?said=withdrawn")
}

func (s *Service) ownCopy(w http.ResponseWriter, r *http.Request) error {
	return s.download(w, r, s.Copy, "application/pdf", ".pdf")
}

func (s *Service) ownRecord(w http.ResponseWriter, r *http.Request) error {
	return s.download(w, r, s.Exported, "application/json", ".json")
}

func (s *Service) download(w http.ResponseWriter, r *http.Request, make func(context.Context, db.ID) ([]byte, error), kind, end string) error {
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	b, err := make(r.Context(), id)
	if err != nil {
		return err
	}
	// The file's name says nothing about what it is.
	w.Header().Set("Content-Disposition", `attachment; filename="document-`+id.String()[:8]+end+`"`)
	w.Header().Set("Cache-Control", "no-store")
	return web.Send(w, r, http.StatusOK, kind, b)
}

// electronicView is what signing electronically means, and whether it was agreed to.
type electronicView struct {
	Text   []string
	Agreed *Record
	Zone   *time.Location
	Name   string
	Fields map[string]string
	Said   string
}

func (s *Service) ownElectronic(w http.ResponseWriter, r *http.Request) error {
	return s.showElectronic(w, r, http.StatusOK, electronicView{Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showElectronic(w http.ResponseWriter, r *http.Request, status int, v electronicView) error {
	ctx := r.Context()
	all, err := s.ownWhole(ctx)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Text, v.Agreed = strings.Split(Disclosures(st), "\n\n"), all.electronic()
	if v.Zone, err = s.Settings.ClockOf(ctx, access.From(ctx).Person); err != nil {
		return err
	}
	p, err := s.spacePage(r, "Signing electronically")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, electronicPage(p, v))
}

func (s *Service) agree(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	name := f.Line("name", 120)
	if err = f.Err(); err == nil {
		err = s.Agree(r.Context(), name)
	}
	if fault.Is(err, fault.Invalid) {
		return s.showElectronic(w, r, fault.Invalid.Status(), electronicView{Fields: fault.Of(err).Fields, Name: f.Raw("name")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/consent?said=agreed")
}

func (s *Service) endElectronic(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := s.EndElectronic(r.Context()); err != nil {
		return err
	}
	return web.See(w, r, "/space/consent/electronic?said=ended")
}

func (s *Service) ownParty(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, err = s.typedParty(r.Context(), f, access.From(r.Context()).Person)
	if fault.Is(err, fault.Invalid) {
		return s.showList(w, r, fault.Invalid.Status(), listView{Fields: fault.Of(err).Fields, Party: f.Raw("party")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/consent?said=named")
}

func (s *Service) typedParty(ctx context.Context, f *web.Form, client db.ID) (db.ID, error) {
	name := f.Line("party", MaxParty)
	if err := f.Err(); err != nil {
		return db.ID{}, err
	}
	document, err := db.ParseID(f.Raw("document"))
	if err != nil {
		return db.ID{}, ErrNone
	}
	return s.NameParty(ctx, client, document, name)
}
