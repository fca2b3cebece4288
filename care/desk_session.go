package care

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/notes"
)

// sessionView is what is written about one held time.
type sessionView struct {
	calendar.Appointment
	Who      string
	House    *time.Location
	Over     bool
	Before   notes.After // what the time before it left
	Process  notes.Process
	After    notes.After
	Agenda   int  // shared entries that are to be taken up at this time
	SeesOwn  bool // the viewer may write notes of their own
	Fields   map[string]string
	Kept     bool
	Question string // as typed
	Invite   string
	Words    string
	Hours    string
	Own      string
}

func (v sessionView) href() string { return "/desk/appointments/" + v.ID.String() + "/session" }

// hourOptions are when words reach somebody.
func hourOptions() []ui.Option {
	words := map[int]string{0: "At once, when they next open their space; no message", 24: "After a day", 48: "After two days", 72: "After three days"}
	var out []ui.Option
	for _, h := range notes.Hours {
		out = append(out, ui.Option{Value: strconv.Itoa(h), Label: words[h]})
	}
	return out
}

// held is the appointment in the address, for who cares for its client.
func (d *Desk) held(r *http.Request) (v sessionView, t notes.Time, err error) {
	ctx := r.Context()
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return v, t, calendar.ErrNone
	}
	if v.Appointment, err = d.Calendar.Get(ctx, d.DB.Reader(), id); err != nil {
		return v, t, err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Clinical, Subject: v.Client}); err != nil {
		return v, t, err
	}
	if v.State == calendar.Cancelled {
		return v, t, fault.New(fault.NotFound, "This appointment was cancelled; nothing is written about it.")
	}
	st, err := d.Settings.Get(ctx)
	if err != nil {
		return v, t, err
	}
	who, err := d.client(ctx, v.Client)
	v.Who, v.House, v.Over = who.Name, st.Location(), !v.End.After(d.Now())
	v.SeesOwn = access.Can(ctx, access.Write, access.Resource{Class: access.Process, Subject: v.Client})
	return v, notes.Time{Appointment: v.ID, Client: v.Client, End: v.End}, err
}

func (d *Desk) session(w http.ResponseWriter, r *http.Request) error {
	v, t, err := d.held(r)
	if err != nil {
		return err
	}
	v.Kept = r.URL.Query().Has("kept")
	if err := d.fillSession(r.Context(), &v, t); err != nil {
		return err
	}
	v.Question, v.Invite, v.Words, v.Hours, v.Own = v.After.Question, v.After.Invitation, v.After.Words, strconv.Itoa(v.After.Hours), v.Process.Text
	return d.showSession(w, r, http.StatusOK, v)
}

// fillSession reads what is kept about the time.
func (d *Desk) fillSession(ctx context.Context, v *sessionView, t notes.Time) (err error) {
	if v.After, err = d.Notes.After(ctx, t); err != nil {
		return err
	}
	if v.Before, err = d.Notes.Carried(ctx, t, v.Start); err != nil {
		return err
	}
	if v.Agenda, err = d.Space.Waiting(ctx, v.Client, v.ID); err != nil {
		return err
	}
	if v.SeesOwn {
		v.Process, err = d.Notes.Process(ctx, t)
	}
	return err
}

func (d *Desk) showSession(w http.ResponseWriter, r *http.Request, status int, v sessionView) error {
	p, nav, err := d.page(r, v.Who+", "+v.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, sessionPage(p, nav, v))
}

// writtenAt is when what a form changes was written; the zero time when nothing was.
func writtenAt(f *web.Form) (time.Time, error) {
	us, err := strconv.ParseInt(f.Raw("since"), 10, 64)
	if err != nil {
		return time.Time{}, fault.New(fault.BadRequest, "This form is incomplete. Nothing was changed; please open the page again.")
	}
	return db.At(us), nil
}

func (d *Desk) leave(w http.ResponseWriter, r *http.Request) error {
	return d.write(w, r, func(ctx context.Context, f *web.Form, v *sessionView, t notes.Time) error {
		at, err := writtenAt(f)
		if err != nil {
			return err
		}
		v.Question, v.Invite, v.Words, v.Hours = f.Raw("question"), f.Raw("invitation"), f.Raw("words"), f.Raw("hours")
		a := notes.After{Question: f.Line("question", notes.MaxQuestion), Invitation: f.Line("invitation", notes.MaxInvitation), Words: f.Text("words", notes.MaxWords), Hours: f.Int("hours", 0, 1000), Changed: at}
		if err := f.Err(); err != nil {
			return err
		}
		return d.Notes.Leave(ctx, t, a)
	})
}

func (d *Desk) keepProcess(w http.ResponseWriter, r *http.Request) error {
	return d.write(w, r, func(ctx context.Context, f *web.Form, v *sessionView, t notes.Time) error {
		at, err := writtenAt(f)
		if err != nil {
			return err
		}
		v.Own = f.Raw("process")
		text := f.Text("process", notes.MaxProcess)
		if err := f.Err(); err != nil {
			return err
		}
		return d.Notes.KeepProcess(ctx, t, text, at)
	})
}

// write does what one of the page's forms asks; refused, the page comes back
// with what was typed.
func (d *Desk) write(w http.ResponseWriter, r *http.Request, do func(context.Context, *web.Form, *sessionView, notes.Time) error) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, t, err := d.held(r)
	if err != nil {
		return err
	}
	if err := d.fillSession(ctx, &v, t); err != nil {
		return err
	}
	v.Question, v.Invite, v.Words, v.Hours, v.Own = v.After.Question, v.After.Invitation, v.After.Words, strconv.Itoa(v.After.Hours), v.Process.Text
	err = do(ctx, f, &v, t)
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, v.href()+"?kept=1")
	case e.Kind == fault.Invalid:
		v.Fields = e.Fields
	case e.Kind == fault.Taken:
		v.Fields = map[string]string{"": e.Sentence}
	default:
		return err
	}
	return d.showSession(w, r, e.Kind.Status(), v)
}
