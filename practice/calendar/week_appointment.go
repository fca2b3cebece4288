package calendar

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// appointmentView is one appointment at the desk.
type appointmentView struct {
	Appointment
	Offering   Offering
	Client     string
	HostName   string
	With       string // who comes along
	RoomName   string
	House      *time.Location
	Zone       *time.Location // the client's; nil when it is not known
	Past       bool
	Edit       bool
	SeesNote   bool
	Writes     bool // the viewer cares for the client, and may write about the time
	Note       string
	NoteOpened bool
	Said       string
	Twice      string
	Talk       talk
	Instead    []ui.Option // attendants who could come along in place of the one who does
	Problems   map[string]string
	Also       []ui.Link // what else is kept about it
}

func (v appointmentView) href() string { return "/desk/appointments/" + v.ID.String() }

// title is the page's heading: whose, and what.
func (v appointmentView) title() string { return v.Client + ", " + v.Appointment.Name }

// saw writes that an appointment was read: on its page, and on those for
// changing it, which show the same.
func (s *Pages) saw(ctx context.Context, v appointmentView) error {
	return s.Trail.Saw(ctx, trail.Entry{Subject: v.Appointment.Client, Kind: "appointment", Object: v.ID})
}

func (s *Pages) showAppointment(w http.ResponseWriter, r *http.Request) error {
	v, err := s.appointment(r)
	if err == nil {
		err = s.saw(r.Context(), v)
	}
	if err != nil {
		return err
	}
	if r.URL.Query().Get("twice") != "" {
		v.Twice = twiceWords(v.Start, v.House)
	}
	return s.appointmentPage(w, r, http.StatusOK, v)
}

func (s *Pages) appointmentPage(w http.ResponseWriter, r *http.Request, status int, v appointmentView) (err error) {
	if _, v.Talk, err = s.meeting(r.Context(), v.Appointment); err != nil {
		return err
	}
	if v.Edit {
		if v.Instead, err = s.attendantOptions(r.Context(), v.Appointment); err != nil {
			return err
		}
	}
	if s.Also != nil {
		if v.Also, err = s.Also(r.Context(), v.Appointment); err != nil {
			return err
		}
	}
	p, err := s.chrome(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, appointmentPage(p, v))
}

// showNote opens what the client wrote. It is a POST because the look stands
// on the trail: no link may open it.
func (s *Pages) showNote(w http.ResponseWriter, r *http.Request) error {
	v, err := s.appointment(r)
	if err != nil {
		return err
	}
	if v.Note, err = s.Calendar.Note(r.Context(), v.ID); err != nil {
		return err
	}
	v.NoteOpened = true
	return s.appointmentPage(w, r, http.StatusOK, v)
}

// appointment loads the one in the address with the names that its page shows.
func (s *Pages) appointment(r *http.Request) (v appointmentView, err error) {
	ctx := r.Context()
	id, err := idInPath(r, ErrNone)
	if err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	if v.Appointment, err = s.Calendar.Get(ctx, s.DB.Reader(), id); err != nil {
		return v, err
	}
	v.House, v.Past, v.Said = st.Location(), !v.Start.After(s.Now()), saidWords(r)
	if v.Zone, err = time.LoadLocation(cmp.Or(v.Appointment.Zone, st.Zone)); err != nil {
		v.Zone = v.House
	}
	client := access.Resource{Class: access.Calendar, Subject: v.Appointment.Client}
	v.Edit = access.Can(ctx, access.Write, client) && v.State == Booked
	v.Writes = v.State == Booked && access.Can(ctx, access.Read, access.Resource{Class: access.Clinical, Subject: v.Appointment.Client})
	v.SeesNote = access.Can(ctx, access.Read, access.Resource{Class: access.Notes, Subject: v.Appointment.Client})
	return v, s.nameAppointment(ctx, &v)
}

func (s *Pages) nameAppointment(ctx context.Context, v *appointmentView) error {
	a := v.Appointment
	names, err := s.People.Names(ctx, append([]db.ID{a.Host}, a.Seconds...)...)
	if err != nil {
		return err
	}
	clients, err := s.People.ClientNames(ctx, a.Client)
	if err != nil {
		return err
	}
	v.Client, v.HostName = nameOf(clients, a.Client), nameOf(names, a.Host)
	var with []string
	for _, id := range a.Seconds {
		with = append(with, nameOf(names, id))
	}
	v.With = strings.Join(with, ", ")
	if v.Offering, err = s.Calendar.Offering(ctx, a.Offering); err != nil {
		return err
	}
	rooms, err := s.Calendar.Rooms(ctx)
	if i := slices.IndexFunc(rooms, func(r Room) bool { return r.ID == a.Room }); i >= 0 {
		v.RoomName = rooms[i].Name
	}
	return err
}

// theirs is the time on the client's clock, "" where it shows the same.
func (v appointmentView) theirs() string {
	_, here := v.Start.In(v.House).Zone()
	if _, there := v.Start.In(v.Zone).Zone(); here == there {
		return ""
	}
	return ui.Span(v.Start, v.End, v.Zone) + " for " + v.Client + " in " + ui.ZoneCity(v.Zone.String())
}

// place says where, with the room's name when it has one.
func (v appointmentView) place() string {
	if v.RoomName != "" {
		return whereWords(v.Where) + ": " + v.RoomName
	}
	return whereWords(v.Where)
}

// takes says how long everybody it needs is taken.
func (v appointmentView) takes() string { return claimWords(v.Offering) }

// claimWords: "Takes 1 hour 10 minutes: 10 before, 50, 10 after."
func claimWords(o Offering) string {
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	if o.Before == 0 && o.After == 0 {
		return "Takes " + ui.Minutes(minutes(o.Length)) + "; no quiet time before or after."
	}
	return fmt.Sprintf("Takes %d minutes: %d before, %d, %d after.", minutes(o.Before+o.Length+o.After), minutes(o.Before), minutes(o.Length), minutes(o.After))
}

// The reasons for a cancellation, as the trail keeps them.
var cancelReasons = []ui.Option{
	{Value: "client", Label: "The client asked for it"},
	{Value: "practice", Label: "The practice cannot keep it"},
	{Value: "mistake", Label: "It was booked by mistake"},
}

// cancelForm asks once more, and why.
type cancelForm struct {
	appointmentView
	Why      string
	Problems map[string]string
}

func (s *Pages) showCancel(w http.ResponseWriter, r *http.Request) error {
	v, err := s.changeable(r)
	if err == nil {
		err = s.saw(r.Context(), v)
	}
	if err != nil {
		return err
	}
	return s.cancelPage(w, r, http.StatusOK, cancelForm{appointmentView: v})
}

// changeable loads an appointment that is to be moved or cancelled.
func (s *Pages) changeable(r *http.Request) (appointmentView, error) {
	v, err := s.appointment(r)
	if err == nil && v.State == Cancelled {
		err = ErrCancelled
	}
	if err == nil {
		err = access.Check(r.Context(), access.Write, access.Resource{Class: access.Calendar, Subject: v.Appointment.Client})
	}
	return v, err
}

func (s *Pages) cancelPage(w http.ResponseWriter, r *http.Request, status int, c cancelForm) error {
	p, err := s.chrome(r, "Cancel this appointment?")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, cancelPage(p, c))
}

func (s *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.changeable(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := cancelForm{appointmentView: v, Why: f.Raw("why")}
	if !slices.ContainsFunc(cancelReasons, func(o ui.Option) bool { return o.Value == c.Why }) {
		c.Problems = map[string]string{"why": "Please choose why. Nothing is cancelled yet."}
		return s.cancelPage(w, r, http.StatusUnprocessableEntity, c)
	}
	err = s.Calendar.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Calendar.Cancel(ctx, tx, v.ID, c.Why)
		return err
	})
	if err != nil {
		return err
	}
	return web.See(w, r, address(v.href(), "said", "cancelled"))
}

// paragraphs are the lines of a text that say something.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
