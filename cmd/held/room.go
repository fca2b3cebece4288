package main

import (
	"context"
	"slices"
	"strings"

	"held/care/medicine"
	"held/internal/db"
	"held/internal/ui"
	"held/practice/calendar"
	"held/rules/questionnaire"
)

// openRooms makes the medicine rooms.
func (h *house) openRooms() {
	h.medicine = &medicine.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Calendar: h.calendar, Protocol: h.protocol, Preparation: h.preparation, Now: h.now,
		Letters: h.letters, Alerts: h.alerts, Still: h.sessions.Still, Prefer: h.preferences,
	}
	h.medicine.RegisterLetters()
	h.preparation.Arrived = h.medicine.EscortHere
}

// preferences are what a client said about touch, voices and music, as far as
// their form says that the whole care team sees it.
func (h *house) preferences(ctx context.Context, q db.Q, client db.ID) ([]medicine.Preference, error) {
	out := []medicine.Preference{}
	sent, err := h.forms.Latest(h.system(ctx), q, client, "preferences") // who asks was asked whether they may
	if err != nil || sent == nil {
		return out, err
	}
	for _, group := range sent.Form.Questionnaire.Item {
		for _, i := range group.Item {
			all := sent.Answers[questionnaire.Key{LinkID: i.LinkID}]
			if len(all) == 0 || i.Seen() != questionnaire.Team {
				continue
			}
			var words []string
			for _, a := range all {
				words = append(words, a.Words())
			}
			out = append(out, medicine.Preference{Topic: group.LinkID, Asked: i.Text, Words: strings.Join(words, "; ")})
		}
	}
	return out, nil
}

// beside is where an appointment's page leads: to its readiness and course, and
// to its room and its record.
func (h *house) beside(ctx context.Context, a calendar.Appointment) ([]ui.Link, error) {
	links, err := h.preparation.Links(ctx, a)
	if err != nil {
		return nil, err
	}
	room, err := h.medicine.Links(ctx, a)
	if err != nil {
		return nil, err
	}
	record, err := h.medicine.RecordLinks(ctx, a.ID, a.Client)
	return slices.Concat(links, room, record), err
}

// besideAll leads from a group at the desk to what is done with all of it.
func (h *house) besideAll(ctx context.Context, all []calendar.Appointment) ([]ui.Link, error) {
	return h.medicine.GroupLinks(ctx, all)
}
