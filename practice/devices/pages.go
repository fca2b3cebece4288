package devices

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/fault"
	"held/internal/push"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
)

// Place is where the practice sets how devices are called, Own where each
// colleague keeps theirs.
const (
	Place = "/desk/settings/devices"
	Own   = "/desk/devices"
)

// Routes is the pages of devices.
func (s *Service) Routes() []web.Route {
	own := access.To(access.Read, access.Room) // whoever works in rooms; which device is theirs is asked for each
	return []web.Route{
		{Pattern: "GET " + Own, Access: own, Handle: s.show},
		{Pattern: "POST " + Own, Access: own, Handle: s.add},
		{Pattern: "POST " + Own + "/{id}", Access: own, Handle: s.choose},
		{Pattern: "POST " + Own + "/{id}/try", Access: own, Handle: s.try},
		{Pattern: "POST " + Own + "/{id}/remove", Access: own, Handle: s.remove},
		{Pattern: "GET " + Place, Access: access.To(access.Read, access.Settings), Handle: s.showPlan},
		{Pattern: "POST " + Place, Access: access.To(access.Write, access.Settings), Handle: s.savePlan},
	}
}

// Links lead to the devices of whoever may be called, also where they are to
// prove who they are on the way.
func Links(ctx context.Context) []ui.Link {
	if !works(access.From(ctx)) {
		return nil
	}
	return []ui.Link{{Label: "The devices on which you are called", Href: Own}}
}

// devicesPolicy is that of every page, and that the worker may be kept which
// shows a call. A browser lets the page make one script address, the worker's.
const devicesPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types held-worker"

// kindOptions are the kinds as they are chosen.
func kindOptions() []ui.Option {
	return []ui.Option{
		{Value: string(Red), Label: "Red", Hint: "A value in the protocol’s red, or an emergency’s log that is open."},
		{Value: string(Amber), Label: "Out of its band", Hint: "A value in the protocol’s amber."},
		{Value: string(Late), Label: "Late", Hint: "A reading, or a repeated blood pressure, that is late."},
		{Value: string(Due), Label: "Due", Hint: "A reading, or a repeated blood pressure, that is due."},
	}
}

// first are the kinds that a form begins with: what calls for somebody, and not
// what the room is about to do anyway.
var first = []Kind{Red, Amber, Late}

type ownView struct {
	Plan     Plan
	Key      string // the practice's public key, for the browser
	Devices  []Device
	Said     string
	Problem  string
	Zone     *time.Location
	Settings bool // may open the practice's settings of this
}

var said = map[string]string{
	"added":   "Kept: this device is called from now on. Try it once.",
	"chosen":  "Kept. It holds from the next call on.",
	"tried":   "A test call is on its way. If it does not appear within a minute, the device’s own settings may keep Held quiet.",
	"removed": "Removed. That device is called no more.",
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.ownPage(w, r, http.StatusOK, "")
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	ctx := r.Context()
	v := ownView{Said: said[r.URL.Query().Get("said")], Problem: problem}
	var err error
	if v.Plan, err = s.Plan(ctx); err != nil {
		return err
	}
	if v.Plan.Pushing {
		if v.Key, err = s.publicKey(ctx, v.Plan); err != nil {
			return err
		}
	}
	if v.Devices, err = s.Mine(ctx); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Zone = st.Location()
	v.Settings = access.Can(ctx, access.Read, access.Resource{Class: access.Settings})
	p, err := s.Settings.Page(r, "Devices that are called")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", devicesPolicy)
	p.Scripts = append(p.Scripts, "device.js")
	return web.Render(w, r, status, ownPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) publicKey(ctx context.Context, p Plan) (string, error) {
	k, err := s.key(ctx, s.DB.Reader(), p)
	if err != nil {
		return "", err
	}
	public, err := k.Public()
	return base64.RawURLEncoding.EncodeToString(public), err
}

// chosen reads the kinds of a form; others than there are count for nothing.
func chosen(f *web.Form) (out []Kind) {
	for _, k := range Kinds {
		if slices.Contains(f.All("kinds"), string(k)) {
			out = append(out, k)
		}
	}
	return out
}

// done answers a form of one's own devices: back to them, or with what was wrong.
func (s *Service) done(w http.ResponseWriter, r *http.Request, what string, err error) error {
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, Own+"?said="+what)
	case e.Kind == fault.Invalid || e.Kind == fault.Gone || e.Kind == fault.Taken:
		return s.ownPage(w, r, e.Kind.Status(), e.Sentence)
	}
	return err
}

func (s *Service) add(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	sub := push.Subscription{Endpoint: f.Raw("endpoint"), P256DH: f.Raw("p256dh"), Auth: f.Raw("auth")}
	kinds := chosen(f)
	return s.done(w, r, "added", s.Add(r.Context(), sub, people.Device(r.UserAgent()), kinds))
}

func (s *Service) choose(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := web.PathID(r, "id", errNoDevice)
	if err != nil {
		return err
	}
	return s.done(w, r, "chosen", s.Choose(r.Context(), id, chosen(f)))
}

func (s *Service) try(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoDevice)
	if err != nil {
		return err
	}
	return s.done(w, r, "tried", s.Try(r.Context(), id))
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoDevice)
	if err != nil {
		return err
	}
	return s.done(w, r, "removed", s.Remove(r.Context(), id))
}

type planView struct {
	Pushing      bool
	Wait, Letter string
	Status       Status
	Zone         *time.Location
	Saved, Edit  bool
	Mine         bool // works in rooms
	Fields       map[string]string
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (s *Service) showPlan(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Plan(r.Context())
	if err != nil {
		return err
	}
	return s.planPage(w, r, http.StatusOK, planView{Pushing: p.Pushing, Wait: number(p.Wait), Letter: number(p.Letter), Saved: r.URL.Query().Has("saved")})
}

func (s *Service) planPage(w http.ResponseWriter, r *http.Request, status int, v planView) error {
	ctx := r.Context()
	var err error
	if v.Status, err = s.Status(ctx); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Zone = st.Location()
	v.Edit = access.Can(ctx, access.Write, access.Resource{Class: access.Settings})
	v.Mine = access.Possible(access.From(ctx), access.Read, access.Room) == access.Allow
	p, err := s.Settings.Page(r, "Calls to devices")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, planPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) savePlan(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p := Plan{Pushing: f.Checked("pushing"), Wait: typed(f, "wait"), Letter: typed(f, "letter")}
	if err = f.Err(); err == nil {
		err = s.SetPlan(r.Context(), p)
	}
	switch {
	case err == nil:
		return web.See(w, r, Place+"?saved=1")
	case fault.Is(err, fault.Invalid):
		return s.planPage(w, r, fault.Invalid.Status(), planView{Pushing: p.Pushing, Wait: f.Raw("wait"), Letter: f.Raw("letter"), Fields: fault.Of(err).Fields})
	}
	return err
}

// typed is a number of minutes; nothing where nothing was written.
func typed(f *web.Form, name string) int {
	text := f.Line(name, 6)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return -1 // refused, with what to write
	}
	return n
}

func words(kinds []Kind) (out []string) {
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return out
}

func minutesOr(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// lately is how the last two days went, in figures.
func (st Status) lately() string {
	out := strconv.Itoa(st.Sent) + " taken, " + strconv.Itoa(st.Failed) + " not taken, " + strconv.Itoa(st.Heard) + " heard before they were sent, " + strconv.Itoa(st.Letters) + " letters"
	if st.Cut > 0 {
		out += ", " + strconv.Itoa(st.Cut) + " cut off by a stop of the program"
	}
	return out + "."
}
