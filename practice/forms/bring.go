package forms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Bring puts the answers of a QuestionnaireResponse into a form that waits, as
// if they had been given one by one. Whoever may give a form may bring answers
// to it in; only the person whose form it is sends them.
func (s *Service) Bring(ctx context.Context, id db.ID, b []byte) error {
	g, err := s.one(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	mine := access.Can(ctx, access.Write, own(g.Person))
	if !mine {
		if err := access.Check(ctx, access.Write, answersOf(g.Person)); err != nil {
			return err
		}
	}
	f, err := s.version(ctx, s.DB.Reader(), g.Version)
	if err != nil {
		return err
	}
	a, about, faults := f.Read(b)
	if url, version, versioned := strings.Cut(about.Questionnaire, "|"); len(faults) == 0 && about.Questionnaire != "" && (url != f.URL || versioned && version != f.Questionnaire.Version) {
		faults = []questionnaire.Fault{{Path: "questionnaire", Text: "These answers are to another form, or to another version of it. This one is " + f.canonical() + "."}}
	}
	if len(faults) > 0 {
		e := refusal(faults)
		fault.Of(e).Sentence = "These answers cannot be taken as they are. Nothing was changed."
		return e
	}
	changes := Changes{}
	for k, v := range a {
		if i := f.Of(k.LinkID); i.Fills() && i.Type != questionnaire.Attachment { // a file elsewhere is not here
			changes[k] = v
		}
	}
	as := ctx
	if !mine { // what is answered is the client's: only the saving is done for them
		as = access.Holder(ctx, g.Person)
	}
	if _, err := s.put(as, id, changes, trail.Entry{}); err != nil { // who did it stands below
		return err
	}
	return s.Trail.Did(ctx, trail.Entry{Verb: "brought answers in to", Subject: g.Person, Kind: "form", Object: id})
}

// arrived reads the one file of a form.
func arrived(r *http.Request) ([]byte, error) {
	if _, err := posted(r); err != nil {
		return nil, err
	}
	if r.MultipartForm == nil || len(r.MultipartForm.File["file"]) == 0 || r.MultipartForm.File["file"][0].Size == 0 {
		return nil, fault.Field("file", "Please choose a file first.")
	}
	f, err := r.MultipartForm.File["file"][0].Open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, questionnaire.MaxBytes+1))
	return b, errors.Join(err, f.Close())
}

func (s *Service) bring(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	b, err := arrived(r)
	if err == nil {
		err = s.Bring(r.Context(), id, b)
	}
	if fault.Is(err, fault.Invalid) {
		f, also := s.Fill(r.Context(), id)
		if also != nil {
			return also
		}
		return s.part(w, r, f, fault.Invalid.Status(), "1", nil, spoken(fault.Of(err).Fields))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/space/forms/"+id.String()+"?part=1&said=file")
}

// spoken puts the faults of a file, which are at no field, above the page.
func spoken(fields map[string]string) map[string]string {
	out := map[string]string{}
	for path, text := range fields {
		out["\x00"+path] = path + ": " + text
	}
	return out
}

// asFile answers with a document to be saved. Should a browser open it all the
// same, it stands in a place of its own, where nothing of it runs or loads.
func asFile(w http.ResponseWriter, r *http.Request, name, kind string, body []byte) error {
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return web.Send(w, r, http.StatusOK, kind, body)
}

const fhirJSON = "application/fhir+json; charset=utf-8"

func (s *Service) ownQuestionnaire(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	f, err := s.Fill(r.Context(), id)
	if err != nil {
		return err
	}
	b, err := json.Marshal(f.Form.Questionnaire)
	if err != nil {
		return err
	}
	return asFile(w, r, f.Key+".json", fhirJSON, b)
}

func (s *Service) ownResponse(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	if _, err := s.Fill(r.Context(), id); err != nil {
		return err
	}
	return s.lastResponse(w, r, id)
}

func (s *Service) lastResponse(w http.ResponseWriter, r *http.Request, id db.ID) error {
	all, err := s.Read(r.Context(), id)
	if err != nil {
		return err
	}
	last := all[len(all)-1]
	b, err := last.JSON()
	if err != nil {
		return err
	}
	return asFile(w, r, last.Key+"-response.json", fhirJSON, b)
}

func (s *Service) ownFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "file", errUnknown)
	if err != nil {
		return err
	}
	f, err := s.Attached(r.Context(), id)
	if err != nil {
		return err
	}
	return asFile(w, r, f.Name, f.Type, []byte(f.body))
}
