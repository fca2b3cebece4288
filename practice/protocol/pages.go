package protocol

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	rule "held/rules/protocol"
)

// Routes is the protocols' pages at the desk.
func (s *Service) Routes() []web.Route {
	read, write, sign := access.To(access.Read, access.Protocol), access.To(access.Write, access.Protocol), access.To(access.Write, access.Seal)
	return []web.Route{
		{Pattern: "GET /desk/protocol", Access: read, Handle: s.list},
		{Pattern: "POST /desk/protocol", Access: write, Handle: s.begin},
		{Pattern: "POST /desk/protocol/import", Access: write, Handle: s.bring},
		{Pattern: "GET /desk/protocol/{id}", Access: read, Handle: s.show},
		{Pattern: "GET /desk/protocol/{id}/file", Access: read, Handle: s.file},
		{Pattern: "GET /desk/protocol/{id}/part/{section}", Access: read, Handle: s.part},
		{Pattern: "POST /desk/protocol/{id}/part/{section}", Access: write, Handle: s.savePart},
		{Pattern: "POST /desk/protocol/{id}/discard", Access: write, Handle: s.discard},
		{Pattern: "POST /desk/protocol/{id}/sign", Access: sign, Handle: s.sign},
		{Pattern: "POST /desk/protocol/{id}/withdraw", Access: sign, Handle: s.withdraw},
	}
}

var saidWords = map[string]string{
	"saved":     "Saved in the draft. Nothing holds before it is signed.",
	"began":     "A draft is begun. Nothing holds before it is signed.",
	"imported":  "Imported as a draft. Nobody has signed it here.",
	"discarded": "The draft is thrown away. What is signed stands as it was.",
	"signed":    "Signed. It is in use from now on.",
	"withdrawn": "Out of use from now on. Bookings of this medicine are closed.",
}

func said(r *http.Request) string { return saidWords[r.URL.Query().Get("said")] }

func address(id db.ID) string { return Place + "/" + id.String() }

func partAddress(id db.ID, part string) string { return address(id) + "/part/" + part }

// mayWrite tells whether the reader is one who writes protocols.
func mayWrite(ctx context.Context) bool {
	return access.May(ctx, access.Write, access.Resource{Class: access.Protocol})
}

// listView is the page of all protocols.
type listView struct {
	All    []Listed
	House  *time.Location
	Edit   bool
	Said   string
	Typed  string // a file that was refused
	Fields map[string]string
}

func (v listView) there() (out []Listed) {
	for _, l := range v.All {
		if l.Draft != nil || len(l.Versions) > 0 {
			out = append(out, l)
		}
	}
	return out
}

func medicineOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose one"}}
	for _, m := range rule.Medicines {
		out = append(out, ui.Option{Value: m.Value, Label: m.Label})
	}
	return out
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	return s.listPage(w, r, http.StatusOK, listView{Said: said(r)})
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request, status int, v listView) (err error) {
	ctx := r.Context()
	if v.All, err = s.List(ctx); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	v.Edit = mayWrite(ctx)
	p, err := s.Settings.Page(r, "Protocols")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) house(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return st.Location(), nil
}

func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := s.Begin(r.Context(), rule.Medicine(f.Raw("medicine")))
	if fault.Is(err, fault.Invalid) {
		return s.listPage(w, r, fault.Invalid.Status(), listView{Fields: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, address(id)+"?said=began")
}

// maxFile is how long an imported document may be, in characters.
const maxFile = 200_000

func (s *Service) bring(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	text := f.Text("file", maxFile)
	f.Required("file", "Please paste the document, as an export writes it.")
	var id db.ID
	if err = f.Err(); err == nil {
		id, err = s.Import(r.Context(), []byte(text))
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Taken) {
		e := fault.Of(err)
		if len(e.Fields) == 0 {
			e = fault.Field("file", e.Sentence)
		}
		return s.listPage(w, r, fault.Of(err).Kind.Status(), listView{Fields: e.Fields, Typed: f.Raw("file")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, address(id)+"?said=imported")
}

// show is a draft, or a signed version: they share their address.
func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.docPage(w, r, http.StatusOK, docView{Said: said(r)})
}

// docView is the page of one document as a whole.
type docView struct {
	ID       db.ID
	Doc      *rule.Document
	Draft    *Draft
	Signed   *Signed
	Since    int // the number of the version that Changes are since; 0: none
	Changes  []rule.Change
	Missing  []rule.Field
	Wrong    rule.Faults
	Names    map[db.ID]string
	House    *time.Location
	Edit     bool
	Said     string
	Problems map[string]string
}

func (s *Service) docPage(w http.ResponseWriter, r *http.Request, status int, v docView) (err error) {
	ctx := r.Context()
	if err := s.load(ctx, r, &v); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	v.Edit = mayWrite(ctx)
	p, err := s.Settings.Page(r, v.Doc.Medicine.Name())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, docPage(p, settings.DeskNav(ctx), v))
}

func idIn(r *http.Request) (db.ID, error) {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return id, ErrNone
	}
	return id, nil
}

func (s *Service) load(ctx context.Context, r *http.Request, v *docView) (err error) {
	if v.ID, err = idIn(r); err != nil {
		return err
	}
	if d, err := s.Draft(ctx, v.ID); err == nil {
		return s.loadDraft(ctx, v, d)
	} else if !errors.Is(err, ErrNone) {
		return err
	}
	signed, err := s.Version(ctx, v.ID)
	if err != nil {
		return err
	}
	v.Signed, v.Doc = &signed, signed.Doc
	if before, err := s.Before(ctx, signed); err == nil {
		v.Since, v.Changes = before.Number, rule.Changes(before.Doc, v.Doc)
	} else if !errors.Is(err, ErrNone) {
		return err
	}
	v.Names, err = s.People.Names(ctx, signed.EndedBy)
	return err
}

func (s *Service) loadDraft(ctx context.Context, v *docView, d Draft) (err error) {
	v.Draft, v.Doc, v.Missing, v.Wrong = &d, d.Doc, d.Doc.Missing(), d.Doc.Check()
	if !d.Based.IsZero() {
		based, err := s.Version(ctx, d.Based)
		if err != nil {
			return err
		}
		v.Since, v.Changes = based.Number, rule.Changes(based.Doc, v.Doc)
	}
	v.Names, err = s.People.Names(ctx, d.Author)
	return err
}

// file is the document to take elsewhere.
func (s *Service) file(w http.ResponseWriter, r *http.Request) error {
	var v docView
	if err := s.load(r.Context(), r, &v); err != nil {
		return err
	}
	f := rule.File{Status: rule.Unsigned, Note: "A draft. Nobody has signed it.", Document: *v.Doc}
	name := string(v.Doc.Medicine) + "-draft"
	if x := v.Signed; x != nil {
		f.Status, f.Note = "signed", "In use since it was signed."
		if !x.InUse() {
			f.Status, f.Note = x.Ended, "Out of use since "+x.EndedAt.UTC().Format(time.RFC3339)+"."
		}
		f.Signature = &rule.Signature{By: x.Name, At: x.At.UTC().Format(time.RFC3339), Version: x.Number, SHA256: x.SHA256}
		name = fmt.Sprintf("%s-%d", v.Doc.Medicine, x.Number)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="protocol-`+name+`.json"`)
	h.Set("Cache-Control", "no-store")
	return f.Write(w)
}

func revisionIn(f *web.Form) int64 {
	n, _ := strconv.ParseInt(f.Raw("revision"), 10, 64) // what is no number is no revision of any draft
	return n
}

// change is one button of a document's page; what is refused is said there.
func (s *Service) change(w http.ResponseWriter, r *http.Request, to func(id db.ID) string, do func(id db.ID, f *web.Form) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idIn(r)
	if err != nil {
		return err
	}
	err = do(id, f)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Taken) {
		e := fault.Of(err)
		v := docView{Problems: e.Fields}
		if len(e.Fields) == 0 {
			v.Problems = map[string]string{"": e.Sentence}
		}
		return s.docPage(w, r, e.Kind.Status(), v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, to(id))
}

func (s *Service) sign(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(id db.ID) string { return address(id) + "?said=signed" }, func(id db.ID, f *web.Form) error {
		if !f.Checked("read") {
			return fault.Field("read", "Please say that you have read it as it stands.")
		}
		_, err := s.Sign(r.Context(), id, revisionIn(f))
		return err
	})
}

func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(id db.ID) string { return address(id) + "?said=withdrawn" }, func(id db.ID, f *web.Form) error {
		if !f.Checked("sure") {
			return fault.Field("sure", "Please say that this medicine closes now.")
		}
		return s.Withdraw(r.Context(), id)
	})
}

func (s *Service) discard(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(db.ID) string { return Place + "?said=discarded" }, func(id db.ID, f *web.Form) error {
		if !f.Checked("sure") {
			return fault.Field("sure", "Please say that you throw the draft away.")
		}
		return s.Discard(r.Context(), id, revisionIn(f))
	})
}

// stateWords say where a version stands.
func (s Signed) stateWords(house *time.Location) string {
	switch {
	case s.InUse():
		return "In use"
	case s.Ended == Superseded:
		return "Replaced, " + ui.DateYear(s.EndedAt, house)
	}
	return "Taken out of use, " + ui.DateYear(s.EndedAt, house)
}

func (s Signed) title() string { return "Version " + strconv.Itoa(s.Number) }

// hashWords break a hash where a line may end.
func hashWords(sum string) string {
	var out []string
	for len(sum) > 8 {
		out, sum = append(out, sum[:8]), sum[8:]
	}
	return strings.Join(append(out, sum), " ")
}
