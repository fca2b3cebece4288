package calendar

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/trail"
)

// bookForm is the page on which staff book for somebody. One form carries all
// of it, so that looking for a client or another date loses nothing typed.
type bookForm struct {
	whenForm
	Offering, Host                  string
	Offerings, Hosts                []ui.Option
	Claims                          string // what the offering takes
	Closed                          string // why nobody can book it now
	Query                           string
	Client                          string // an id, newClient, or nothing yet
	Clients                         []ui.Option
	More                            bool
	Name, Contact, ClientZone, Note string
	MayAdd                          bool
	Once                            string
	Circle                          string // what was decided after "talk first",
	About                           string // and about what
	Problems                        map[string]string
	Taken                           bool

	offering Offering
	host     db.ID
}

const (
	// newClient is the choice of somebody who is not here yet.
	newClient = "new"
	// clientsShown is how many clients stand on the page to choose from.
	clientsShown = 12
)

var bookOrder = []string{"offering", "host", "day", "start", "clock", "q", "client", "name", "contact", "zone", "note", "circle"}

func (s *Pages) showBook(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	b := &bookForm{
		whenForm: beginWhen(q.Get("start"), q.Get("day"), s.Now(), st.Location()),
		Offering: q.Get("offering"), Host: q.Get("host"), Client: q.Get("client"), ClientZone: st.Zone, Once: onceWord(),
	}
	if err := s.furnishBook(ctx, b); err != nil {
		return err
	}
	return s.bookPage(w, r, http.StatusOK, b)
}

// onceWord names one form, so that sending it twice books once.
func onceWord() string {
	var b [16]byte
	rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}

// bookPage lists what there is to choose from and shows the form.
func (s *Pages) bookPage(w http.ResponseWriter, r *http.Request, status int, b *bookForm) error {
	ctx := r.Context()
	if !b.Taken && !b.offering.ID.IsZero() {
		if err := b.list(b.shown(), s.timesWith(ctx, b.offering, b.host)); err != nil {
			return err
		}
		if err := s.sayGroups(ctx, &b.whenForm, b.offering, b.host); err != nil {
			return err
		}
	}
	var err error
	if b.Closed, err = s.Calendar.WhyClosed(ctx, b.offering); err != nil {
		return err
	}
	if err := s.listClients(ctx, b); err != nil {
		return err
	}
	if err := s.Trail.Listed(ctx, trail.PeopleList); err != nil {
		return err
	}
	p, err := s.chrome(r, "Book an appointment")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, bookPage(p, *b))
}

// shown is what the free times are listed for.
func (b *bookForm) shown() string {
	return strings.Join([]string{strings.TrimSpace(b.Day), b.offering.ID.String(), b.host.String()}, " ")
}

// furnishBook finds the offering and lists its hosts.
func (s *Pages) furnishBook(ctx context.Context, b *bookForm) error {
	b.MayAdd = access.Can(ctx, access.Write, access.Resource{Class: access.People})
	all, err := s.Calendar.Offerings(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if b.Offering == o.ID.String() || b.offering.ID.IsZero() {
			b.offering = o
		}
		b.Offerings = append(b.Offerings, ui.Option{Value: o.ID.String(), Label: nameWords(o)})
	}
	if b.offering.ID.IsZero() {
		return nil
	}
	b.Offering, b.Claims = b.offering.ID.String(), claimWords(b.offering)
	names, err := s.People.Names(ctx, b.offering.Hosts...)
	if err != nil {
		return err
	}
	b.Hosts = []ui.Option{{Value: "", Label: "Whoever is free"}}
	for _, id := range b.offering.Hosts {
		b.Hosts = append(b.Hosts, ui.Option{Value: id.String(), Label: nameOf(names, id)})
	}
	if b.host = idOf(b.Host); !slices.Contains(b.offering.Hosts, b.host) {
		b.host, b.Host = db.ID{}, ""
	}
	return nil
}

// nameWords tells one offering from another: its length, and for how many it is.
func nameWords(o Offering) string {
	return called(o.Name+", "+ui.Minutes(int(o.Length/time.Minute)), o.InGroup())
}

// listClients offers whoever the query finds, and whoever is chosen already.
func (s *Pages) listClients(ctx context.Context, b *bookForm) error {
	found, err := s.People.Find(ctx, b.Query, 200)
	if err != nil {
		return err
	}
	found = people.Clients(ctx, found)
	if b.More = len(found) > clientsShown; b.More {
		found = found[:clientsShown]
	}
	if chosen := idOf(b.Client); !chosen.IsZero() && !slices.ContainsFunc(found, func(c people.Card) bool { return c.ID == chosen }) {
		c, err := s.People.Card(ctx, chosen)
		if err != nil {
			return err
		}
		if len(people.Clients(ctx, []people.Card{c})) > 0 && !c.ID.IsZero() {
			found = append([]people.Card{c}, found...)
		}
	}
	b.Clients = nil
	for _, c := range found {
		b.Clients = append(b.Clients, ui.Option{Value: c.ID.String(), Label: c.Name, Hint: ui.ZoneCity(c.Zone)})
	}
	if b.MayAdd {
		b.Clients = append(b.Clients, ui.Option{Value: newClient, Label: "Somebody new", Hint: "Named below."})
	}
	return nil
}

// book books, or looks for times and people with everything typed kept.
func (s *Pages) book(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	b := &bookForm{
		whenForm: takeWhen(f, st.Location()), Offering: f.Raw("offering"), Host: f.Raw("host"), Query: f.Raw("q"), Client: f.Raw("client"),
		Name: f.Raw("name"), Contact: f.Raw("contact"), ClientZone: f.Raw("zone"), Note: f.Raw("note"), Once: f.Raw("once"), Circle: f.Raw("circle"),
	}
	if err := s.furnishBook(ctx, b); err != nil {
		return err
	}
	if f.Raw("do") != "book" {
		return s.bookPage(w, r, http.StatusOK, b)
	}
	wish, who, twice := b.read(f)
	if b.About = b.about(wish.Start); b.About != f.Raw("about") {
		b.Circle = "" // decided about another time or another person
	}
	if err = f.Err(); err == nil {
		err = s.first(ctx, b, wish, who.ID)
	}
	if err == nil {
		var a Appointment
		if a, err = s.bookFor(ctx, wish, who, st.Zone); err == nil && b.Circle != "" {
			err = s.decided(ctx, a, circle.Code(b.Circle))
		}
		if err == nil {
			return web.See(w, r, address("/desk/appointments/"+a.ID.String(), "said", "booked", "twice", yes(twice)))
		}
	}
	return s.bookAgain(w, r, b, wish, err)
}

// bookAgain shows the form with what is to be changed, and, when the time is
// taken, the nearest that are not.
func (s *Pages) bookAgain(w http.ResponseWriter, r *http.Request, b *bookForm, wish Booking, err error) error {
	e, ok := refused(err)
	if !ok {
		return err
	}
	b.Problems = e.Fields
	if e.Kind == fault.Taken {
		near, err := s.Calendar.Nearest(r.Context(), b.offering, wish.Start, nearestShown)
		if err != nil {
			return err
		}
		b.Taken = true
		b.nearest(near)
		b.Shown = b.shown()
	} else if len(b.Problems) == 0 {
		b.Problems = map[string]string{"": e.Sentence}
	}
	return s.bookPage(w, r, e.Kind.Status(), b)
}

// nearestShown is how many times are offered in place of one that is taken.
const nearestShown = 6

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// read makes a wish out of the form. who has no id when it is somebody new.
func (b *bookForm) read(f *web.Form) (wish Booking, who people.Person, twice bool) {
	if b.offering.ID.IsZero() || f.Raw("offering") != b.Offering {
		f.Fail("offering", "Please choose what is to be booked.")
	}
	if f.Raw("host") != b.Host {
		f.Fail("host", "This person does not hold this kind of appointment. Please choose again.")
	}
	wish = Booking{Offering: b.offering.ID, Host: b.host, ByStaff: true, Note: f.Text("note", MaxNote)}
	wish.Start, twice = b.whenForm.read(f, b.shown())
	wish.Once = b.fingerprint(wish.Start)
	if b.Client == "" && strings.TrimSpace(b.Name) != "" {
		b.Client = newClient
	}
	switch id := idOf(b.Client); {
	case !id.IsZero():
		who.ID = id
	case b.Client == newClient && b.MayAdd:
		who = b.newcomer(f)
	default:
		f.Fail("client", "Please choose whose appointment this is.")
	}
	return wish, who, twice
}

// fingerprint names this form as it is filled in: sent again it is the same
// appointment, sent again with something changed it is another.
func (b *bookForm) fingerprint(start time.Time) []byte {
	if b.Once == "" {
		return nil
	}
	h := sha256.New()
	for _, part := range []string{"desk", b.Once, start.Format(time.RFC3339), b.Offering, b.Host, b.Client, b.Name, b.Contact} {
		h.Write([]byte(part + "\x00"))
	}
	return h.Sum(nil)
}

func (b *bookForm) newcomer(f *web.Form) people.Person {
	f.Required("name", "Please write a working name. It need not be theirs in law.")
	p := people.Person{Name: f.Line("name", people.MaxName), Contact: f.Line("contact", people.MaxContact), Zone: f.Line("zone", 64), Step: people.StepInquiry}
	if !zoneKnown(p.Zone) {
		f.Fail("zone", "Please choose their time zone.")
	}
	return p
}

// errSentBefore ends the transaction of a form that was sent twice: nothing of
// the second time may stay.
var errSentBefore = errors.New("calendar: this form was sent before")

// bookFor books for somebody, who is added in the same transaction when new.
// Whose zone nobody has asked for yet is taken to live in the practice's.
func (s *Pages) bookFor(ctx context.Context, wish Booking, who people.Person, zone string) (a Appointment, err error) {
	err = s.Calendar.Write(ctx, func(tx *db.Tx) error {
		p, err := s.comes(ctx, tx, who)
		if err != nil {
			return err
		}
		wish.Client, wish.Zone = p.ID, cmp.Or(p.Zone, zone)
		if a, err = s.Calendar.Book(ctx, tx, wish); err == nil && a.Client != p.ID {
			return errSentBefore
		}
		return err
	})
	if errors.Is(err, errSentBefore) {
		err = nil
	}
	return a, err
}

// comes finds the client, or adds somebody new; who has come before under the
// same name and address is not added again.
func (s *Pages) comes(ctx context.Context, tx *db.Tx, who people.Person) (people.Person, error) {
	if !who.ID.IsZero() {
		p, err := s.People.Get(ctx, tx, who.ID)
		if fault.Is(err, fault.NotFound) {
			err = fault.Field("client", "This person is not here any more. Please choose again.")
		}
		return p, err
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.People}); err != nil {
		return who, err
	}
	if p, there, err := s.People.Same(ctx, tx, who.Name, who.Contact); err != nil || there {
		return p, err
	}
	p, err := s.People.Add(ctx, tx, who)
	if err != nil {
		return p, err
	}
	return p, s.Trail.Record(ctx, tx, trail.Entry{Verb: "added", Subject: p.ID, Kind: "person", Object: p.ID})
}

func clientsHint(b bookForm) string {
	switch {
	case b.More:
		return "There are more. A few letters of the working name find the others."
	case b.Query != "" && len(b.Clients) <= 1:
		return "Nobody is called that here."
	}
	return ""
}
