package calendar

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/availability"
	"held/rules/protocol"
)

// Limits of an offering. An appointment is looked for as far back as the
// longest one may be.
const (
	MaxName     = 80
	MaxWords    = 4000
	MaxLength   = 12 * time.Hour
	maxBuffer   = 4 * time.Hour
	maxNotice   = 90 * 24 * time.Hour
	maxHorizon  = 730
	maxPerDay   = 100
	maxPeople   = 20
	maxTogether = 5
	MaxPlaces   = 12 // as many as one room holds
)

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Offerings lists what can be booked, by position; to visitors only what is open.
func (s *Service) Offerings(ctx context.Context) ([]Offering, error) {
	p, err := s.planned(ctx)
	if err != nil {
		return nil, err
	}
	var out []Offering
	for _, o := range p.offerings {
		if shown, ok := s.shown(ctx, o); ok {
			out = append(out, shown)
		}
	}
	return out, nil
}

// Bookable tells whether an offering is open at all.
func (s *Service) Bookable(ctx context.Context) (bool, error) {
	p, err := s.planned(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(p.offerings, func(o Offering) bool { return o.Open }), nil
}

// Offering finds one by its id.
func (s *Service) Offering(ctx context.Context, id db.ID) (Offering, error) {
	return s.find(ctx, func(o Offering) bool { return o.ID == id })
}

// OfferingBySlug finds one by the word in its address.
func (s *Service) OfferingBySlug(ctx context.Context, slug string) (Offering, error) {
	return s.find(ctx, func(o Offering) bool { return o.Slug == slug })
}

func (s *Service) find(ctx context.Context, is func(Offering) bool) (Offering, error) {
	p, err := s.planned(ctx)
	if err != nil {
		return Offering{}, err
	}
	if i := slices.IndexFunc(p.offerings, is); i >= 0 {
		if o, ok := s.shown(ctx, p.offerings[i]); ok {
			return o, nil
		}
	}
	return Offering{}, ErrOffering
}

// shown is an offering as the actor may see it: closed ones are the
// practice's own, and the video link is for whoever has an appointment.
func (s *Service) shown(ctx context.Context, o Offering) (Offering, bool) {
	if access.Can(ctx, access.Read, access.Resource{Class: access.Calendar}) {
		return o, true
	}
	if access.From(ctx).Via == access.Public {
		o.VideoLink = ""
	}
	return o, o.Open || access.From(ctx).Via == access.Link
}

// MedicineOf is what is given at a session of an offering; "" for every other
// kind. It asks nobody's role: operations of others, which do, reckon with it.
func (s *Service) MedicineOf(ctx context.Context, q db.Q, offering db.ID) (protocol.Medicine, error) {
	p, err := s.plannedIn(ctx, q)
	if err != nil {
		return "", err
	}
	o, _ := p.offering(offering)
	return o.Medicine, nil
}

// SaveOffering adds (zero or new ID) or changes an offering. What is refused has a
// message for each field: name, slug, words, price, length, before, after,
// notice, every, horizon, per_day, places, where, medicine, video_link, hosts, seconds, rooms, who.
func (s *Service) SaveOffering(ctx context.Context, o Offering) (Offering, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return o, err
	}
	p, err := s.planned(ctx)
	if err != nil {
		return o, err
	}
	if o.ID.IsZero() {
		o.ID = db.NewID()
	}
	if err := p.check(&o); err != nil {
		return o, err
	}
	err = s.change(ctx, func(tx *db.Tx) error { return s.keepOffering(ctx, tx, o) })
	if db.Taken(err) { // another process was first
		err = slugTaken()
	}
	return o, err
}

func (s *Service) keepOffering(ctx context.Context, tx *db.Tx, o Offering) error {
	practice := access.From(ctx).Practice
	plain, err := json.Marshal(o)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, field(practice, o.ID, "calendar_offerings.body"), string(plain))
	if err != nil {
		return err
	}
	slug := s.Vault.Index(practice, slugPurpose, o.Slug)
	if _, err := tx.Exec(ctx, sqlKeepOffering, practice, o.ID, slug, body, db.Micros(s.Now())); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "offering", Object: o.ID})
}

func slugTaken() *fault.Error {
	return fault.Field("slug", "Another offering has this address already.")
}

// check completes an offering and says, field by field, what cannot stand.
func (p *plan) check(o *Offering) error {
	e := fault.New(fault.Invalid, "This offering needs another look. Nothing was changed.")
	fail := func(bad bool, field, sentence string) {
		if bad {
			e.AddField(field, sentence)
		}
	}
	o.Places = max(o.Places, 1)
	o.Name, o.Price, o.VideoLink = strings.TrimSpace(o.Name), strings.TrimSpace(o.Price), strings.TrimSpace(o.VideoLink)
	if o.Slug == "" {
		o.Slug = slugOf(o.Name)
	}
	fail(o.Name == "" || utf8.RuneCountInString(o.Name) > MaxName, "name", "Please give it a name of up to 80 characters.")
	fail(len(o.Slug) > 60 || !slugForm.MatchString(o.Slug), "slug", "Please use small letters, figures and hyphens only.")
	fail(slices.ContainsFunc(p.offerings, func(x Offering) bool { return x.Slug == o.Slug && x.ID != o.ID }), "slug", slugTaken().Fields["slug"])
	fail(utf8.RuneCountInString(o.Words) > MaxWords, "words", "Please keep this under 4,000 characters.")
	fail(utf8.RuneCountInString(o.Price) > MaxName, "price", "Please keep this under 80 characters.")
	steps := func(d, least, most time.Duration) bool {
		return d < least || d > most || d%availability.Step != 0
	}
	fail(steps(o.Length, availability.Step, MaxLength), "length", "Please give five minutes to twelve hours, in steps of five minutes.")
	fail(steps(o.Before, 0, maxBuffer), "before", "Please give up to four hours, in steps of five minutes.")
	fail(steps(o.After, 0, maxBuffer), "after", "Please give up to four hours, in steps of five minutes.")
	fail(steps(o.Every, 0, 24*time.Hour), "every", "Please give up to a day, in steps of five minutes.")
	fail(o.Notice < 0 || o.Notice > maxNotice, "notice", "Please give up to 90 days.")
	fail(o.HorizonDays < 0 || o.HorizonDays > maxHorizon, "horizon", "Please give up to 730 days; 0 is no limit.")
	fail(o.PerDay < 0 || o.PerDay > maxPerDay, "per_day", "Please give up to 100; 0 is no limit.")
	fail(o.Places > MaxPlaces, "places", "Please give one to twelve.")
	fail(!slices.Contains([]Where{InRoom, ByVideo, ByPhone}, o.Where), "where", "Please choose where it takes place.")
	fail(!slices.Contains([]Who{Anyone, Known, Invited, Ready}, o.Who), "who", "Please choose who may book it.")
	fail(o.Medicine != "" && !o.Medicine.Known(), "medicine", "Please choose one of these.")
	fail(o.Medicine != "" && o.Where != InRoom, "where", "A medicine session takes place in the room.")
	fail(o.Medicine != "" && o.Integration, "integration", "A medicine session is not offered after another one.")
	fail(o.VideoLink != "" && !secureLink(o.VideoLink), "video_link", "Please give an address that begins with https://.")
	p.checkPeople(o, fail)
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (p *plan) checkPeople(o *Offering, fail func(bad bool, field, sentence string)) {
	o.Hosts, o.Seconds, o.Rooms = unique(o.Hosts), unique(o.Seconds), unique(o.Rooms)
	if o.Where != InRoom {
		o.Rooms = nil
	}
	fail(o.Open && len(o.Hosts) == 0, "hosts", "Please choose who holds it before it is opened.")
	fail(len(o.Hosts) > maxPeople, "hosts", "These are too many people.")
	fail(len(o.Seconds) > maxTogether, "seconds", "These are too many people to come along.")
	fail(slices.ContainsFunc(o.Seconds, func(id db.ID) bool { return slices.Contains(o.Hosts, id) }), "seconds", "Somebody who comes along cannot also be the one who holds it.")
	fail(o.Open && o.Where == InRoom && len(o.Rooms) == 0, "rooms", "Please choose at least one room.")
	fail(len(o.Rooms) > maxPeople, "rooms", "These are too many rooms.")
	fail(slices.ContainsFunc(o.Rooms, func(id db.ID) bool { return p.room(id) == "" }), "rooms", "There is no such room.")
}

func (p *plan) room(id db.ID) string {
	for _, r := range p.rooms {
		if r.ID == id {
			return r.Name
		}
	}
	return ""
}

func unique(ids []db.ID) []db.ID {
	var out []db.ID
	for _, id := range ids {
		if !id.IsZero() && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// slugOf makes an address out of a name.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	slug := strings.Join(words, "-")
	return strings.Trim(slug[:min(len(slug), 60)], "-")
}

func secureLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && len(s) <= 500
}

// Rooms lists the rooms by name.
func (s *Service) Rooms(ctx context.Context) ([]Room, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	p, err := s.planned(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(p.rooms), nil
}

// SaveRoom adds (zero ID) or renames a room.
func (s *Service) SaveRoom(ctx context.Context, r Room) (Room, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return r, err
	}
	r.Name = strings.TrimSpace(r.Name)
	if r.Name == "" || utf8.RuneCountInString(r.Name) > MaxName {
		return r, fault.Field("name", "Please give the room a name of up to 80 characters.")
	}
	if r.ID.IsZero() {
		r.ID = db.NewID()
	}
	practice := access.From(ctx).Practice
	return r, s.change(ctx, func(tx *db.Tx) error {
		name, err := s.Vault.Seal(ctx, tx, field(practice, r.ID, "calendar_rooms.name"), r.Name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlKeepRoom, practice, r.ID, name, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "room", Object: r.ID})
	})
}
