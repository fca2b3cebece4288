package inquiry

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

const nearestShown = 6

// formView is the three fields, with everything typed so far.
type formView struct {
	Offering       calendar.Offering
	Hosts          string
	Start          time.Time // zero when none could be read
	Zone           string
	Visitor, House *time.Location
	Hold           string    // its token
	Until          time.Time // held until then; zero when it is not held
	Loose          bool      // a hold was asked for and there is none (any more)
	Once           string
	Known          string // the working name of whoever is signed in or invited: no need to ask
	Invitation     string // its token, for whoever comes by one
	Reach          string // whom to turn to where there is no waiting list
	Name, Contact  string
	Note           string
	Discretion     string
	Fields         map[string]string
	Taken          bool
	Nearest        []time.Time
	Listed         bool // somebody who holds it is on the client's own list

	wish Wish
}

func (v formView) path() string { return "/book/" + v.Offering.Slug }

func (v formView) form() ui.Form {
	return ui.Form{Action: withInvitation(v.path(), v.Invitation), Name: "Your appointment", Draft: "booking"}
}

// another gives the held time back and leads to the others.
func (v formView) another() ui.PostButton {
	return ui.PostButton{
		Action: withInvitation(v.path()+"/release", v.Invitation), Label: "Choose another time", Kind: "text",
		Hidden: []ui.Value{{Name: "hold", Value: v.Hold}, {Name: "zone", Value: v.Zone}},
	}
}

// problems lists what to look at again; what has no field of its own on the
// page is said without a link.
func (v formView) problems() []ui.Problem {
	all := ui.Problems(v.Fields, "start", "name", "contact", "note", "discretion")
	for i, p := range all {
		switch p.Name {
		case "name", "contact", "note", "discretion":
		case "start":
			if len(v.Nearest) == 0 {
				all[i].Name = ""
			}
		default:
			all[i].Name = ""
		}
	}
	return all
}

func (v formView) nearest() []ui.Option {
	out := make([]ui.Option, len(v.Nearest))
	for i, t := range v.Nearest {
		out[i] = ui.Option{Value: startValue(t), Label: ui.WhenBoth(t, v.Visitor, v.House)}
	}
	return out
}

// holdToken names a time that was chosen, and its hold when it has one.
func (s *Service) holdToken(ctx context.Context, hold db.ID, start time.Time) string {
	msg := binary.BigEndian.AppendUint64(hold[:], uint64(start.Unix())) // after 1970
	return s.Vault.Token(access.From(ctx).Practice, "inquiry.hold", msg)
}

func (s *Service) openHold(ctx context.Context, token string) (hold db.ID, start time.Time, ok bool) {
	msg, ok := s.Vault.ParseToken(access.From(ctx).Practice, "inquiry.hold", token)
	if !ok || len(msg) != 24 {
		return hold, start, false
	}
	copy(hold[:], msg)
	return hold, time.Unix(int64(binary.BigEndian.Uint64(msg[16:])), 0).UTC(), true // signed by us
}

// bookHold holds the time that was pressed and leads to the form.
func (s *Service) bookHold(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o, err := s.offeringAt(ctx, r.PathValue("offering"))
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := counted(w, r, s.counters().holds); err != nil {
		return err
	}
	zone, loc, err := s.zoneAsked(ctx, in.Raw("zone"))
	if err != nil {
		return err
	}
	start, err := time.Parse(time.RFC3339, in.Raw("start"))
	if err != nil {
		return s.refuseTime(w, r, o, zone, time.Time{}, fault.Field("start", "Please choose one of the free times."))
	}
	addr, _ := web.Client(r)
	h, err := s.Hold(ctx, o, start, addr)
	if err != nil {
		return s.refuseTime(w, r, o, zone, start.In(loc), err)
	}
	q := carry(r, url.Values{"hold": {s.holdToken(ctx, h.ID, start)}, "zone": {zone}})
	return web.See(w, r, "/book/"+o.Slug+"/form?"+q.Encode())
}

// refuseTime shows the free times again, near the one that cannot be had.
func (s *Service) refuseTime(w http.ResponseWriter, r *http.Request, o calendar.Offering, zone string, wanted time.Time, cause error) error {
	e := fault.Of(cause)
	if e.Kind != fault.Taken && e.Kind != fault.Invalid {
		return cause
	}
	if web.WantsJSON(r) {
		return s.refuseJSON(w, r, o, zone, wanted, e)
	}
	from := ""
	if wanted.After(s.Now()) {
		from = wanted.Format(time.DateOnly)
	}
	v, err := s.times(r.Context(), o.Slug, zone, from)
	if err != nil {
		return err
	}
	v.Taken, v.Wanted, v.Problem = e.Kind == fault.Taken, wanted, e.Fields["start"]
	c, err := s.timesPage(r, v)
	if err != nil {
		return err
	}
	return web.Render(w, r, e.Kind.Status(), c)
}

type takenJSON struct {
	Error   string            `json:"error"`
	Fields  map[string]string `json:"fields,omitempty"`
	Nearest []string          `json:"nearest"`
}

func (s *Service) refuseJSON(w http.ResponseWriter, r *http.Request, o calendar.Offering, zone string, wanted time.Time, e *fault.Error) error {
	if e.Kind != fault.Taken {
		return e
	}
	loc, _ := zoneOf(zone)
	near, err := s.Calendar.Nearest(r.Context(), o, wanted, nearestShown)
	if err != nil {
		return err
	}
	out := takenJSON{Error: e.Sentence, Fields: e.Fields, Nearest: make([]string, len(near))}
	for i, t := range near {
		out.Nearest[i] = t.In(loc).Format(time.RFC3339)
	}
	return web.JSON(w, r, e.Kind.Status(), out)
}

// bookForm shows the three fields beside the time that was chosen.
func (s *Service) bookForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o, err := s.offeringAt(ctx, r.PathValue("offering"))
	if err != nil {
		return err
	}
	_, start, ok := s.openHold(ctx, r.URL.Query().Get("hold"))
	if !ok {
		return fault.New(fault.NotFound, "This link to a held time is not complete. Please choose a time again; nothing was lost.")
	}
	v, err := s.formFor(ctx, o, r.URL.Query().Get("zone"))
	if err != nil {
		return err
	}
	v.Start, v.Hold = start, r.URL.Query().Get("hold")
	if err := s.holding(ctx, &v); err != nil {
		return err
	}
	if v.Until.IsZero() {
		v.Loose = true
		if err := s.stillFree(ctx, o, start); err != nil {
			return s.refuseTime(w, r, o, v.Zone, start.In(v.Visitor), err)
		}
	}
	return s.form(w, r, http.StatusOK, v)
}

// formFor begins a form: the words around the fields.
func (s *Service) formFor(ctx context.Context, o calendar.Offering, zone string) (v formView, err error) {
	v = formView{Offering: o, Once: s.Once(access.From(ctx).Practice), Discretion: string(people.Neutral)}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House, v.Reach = st.Location(), reach(st)
	if g, invited := guestIn(ctx); invited {
		v.Invitation = g.token
	}
	if v.Zone, v.Visitor, err = s.zoneAsked(ctx, zone); err != nil {
		return v, err
	}
	if id := knownIn(ctx); !id.IsZero() {
		c, err := s.People.Card(ctx, id)
		if err != nil {
			return v, err
		}
		v.Known, v.Discretion = c.Name, string(c.Discretion)
	}
	if v.Listed, err = s.listed(ctx, o); err != nil {
		return v, err
	}
	v.Hosts, err = s.hostNames(ctx, o)
	return v, err
}

// holding finds until when the form's time is held, if it still is.
func (s *Service) holding(ctx context.Context, v *formView) error {
	id, start, ok := s.openHold(ctx, v.Hold)
	if !ok || id.IsZero() || !start.Equal(v.Start) {
		return nil
	}
	h, err := s.Calendar.GetHold(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	v.Until, v.wish.Hold = h.Expires, h.ID
	return nil
}

func (s *Service) form(w http.ResponseWriter, r *http.Request, status int, v formView) error {
	title := "Your appointment"
	if v.Taken {
		title = takenTitle
	}
	p, err := s.chrome(r, title)
	if err != nil {
		return err
	}
	p.NoIndex, p.Path = true, v.path()
	return web.Render(w, r, status, bookFormPage(p, v))
}

const takenTitle = "This time has just been taken"

// bookRelease gives a held time back and leads to the free ones.
func (s *Service) bookRelease(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, start, ok := s.openHold(ctx, in.Raw("hold"))
	if !ok {
		return fault.New(fault.NotFound, "This link to a held time is not complete. Please choose a time again; nothing was lost.")
	}
	if !id.IsZero() {
		if err := s.Calendar.Release(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		s.booking.held.drop(id)
	}
	zone, loc, err := s.zoneAsked(ctx, in.Raw("zone"))
	if err != nil {
		return err
	}
	q := carry(r, url.Values{"from": {start.In(loc).Format(time.DateOnly)}, "zone": {zone}})
	return web.See(w, r, "/book/"+url.PathEscape(r.PathValue("offering"))+"?"+q.Encode())
}

// bookSend books, as a page or as JSON.
func (s *Service) bookSend(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	// An invitation that is used may have been by this very form: Book knows.
	o, used := s.offeringAt(ctx, r.PathValue("offering"))
	if used != nil && !errors.Is(used, errInvitationUsed) {
		return used
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := counted(w, r, s.counters().books); err != nil {
		return err
	}
	v, err := s.readBooking(ctx, in, o)
	if err != nil {
		return s.refuseBooking(w, r, v, cmp.Or(used, err))
	}
	a, err := s.Book(ctx, o, v.wish)
	if err != nil {
		return s.refuseBooking(w, r, v, err)
	}
	if !v.wish.Hold.IsZero() {
		s.booking.held.drop(v.wish.Hold)
	}
	token := s.appointmentToken(ctx, a.ID)
	if web.WantsJSON(r) {
		w.Header().Set("Location", "/appointments/"+token)
		return web.JSON(w, r, http.StatusCreated, map[string]string{"token": token})
	}
	return web.See(w, r, "/appointments/"+token+"?new=1")
}

// readBooking reads the form; what it gives is good for showing it again, too.
func (s *Service) readBooking(ctx context.Context, in *web.Form, o calendar.Offering) (formView, error) {
	zone := in.Raw("zone")
	if _, ok := zoneOf(zone); !ok {
		if zone != "" {
			in.Fail("zone", errZone.Sentence)
		}
		zone = ""
	}
	v, err := s.formFor(ctx, o, zone)
	if err != nil {
		return v, err
	}
	v.wish.Visitor = readVisitor(in, v.Known != "")
	v.wish.Zone, v.wish.Note, v.wish.Once = v.Zone, in.Text("note", MaxSaid), in.Line("once", 200)
	v.wish.Start, err = time.Parse(time.RFC3339, in.Raw("start"))
	if err != nil {
		in.Fail("start", "Please choose a time.")
	}
	v.Start = v.wish.Start
	v.Name, v.Contact, v.Note = in.Raw("name"), in.Raw("contact"), in.Raw("note")
	v.Discretion = cmp.Or(string(v.wish.Discretion), v.Discretion)
	v.Hold = in.Raw("hold")
	if _, _, ok := s.openHold(ctx, v.Hold); v.Hold != "" && !ok {
		return v, fault.New(fault.BadRequest, "The held time in this form was altered, so nothing was booked. Please choose a time again.")
	}
	if in.Raw("once") != "" && in.Err() == nil {
		v.Once = v.wish.Once
	}
	if err := s.holding(ctx, &v); err != nil {
		return v, err
	}
	return v, in.Err()
}

// readVisitor reads who somebody is; whoever is signed in or invited has said
// so already, and what they do not say about messages stays as it is.
func readVisitor(in *web.Form, known bool) Visitor {
	v := Visitor{Name: in.Line("name", people.MaxName), Contact: in.Line("contact", people.MaxContact)}
	if !known || in.Raw("discretion") != "" {
		v.Discretion = people.Discretion(in.Choice("discretion", string(people.Neutral), string(people.Full), string(people.Silent)))
	}
	if !known {
		in.Required("name", "Please tell us what we may call you. Any name will do.")
		in.Required("contact", "Please tell us how to reach you.")
		if v.Contact != "" && !reachable(v.Contact) {
			in.Fail("contact", "Please give an e-mail address or a telephone number.")
		}
	}
	trap(in)
	return v
}

// trap refuses what only a program fills in, and says so to whoever is none.
func trap(in *web.Form) {
	if in.Raw("website") != "" {
		in.Fail("website", "One field of this form is to stay empty and was filled in, perhaps by your browser. Please send it again.")
	}
}

// refuseBooking shows the form again with everything that was typed.
func (s *Service) refuseBooking(w http.ResponseWriter, r *http.Request, v formView, cause error) error {
	e := fault.Of(cause)
	switch {
	case e.Kind == fault.Taken && web.WantsJSON(r):
		return s.refuseJSON(w, r, v.Offering, v.Zone, v.Start, e)
	case e.Kind != fault.Taken && e.Kind != fault.Invalid, web.WantsJSON(r):
		return cause
	}
	v.Fields, v.Taken = e.Fields, e.Kind == fault.Taken
	if v.Taken || v.Fields["start"] != "" {
		wanted := v.Start
		if wanted.IsZero() {
			wanted = s.Now()
		}
		near, err := s.Calendar.Nearest(r.Context(), v.Offering, wanted, nearestShown)
		if err != nil {
			return err
		}
		v.Nearest, v.Hold, v.Until = near, "", time.Time{}
	}
	return s.form(w, r, e.Kind.Status(), v)
}
