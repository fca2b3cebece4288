package inquiry

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ical"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/calendar"
)

type appointmentView struct {
	linked
	New            bool // it was booked a moment ago
	Moved          bool
	Past           bool
	Move, Cancel   bool // still possible by this link
	Where, Href    string
	Visitor, House *time.Location
	Reach          string
	With           string // whom one meets
}

func (v appointmentView) path() string { return "/appointments/" + v.Token }

func (v appointmentView) title() string {
	switch {
	case v.State == calendar.Cancelled:
		return "Your appointment is cancelled"
	case v.New:
		return "Your time is kept"
	}
	return "Your appointment"
}

func (s *Service) appointmentPage(w http.ResponseWriter, r *http.Request) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := appointmentView{linked: l, New: q.Get("new") != "", Moved: q.Get("moved") != "", Past: !l.End.After(s.Now())}
	v.Visitor, v.House, v.Reach = l.Zone, l.House.Location(), reach(l.House)
	v.Where, v.Href = l.where()
	there := slices.Concat([]db.ID{l.Host}, l.Seconds)
	names, err := s.People.Names(ctx, there...)
	if err != nil {
		return err
	}
	v.With = strings.Join(known(there, names), " and ")
	if v.Move, v.Cancel, err = s.Calendar.Changeable(ctx, l.Appointment); err != nil {
		return err
	}
	p, err := s.linkPage(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, appointmentPage(p, v))
}

// linkPage is the chrome of pages behind a signed link; the link itself stays
// out of whatever the page tells about itself.
func (s *Service) linkPage(r *http.Request, title string) (ui.Page, error) {
	p, err := s.Settings.Page(r, title)
	p.NoIndex, p.Path = true, ""
	return p, err
}

// appointmentFile is the appointment for a calendar, asked for by its holder.
func (s *Service) appointmentFile(w http.ResponseWriter, r *http.Request) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	body, err := ical.Write(s.event(ctx, l, ical.Publish))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="appointment.ics"`)
	return web.Send(w, r, http.StatusOK, "text/calendar; charset=utf-8; method=PUBLISH", body)
}

type moveView struct {
	linked
	Visitor, House *time.Location
	Days           []freeDay
	Earlier, Later string
	Problem        string
	Taken          bool
}

func (v moveView) path() string { return "/appointments/" + v.Token }

// movePage shows the free times to change to.
func (s *Service) movePage(w http.ResponseWriter, r *http.Request) error {
	return s.chooseAgain(w, r, http.StatusOK, nil)
}

// chooseAgain shows the times to change to, after a refusal with its reason.
func (s *Service) chooseAgain(w http.ResponseWriter, r *http.Request, status int, refused *fault.Error) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	move, _, err := s.Calendar.Changeable(ctx, l.Appointment)
	if err != nil {
		return err
	}
	if !move {
		return tooLate(l)
	}
	v := moveView{linked: l, Visitor: l.Zone, House: l.House.Location()}
	if refused != nil {
		v.Taken, v.Problem = refused.Kind == fault.Taken, refused.Fields["start"]
	}
	from, ok := dateOf(r.URL.Query().Get("from"), s.Now(), v.Visitor)
	if !ok {
		return fault.New(fault.BadRequest, "This address carries a date that cannot be read. Please begin again from your appointment's page.")
	}
	until := midnight(from, daysShown)
	free, err := s.Calendar.TimesToMove(ctx, l.Appointment, from, until)
	if err != nil {
		return err
	}
	v.Days = byDay(without(free, l.Start), v.Visitor, v.House)
	today := midnight(s.Now().In(v.Visitor), 0)
	if from.After(today) {
		v.Earlier = v.at(laterOf(today, midnight(from, -daysShown)))
	}
	if !until.After(midnight(today, horizon(l.Offering))) {
		v.Later = v.at(until)
	}
	title := "Choose a time"
	if v.Taken {
		title = takenTitle
	}
	p, err := s.linkPage(r, title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, movePage(p, v))
}

func (v moveView) at(day time.Time) string {
	return v.path() + "/move?" + url.Values{"from": {day.Format(time.DateOnly)}}.Encode()
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// without leaves out the time that the appointment has already.
func without(all []time.Time, one time.Time) []time.Time {
	out := all[:0:0]
	for _, t := range all {
		if !t.Equal(one) {
			out = append(out, t)
		}
	}
	return out
}

// tooLate says why a link does not change an appointment any more, and who can.
func tooLate(l linked) error {
	if l.State == calendar.Cancelled {
		return calendar.ErrCancelled
	}
	return fault.New(fault.Forbidden, "It is too close to the appointment to change this by the link. "+reach(l.House))
}

func (s *Service) moveSend(w http.ResponseWriter, r *http.Request) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	start, err := time.Parse(time.RFC3339, in.Raw("start"))
	if err != nil {
		err = fault.Field("start", "Please choose one of the free times.")
	} else {
		_, err = s.MoveAppointment(ctx, l.Appointment, l.Offering, start)
	}
	switch e := fault.Of(err); {
	case err == nil:
		return web.See(w, r, "/appointments/"+l.Token+"?moved=1")
	case e.Kind == fault.Forbidden, e.Kind == fault.Gone:
		return tooLate(l)
	case (e.Kind == fault.Taken || e.Kind == fault.Invalid) && !web.WantsJSON(r):
		return s.chooseAgain(w, r, e.Kind.Status(), e)
	}
	return err
}

// cancelPage asks once more.
func (s *Service) cancelPage(w http.ResponseWriter, r *http.Request) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	_, cancel, err := s.Calendar.Changeable(ctx, l.Appointment)
	if err != nil {
		return err
	}
	if !cancel {
		return tooLate(l)
	}
	p, err := s.linkPage(r, "Cancel this appointment?")
	if err != nil {
		return err
	}
	v := appointmentView{linked: l, Visitor: l.Zone, House: l.House.Location()}
	return web.Render(w, r, http.StatusOK, cancelPage(p, v))
}

func (s *Service) cancelSend(w http.ResponseWriter, r *http.Request) error {
	ctx, l, err := s.byLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.CancelAppointment(ctx, l.ID); err != nil {
		if fault.Is(err, fault.Forbidden) {
			return tooLate(l)
		}
		return err
	}
	return web.See(w, r, "/appointments/"+l.Token)
}
