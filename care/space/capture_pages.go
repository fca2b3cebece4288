package space

import (
	"io"
	"net/http"
	"strconv"

	"held/assets"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

func (s *Service) captureRoutes() []web.Route {
	read, write := access.To(access.Read, access.Journal), access.To(access.Write, access.Journal)
	return []web.Route{
		{Pattern: "GET /space/capture", Access: read, Handle: s.ownCapture},
		{Pattern: "GET /space/capture/offline", Access: read, Handle: s.ownCaptureShell},
		{Pattern: "POST /space/capture/{id}", Access: write, Handle: s.leaveOwn},
		{Pattern: "GET /space/journal/left", Access: read, Handle: s.listLeft},
		{Pattern: "GET /space/journal/left/{id}", Access: read, Handle: s.bodyLeft},
		{Pattern: "POST /space/journal/left/{id}/remove", Access: write, Handle: s.removeLeft},
		{Pattern: "GET /room/{session}/capture", Access: access.To(access.Write, access.Room), Handle: s.handTablet},
		{Pattern: "POST /room/{session}/capture", Access: access.To(access.Write, access.Room), Handle: s.openTablet},
		{Pattern: "GET /capture/{token}", Access: access.ByLink, Handle: s.tablet},
		{Pattern: "POST /capture/{token}/end", Access: access.ByLink, Handle: s.endTablet},
		{Pattern: "POST /capture/{token}/{id}", Access: access.ByLink, Handle: s.leaveTablet},
	}
}

// quiet dresses an answer as a page on which something is sealed and nothing is
// opened: dim by day and by night, and without the journal's own script.
func quiet(w http.ResponseWriter, p *ui.Page, scripts ...string) {
	w.Header().Set("Content-Security-Policy", sealedPolicy)
	w.Header().Set("Permissions-Policy", quietPowers)
	p.Scripts = append(p.Scripts, scripts...)
	p.Scheme, p.NoIndex = "dark", true
}

// quietPowers are the journal's, without the camera.
const quietPowers = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), " +
	"microphone=(self), midi=(), payment=(), serial=(), usb=(), browsing-topics=()"

const captureTitle = "Right after"

func (s *Service) ownCapture(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	zone, err := s.Settings.ClockOf(ctx, me)
	if err != nil {
		return err
	}
	session, err := s.after(ctx, me, zone)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, captureTitle)
	if err != nil {
		return err
	}
	if !r.URL.Query().Has("compare") {
		quiet(w, &p, "capture.js")
		return web.Render(w, r, http.StatusOK, ownCapturePage(p, session, Clinician{}))
	}
	keys, err := s.publicKeys(ctx, me)
	if err != nil {
		return err
	}
	quiet(w, &p, "capture.js", "words.js")
	return web.Render(w, r, http.StatusOK, ownCapturePage(p, session, keys))
}

// ownCaptureShell is the page without anybody on it: what a browser keeps for
// when there is no network.
func (s *Service) ownCaptureShell(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Settings.PublicPage(r.Context(), captureTitle, "/space/capture")
	if err != nil {
		return err
	}
	quiet(w, &p, "capture.js")
	return web.Render(w, r, http.StatusOK, ownCapturePage(p, db.ID{}, Clinician{}))
}

// captureAssets are what its page is made of.
func captureAssets() []string {
	return []string{"/space/capture/offline", assets.Path("capture.js")}
}

// readLeft reads one part of what is left; where it belongs stands in its address.
func readLeft(r *http.Request) (l Left, err error) {
	if l.ID, err = web.PathID(r, "id", errNothing); err != nil {
		return l, err
	}
	q := r.URL.Query()
	incomplete := fault.New(fault.BadRequest, "This address is incomplete.")
	if l.N, err = strconv.ParseInt(q.Get("part"), 10, 32); err != nil {
		return l, incomplete
	}
	if l.Of, err = strconv.ParseInt(q.Get("of"), 10, 32); err != nil {
		return l, incomplete
	}
	l.Body, err = readBody(r)
	return l, err
}

func (s *Service) leaveOwn(w http.ResponseWriter, r *http.Request) error {
	l, err := readLeft(r)
	if err != nil {
		return err
	}
	if err := s.LeaveOwn(r.Context(), l); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) listLeft(w http.ResponseWriter, r *http.Request) error {
	left, err := s.LeftFor(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, map[string]any{"left": some(left)})
}

func (s *Service) bodyLeft(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	d, err := s.leftOne(r.Context(), id)
	if err != nil {
		return err
	}
	person := access.From(r.Context()).Person
	return web.Stream(w, r, web.Body{Kind: "application/octet-stream", Size: d.Size}, func(to io.Writer) error { return s.leftBody(r.Context(), person, d, to) })
}

func (s *Service) removeLeft(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	if err := s.DropLeft(r.Context(), id); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

// handView is what whoever opens the page reads before they hand it over.
type handView struct {
	Session db.ID
	Name    string
	Keys    Clinician // the client's public ones; empty where they have none yet
}

func (s *Service) handTablet(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	x, err := s.captureSession(ctx, s.DB.Reader(), access.Write, session)
	if err != nil {
		return err
	}
	keys, err := s.publicKeys(ctx, x.Client)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, captureTitle)
	if err != nil {
		return err
	}
	quiet(w, &p, "tablet.js", "words.js")
	return web.Render(w, r, http.StatusOK, handPage(p, handView{Session: session, Name: keys.Name, Keys: keys}))
}

// openTablet opens the page, and locks whoever opened it out of this browser:
// what follows is in somebody else's hands. Nothing that waits here is wiped, as
// a sign-out would.
func (s *Service) openTablet(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	address, err := s.OpenCapture(ctx, session)
	if err != nil {
		return err
	}
	in, there := people.SessionOf(ctx)
	if !there {
		return fault.New(fault.SignIn, "You are signed in no longer. Nothing was handed over.")
	}
	if err := s.People.Lock(ctx, in.ID); err != nil {
		return err
	}
	return web.See(w, r, address)
}

// tabletView is all that the page in a client's hands is made of.
type tabletView struct {
	Address string
	Session db.ID
	Keys    Clinician // the client's public ones, without a name
}

func (s *Service) tablet(w http.ResponseWriter, r *http.Request) error {
	ctx, c, err := s.capture(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if !s.Now().Before(c.Ends) {
		return errCaptureEnded
	}
	k, err := db.One(ctx, s.DB.Reader(), scanJournal, sqlJournal, access.From(ctx).Practice, c.Person)
	if err != nil { // their journal was destroyed since: there is nothing to seal to
		return errCaptureEnded.With(err)
	}
	p, err := s.Settings.PublicPage(ctx, captureTitle, "")
	if err != nil {
		return err
	}
	quiet(w, &p, "tablet.js", "words.js")
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, tabletPage(p, tabletView{"/capture/" + r.PathValue("token"), c.Session, Clinician{Recipient: k.Recipient, Verifier: k.Verifier}}))
}

func (s *Service) endTablet(w http.ResponseWriter, r *http.Request) error {
	if err := s.EndCapture(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) leaveTablet(w http.ResponseWriter, r *http.Request) error {
	l, err := readLeft(r)
	if err != nil {
		return err
	}
	if err := s.LeaveOnTablet(r.Context(), r.PathValue("token"), l); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}
