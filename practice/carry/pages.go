package carry

import (
	"crypto/rand"
	"io"
	"net/http"
	"strings"

	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// Routes is the owner's page.
func (s *Service) Routes() []web.Route {
	may := access.To(access.Read, access.Export)
	return []web.Route{
		{Pattern: "GET /desk/export", Access: may, Handle: s.show},
		{Pattern: "POST /desk/export", Access: may, Handle: s.take},
	}
}

// view is the page: a passphrase that was just made, and what was typed.
type view struct {
	Passphrase, Recipients string
	Fields                 map[string]string
	Notes                  bool // there are process notes that may be asked for
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.page(w, r, http.StatusOK, view{})
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	p, err := s.Settings.Page(r, "Take the whole practice along")
	if err != nil {
		return err
	}
	v.Notes = s.hasApart()
	if v.Passphrase == "" {
		v.Passphrase = passphrase()
	}
	return web.Render(w, r, status, exportPage(p, settings.DeskNav(r.Context()), v))
}

// passphrase makes one of 125 bits, in five groups. It is kept nowhere: the page
// that shows it sends it back.
func passphrase() string {
	text := strings.ToLower(rand.Text())[:25]
	var groups []string
	for len(text) > 0 {
		groups, text = append(groups, text[:5]), text[5:]
	}
	return strings.Join(groups, "-")
}

// take sends the export, encrypted.
func (s *Service) take(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := view{Passphrase: f.Raw("passphrase"), Recipients: f.Text("recipients", 16_000), Fields: map[string]string{}}
	var to Audience
	if f.Has("recipients") {
		if to, err = ForRecipients(v.Recipients); err != nil {
			v.Fields["recipients"] = "Please give one or more age recipients; each begins with age1. Nothing was exported."
		}
	} else if to, err = ForPassphrase(v.Passphrase); err != nil {
		v.Fields["passphrase"] = "Please take a passphrase of 20 signs or more. Nothing was exported."
	}
	if err != nil {
		return s.page(w, r, fault.Invalid.Status(), v)
	}
	if f.Checked("process") {
		to = to.WithProcess()
	}
	name := FileName(access.From(r.Context()).Practice, s.Now(), to)
	return web.Stream(w, r, web.Body{Kind: "application/octet-stream", Name: name}, func(out io.Writer) error {
		_, err := s.Export(r.Context(), out, to)
		return err
	})
}

// problems are what is said above the forms.
func (v view) problems() []ui.Problem { return ui.Problems(v.Fields) }
