package forms

import (
	"context"
	"errors"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// File is something that was attached to an answer.
type File struct {
	ID   db.ID
	Name string
	Type string
	body string
}

// Limits of what is attached.
const (
	MaxFile  = 6 << 20 // bytes: a picture from a telephone, a scanned letter
	MaxFiles = 20      // for each given form

	maxPage = MaxFile + web.MaxBody // bytes: one page with its answers and a file
)

// FileTypes are what can be attached. They are sent back as files to be saved
// and never shown as pages.
var FileTypes = []string{"application/pdf", "image/jpeg", "image/png", "text/plain"}

// kindOf tells a file's type by how it begins, whatever it is called.
func kindOf(body []byte) string {
	head := string(body[:min(len(body), 16)])
	switch {
	case strings.HasPrefix(head, "%PDF-"):
		return FileTypes[0]
	case strings.HasPrefix(head, "\xff\xd8\xff"):
		return FileTypes[1]
	case strings.HasPrefix(head, "\x89PNG\r\n\x1a\n"):
		return FileTypes[2]
	case !slices.ContainsFunc(body, func(b byte) bool { return b < ' ' && b != '\n' && b != '\r' && b != '\t' }):
		return FileTypes[3]
	}
	return ""
}

// Attach keeps a file as an answer to a question of the actor's own form.
func (s *Service) Attach(ctx context.Context, id db.ID, k questionnaire.Key, name string, body []byte) (*Filling, error) {
	kind := kindOf(body)
	switch {
	case len(body) == 0:
		return nil, fault.Field(k.String(), "This file is empty.")
	case len(body) > MaxFile:
		return nil, fault.Field(k.String(), "This file is larger than 6 MB. Please attach a smaller one, or bring it along.")
	case kind == "":
		return nil, fault.Field(k.String(), "Please attach a PDF, a JPEG or PNG picture, or plain text.")
	}
	if name = strings.Map(plain, name); len(name) > 100 {
		name = name[len(name)-100:]
	}
	file := db.NewID()
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		f, _, err := s.draft(ctx, tx, id, access.Write)
		if err != nil {
			return err
		}
		if i := f.Form.Of(k.LinkID); i == nil || i.Type != questionnaire.Attachment || !f.Open(s.Now()) {
			return errSent
		}
		practice := access.From(ctx).Practice
		n, err := db.One(ctx, tx, db.Value[int], sqlCountFiles, practice, id)
		if err != nil {
			return err
		}
		if n >= MaxFiles {
			return fault.Field(k.String(), "Twenty files were attached to this form already. Please bring the others along.")
		}
		var sealed [2][]byte
		for n, v := range [2][2]string{{"name", name}, {"body", string(body)}} {
			if sealed[n], err = s.Vault.Seal(ctx, tx, fileField(practice, f.Person, file, v[0]), v[1]); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, sqlAddFile, practice, file, id, f.Person, sealed[0], sealed[1], len(body), db.Micros(s.Now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := s.Fill(ctx, id)
	if err != nil {
		return nil, err
	}
	a := questionnaire.Answer{File: &questionnaire.File{ContentType: kind, Title: name, Size: int64(len(body)), URL: "#" + file.String()}}
	all := []questionnaire.Answer{a}
	if i := f.Form.Of(k.LinkID); i.Repeats {
		all = append(slices.Clone(f.Answers[k]), a)
	}
	return s.Save(ctx, id, Changes{k: all})
}

// Attached opens a file for whoever reads the answer that it belongs to.
func (s *Service) Attached(ctx context.Context, id db.ID) (File, error) {
	q := s.DB.Reader()
	r, err := db.One(ctx, q, scanFile, sqlFile, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return File{}, errUnknown
	}
	if err != nil {
		return File{}, err
	}
	if access.Can(ctx, access.Read, own(r.person)) {
		return s.file(ctx, q, r)
	}
	g, err := s.one(ctx, q, r.given)
	if err != nil {
		return File{}, err
	}
	all, err := s.responses(ctx, q, g, sqlResponses) // only what the reader may read, and only what was sent
	if err != nil {
		return File{}, err
	}
	for _, resp := range all {
		for _, v := range resp.Answers {
			if slices.ContainsFunc(v, func(a questionnaire.Answer) bool { return a.File != nil && a.File.URL == "#"+id.String() }) {
				if err := s.Trail.Saw(ctx, trail.Entry{Subject: g.Person, Kind: "answers", Object: g.ID}); err != nil {
					return File{}, err
				}
				return s.file(ctx, q, r)
			}
		}
	}
	return File{}, errUnknown
}

func (s *Service) file(ctx context.Context, q db.Q, r fileRow) (f File, err error) {
	practice := access.From(ctx).Practice
	f.ID = r.id
	if f.Name, err = s.Vault.Open(ctx, q, fileField(practice, r.person, r.id, "name"), r.name); err != nil {
		return f, err
	}
	f.body, err = s.Vault.Open(ctx, q, fileField(practice, r.person, r.id, "body"), r.body)
	f.Type = kindOf([]byte(f.body))
	return f, err
}
