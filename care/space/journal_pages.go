package space

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"held/assets"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/settings"
)

func (s *Service) journalRoutes() []web.Route {
	read, write := access.To(access.Read, access.Journal), access.To(access.Write, access.Journal)
	shared, answers := access.To(access.Read, access.Shared), access.To(access.Write, access.Shared)
	return []web.Route{
		{Pattern: "GET /account/keyring", Access: access.To(access.Read, access.Keyring), Handle: s.keyring},
		{Pattern: "POST /account/keyring", Access: access.To(access.Write, access.Keyring), Handle: s.saveKeyring},
		{Pattern: "GET /space/journal", Access: read, Handle: s.journal},
		{Pattern: "GET /space/journal/offline", Access: read, Handle: s.shell},
		{Pattern: "GET /space/journal-worker.js", Access: read, Handle: s.worker},
		{Pattern: "GET /space/journal/calendar", Access: read, Handle: s.calendarFrame},
		{Pattern: "GET /space/journal.webmanifest", Access: read, Handle: s.manifest},
		{Pattern: "GET /space/journal/context", Access: read, Handle: s.around},
		{Pattern: "GET /space/journal/changes", Access: read, Handle: s.changes},
		{Pattern: "GET /space/journal/files/{id}", Access: read, Handle: s.fileBody},
		{Pattern: "POST /space/journal/files/{id}", Access: write, Handle: s.putFile},
		{Pattern: "POST /space/journal/files/{id}/remove", Access: write, Handle: s.removeFile},
		{Pattern: "GET /space/journal/shares", Access: read, Handle: s.shares},
		{Pattern: "POST /space/journal/shares", Access: write, Handle: s.shareFile},
		{Pattern: "POST /space/journal/shares/withdraw", Access: write, Handle: s.withdraw},
		{Pattern: "POST /space/journal/shares/agenda", Access: write, Handle: s.takeUpMine},
		{Pattern: "GET /space/journal/answers/{owner}/{id}", Access: read, Handle: s.answerBody},
		{Pattern: "POST /space/journal/destroy", Access: access.To(access.Write, access.Leaving), Handle: s.destroy},
		{Pattern: "GET /desk/people/{id}/shared", Access: shared, Handle: s.sharedDesk},
		{Pattern: "GET /desk/people/{id}/shared/list", Access: shared, Handle: s.sharedList},
		{Pattern: "GET /desk/people/{id}/shared/{file}", Access: shared, Handle: s.sharedBody},
		{Pattern: "POST /desk/people/{id}/shared/{file}", Access: answers, Handle: s.answerShared},
		{Pattern: "POST /desk/people/{id}/shared/{file}/agenda", Access: answers, Handle: s.takeUpTheirs},
	}
}

// The pages on which something is sealed may show what was opened in them, play
// and record it, and keep a worker for when there is no network. A browser lets
// them make one script address, the worker's.
const (
	sealedPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; font-src 'self'; " +
		"connect-src 'self'; worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
		"require-trusted-types-for 'script'; trusted-types held-worker"
	sealedPowers = "accelerometer=(), camera=(self), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), " +
		"microphone=(self), midi=(), payment=(), serial=(), usb=(), browsing-topics=()"
)

// unseal dresses an answer as such a page.
func unseal(ctx context.Context, w http.ResponseWriter, p *ui.Page) {
	w.Header().Set("Content-Security-Policy", sealedPolicy)
	w.Header().Set("Permissions-Policy", sealedPowers)
	p.Scripts = append(p.Scripts, "journal.js")
	if access.Possible(access.From(ctx), access.Read, access.Journal) == access.Allow {
		p.Manifest = "/space/journal.webmanifest"
	}
	p.NoIndex = true
}

// journal is the page. What it invites to write from is today's open invitation,
// never words out of an address: whoever sent a link could ask for anything.
func (s *Service) journal(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	prompt := ""
	switch q := r.URL.Query(); {
	case q.Has("ripple"):
		prompt = s.Ripple
	case q.Has("invited"):
		me, err := s.People.Get(ctx, s.DB.Reader(), access.From(ctx).Person)
		if err != nil {
			return err
		}
		if prompt, err = s.Invitation(ctx, me); err != nil {
			return err
		}
	}
	p, err := s.Settings.Page(r, "Your journal")
	if err != nil {
		return err
	}
	unseal(ctx, w, &p)
	return web.Render(w, r, http.StatusOK, journalPage(p, prompt))
}

// shell is the journal's page without anybody on it: what a browser keeps for
// when there is no network.
func (s *Service) shell(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Settings.PublicPage(r.Context(), "Your journal", "/space/journal")
	if err != nil {
		return err
	}
	unseal(r.Context(), w, &p)
	return web.Render(w, r, http.StatusOK, journalPage(p, ""))
}

// worker is the script that answers for the journal when nobody else does. What
// it keeps is named in its first line, so that it changes when they do.
func (s *Service) worker(w http.ResponseWriter, r *http.Request) error {
	keep, err := json.Marshal(append([]string{"/space/journal/offline", assets.Path("site.css"), assets.Path("site.js"), assets.Path("journal.js"), assets.Path("favicon.svg")}, captureAssets()...))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return web.Send(w, r, http.StatusOK, "text/javascript; charset=utf-8", fmt.Appendf(nil, "self.keep=%s;\n%s", keep, assets.Text("journal-worker.js")))
}

func (s *Service) manifest(w http.ResponseWriter, r *http.Request) error {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	b, err := json.Marshal(struct {
		Name       string `json:"name"`
		Start      string `json:"start_url"`
		ID         string `json:"id"`
		Scope      string `json:"scope"`
		Display    string `json:"display"`
		Background string `json:"background_color"`
		Theme      string `json:"theme_color"`
		Icons      []icon `json:"icons"`
	}{"Journal", "/space/journal", "/space/journal", "/space/", "standalone", "#fbf7f0", "#fbf7f0",
		[]icon{{assets.Path("favicon.svg"), "any", "image/svg+xml", "any"}}})
	if err != nil {
		return err
	}
	return web.Send(w, r, http.StatusOK, "application/manifest+json", b)
}

func (s *Service) keyring(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	k, err := s.OwnKeyring(ctx)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, struct {
		Person db.ID `json:"person"`
		Quota  int64 `json:"quota"`
		Keyring
	}{access.From(ctx).Person, Quota, k})
}

// readJSON reads what a script of ours sends.
func readJSON(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "This address takes JSON. Nothing was changed.")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.New(fault.BadRequest, "What was sent arrived damaged, so nothing was changed. Please try again.")
	}
	return nil
}

func (s *Service) saveKeyring(w http.ResponseWriter, r *http.Request) error {
	var k Keyring
	if err := readJSON(r, &k); err != nil {
		return err
	}
	if err := s.SaveKeyring(r.Context(), k); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, map[string]int64{"revision": k.Revision + 1})
}

// meeting is what the journal may know of what is written elsewhere in the
// space: when somebody was here, and what for.
type meeting struct {
	ID   db.ID  `json:"id"`
	Day  string `json:"day"`
	Name string `json:"name"`
}

func (s *Service) around(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	all, err := s.Calendar.OfClient(ctx, me)
	if err != nil {
		return err
	}
	zone, err := s.Settings.ClockOf(ctx, me)
	if err != nil {
		return err
	}
	sessions := []meeting{}
	for _, a := range all {
		if a.State != calendar.Cancelled {
			sessions = append(sessions, meeting{a.ID, a.Start.In(zone).Format("2006-01-02"), a.Name})
		}
	}
	return web.JSON(w, r, http.StatusOK, map[string]any{"sessions": sessions})
}

// changesPage is how many changes one answer lists.
const changesPage = 1000

func (s *Service) changes(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	after, err := strconv.ParseInt(q.Get("after"), 10, 64)
	if err != nil || after < 0 {
		return fault.New(fault.BadRequest, "This address is incomplete.")
	}
	files, head, err := s.Changes(r.Context(), after, changesPage, !q.Has("bare"))
	if err != nil {
		return err
	}
	if files == nil {
		files = []File{}
	}
	recipient, err := s.ownRecipient(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, map[string]any{"files": files, "head": head, "recipient": recipient})
}

func pathIDs(r *http.Request, names ...string) ([]db.ID, error) {
	ids := make([]db.ID, len(names))
	for i, n := range names {
		id, err := web.PathID(r, n, errUnknown)
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

func (s *Service) sendFile(w http.ResponseWriter, r *http.Request, owner db.ID, f File) error {
	return web.Stream(w, r, web.Body{Kind: "application/octet-stream", Size: f.Size}, func(to io.Writer) error { return s.body(r.Context(), owner, f, to) })
}

func (s *Service) fileBody(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	f, err := s.Own(r.Context(), id)
	if err != nil {
		return err
	}
	return s.sendFile(w, r, access.From(r.Context()).Person, f)
}

// readPart reads one part of a file, with where it belongs in its address.
func readPart(r *http.Request, file db.ID) (p Part, err error) {
	q := r.URL.Query()
	number := func(name string) int64 {
		n, bad := strconv.ParseInt(q.Get(name), 10, 32)
		if bad != nil {
			err = fault.New(fault.BadRequest, "This address is incomplete.")
		}
		return n
	}
	p = Part{File: file, Revision: number("revision"), N: number("part"), Of: number("of")}
	if p.Upload, err = db.ParseID(q.Get("upload")); err != nil {
		return p, fault.New(fault.BadRequest, "This address is incomplete.")
	}
	body, bad := readBody(r)
	if bad != nil {
		return p, bad
	}
	p.Body = body
	return p, err
}

func readBody(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return nil, fault.New(fault.TooLarge, "This part of a file is too large.")
		}
		return nil, fault.New(fault.BadRequest, "This did not arrive whole.")
	}
	return b.Bytes(), nil
}

func (s *Service) putFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	p, err := readPart(r, id)
	if err != nil {
		return err
	}
	f, err := s.Put(r.Context(), p)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, f)
}

var done = map[string]bool{"done": true}

func (s *Service) removeFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	if err := s.Remove(r.Context(), id); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) shares(w http.ResponseWriter, r *http.Request) error {
	mine, theirs, err := s.Shared(r.Context())
	if err != nil {
		return err
	}
	team, err := s.Clinicians(r.Context())
	if err != nil {
		return err
	}
	me := access.From(r.Context())
	times, err := s.meetings(r.Context(), me.Person, db.ID{})
	if err != nil {
		return err
	}
	agenda, err := db.All(r.Context(), s.DB.Reader(), scanTaken, sqlAgendaOf, me.Practice, me.Person)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, map[string]any{"mine": some(mine), "theirs": some(theirs), "team": some(team), "times": times, "agenda": some(agenda)})
}

// some is a list that is never null.
func some[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (s *Service) shareFile(w http.ResponseWriter, r *http.Request) error {
	var sent struct {
		File, With db.ID
		Pieces     []db.ID
	}
	if err := readJSON(r, &sent); err != nil {
		return err
	}
	if err := s.ShareFile(r.Context(), sent.File, sent.With, sent.Pieces); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	var sent struct{ File, With db.ID }
	if err := readJSON(r, &sent); err != nil {
		return err
	}
	if err := s.Withdraw(r.Context(), sent.File, sent.With); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) answerBody(w http.ResponseWriter, r *http.Request) error {
	ids, err := pathIDs(r, "owner", "id")
	if err != nil {
		return err
	}
	f, err := s.AnswerFile(r.Context(), ids[0], ids[1])
	if err != nil {
		return err
	}
	return s.sendFile(w, r, ids[0], f)
}

func (s *Service) destroy(w http.ResponseWriter, r *http.Request) error {
	if err := s.Destroy(r.Context()); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) sharedDesk(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Shared, Subject: id}); err != nil {
		return err
	}
	card, err := s.People.Card(ctx, id)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Shared by "+card.Name)
	if err != nil {
		return err
	}
	unseal(ctx, w, &p)
	return web.Render(w, r, http.StatusOK, sharedPage(p, settings.DeskNav(ctx), card, r.URL.Query().Get("time")))
}

func (s *Service) sharedList(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	theirs, mine, err := s.between(r.Context(), id)
	if err != nil {
		return err
	}
	client, err := s.publicKeys(r.Context(), id)
	if err != nil {
		return err
	}
	me := access.From(r.Context()).Person
	times, err := s.meetings(r.Context(), id, me)
	if err != nil {
		return err
	}
	agenda, err := s.agenda(r.Context(), id, me)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, map[string]any{"theirs": some(theirs), "mine": some(mine), "client": client, "times": times, "agenda": some(agenda)})
}

func (s *Service) sharedBody(w http.ResponseWriter, r *http.Request) error {
	ids, err := pathIDs(r, "id", "file")
	if err != nil {
		return err
	}
	f, owner, err := s.sharedByClient(r.Context(), ids[0], ids[1])
	if err != nil {
		return err
	}
	return s.sendFile(w, r, owner, f)
}

func (s *Service) answerShared(w http.ResponseWriter, r *http.Request) error {
	ids, err := pathIDs(r, "id", "file")
	if err != nil {
		return err
	}
	p, err := readPart(r, ids[1])
	if err != nil {
		return err
	}
	about, err := db.ParseID(r.URL.Query().Get("about"))
	if err != nil {
		return errUnknown
	}
	f, err := s.answerSealed(r.Context(), ids[0], about, p)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, f)
}
