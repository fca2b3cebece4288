package calendar

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/rules/protocol"
)

// offeringRow is one line of the list of offerings.
type offeringRow struct {
	Offering
	With string
}

func (r offeringRow) href() string { return "/desk/settings/offerings/" + r.ID.String() }

func (s *Pages) listOfferings(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := s.Calendar.Offerings(ctx)
	if err != nil {
		return err
	}
	var rows []offeringRow
	for _, o := range all {
		with, err := s.nameList(ctx, o.Hosts)
		if err != nil {
			return err
		}
		rows = append(rows, offeringRow{o, with})
	}
	p, err := s.chrome(r, "Offerings")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, offeringsPage(p, rows, access.Can(ctx, access.Write, access.Resource{Class: access.Settings})))
}

// nameList gives working names in a row.
func (s *Pages) nameList(ctx context.Context, ids []db.ID) (string, error) {
	names, err := s.People.Names(ctx, ids...)
	var out []string
	for _, id := range ids {
		out = append(out, nameOf(names, id))
	}
	return strings.Join(out, ", "), err
}

// offeringTyped is an offering as it stands in the form.
type offeringTyped struct {
	Name, Slug, Words, Price                         string
	Length, Before, After, Every, Notice             string
	Horizon, PerDay, Position, Where, VideoLink, Who string
	Medicine, Places                                 string
	Hosts, Seconds, Rooms                            []string
	Open, Integration, Attended                      bool
}

// offeringView is the page of one offering.
type offeringView struct {
	ID       db.ID // zero for a new one
	Saved    Offering
	Typed    offeringTyped
	Staff    []ui.Option
	Rooms    []ui.Option
	Free     []time.Time // the next free times as it was saved
	Reach    string      // from when until when it can be booked now
	House    *time.Location
	Edit     bool
	Invite   bool   // this reader may invite somebody to it
	Closed   string // why nobody can book it now
	Said     string
	Problems map[string]string
}

// freeShown is how many of the next free times show what settings do.
const freeShown = 6

// freeWithin is how far ahead they are looked for.
const freeWithin = 31 * 24 * time.Hour

var offeringOrder = []string{"name", "slug", "words", "price", "length", "before", "after", "every", "notice", "horizon", "per_day", "places",
	"medicine", "integration", "where", "rooms", "video_link", "hosts", "seconds", "attended", "who", "open", "position"}

func (v offeringView) action() string {
	if v.ID.IsZero() {
		return "/desk/settings/offerings"
	}
	return "/desk/settings/offerings/" + v.ID.String()
}

func (v offeringView) title() string {
	if v.ID.IsZero() {
		return "Add an offering"
	}
	return v.Saved.Name
}

func (s *Pages) newOffering(w http.ResponseWriter, r *http.Request) error {
	// What a consultation usually is, so that only what differs is typed.
	o := Offering{Length: 50 * time.Minute, After: 10 * time.Minute, Every: 30 * time.Minute, Notice: 24 * time.Hour, HorizonDays: 60, Where: InRoom, Who: Anyone}
	return s.offeringPage(w, r, http.StatusOK, offeringView{Typed: typedOffering(o)})
}

func (s *Pages) showOffering(w http.ResponseWriter, r *http.Request) error {
	id, err := idInPath(r, ErrOffering)
	if err != nil {
		return err
	}
	o, err := s.Calendar.Offering(r.Context(), id)
	if err != nil {
		return err
	}
	return s.offeringPage(w, r, http.StatusOK, offeringView{ID: o.ID, Saved: o, Typed: typedOffering(o), Said: saidWords(r)})
}

// offeringPage adds what there is to choose from, and the effect of what is saved.
func (s *Pages) offeringPage(w http.ResponseWriter, r *http.Request, status int, v offeringView) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House, v.Edit = st.Location(), access.Can(ctx, access.Write, access.Resource{Class: access.Settings})
	v.Invite = v.Saved.Open && v.Saved.Who != Ready && access.Can(ctx, access.Write, access.Resource{Class: access.Calendar})
	staff, err := s.colleagues(ctx)
	if err != nil {
		return err
	}
	v.Staff = staffOptions(staff, v.Saved)
	rooms, err := s.Calendar.Rooms(ctx)
	if err != nil {
		return err
	}
	for _, x := range rooms {
		v.Rooms = append(v.Rooms, ui.Option{Value: x.ID.String(), Label: x.Name})
	}
	if !v.ID.IsZero() {
		now := s.Now()
		if v.Closed, err = s.Calendar.WhyClosed(ctx, v.Saved); err != nil {
			return err
		}
		if v.Free, err = s.Calendar.Times(ctx, v.Saved, now, now.Add(freeWithin)); err != nil {
			return err
		}
		v.Free, v.Reach = v.Free[:min(len(v.Free), freeShown)], reach(v.Saved, now, v.House)
	}
	p, err := s.chrome(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, offeringPage(p, v))
}

// staffOptions are the colleagues, and whoever else an offering names: somebody
// who has left must be seen to be taken off it.
func staffOptions(staff []people.Card, o Offering) []ui.Option {
	var out []ui.Option
	for _, c := range staff {
		out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
	}
	for _, id := range slices.Concat(o.Hosts, o.Seconds) {
		if !slices.ContainsFunc(out, func(x ui.Option) bool { return x.Value == id.String() }) {
			out = append(out, ui.Option{Value: id.String(), Label: "Somebody who does not work here any more"})
		}
	}
	return out
}

// saveOffering adds or changes an offering.
func (s *Pages) saveOffering(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var before Offering
	if r.PathValue("id") != "" {
		id, err := idInPath(r, ErrOffering)
		if err != nil {
			return err
		}
		if before, err = s.Calendar.Offering(ctx, id); err != nil {
			return err
		}
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	o := offeringOf(f)
	o.ID = before.ID
	if err = f.Err(); err == nil {
		if o, err = s.Calendar.SaveOffering(ctx, o); err == nil {
			return web.See(w, r, "/desk/settings/offerings/"+o.ID.String()+"?said=saved")
		}
	}
	e, ok := refused(err)
	if !ok {
		return err
	}
	return s.offeringPage(w, r, e.Kind.Status(), offeringView{ID: before.ID, Saved: before, Typed: typedAgain(f), Problems: e.Fields})
}

// typedOffering writes an offering as it is typed.
func typedOffering(o Offering) offeringTyped {
	minutes := func(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }
	return offeringTyped{
		Name: o.Name, Slug: o.Slug, Words: o.Words, Price: o.Price,
		Length: minutes(o.Length), Before: minutes(o.Before), After: minutes(o.After), Every: minutes(o.Every),
		Notice: strconv.FormatFloat(o.Notice.Hours(), 'f', -1, 64), Horizon: strconv.Itoa(o.HorizonDays), PerDay: strconv.Itoa(o.PerDay),
		Position: strconv.Itoa(o.Position), Places: strconv.Itoa(max(o.Places, 1)), Where: string(o.Where), VideoLink: o.VideoLink, Who: string(o.Who), Open: o.Open, Medicine: string(o.Medicine), Integration: o.Integration,
		Attended: o.Attended, Hosts: idTexts(o.Hosts), Seconds: idTexts(o.Seconds), Rooms: idTexts(o.Rooms),
	}
}

func typedAgain(f *web.Form) offeringTyped {
	return offeringTyped{
		Name: f.Raw("name"), Slug: f.Raw("slug"), Words: f.Raw("words"), Price: f.Raw("price"),
		Length: f.Raw("length"), Before: f.Raw("before"), After: f.Raw("after"), Every: f.Raw("every"),
		Notice: f.Raw("notice"), Horizon: f.Raw("horizon"), PerDay: f.Raw("per_day"), Places: f.Raw("places"), Position: f.Raw("position"),
		Where: f.Raw("where"), VideoLink: f.Raw("video_link"), Who: f.Raw("who"), Open: f.Checked("open"), Medicine: f.Raw("medicine"), Integration: f.Checked("integration"),
		Attended: f.Checked("attended"), Hosts: f.All("hosts"), Seconds: f.All("seconds"), Rooms: f.All("rooms"),
	}
}

// offeringOf reads the form; what cannot stand together is the domain's to say.
func offeringOf(f *web.Form) Offering {
	f.Required("name", "Please give it a name.")
	minutes := func(name string, least int, most time.Duration) time.Duration {
		return time.Duration(numberOf(f, name, least, int(most/time.Minute))) * time.Minute
	}
	return Offering{
		Medicine: protocol.Medicine(f.Line("medicine", MaxName)), Integration: f.Checked("integration"),
		Name: f.Line("name", MaxName), Slug: f.Line("slug", 60), Words: f.Text("words", MaxWords), Price: f.Line("price", MaxName),
		Length: minutes("length", 5, MaxLength), Before: minutes("before", 0, maxBuffer), After: minutes("after", 0, maxBuffer),
		Every: minutes("every", 0, 24*time.Hour), Notice: hoursOf(f, "notice"),
		HorizonDays: numberOf(f, "horizon", 0, maxHorizon), PerDay: numberOf(f, "per_day", 0, maxPerDay), Places: numberOf(f, "places", 0, MaxPlaces), Position: numberOf(f, "position", 0, 999),
		Where: Where(f.Choice("where", string(InRoom), string(ByVideo), string(ByPhone))), VideoLink: f.Line("video_link", 500),
		Who:      Who(f.Choice("who", string(Anyone), string(Known), string(Invited), string(Ready))),
		Attended: f.Checked("attended"), Hosts: idsOf(f.All("hosts")), Seconds: idsOf(f.All("seconds")), Rooms: idsOf(f.All("rooms")), Open: f.Checked("open"),
	}
}

// numberOf reads a whole number; where nothing is a number too, an empty field is 0.
func numberOf(f *web.Form, name string, least, most int) int {
	if least == 0 && strings.TrimSpace(f.Raw(name)) == "" {
		return 0
	}
	return f.Int(name, least, most)
}

// hoursOf reads hours, parts of them as 1.5.
func hoursOf(f *web.Form, name string) time.Duration {
	n, err := strconv.ParseFloat(strings.Replace(f.Line(name, 20), ",", ".", 1), 64)
	if !(err == nil && n >= 0 && n <= maxNotice.Hours()) { // said this way round, "NaN" is no number of hours either
		f.Fail(name, "Please give hours from 0 to 2160.")
		return 0
	}
	return time.Duration(n * float64(time.Hour)).Round(time.Minute)
}

func idTexts(ids []db.ID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

func idsOf(all []string) []db.ID {
	var out []db.ID
	for _, s := range all {
		if id := idOf(s); !id.IsZero() {
			out = append(out, id)
		}
	}
	return out
}

// medicineOptions are what an offering can be: a time together, or a session of
// one medicine, which needs a signed protocol before anybody books it.
func medicineOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "No medicine is given"}}
	for _, m := range protocol.Medicines {
		out = append(out, ui.Option{Value: m.Value, Label: "Medicine session: " + m.Label})
	}
	return out
}

func medicineWords(m protocol.Medicine) string {
	return labelOf(medicineOptions(), string(m))
}

var whereOptions = []ui.Option{
	{Value: string(InRoom), Label: "In the room", Hint: "Takes one of the rooms below, whichever is free."},
	{Value: string(ByVideo), Label: "By video", Hint: "The link below stands on the appointment’s page and in its messages."},
	{Value: string(ByPhone), Label: "By phone", Hint: "We call the number that the client leaves."},
}

var whoOptions = []ui.Option{
	{Value: string(Anyone), Label: "Anyone", Hint: "Everybody who opens the site."},
	{Value: string(Known), Label: "Known clients", Hint: "Clients who are signed in."},
	{Value: string(Invited), Label: "By invitation only", Hint: "Whoever the desk invites, by the link in their letter; nobody else by themselves."},
	{Value: string(Ready), Label: "Only when ready", Hint: "Clients whose clearance and consent both stand. The desk can book it for anybody, and an invitation does not open it."},
}

// whoWords says who can book what visitors cannot.
func whoWords(w Who) string {
	switch w {
	case Known:
		return "clients can, once they have signed in."
	case Invited:
		return "only whoever is invited can, by the link in their letter."
	}
	return "the practice books it for its clients."
}

func labelOf(options []ui.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return ""
}

func labelsOf(options []ui.Option, values []string) string {
	var out []string
	for _, v := range values {
		if l := labelOf(options, v); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, ", ")
}

// secondsWords says who comes along.
func (v offeringView) secondsWords() string {
	named := labelsOf(v.Staff, v.Typed.Seconds)
	switch {
	case !v.Typed.Attended:
		return orNothing(named)
	case named == "":
		return "Any one of the attendants"
	}
	return named + ", and any one of the attendants"
}

// noTimes says why nothing is free, as far as it can be told from the offering.
func (v offeringView) noTimes() string {
	switch {
	case len(v.Saved.Hosts) == 0:
		return "nobody holds it"
	case v.Saved.Where == InRoom && len(v.Saved.Rooms) == 0:
		return "it has no room"
	}
	return "nobody who is needed has hours then, or all of them are taken"
}

// placesWords says for how many one time is.
func placesWords(o Offering) string {
	if o.Places < 2 {
		return "One person"
	}
	return "Up to " + strconv.Itoa(o.Places)
}

// reach says from when until when it can be booked now.
func reach(o Offering, now time.Time, zone *time.Location) string {
	words := "Seen from now, it can be booked from " + ui.When(now.Add(o.Notice), zone) + " on"
	if o.HorizonDays > 0 {
		words += ", until " + ui.Date(now.AddDate(0, 0, o.HorizonDays), zone)
	}
	return words + "."
}
