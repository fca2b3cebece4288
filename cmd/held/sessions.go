package main

import (
	"context"
	"slices"

	"held/care/medicine"
	"held/care/screening"
	"held/internal/db"
	"held/practice/calendar"
	"held/rules/checkins"
	rule "held/rules/protocol"
	rules "held/rules/screening"
)

// medicineSessions are somebody's medicine sessions that were held: those of
// whose room a dose stands, and, where no room was opened, those whose time has
// come and gone.
func (h *house) medicineSessions(ctx context.Context, q db.Q, person db.ID) ([]checkins.Session, error) {
	return h.sessionsOf(ctx, q, person, func(a calendar.Appointment) bool { return !a.End.After(h.now()) })
}

// begunSessions are those that have begun, the one that goes on now too.
func (h *house) begunSessions(ctx context.Context, q db.Q, person db.ID) ([]checkins.Session, error) {
	return h.sessionsOf(ctx, q, person, func(a calendar.Appointment) bool { return !a.Start.After(h.now()) })
}

func (h *house) sessionsOf(ctx context.Context, q db.Q, person db.ID, by func(calendar.Appointment) bool) (out []checkins.Session, err error) {
	ctx = h.system(ctx) // whoever asks was asked whether they may before
	offerings, err := h.calendar.Offerings(ctx)
	if err != nil {
		return nil, err
	}
	of := map[db.ID]bool{}
	for _, o := range offerings {
		of[o.ID] = o.Medicine != ""
	}
	if q == nil {
		q = h.db.Reader()
	}
	held, err := h.medicine.Held(ctx, q, person)
	if err != nil {
		return nil, err
	}
	all, err := h.calendar.OfClient(ctx, person)
	for _, a := range all {
		i := slices.IndexFunc(held, func(x medicine.HeldSession) bool { return x.ID == a.ID })
		switch {
		case i >= 0 && !held[i].Given.IsZero():
			out = append(out, checkins.Session{ID: a.ID.String(), At: held[i].Given, Given: held[i].What})
		case i < 0 && of[a.Offering] && a.State != calendar.Cancelled && by(a):
			out = append(out, checkins.Session{ID: a.ID.String(), At: a.Start})
		}
	}
	return out, err
}

// remsClasses are the classes of medicines of the programme's form, by those of
// the screening.
var remsClasses = []struct {
	form    string
	classes []string
}{
	{"Benzodiazepines", []string{"benzodiazepine"}},
	{"Non-benzodiazepine sedative hypnotics", []string{"z-drug"}},
	{"Opioids", []string{"opioid"}},
	{"Psychostimulants", []string{"stimulant"}},
	{"Monoamine oxidase inhibitors (MAOIs)", []string{"MAOI"}},
}

// concomitant is what a client wrote down of their medicines, by the classes of
// the form. No is answered only where the whole list is recognised.
func (h *house) concomitant(ctx context.Context, q db.Q, client db.ID) (out []medicine.Concomitant, err error) {
	k, err := h.screening.Known(ctx, q, client, rule.Medicine(rules.Esketamine))
	if err != nil {
		return nil, err
	}
	st, err := h.settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	takes, sent := k.Answers[rules.ItemTakes], k.Sent[screening.Forms[0]]
	whole := len(k.Result.Unrecognised) == 0 && (slices.Equal(takes, []string{"no"}) || slices.Equal(takes, []string{"yes"}) && len(k.Medicines) > 0)
	from := "the client's list of medicines was not sent"
	if !sent.IsZero() {
		from = "the client's list of medicines, sent " + sent.In(st.Location()).Format("2 January 2006")
	}
	for _, f := range remsClasses {
		c := medicine.Concomitant{Class: f.form, From: from}
		for _, m := range k.Result.Medicines {
			if slices.ContainsFunc(m.Classes, func(class string) bool { return slices.Contains(f.classes, class) }) {
				c.Answer, c.Names = "yes", append(c.Names, m.Name)
			}
		}
		switch {
		case c.Answer != "" || sent.IsZero():
		case whole:
			c.Answer = "no"
		default:
			c.From += "; not everything on it is answered or recognised"
		}
		out = append(out, c)
	}
	return out, nil
}
