package consent

import (
	"context"
	"fmt"
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
	"held/practice/settings"
	"held/practice/trail"
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
	if v.Zone, err = s.zoneOf(ctx); err != nil {
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

func (s *Service) zoneOf(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.People.Card(ctx, access.From(ctx).Person)
	if z, bad := time.LoadLocation(c.Zone); bad == nil && c.Zone != "" {
		return z, err
	}
	return st.Location(), err
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

func pathID(r *http.Request) (db.ID, error) {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return id, ErrNone
	}
	return id, nil
}

func (s *Service) ownPaper(w http.ResponseWriter, r *http.Request) error {
	return s.showPaper(w, r, http.StatusOK, paperView{Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showPaper(w http.ResponseWriter, r *http.Request, status int, v paperView) error {
	ctx := r.Context()
	id, err := pathID(r)
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
	if v.Zone, err = s.zoneOf(ctx); err != nil {
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
	id, err := pathID(r)
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
	id, err := pathID(r)
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
	if v.Zone, err = s.zoneOf(ctx); err != nil {
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

// clientView is a client's consent as the desk reads it.
type clientView struct {
	Client     db.ID
	Name       string
	Papers     []deskPaper
	Electronic *Record
	Releases   []Document
	House      *time.Location
	MayWrite   bool
	Fields     map[string]string
	At         string // the paper that a refused form is of
	Typed      map[string]string
	Said       string
}

// deskPaper is one document of a client's with what is on record about it.
type deskPaper struct {
	Standing
	Records []deskRecord
	Points  []Answer // since the last talk
	Second  bool     // the viewer may sign now
}

type deskRecord struct {
	Record
	Who string
}

func (s *Service) ofClient(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return s.showClient(w, r, http.StatusOK, clientView{Client: id, Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showClient(w http.ResponseWriter, r *http.Request, status int, v clientView) error {
	ctx := r.Context()
	if err := access.Check(ctx, access.Read, consentOf(v.Client)); err != nil {
		return err
	}
	all, err := s.whole(ctx, s.DB.Reader(), v.Client)
	if err != nil {
		return err
	}
	names, err := s.People.ClientNames(ctx, v.Client)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Name, v.House, v.Electronic, v.MayWrite = names[v.Client], st.Location(), all.electronic(), access.Can(ctx, access.Write, consentOf(v.Client))
	if v.Papers, err = s.deskPapers(ctx, all); err != nil {
		return err
	}
	for _, d := range all.documents {
		if d.Kind == Release && d.Asked() {
			v.Releases = append(v.Releases, d)
		}
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: v.Client, Kind: "consent", Object: v.Client}); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Consent of "+v.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, clientPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) deskPapers(ctx context.Context, all whole) (out []deskPaper, err error) {
	var ids []db.ID
	for _, r := range all.records {
		ids = append(ids, r.By)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	me := access.From(ctx).Person
	for _, st := range all.standing {
		p := deskPaper{Standing: st, Second: mayCountersign(all, st, me, true) == nil}
		for _, r := range all.records {
			if r.Document == st.Document && r.Party == st.Party.ID {
				p.Records = append(p.Records, deskRecord{r, names[r.By]})
			}
		}
		if a := last(all.records, st.Document, st.Party.ID, Answered); a != nil && st.Open > 0 {
			for _, one := range a.Said.Answers {
				if one.Talk {
					p.Points = append(p.Points, one)
				}
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// act does what a form of the client's page at the desk asks.
func (s *Service) act(w http.ResponseWriter, r *http.Request, said string, do func(ctx context.Context, f *web.Form, client, paper db.ID, v *clientView) error) error {
	client, f, err := s.form(r)
	if err != nil {
		return err
	}
	v := clientView{Client: client, At: r.PathValue("paper"), Typed: map[string]string{}}
	paper, err := db.ParseID(v.At)
	if v.At != "" && err != nil {
		return ErrNone
	}
	err = do(r.Context(), f, client, paper, &v)
	if fault.Is(err, fault.Invalid) {
		v.Fields = fault.Of(err).Fields
		return s.showClient(w, r, fault.Invalid.Status(), v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+client.String()+"/consent?said="+said)
}

func (s *Service) talk(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "talk", func(ctx context.Context, f *web.Form, client, paper db.ID, v *clientView) error {
		for _, name := range []string{"held", "with", "points"} {
			v.Typed[name] = f.Raw(name)
		}
		st, err := s.Settings.Get(ctx)
		if err != nil {
			return err
		}
		t := Talk{With: f.Line("with", 200), Points: f.Text("points", MaxSummary)}
		if word := f.Line("held", 32); word != "" {
			if t.Held, err = time.ParseInLocation("2006-01-02T15:04", word, st.Location()); err != nil {
				f.Fail("held", "Please write the date and time as 2026-12-03T16:00.")
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.HoldTalk(ctx, client, paper, t)
	})
}

func (s *Service) countersign(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "second", func(ctx context.Context, f *web.Form, client, paper db.ID, _ *clientView) error {
		return s.Countersign(ctx, client, paper, f.Checked("mean"))
	})
}

func (s *Service) nameParty(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "named", func(ctx context.Context, f *web.Form, client, _ db.ID, v *clientView) error {
		v.Typed["party"] = f.Raw("party")
		_, err := s.typedParty(ctx, f, client)
		return err
	})
}

// clientWords are how a document stands, to the client.
func (st Standing) clientWords(zone *time.Location) string {
	day := ui.DateYear(st.Since, zone)
	switch st.State {
	case rule.ByClient:
		return "You signed version " + fmt.Sprint(st.Version) + " on " + day + ". Our signature follows after the talk about it."
	case rule.Signed:
		return "Signed by us both since " + day + ", version " + fmt.Sprint(st.Version) + "."
	case rule.Earlier:
		return "Please read again: there is a new version since " + day + ". You signed version " + fmt.Sprint(st.Version) + ". The new one is signed before we meet for a session."
	case rule.Withdrawn:
		return "You withdrew it on " + day + ". You may sign again, if and when you want to."
	}
	return "Not signed yet."
}

// deskWords are how a document stands, to clinicians.
func (st Standing) deskWords(zone *time.Location) string {
	day := ui.DateYear(st.Since, zone)
	v := "version " + fmt.Sprint(st.Version)
	switch st.State {
	case rule.ByClient:
		return "Signed by the client, " + v + ", since " + day + ". The second signature is missing."
	case rule.Signed:
		return "Signed by both, " + v + ", since " + day + "."
	case rule.Earlier:
		return "Signed in " + v + "; version " + fmt.Sprint(st.Current) + " must be signed before the next session, since " + day + "."
	case rule.Withdrawn:
		return "Withdrawn by the client since " + day + " (" + v + ")."
	}
	return "Not signed yet."
}

// Words is a need as it is called at the desk.
func (n Need) Words() string {
	switch n {
	case Required:
		return "Required before a medicine session"
	case Optional:
		return "Asked, and may be left open"
	case NotAsked:
		return "Not asked"
	}
	return "Not decided yet"
}

// called is what a document is called, with whom it is for.
func (st Standing) called() string {
	if st.Party.Name == "" {
		return st.Title
	}
	return st.Title + ": " + st.Party.Name
}

func answerOptions(q Question) []ui.Option {
	out := make([]ui.Option, len(q.Answers))
	for i, a := range q.Answers {
		out[i] = ui.Option{Value: a, Label: a}
	}
	return out
}

// typed is what was typed into a form that was refused, for its own paper.
func (v clientView) typed(d deskPaper, name string) string {
	if v.At != d.ID.String() {
		return ""
	}
	return v.Typed[name]
}

func (v clientView) problem(d deskPaper, name string) string {
	if v.At != d.ID.String() {
		return ""
	}
	return v.Fields[name]
}

// clientProblems lead to the fields of the paper that they are of.
func clientProblems(v clientView) []ui.Problem {
	all := ui.Problems(v.Fields, "", "held", "with", "points", "mean", "party")
	for i := range all {
		if all[i].Name != "" && all[i].Name != "party" {
			all[i].ID = all[i].Name + "-" + v.At
		}
	}
	return all
}

// deskLine says what a record is of.
func (r deskRecord) deskLine(zone *time.Location) string {
	version := "version " + fmt.Sprint(r.Version)
	switch r.Act {
	case Answered:
		return "answered the questions beside " + version
	case Talked:
		line := "held a talk about " + version + " on " + ui.When(r.Said.Held, zone)
		if r.Said.With != "" {
			line += ", with " + r.Said.With
		}
		return line
	case Signed:
		line := "signed " + version + " as " + r.Said.Name + ", signed in with " + r.Way()
		if r.field("legal") != "" {
			line += "; the legal name is sealed with it"
		}
		return line
	case Countersigned:
		return "signed " + version + " as whoever held the talk, signed in with " + r.Way()
	case Withdrew:
		return "withdrew it"
	}
	return string(r.Act)
}

func kindOptions() []ui.Option {
	out := make([]ui.Option, len(Kinds))
	for i, k := range Kinds {
		out[i] = ui.Option{Value: string(k), Label: k.Words()}
	}
	return out
}

func needOptions(now Need) (out []ui.Option) {
	for n := Undecided; n <= NotAsked; n++ {
		if n == Undecided && now != Undecided {
			continue // a decision is changed, not taken back
		}
		out = append(out, ui.Option{Value: strconv.Itoa(int(n)), Label: n.Words()})
	}
	return out
}
