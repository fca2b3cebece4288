package medicine

import (
	"context"
	_ "embed" // the schema of what is taken along
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/settings"
)

//go:embed record.schema.json
var recordSchema []byte

// schemaPath is where the schema of a record that is taken along stands.
const schemaPath = "/room/record.schema.json"

// recordRoutes are the pages of signing and of the record.
func (s *Service) recordRoutes() []web.Route {
	read, own := access.To(access.Read, access.Room), access.To(access.Read, access.Own)
	sign := access.To(access.Write, access.Sealing)
	return []web.Route{
		{Pattern: "GET /room/{session}/sign", Access: read, Handle: s.signSession},
		{Pattern: "POST /room/{session}/sign", Access: sign, Handle: s.signPart},
		{Pattern: "GET /room/{session}/record", Access: read, Handle: s.showRecord},
		{Pattern: "POST /room/{session}/record/addenda", Access: sign, Handle: s.addToRecord},
		{Pattern: "GET /room/{session}/record.pdf", Access: read, Handle: s.recordPDF},
		{Pattern: "GET /room/{session}/summary.pdf", Access: read, Handle: s.summaryPDF},
		{Pattern: "GET /room/{session}/record.json", Access: read, Handle: s.recordJSON},
		{Pattern: "GET /room/{session}/rems", Access: read, Handle: s.showRems},
		{Pattern: "GET " + schemaPath, Access: access.Anyone, Handle: showSchema},
		{Pattern: "GET /space/said", Access: own, Handle: s.showSaid},
		{Pattern: "POST /space/said/{id}/keep", Access: access.To(access.Write, access.Own), Handle: s.keepSaidWords},
		{Pattern: "POST /space/said/{id}/remove", Access: access.To(access.Write, access.Own), Handle: s.takeSaidWords},
	}
}

// RecordLinks lead from an appointment to its record, once its room was opened.
func (s *Service) RecordLinks(ctx context.Context, session, client db.ID) ([]ui.Link, error) {
	if !access.May(ctx, access.Read, access.Resource{Class: access.Room, Subject: client}) {
		return nil, nil
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanSeat, sqlSeat, access.From(ctx).Practice, session)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	link := ui.Link{Label: "The record of the session", Href: "/room/" + session.String() + "/record"}
	if !rows[0].Ended.IsZero() && rows[0].Sealed.IsZero() {
		link = ui.Link{Label: "Sign the session", Href: "/room/" + session.String() + "/sign"}
	}
	return []ui.Link{link}, nil
}

// recordView is what the pages of a record show.
type recordView struct {
	*Record
	Zone   *time.Location
	Charts []ui.Chart
	Signs  bool // the reader may sign something of it
	Adds   bool
	Mine   []Part        // what they can sign now
	There  map[Part]bool // in which of their parts they took part
	Typed  string
	Fields map[string]string
	Said   string
}

func (v recordView) href(page string) string { return "/room/" + v.Session.String() + "/" + page }

// gateLines are the gate's conditions, keys and what was passed, in lines.
func (r *Record) gateLines(zone *time.Location) (out []paperLine) {
	g := r.Paper.Gate
	out = append(out, g.Conditions...)
	for _, k := range g.Keys {
		out = append(out, paperLine{"Key of the " + k.Role, k.Name + ", " + clockOr(k.At, zone)})
	}
	for _, k := range g.Passed {
		out = append(out, paperLine{"Passed: " + k.Condition, k.Name + ", " + clockOr(k.At, zone) + ": “" + k.Why + "”"})
	}
	if len(out) == 0 {
		out = []paperLine{{"Gate", "nothing is kept about it"}}
	}
	return out
}

// recordView reads a session's record for a page of it.
func (s *Service) recordView(ctx context.Context, session db.ID) (v recordView, err error) {
	if v.Record, err = s.Record(ctx, s.DB.Reader(), session); err != nil {
		return v, err
	}
	v.Zone = zoneNamed(v.Paper.Practice.Zone)
	v.Charts = v.charts(v.Zone)
	for i := range v.Charts {
		v.Charts[i].Open = true // for paper: nobody opens it there
	}
	v.There = map[Part]bool{}
	may := access.May(ctx, access.Write, access.Resource{Class: access.Sealing, Subject: v.Client})
	have := signed(v.All, v.Digest)
	for _, part := range Parts {
		if !may || !inRole(ctx, v.Client, part) {
			continue
		}
		v.Signs = true
		v.There[part] = slices.ContainsFunc(v.Paper.tookPart(part), func(p paperPerson) bool { return p.ID == access.From(ctx).Person.String() })
		if _, is := have[part]; !is && v.Sealed.IsZero() && !v.Paper.Ended.IsZero() && slices.Contains(v.Paper.Asked(), part) {
			v.Mine = append(v.Mine, part)
		}
	}
	v.Adds = may && !v.Sealed.IsZero()
	return v, nil
}

// zoneNamed is a zone of the paper's; UTC where this machine does not know it.
func zoneNamed(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

func (s *Service) recordDesk(w http.ResponseWriter, r *http.Request, title string, page func(ui.Page, []ui.Link) error) error {
	p, err := s.Settings.Page(r, title)
	if err != nil {
		return err
	}
	p.Gloves = true
	return page(p, settings.DeskNav(r.Context()))
}

func (s *Service) showRecord(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	v, err := s.recordView(r.Context(), id)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("added") {
		v.Said = "Your addendum is signed and stands below."
	}
	return s.recordPage(w, r, http.StatusOK, v)
}

func (s *Service) recordPage(w http.ResponseWriter, r *http.Request, status int, v recordView) error {
	if err := s.sawRecord(r.Context(), v.Record, ""); err != nil {
		return err
	}
	return s.recordDesk(w, r, v.recordTitle(), func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, recordPage(p, nav, v))
	})
}

func (s *Service) signSession(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	v, err := s.recordView(r.Context(), id)
	if err != nil {
		return err
	}
	switch {
	case r.URL.Query().Has("signed") && !v.Sealed.IsZero():
		v.Said = "Signed. Every part is signed now, and the session is sealed."
	case r.URL.Query().Has("signed"):
		v.Said = "Signed. The session is sealed when every part is."
	}
	return s.signPage(w, r, http.StatusOK, v)
}

func (s *Service) signPage(w http.ResponseWriter, r *http.Request, status int, v recordView) error {
	if err := s.sawRecord(r.Context(), v.Record, ""); err != nil {
		return err
	}
	return s.recordDesk(w, r, "Sign, "+v.recordTitle(), func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, signSessionPage(p, nav, v))
	})
}

func (s *Service) signPart(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	why := f.Text("why", MaxWhy)
	if err = f.Err(); err == nil {
		err = s.Sign(r.Context(), id, Part(f.Raw("part")), f.Raw("digest"), why)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/room/"+id.String()+"/sign?signed")
	case e.Kind != fault.Invalid && e.Kind != fault.Taken:
		return err
	}
	v, err := s.recordView(r.Context(), id)
	if err != nil {
		return err
	}
	if v.Fields, v.Typed = e.Fields, f.Raw("why"); len(v.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	return s.signPage(w, r, e.Kind.Status(), v)
}

func (s *Service) addToRecord(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	words := f.Text("words", MaxAddendum)
	if err = f.Err(); err == nil {
		err = s.Append(ctx, id, words)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/room/"+id.String()+"/record?added#addenda")
	case e.Kind != fault.Invalid && e.Kind != fault.Taken:
		return err
	}
	v, err := s.recordView(r.Context(), id)
	if err != nil {
		return err
	}
	if v.Fields, v.Typed = e.Fields, f.Raw("words"); len(v.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	return s.recordPage(w, r, e.Kind.Status(), v)
}

// takeAlong serves a copy of a session's record; it is on the trail as one.
func (s *Service) takeAlong(w http.ResponseWriter, r *http.Request, kind, name string, set func(*Record, paperSetting) ([]byte, error)) error {
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	ctx := r.Context()
	rec, err := s.Record(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	b, err := set(rec, paperSetting{Zone: zoneNamed(rec.Paper.Practice.Zone), Lang: st.Lang, Made: s.Now()})
	if err != nil {
		return err
	}
	if err := s.sawRecord(ctx, rec, "took a copy of"); err != nil {
		return err
	}
	// The file's name says nothing about what it is.
	w.Header().Set("Content-Disposition", `attachment; filename="document-`+id.String()[:8]+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	return web.Send(w, r, http.StatusOK, kind, b)
}

func (s *Service) recordPDF(w http.ResponseWriter, r *http.Request) error {
	return s.takeAlong(w, r, "application/pdf", ".pdf", (*Record).PDF)
}

func (s *Service) summaryPDF(w http.ResponseWriter, r *http.Request) error {
	return s.takeAlong(w, r, "application/pdf", "-summary.pdf", (*Record).Summary)
}

func (s *Service) recordJSON(w http.ResponseWriter, r *http.Request) error {
	return s.takeAlong(w, r, "application/json", ".json", func(rec *Record, _ paperSetting) ([]byte, error) {
		return rec.File(s.Settings.Base + schemaPath)
	})
}

func showSchema(w http.ResponseWriter, r *http.Request) error {
	return web.Send(w, r, http.StatusOK, "application/schema+json", recordSchema)
}
