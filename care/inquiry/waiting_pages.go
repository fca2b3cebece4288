package inquiry

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/settings"
)

// waitView is the form of the waiting list.
type waitView struct {
	Offering      calendar.Offering
	Hosts         string
	Zone          string
	Known         string
	Name, Contact string
	Suits         string
	Discretion    string
	OfferHours    int
	Fields        map[string]string
	Listed        bool // somebody who holds it is on the client's own list
}

func (v waitView) path() string { return "/book/" + v.Offering.Slug }

func (v waitView) form() ui.Form {
	return ui.Form{Action: v.path() + "/wait", Name: "Wait for a time", Draft: "booking"}
}

func (v waitView) problems() []ui.Problem {
	all := ui.Problems(v.Fields, "name", "contact", "suits", "discretion")
	for i, p := range all {
		if p.Name == "website" || p.Name == "zone" {
			all[i].Name = ""
		}
	}
	return all
}

func (s *Service) waitView(ctx context.Context, slug, zone string) (v waitView, err error) {
	o, err := s.offeringAt(ctx, slug)
	if err != nil {
		return v, err
	}
	f, err := s.formFor(ctx, o, zone)
	if err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	return waitView{Offering: o, Hosts: f.Hosts, Zone: f.Zone, Known: f.Known, Listed: f.Listed, OfferHours: st.OfferHours, Discretion: f.Discretion}, err
}

func (s *Service) waitForm(w http.ResponseWriter, r *http.Request) error {
	v, err := s.waitView(r.Context(), r.PathValue("offering"), r.URL.Query().Get("zone"))
	if err != nil {
		return err
	}
	return s.showWait(w, r, http.StatusOK, v)
}

func (s *Service) showWait(w http.ResponseWriter, r *http.Request, status int, v waitView) error {
	p, err := s.Settings.Page(r, "Wait for a time")
	if err != nil {
		return err
	}
	p.NoIndex, p.Path = true, v.path()
	return web.Render(w, r, status, waitFormPage(p, v))
}

func (s *Service) waitSend(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := counted(w, r, s.counters().books); err != nil {
		return err
	}
	v, err := s.waitView(ctx, r.PathValue("offering"), in.Raw("zone"))
	if err != nil {
		return err
	}
	who := readVisitor(in, v.Known != "")
	who.Zone = v.Zone
	suits := in.Text("suits", MaxSuits)
	if v.Known == "" && who.Contact != "" && !mailable(who.Contact) {
		in.Fail("contact", "Offers go by e-mail, so the waiting list needs an e-mail address.")
	}
	err = in.Err()
	var place Waiting
	if err == nil {
		place, err = s.Wait(ctx, v.Offering, who, suits)
	}
	if fields, status, ok := shown(err); ok && err != nil && !web.WantsJSON(r) {
		v.Fields, v.Name, v.Contact, v.Suits, v.Discretion = fields, in.Raw("name"), in.Raw("contact"), in.Raw("suits"), string(who.Discretion)
		return s.showWait(w, r, status, v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/wait/"+s.waitingToken(ctx, place.ID))
}

// placeView is one's own place on the list.
type placeView struct {
	Token      string
	Left       bool
	Got        bool // a time was booked meanwhile
	Offering   string
	Name       string
	Suits      string
	OfferHours int
	Quiet      bool // no letters go to them
}

// atPlace opens a waiting list link; the context is that of its holder.
func (s *Service) atPlace(ctx context.Context, token string) (context.Context, Waiting, error) {
	id, ok := s.idIn(ctx, "inquiry.waiting", token)
	if !ok {
		return ctx, Waiting{}, errNoLink
	}
	w, err := s.waiting(ctx, s.DB.Reader(), id)
	if err != nil {
		return ctx, w, err
	}
	return access.Holder(ctx, w.Person), w, nil
}

func (s *Service) waitPage(w http.ResponseWriter, r *http.Request) error {
	ctx, place, err := s.atPlace(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	v := placeView{Token: r.PathValue("token"), Left: place.State == LeftTheList, Got: place.State == GotATime}
	who, err := s.People.Get(ctx, s.DB.Reader(), place.Person)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	o, err := s.Calendar.Offering(ctx, place.Offering)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	v.Name, v.OfferHours, v.Offering, v.Quiet = who.Name, st.OfferHours, o.Name, who.Quiet()
	p, err := s.linkPage(r, "The waiting list")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, placePage(p, v))
}

func (s *Service) waitLeave(w http.ResponseWriter, r *http.Request) error {
	ctx, place, err := s.atPlace(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.Leave(ctx, place.ID, "own"); err != nil {
		return err
	}
	return web.See(w, r, "/wait/"+r.PathValue("token"))
}

// offerView is a time that is on offer to one person.
type offerView struct {
	Token, Leave   string
	Offer          Offer
	Offering       calendar.Offering
	Visitor, House *time.Location
}

// atOffer opens an offer's link; the context is that of its holder.
func (s *Service) atOffer(ctx context.Context, token string) (context.Context, Offer, Waiting, error) {
	id, ok := s.idIn(ctx, "inquiry.offer", token)
	if !ok {
		return ctx, Offer{}, Waiting{}, errNoOffer
	}
	x, err := s.offer(ctx, s.DB.Reader(), id)
	if err != nil {
		return ctx, x, Waiting{}, err
	}
	w, err := s.waiting(ctx, s.DB.Reader(), x.Waiting)
	return access.Holder(ctx, w.Person), x, w, err
}

func (s *Service) offerPage(w http.ResponseWriter, r *http.Request) error {
	ctx, x, place, err := s.atOffer(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	switch x.State {
	case OfferTaken:
		return web.See(w, r, "/appointments/"+s.appointmentToken(ctx, x.Appointment))
	case OfferExpired:
		return errOfferGone
	}
	v, err := s.offerView(ctx, x, place)
	if err != nil {
		return err
	}
	v.Token = r.PathValue("token")
	title := "A time has opened"
	if x.State == OfferPassed {
		title = "You let this time go"
	}
	p, err := s.linkPage(r, title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, offerPage(p, v))
}

func (s *Service) offerView(ctx context.Context, x Offer, w Waiting) (v offerView, err error) {
	v = offerView{Offer: x, Leave: "/wait/" + s.waitingToken(ctx, w.ID)}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.Visitor, v.House = zoneOr(w.Zone, st), st.Location()
	v.Offering, err = s.Calendar.Offering(ctx, x.Offering)
	return v, err
}

// zoneOr is a kept zone, or the practice's when it is not known any more.
func zoneOr(name string, house settings.Practice) *time.Location {
	if loc, ok := zoneOf(name); ok {
		return loc
	}
	return house.Location()
}

func (s *Service) offerTake(w http.ResponseWriter, r *http.Request) error {
	ctx, x, place, err := s.atOffer(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	a, err := s.Accept(ctx, x, place)
	if err != nil {
		return err
	}
	return web.See(w, r, "/appointments/"+s.appointmentToken(ctx, a.ID)+"?new=1")
}

func (s *Service) offerPass(w http.ResponseWriter, r *http.Request) error {
	ctx, x, place, err := s.atOffer(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	switch x.State {
	case OfferExpired:
		return errOfferGone
	case OfferOpen:
		if err := s.Pass(ctx, x, place); err != nil {
			return err
		}
	}
	return web.See(w, r, "/offers/"+r.PathValue("token"))
}

type waitDeskView struct {
	Entries []WaitingEntry
	House   *time.Location
	Remove  bool
}

func (s *Service) waitDesk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := waitDeskView{House: st.Location(), Remove: access.Can(ctx, access.Write, inquiries(db.ID{}))}
	if v.Entries, err = s.WaitingList(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Waiting list")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, waitDeskPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) waitRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	if err := s.Leave(r.Context(), id, "desk"); err != nil {
		return err
	}
	return web.See(w, r, "/desk/waiting")
}
