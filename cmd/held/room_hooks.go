package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"held/care/medicine"
	"held/internal/db"
	"held/internal/ui"
	"held/practice/emergency"
	"held/practice/measures"
	rule "held/rules/protocol"
	"held/rules/terms"
	"held/rules/timeline"
)

// hookRooms tells other steps what they need to know of sessions, and the room
// what it needs of them.
func (h *house) hookRooms() {
	h.consent.Dosed = h.medicine.Dosed
	h.medicine.Concomitant = h.concomitant
	h.settings.Calling = h.medicine.Strip
	h.devices.Standing = h.medicine.Standing
	h.medicine.Beside = besideRoom
	h.medicine.Scales = h.scalesOf
	h.medicine.Order = h.orderOf
	h.medicine.Card = h.cardOf
	h.medicine.Given = append(h.medicine.Given, h.given)
	h.medicine.Undone = append(h.medicine.Undone, h.undone)
	h.medicine.Noted = append(h.medicine.Noted, h.rated, h.begins)
}

// besideRoom are pages of a session that other steps have.
func besideRoom(session db.ID) []ui.Link {
	return []ui.Link{
		{Label: "Order", Href: "/desk/appointments/" + session.String() + "/order"},
		{Label: "Capture, on this tablet", Href: "/room/" + session.String() + "/capture"},
	}
}

// orderOf is the prescriber's order that stands for a session, as its room
// shows it.
func (h *house) orderOf(ctx context.Context, q db.Q, session db.ID) (medicine.Order, bool, error) {
	o, there, err := h.orders.Of(ctx, q, session)
	if err != nil || !there {
		return medicine.Order{}, false, err
	}
	out := medicine.Order{
		ID: o.ID.String(), Medicine: o.Medicine, Route: o.Route, MG: &o.Mg, Lot: o.Lot, Checked: o.CheckedBy, Missing: o.Missing, Notes: slices.Clone(o.Notes),
	}
	if o.PerKg > 0 {
		out.MGPerKG = &o.PerKg
	}
	if o.Weight > 0 {
		out.Weight = fmt.Sprintf("%s kg, %s", o.Weight, weighed(o.WeightDays))
	}
	for _, note := range []string{o.Words, o.Unchecked} {
		if note != "" {
			out.Notes = append(out.Notes, note)
		}
	}
	for range o.Boosters {
		b := medicine.Booster{MG: &o.BoosterMg, FromMin: &o.BoosterFromMin, ToMin: &o.BoosterToMin}
		if o.BoosterPerKg > 0 {
			b.MGPerKG = &o.BoosterPerKg
		}
		out.Boosters = append(out.Boosters, b)
	}
	return out, true, nil
}

func weighed(days int) string {
	switch days {
	case 0:
		return "weighed on the day"
	case 1:
		return "weighed the day before"
	}
	return fmt.Sprintf("weighed %d days before", days)
}

// cardOf is the practice's emergency card as a room shows it. What the practice
// has not written is not made up; its country's number is there in any case.
func (h *house) cardOf(ctx context.Context, q db.Q) (medicine.Card, error) {
	c, err := h.emergency.Card(ctx, q)
	if err != nil {
		return medicine.Card{}, err
	}
	v := c.Version
	out := medicine.Card{Address: strings.Join(filled(v.Address, v.Door, v.Entrance), "\n"), Say: filled(strings.Split(v.Say, "\n")...)}
	notes := numbers(c.Emergency, &out.Number)
	if !c.There {
		notes = append(notes, "The practice has not written its emergency card yet.")
	}
	out.Note = strings.Join(filled(append(notes, c.Note)...), " ")
	for _, p := range c.OnCall {
		line := fmt.Sprintf("%s, %s (%s)", p.Name, p.Number, p.When)
		if p.Now {
			line += ", now"
		}
		out.OnCall = append(out.OnCall, line)
	}
	for _, x := range [][2]string{{"Oxygen", v.Oxygen}, {"Defibrillator", v.AED}, {"Emergency medicines", v.Medicines}} {
		if x[1] != "" {
			out.Kit = append(out.Kit, x[0]+": "+x[1])
		}
	}
	return out, nil
}

// numbers puts the first of them to be dialled, and gives what is to be known
// about all.
func numbers(all []emergency.Number, first *string) (notes []string) {
	for i, n := range all {
		if i == 0 {
			*first = n.Number
		}
		note := n.Number
		if n.Note != "" {
			note += ": " + n.Note
		}
		if !n.Verified {
			note += " (not verified)"
		}
		if i > 0 || note != n.Number {
			notes = append(notes, note+".")
		}
	}
	return notes
}

func filled(all ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// given writes a dose of the room into the orders and the ledger.
func (h *house) given(ctx context.Context, tx *db.Tx, x medicine.Seat, e timeline.Entry) error {
	var b timeline.DoseBody
	id, err := db.ParseID(e.ID)
	if err != nil || !e.Read(&b) {
		return err
	}
	var mg rule.Decimal
	if b.MG != nil {
		mg = *b.MG
	}
	if e.Supersedes == "" {
		return h.orders.Given(ctx, tx, x.Session, id, mg, b.Booster, e.At())
	}
	was, err := db.ParseID(e.Supersedes)
	if err != nil {
		return err
	}
	if b.Void {
		return h.orders.Undone(ctx, tx, x.Session, was)
	}
	return h.orders.Corrected(ctx, tx, x.Session, was, id, mg, b.Booster, e.At())
}

func (h *house) undone(ctx context.Context, tx *db.Tx, x medicine.Seat, e timeline.Entry) error {
	id, err := db.ParseID(e.ID)
	if err != nil {
		return err
	}
	return h.orders.Undone(ctx, tx, x.Session, id)
}

// roomScales are the clinicians' scales of sedation and dissociation: each is
// asked where its wording is here. Others have pages of their own.
var roomScales = []string{"moaas", "dissociation", "cadss6", "cadss"}

func (h *house) scalesOf(ctx context.Context, q db.Q) ([]medicine.ScaleOf, error) {
	out := []medicine.ScaleOf{}
	all, err := h.measures.AllForRoom(ctx, q)
	for _, in := range all {
		if !slices.Contains(roomScales, in.ID) {
			continue
		}
		x := medicine.ScaleOf{Instrument: in.ID, Title: in.Title, Credit: in.Credit}
		for _, item := range in.Items {
			x.Questions = append(x.Questions, medicine.ScaleQuestion{ID: item.LinkID, Text: item.Text, Options: choices(item)})
		}
		out = append(out, x)
	}
	return out, err
}

func choices(item measures.ScaleItem) (out []rule.Option) {
	for _, c := range item.Choices {
		value := strconv.Itoa(c.Value)
		out = append(out, rule.Option{Value: value, Label: strings.TrimSuffix(value+": "+c.Text, ": ")})
	}
	if item.Range == nil {
		return out
	}
	for n := item.Range[0]; n <= item.Range[1]; n++ {
		out = append(out, rule.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
	}
	return out
}

// rated puts a clinician's scale of the room among the client's measures.
func (h *house) rated(ctx context.Context, tx *db.Tx, x medicine.Seat, e timeline.Entry) error {
	if e.Kind != timeline.Scale {
		return nil
	}
	return h.measures.FromRoom(ctx, tx, measures.RoomEntry{
		Client: x.Client, Session: x.Session, ID: e.ID, Supersedes: e.Supersedes, By: e.By, Taken: e.At(), Body: e.Body,
	})
}

// followed are events of the room that somebody follows up in any case, beside
// the symptoms of the protocol's list and an emergency.
var followed = []string{"fall", "emergence_reaction"}

// begins makes an adverse event, to be completed and followed up, of what the
// room noted: a symptom of the protocol's list, an event from those above, and
// an emergency that no symptom explains. Everything else stays on the timeline,
// and a clinician can make an event of it at the desk.
func (h *house) begins(ctx context.Context, tx *db.Tx, x medicine.Seat, e timeline.Entry) error {
	term, words, yes := noted(e)
	if !yes || e.Supersedes != "" {
		return nil
	}
	id, err := db.ParseID(e.ID)
	if err != nil {
		return err
	}
	_, err = h.adverse.Begin(ctx, tx, x.Session, id, term, words, e.At())
	return err
}

func noted(e timeline.Entry) (term, words string, yes bool) {
	switch e.Kind {
	case timeline.Symptom, timeline.Event:
		var b timeline.CodeBody
		if !e.Read(&b) || b.Over || b.Void || e.Kind == timeline.Event && !slices.Contains(followed, b.Code) {
			return "", "", false
		}
		if _, _, known := terms.Find(b.Code); !known {
			return "", strings.TrimSpace(strings.ReplaceAll(b.Code, "_", " ") + ". " + b.Words), true
		}
		return b.Code, b.Words, true
	case timeline.Red:
		var b timeline.RedBody
		if !e.Read(&b) || slices.ContainsFunc(b.Why, func(s string) bool { return strings.HasPrefix(s, "symptom: ") }) {
			return "", "", false
		}
		return "", "The room's emergency log was opened. " + strings.Join(b.Why, "; "), true
	}
	return "", "", false
}
