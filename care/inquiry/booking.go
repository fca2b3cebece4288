package inquiry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
	"held/practice/settings"
)

// MaxSaid is how much may be said when booking, in characters.
const MaxSaid = 2000

// Visitor is what somebody tells about themselves when booking or waiting.
type Visitor struct {
	Name       string // a working name
	Contact    string // an e-mail address or a telephone number
	Discretion people.Discretion
	Zone       string // IANA
}

// Wish is a time that somebody would like to have.
type Wish struct {
	Visitor
	Start time.Time
	Note  string
	Hold  db.ID  // zero, or the hold under which the form was filled
	Once  string // the form's one-time word: sent again, it gives the same appointment
}

// Book books a time for a visitor, or for the signed-in client: person,
// appointment, letters, board and trail stand in one transaction, or nothing
// does. The same form sent again gives the same appointment. calendar.ErrTaken
// says that somebody else was first.
func (s *Service) Book(ctx context.Context, o calendar.Offering, w Wish) (a calendar.Appointment, err error) {
	if !s.mayBook(ctx, o) {
		return a, calendar.ErrNotYours
	}
	if err := s.sits(ctx, o, knownIn(ctx), w.Start); err != nil {
		return a, err
	}
	once := s.formHash(ctx, o, w)
	err = s.Calendar.Write(ctx, func(tx *db.Tx) error {
		if len(once) > 0 && !calendar.InHaste(tx) {
			if a, err = s.Calendar.ByOnce(ctx, tx, once); !errors.Is(err, calendar.ErrNone) {
				return err
			}
		}
		if err := s.expect(ctx, tx, o); err != nil {
			return err
		}
		p, err := s.comes(ctx, tx, w.Visitor, people.StepConsultation)
		if err != nil {
			return err
		}
		tx.Keep(comer(p.ID), p)
		g, invited := guestIn(ctx)
		a, err = s.Calendar.Book(s.standing(ctx, p.ID), tx, calendar.Booking{
			Offering: o.ID, Client: p.ID, Start: w.Start, Zone: w.Zone, Note: w.Note, Hold: w.Hold, Once: once, Invited: invited,
		})
		if err == nil && invited {
			err = s.spend(ctx, tx, g.ID, a.ID)
		}
		return err
	})
	return a, err
}

// expect prepares for the letters to the colleagues of an offering, where it is
// sure who they will be.
func (s *Service) expect(ctx context.Context, tx *db.Tx, o calendar.Offering) error {
	if len(o.Hosts) != 1 || o.Attended {
		return nil
	}
	for _, colleague := range slices.Concat(o.Hosts, o.Seconds) {
		if err := s.Letters.Expect(ctx, tx, colleague); err != nil {
			return err
		}
	}
	return nil
}

// formHash names one filled-in form. Everything that tells two forms apart is
// in it, so that a word which two people happen to send never shows one of
// them the other's appointment.
func (s *Service) formHash(ctx context.Context, o calendar.Offering, w Wish) []byte {
	if w.Once == "" {
		return nil
	}
	g, _ := guestIn(ctx)
	parts := []string{w.Once, o.ID.String(), w.Start.UTC().Format(time.RFC3339Nano), w.Name, w.Contact, g.token}
	return s.Vault.Index(access.From(ctx).Practice, "inquiry.booking", strings.Join(parts, "\x00"))
}

// comes finds who this is: whoever is invited, the signed-in client, somebody who came before
// under the same name and address, or somebody new.
func (s *Service) comes(ctx context.Context, tx *db.Tx, v Visitor, step string) (people.Person, error) {
	if id := knownIn(ctx); !id.IsZero() {
		return s.known(ctx, tx, id, v.Discretion)
	}
	p, there, err := s.People.Same(ctx, tx, v.Name, v.Contact)
	if err != nil {
		return p, err
	}
	if there {
		return s.reword(s.standing(ctx, p.ID), tx, p, v.Discretion)
	}
	p, err = s.People.Add(ctx, tx, people.Person{Name: v.Name, Contact: v.Contact, Discretion: v.Discretion, Zone: v.Zone, Step: step})
	if step == people.StepConsultation {
		tx.Keep(arrived(p.ID), true)
	}
	return p, err
}

// knownIn is who books, when that need not be asked; the zero id of a visitor.
func knownIn(ctx context.Context) db.ID {
	if g, invited := guestIn(ctx); invited {
		return g.Person
	}
	if a := access.From(ctx); a.Is(access.Client) {
		return a.Person
	}
	return db.ID{}
}

func (s *Service) known(ctx context.Context, tx *db.Tx, id db.ID, d people.Discretion) (people.Person, error) {
	p, err := s.People.Get(ctx, tx, id)
	if err != nil {
		return p, err
	}
	return s.reword(ctx, tx, p, d)
}

func (s *Service) reword(ctx context.Context, tx *db.Tx, p people.Person, d people.Discretion) (people.Person, error) {
	if d == "" || d == p.Discretion {
		return p, nil
	}
	p.Discretion = d
	return p, s.People.SetDiscretion(ctx, tx, p.ID, d)
}

// standing is the context of the person a visitor has just said to be. Whoever
// is signed in as that person stays so.
func (s *Service) standing(ctx context.Context, person db.ID) context.Context {
	if a := access.From(ctx); a.Is(access.Client) && a.Person == person {
		return ctx
	}
	return access.Holder(ctx, person)
}

// system is the context in which the program itself looks something up before
// it knows whose it is.
func (s *Service) system(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
}

// reachable reads a contact: an address that mail can go to, or something that
// can be dialled.
func reachable(contact string) bool {
	if _, err := mail.Address(contact); err == nil {
		return true
	}
	digits := 0
	for _, r := range contact {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-./() ", r) && !unicode.IsSpace(r):
			return false
		}
	}
	return digits >= 6 && digits <= 20
}

// zones keeps loaded zones: there are a few hundred, and reading one takes
// longer than the rest of a page.
var zones sync.Map // name -> *time.Location

// zoneOf finds a zone by its full IANA name.
func zoneOf(name string) (*time.Location, bool) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), true // only zoneOf stores here
	}
	area, _, full := strings.Cut(name, "/")
	if !full && name != "UTC" || area == "posix" || area == "right" || len(name) > 60 {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, loc)
	return loc, true
}

// bookings is what this process remembers about the pages of booking.
type bookings struct {
	once  sync.Once
	held  held
	holds *web.Limiter
	books *web.Limiter
	pages *web.Cache
}

// How often one network address may hold a time, or send a form.
const (
	holdBurst, holdEvery = 12, time.Minute
	bookBurst, bookEvery = 20, time.Minute
)

// Rendered pages of free times: how many, how many bytes, and how long one
// may be shown although a hold may have ended meanwhile.
const (
	pagesKept     = 400
	pageBytesKept = 16 << 20
	pageFresh     = 5 * time.Second
)

func (s *Service) counters() *bookings {
	b := &s.booking
	b.once.Do(func() {
		b.holds = &web.Limiter{Now: s.Now, Every: holdEvery, Burst: holdBurst}
		b.books = &web.Limiter{Now: s.Now, Every: bookEvery, Burst: bookBurst}
		b.pages = web.NewCache(pagesKept, pageBytesKept)
	})
	return b
}

// held counts the times that one network address keeps at once. It lives in
// memory only, and no longer than a hold.
type held struct {
	mu sync.Mutex
	by map[string][]keptHold
}

type keptHold struct {
	id    db.ID
	until time.Time
}

// Holds of one address at once, and how many addresses are remembered.
const (
	maxHolds     = 2
	maxAddresses = 10_000
)

// room tells whether the address may hold one more.
func (h *held) room(addr string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweep(addr, now)
	return len(h.by[addr]) < maxHolds
}

func (h *held) add(addr string, k keptHold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.by == nil || len(h.by) >= maxAddresses {
		h.by = map[string][]keptHold{} // a crowd; the limiter still counts
	}
	h.by[addr] = append(h.by[addr], k)
}

func (h *held) drop(id db.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for addr, all := range h.by {
		for i, k := range all {
			if k.id == id {
				h.by[addr] = append(all[:i:i], all[i+1:]...)
				return
			}
		}
	}
}

func (h *held) sweep(addr string, now time.Time) {
	var live []keptHold
	for _, k := range h.by[addr] {
		if k.until.After(now) {
			live = append(live, k)
		}
	}
	if len(live) == 0 {
		delete(h.by, addr)
		return
	}
	h.by[addr] = live
}

// Hold keeps a time for as long as a form takes. An address that holds enough
// already is not turned away: its time is only not held (the zero hold).
func (s *Service) Hold(ctx context.Context, o calendar.Offering, start time.Time, addr string) (calendar.Hold, error) {
	if addr != "" && !s.booking.held.room(addr, s.Now()) {
		return calendar.Hold{}, s.stillFree(ctx, o, start)
	}
	h, err := s.Calendar.Hold(ctx, o, start, settings.HoldFor)
	if err == nil && addr != "" {
		s.booking.held.add(addr, keptHold{h.ID, h.Expires})
	}
	return h, err
}

// stillFree is calendar.ErrTaken when a start cannot be had any more.
func (s *Service) stillFree(ctx context.Context, o calendar.Offering, start time.Time) error {
	if !start.After(s.Now()) {
		return errTimePast
	}
	free, err := s.Calendar.Times(ctx, o, start, start.Add(time.Second))
	if err == nil && len(free) == 0 {
		err = calendar.ErrTaken
	}
	return err
}

// mayBook tells whether the actor may book this without the practice's help.
// The calendar asks again; this is for showing or leaving out.
func (s *Service) mayBook(ctx context.Context, o calendar.Offering) bool {
	if g, invited := guestIn(ctx); invited {
		return g.Offering == o.ID && invitable(o)
	}
	client := access.From(ctx).Is(access.Client)
	switch o.Who {
	case calendar.Anyone:
		return true
	case calendar.Known:
		return client
	case calendar.Ready:
		return client && s.Calendar.Ready != nil
	}
	return false
}

// offeringAt finds what a page is about.
func (s *Service) offeringAt(ctx context.Context, slug string) (calendar.Offering, error) {
	o, err := s.Calendar.OfferingBySlug(ctx, slug)
	if err != nil {
		return o, err
	}
	if g, invited := guestIn(ctx); invited {
		return o, s.welcome(g, o)
	}
	switch {
	case !o.Open:
		return o, calendar.ErrOffering
	case !s.mayBook(ctx, o):
		return o, calendar.ErrNotYours
	}
	return o, nil
}

var errZone = fault.New(fault.BadRequest, "This time zone is not known. Please give its full name, as in Europe/Lisbon.")

var errTimePast = fault.Field("start", "This time has passed. Please choose another.")
