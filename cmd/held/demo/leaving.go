package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"held/care/medicine"
	"held/care/preparation"
	"held/internal/db"
	"held/practice/calendar"
	"held/rules/readiness"
	"held/rules/timeline"
)

// textOfTheHouse is what people take home here. It is invented, as everything.
const textOfTheHouse = `DEMO. This is the invented practice’s text.
Please go home with the person who came for you, and let somebody be near until tomorrow.
Please do not drive, and use no machines, before tomorrow, and then only after a night of restful sleep.
Please sign nothing and decide nothing today that binds you.
Drink and eat when you feel like it. No alcohol today.
If something troubles you, call us within our hours. If it cannot wait, the numbers below answer at any hour.`

// pastSession: one client has had a medicine session, from the gate to coming
// home, by the way that everybody goes.
func (wr *writer) pastSession() {
	wr.on(wr.at(-61, 9, 40), func(ctx context.Context) error {
		return wr.Medicine.WriteAfterCare(wr.as(ctx, "leonor"), medicineOfDemo, "2", textOfTheHouse)
	})
	const client = "ilan"
	wr.on(wr.at(-22, 11, 10), func(ctx context.Context) error {
		o := wr.offerings["medicine"]
		by := wr.as(ctx, "leonor")
		start, err := wr.nearest(by, o, wr.at(-15, 10, 0))
		if err != nil {
			return err
		}
		p, err := wr.People.Get(ctx, wr.DB.Reader(), wr.clients[client])
		if err != nil {
			return err
		}
		var a calendar.Appointment
		err = wr.Calendar.Write(by, func(tx *db.Tx) (err error) {
			a, err = wr.Calendar.Book(by, tx, calendar.Booking{Offering: o.ID, Client: p.ID, Start: start, Zone: p.Zone, ByStaff: true})
			return err
		})
		wr.goesThrough(homecoming{writer: wr, id: a.ID, client: client, start: start, of: prepared{client, a.ID, wr.lot, "34", "0.68"}})
		return err
	})
}

// moment is something that happens some minutes after a session's start.
type moment struct {
	minutes int
	do      func(ctx context.Context) error
}

// goesThrough is the session itself, minute by minute: the way there, the room,
// and going home.
func (wr *writer) goesThrough(r homecoming) {
	during := r.during()
	if r.of.lot == wr.sprays {
		during = r.sprayed()
	}
	for _, m := range slices.Concat(r.before(), during, r.home(), r.seals()) {
		wr.on(r.start.Add(time.Duration(m.minutes)*time.Minute), m.do)
	}
}

// homecoming is a session that was held, up to the door.
type homecoming struct {
	*writer
	id     db.ID
	client string
	start  time.Time
	of     prepared
}

type act = func(ctx context.Context) error

func (r homecoming) own(do act) act {
	return func(ctx context.Context) error { return do(r.writer.client(ctx, r.client)) }
}

func (r homecoming) prescriber(do act) act {
	return func(ctx context.Context) error { return do(r.caring(ctx, "amadeu")) }
}

func (r homecoming) guide(do act) act {
	return func(ctx context.Context) error { return do(r.caring(ctx, "leonor")) }
}

func (r homecoming) turns(role string) act {
	return func(ctx context.Context) error {
		g, err := r.Preparation.Gate(ctx, r.id)
		if err != nil {
			return err
		}
		return r.Preparation.Attest(ctx, r.id, role, g.Digest())
	}
}

// escort gives the escort's own way in.
func (r homecoming) escort(ctx context.Context) (token string, err error) {
	own := r.writer.client(ctx, r.client)
	x, err := r.Preparation.Session(own, r.DB.Reader(), r.id)
	if err != nil {
		return "", err
	}
	e, err := r.Preparation.EscortOf(own, x)
	link := r.Preparation.EscortLink(own, e.ID)
	return link[strings.LastIndex(link, "/")+1:], err
}

func (r homecoming) before() []moment {
	p := r.Preparation
	return []moment{
		{-5000, r.own(func(ctx context.Context) error {
			return p.NameEscort(ctx, r.id, preparation.Escort{Name: "Nour", Contact: r.client + ".nour@example.org", Known: r.named(r.client)})
		})},
		{-4700, func(ctx context.Context) error {
			token, err := r.escort(ctx)
			if err != nil {
				return err
			}
			return p.AnswerEscort(r.visitor(ctx), token, true)
		}},
		{-2900, r.prescriber(func(ctx context.Context) error {
			return p.Hold(ctx, r.id, preparation.Hold{Kind: preparation.HoldNone})
		})},
		{-900, r.own(func(ctx context.Context) error {
			return r.Medicine.OwnWords(ctx, r.id, "That the water was warm. And to eat something.", "Nour, who lives upstairs.")
		})},
		{-120, r.own(func(ctx context.Context) error {
			fine := map[string]string{"fasting": "yes", "holds": "yes", "medication": "no", "substances": "no", "ill": "no", "slept": "yes", "pregnant": "no", "thoughts": "no", "escort": "yes", "willing": "yes"}
			return p.Answer(ctx, r.id, preparation.Checkin{Kind: preparation.OnTheDay, Answers: fine})
		})},
		{-40, r.prescriber(func(ctx context.Context) error {
			v := preparation.Vitals{Systolic: 124, Diastolic: 78, Pulse: 70, Oxygen: 98, Breaths: 14, Sedation: "5", Warmth: "36.5", Age: 52}
			return p.Measure(ctx, r.id, v, r.start.Add(-40*time.Minute))
		})},
		{-25, r.guide(r.turns(readiness.Guide))},
		{-20, r.prescriber(r.turns(readiness.Prescriber))},
		{-12, func(ctx context.Context) error { return r.drawsUp(ctx, r.of) }},
		{-5, r.guide(func(ctx context.Context) error { return r.Medicine.Open(ctx, r.id) })},
	}
}

// reads is one reading: systolic, diastolic, pulse, oxygen, breaths, MOAA/S,
// dissociation, nausea.
func (r homecoming) reads(v [8]int) act {
	return r.prescriber(func(ctx context.Context) error {
		return r.Medicine.Read(ctx, r.id, timeline.VitalsBody{
			Systolic: &v[0], Diastolic: &v[1], Pulse: &v[2], Oxygen: &v[3], Breaths: &v[4], MOAAS: &v[5], Dissociation: &v[6], Nausea: &v[7],
		})
	})
}

func (r homecoming) answers(item string, value any, words string) act {
	return r.prescriber(func(ctx context.Context) error { return r.Medicine.Answer(ctx, r.id, item, value, words) })
}

// taps is an entry from the room's tablet.
func (r homecoming) taps(seq int64, kind timeline.Kind, body string) act {
	return r.prescriber(func(ctx context.Context) error {
		now, none := r.Medicine.Now(), int64(0)
		device := r.id // one tablet, which has a name of its own in each session
		e := timeline.Entry{ID: db.NewID().String(), Session: r.id.String(), Device: device.String(), Seq: seq, Kind: kind, Taken: now, Entered: now, Offset: &none, Body: json.RawMessage(body)}
		kept, err := r.Medicine.Add(ctx, r.id, medicine.Batch{Device: device.String(), Sent: now, Entries: []timeline.Entry{e}})
		if err == nil && len(kept.Refused) > 0 {
			err = fmt.Errorf("the room of the demo refuses: %s", kept.Refused[0].Why)
		}
		return err
	})
}

func (r homecoming) during() []moment {
	return []moment{
		{4, r.taps(1, timeline.Dose, `{"medicine":"ketamine_im","route":"im","mg":34}`)},
		{9, r.taps(2, timeline.Music, `{"action":"start","words":"The long one with the cello"}`)},
		{14, r.reads([8]int{134, 84, 78, 97, 14, 3, 2, 0})},
		{24, r.reads([8]int{138, 86, 80, 97, 13, 3, 3, 0})},
		{31, r.taps(3, timeline.Said, `{"words":"The water is warm."}`)},
		{36, r.taps(4, timeline.Said, `{"words":"My brother is standing at the door."}`)},
		{38, r.taps(5, timeline.Touch, `{"asked":"A hand on the shoulder?","answer":"yes"}`)},
		{52, r.taps(6, timeline.Event, `{"code":"crying","words":"quietly, for some minutes"}`)},
		{44, r.reads([8]int{134, 84, 76, 97, 14, 4, 2, 1})},
		{64, r.reads([8]int{130, 82, 74, 98, 14, 5, 1, 0})},
		{94, r.reads([8]int{128, 80, 72, 98, 14, 5, 0, 0})},
	}
}

func (r homecoming) home() []moment {
	m := r.Medicine
	return []moment{
		{100, r.prescriber(func(ctx context.Context) error { return m.Recover(ctx, r.id) })},
		{112, r.answers("walks", true, "")},
		{113, r.answers("fluids", true, "")},
		{114, r.answers("nausea_controlled", true, "")},
		{115, r.answers("oriented", 4, "")},
		{116, r.answers("intent", false, "")},
		{118, r.guide(func(ctx context.Context) error { return m.Give(ctx, r.id) })},
		{119, r.answers("instructions", true, "the sheet, gone through together")},
		{121, func(ctx context.Context) error {
			token, err := r.escort(ctx)
			if err != nil {
				return err
			}
			return r.Preparation.Arrive(r.visitor(ctx), token)
		}},
		{124, r.reads([8]int{126, 80, 70, 98, 14, 5, 0, 0})},
		{126, r.prescriber(func(ctx context.Context) error {
			return m.Score(ctx, r.id, map[string]int{"1": 2, "2": 2, "3": 2, "4": 2, "5": 2})
		})},
		{128, r.prescriber(func(ctx context.Context) error {
			_, _, l, err := m.Leaving(ctx, r.DB.Reader(), r.id)
			if err != nil {
				return err
			}
			return m.Discharge(ctx, r.id, l.Digest())
		})},
		{135, r.guide(func(ctx context.Context) error { return m.Went(ctx, r.id, "Nour", time.Time{}) })},
	}
}
