package calendar

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/circle"
)

// moveForm is the page on which staff change an appointment's time.
type moveForm struct {
	appointmentView
	When     whenForm
	Circle   string // what was decided after "talk first",
	About    string // and about which time
	Problems map[string]string
	Taken    bool
}

func (s *Pages) showMove(w http.ResponseWriter, r *http.Request) error {
	v, err := s.changeable(r)
	if err == nil {
		err = s.saw(r.Context(), v)
	}
	if err != nil {
		return err
	}
	q, day := r.URL.Query(), v.Start.In(v.House).Format(time.DateOnly)
	if v.Past {
		day = ""
	}
	if typed := q.Get("day"); typed != "" {
		day = typed
	}
	return s.movePage(w, r, http.StatusOK, moveForm{appointmentView: v, When: beginWhen(q.Get("start"), day, s.Now(), v.House)})
}

func (s *Pages) movePage(w http.ResponseWriter, r *http.Request, status int, m moveForm) error {
	ctx := r.Context()
	if !m.Taken {
		free := func(from, to time.Time) ([]time.Time, error) {
			times, err := s.Calendar.TimesToMove(ctx, m.Appointment, from, to)
			return slices.DeleteFunc(times, m.Start.Equal), err // the present time is no change
		}
		if err := m.When.list(m.When.Day, free); err != nil {
			return err
		}
		if err := s.sayGroups(ctx, &m.When, m.Offering, db.ID{}); err != nil {
			return err
		}
	}
	p, err := s.chrome(r, "Change the time")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, movePage(p, m))
}

func (s *Pages) move(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.changeable(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	m := moveForm{appointmentView: v, When: takeWhen(f, v.House), Circle: f.Raw("circle")}
	if f.Raw("do") != "move" {
		return s.movePage(w, r, http.StatusOK, m)
	}
	start, twice := m.When.read(f, m.When.Day)
	if start.Equal(v.Start) {
		f.Fail("start", "The appointment is at this time already. Please choose another.")
	}
	if f.Raw("about") != start.UTC().Format(time.RFC3339) {
		m.Circle = "" // decided about another time
	}
	if err = f.Err(); err == nil {
		if err = s.moveTo(ctx, m, start); err == nil {
			return web.See(w, r, address(v.href(), "said", "moved", "twice", yes(twice)))
		}
	}
	return s.moveAgain(w, r, m, start, err)
}

// moveTo moves, once it is clear whom the client would meet, or was talked about.
func (s *Pages) moveTo(ctx context.Context, m moveForm, start time.Time) error {
	if err := s.firstMoved(ctx, m, start); err != nil {
		return err
	}
	var a Appointment
	err := s.Calendar.Write(ctx, func(tx *db.Tx) (err error) {
		a, err = s.Calendar.Move(ctx, tx, m.ID, start, true)
		return err
	})
	if err == nil && m.Circle != "" {
		err = s.decided(ctx, a, circle.Code(m.Circle))
	}
	return err
}

// moveAgain shows the form with what is to be changed, and, when the time is
// taken, the nearest that are not.
func (s *Pages) moveAgain(w http.ResponseWriter, r *http.Request, m moveForm, start time.Time, err error) error {
	e, ok := refused(err)
	if !ok {
		return err
	}
	m.Problems = e.Fields
	m.About = start.UTC().Format(time.RFC3339)
	if e.Kind == fault.Taken {
		near, err := s.Calendar.Nearest(r.Context(), m.Offering, start, nearestShown)
		if err != nil {
			return err
		}
		m.Taken = true
		m.When.nearest(near)
		m.When.Shown = m.When.Day
	}
	return s.movePage(w, r, e.Kind.Status(), m)
}

// drop moves an appointment that was dragged in the week onto a free time.
// When that cannot be, the page for changing its time opens with the reason.
func (s *Pages) drop(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	r.SetPathValue("id", f.Line("appointment", 36))
	v, err := s.changeable(r)
	if err != nil {
		return err
	}
	start, err := time.Parse(time.RFC3339, f.Line("start", 40))
	if err != nil {
		return fault.New(fault.BadRequest, "This is no time in the calendar. Nothing was changed.")
	}
	week := []string{"from", f.Line("from", 10), "person", f.Line("person", 36)}
	if start.Equal(v.Start) { // put back where it was
		return web.See(w, r, address("/desk/week", week...))
	}
	m := moveForm{appointmentView: v, When: beginWhen(f.Raw("start"), "", s.Now(), v.House)}
	if err := s.moveTo(r.Context(), m, start); err != nil {
		return s.moveAgain(w, r, m, start, err)
	}
	return web.See(w, r, address("/desk/week", append(week, "said", "moved")...))
}
