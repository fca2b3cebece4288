package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"held/care/consent"
	"held/care/medicine"
	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/protocol"
	"held/rules/readiness"
	"held/rules/timeline"
)

// lying is the client with the medicine sessions: one that has ended, and one in
// a group this evening, whose gate is open.
const lying = "yael"

// together are the others of this evening, in one group with the first: for one
// of them everything is settled, for the last all but the keys.
var together = []string{"odile", "bram"}

// rests lets somebody go the whole way to a medicine session, twice. Everything
// in it is invented, the figures too.
func (wr *writer) rests() {
	for _, who := range append([]string{lying}, together...) {
		wr.screensOne(who, -60, -57)
		wr.clears(who, -52, 90, medicineOfDemo)
		wr.signs(who, -39, consent.Treatment, consent.Telehealth, consent.Touch)
		wr.signs(who, -3, consent.Treatment)
		wr.on(wr.at(-30, 12, 0), func(ctx context.Context) error {
			return wr.People.Assign(wr.caring(ctx, wr.w.House.Person[0].Key), wr.clients[who], wr.staff["tome"].ID, access.Attendant)
		})
	}
	wr.past(wr.at(-22, 19, 0))
	wr.tonight()
}

// evening is a medicine session with what has become known of it.
type evening struct {
	wr      *writer
	who     string // whose it is
	what    string // as what it was booked
	session db.ID
	devices map[string]db.ID
	seq     map[string]int64
	ids     map[string]string // of entries that others speak of
}

func (wr *writer) evening(who, what string) *evening {
	return &evening{wr: wr, who: who, what: what, devices: map[string]db.ID{"tome": db.RandomID(), "leonor": db.RandomID(), "amadeu": db.RandomID()}, seq: map[string]int64{}, ids: map[string]string{}}
}

// books arranges it; the practice itself is not bound to its hours.
func (e *evening) books(ctx context.Context, start time.Time) error {
	wr := e.wr
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	return wr.Calendar.Write(by, func(tx *db.Tx) error {
		a, err := wr.Calendar.Book(by, tx, calendar.Booking{Offering: wr.offerings[e.what].ID, Client: wr.clients[e.who], Start: start, Zone: "Europe/Lisbon", ByStaff: true})
		e.session = a.ID
		return err
	})
}

// escorted: somebody was named, and says yes by their link.
func (e *evening) escorted(ctx context.Context) error {
	p, err := e.wr.People.Get(ctx, e.wr.DB.Reader(), e.wr.clients[e.who])
	if err != nil {
		return err
	}
	x, err := e.wr.Preparation.Session(ctx, e.wr.DB.Reader(), e.session)
	if err != nil {
		return err
	}
	if err := e.wr.namesEscort(ctx, p, x); err != nil {
		return err
	}
	return e.wr.escortSaysYes(ctx, p, x)
}

// ofTheDay: what the client answers, what is measured, what the prescriber says.
func (e *evening) ofTheDay(ctx context.Context) error {
	answers := map[string]string{}
	for _, no := range []string{"medication", "substances", "ill", "pregnant", "thoughts"} {
		answers[no] = preparation.No
	}
	for _, yes := range []string{"fasting", "holds", "slept", "escort", "willing"} {
		answers[yes] = preparation.Yes
	}
	p := e.wr.Preparation
	if err := p.Answer(e.wr.inSpace(ctx, e.who), e.session, preparation.Checkin{Kind: preparation.OnTheDay, Answers: answers}); err != nil {
		return err
	}
	v := preparation.Vitals{Systolic: 122, Diastolic: 76, Pulse: 68, Oxygen: 98, Breaths: 14, Sedation: "5", Warmth: "36.6", Age: 41}
	if err := p.Measure(e.wr.caring(ctx, "tome"), e.session, v, p.Now()); err != nil {
		return err
	}
	return p.Hold(e.wr.caring(ctx, "amadeu"), e.session, preparation.Hold{Kind: preparation.HoldNone})
}

// keys: both turn theirs, over the list as it stands.
func (e *evening) keys(ctx context.Context) error {
	for _, k := range []struct{ who, role string }{{"leonor", readiness.Guide}, {"amadeu", readiness.Prescriber}} {
		g, err := e.wr.Preparation.Gate(e.wr.caring(ctx, k.who), e.session)
		if err != nil {
			return err
		}
		if err := e.wr.Preparation.Attest(e.wr.caring(ctx, k.who), e.session, k.role, g.Digest()); err != nil {
			for _, c := range g.Conditions {
				if c.State != readiness.Met {
					err = fmt.Errorf("%w; %s is %s", err, c.Key, c.State)
				}
			}
			return err
		}
	}
	return nil
}

// tonight is a session that may begin: as far as the day still holds it.
func (wr *writer) tonight() {
	local := wr.now.In(wr.zone)
	y, m, d := local.Date()
	start := time.Date(y, m, d, 19, 30, 0, 0, wr.zone)
	if soon := wr.now.Add(20 * time.Minute).Truncate(15 * time.Minute).Add(15 * time.Minute); start.Before(soon) {
		start = soon
	}
	began := wr.now.Add(-75 * time.Minute)
	if began.In(wr.zone).Day() != d || start.Add(150*time.Minute).In(wr.zone).Day() != d {
		return // too close to midnight: nothing that is asked of the day would be of this one
	}
	for i, who := range append([]string{lying}, together...) {
		e := wr.evening(who, "medicine-together")
		wr.on(wr.at(-9, 12, 40+i), func(ctx context.Context) error { return e.books(ctx, start.UTC()) })
		wr.on(wr.at(-8, 18, 20+i), e.escorted)
		wr.on(began.Add(time.Duration(i)*time.Minute).UTC(), e.ofTheDay)
		if i < len(together) {
			wr.on(wr.now.Add(time.Duration(i-40)*time.Minute).UTC(), e.keys)
		}
		if who == lying {
			wr.on(wr.now.Add(-30*time.Minute).UTC(), e.ordered)
		}
	}
}

// ordered: the prescriber's order of the day, drawn up. The second person's look
// at it is left to whoever tries the demo.
func (e *evening) ordered(ctx context.Context) error {
	if err := e.wr.toward(ctx, e.who, e.wr.ordersFor); err != nil {
		return err
	}
	amount, err := protocol.ParseDecimal("1.035") // 51.75 mg at 50 mg in a millilitre
	if err != nil {
		return err
	}
	return e.wr.Orders.Draw(e.wr.caring(ctx, "tome"), e.session, e.wr.lot, amount)
}

// past is a session that was held, entered by three devices.
func (wr *writer) past(start time.Time) {
	e := wr.evening(lying, "medicine")
	wr.on(wr.at(-29, 12, 40), func(ctx context.Context) error { return e.books(ctx, start) })
	wr.on(wr.at(-28, 18, 20), e.escorted)
	wr.on(start.Add(-50*time.Minute), e.ofTheDay)
	wr.on(start.Add(-30*time.Minute), e.keys)
	wr.on(start.Add(-20*time.Minute), func(ctx context.Context) error {
		return wr.drawsUp(ctx, prepared{lying, e.session, wr.lot, "34", "0.68"})
	})
	wr.on(start.Add(-5*time.Minute), func(ctx context.Context) error {
		return wr.Medicine.Open(wr.caring(ctx, "tome"), e.session)
	})
	for _, w := range heldEvening {
		wr.on(start.Add(time.Duration(w.min*float64(time.Minute))), func(ctx context.Context) error { return e.enters(ctx, w) })
	}
	wr.on(start.Add(131*time.Minute), func(ctx context.Context) error { return wr.Medicine.Give(wr.caring(ctx, "leonor"), e.session) })
	wr.on(start.Add(140*time.Minute), e.goesHome)
}

// goesHome: the prescriber signs, over the conditions as they stand.
func (e *evening) goesHome(ctx context.Context) error {
	by := e.wr.caring(ctx, "amadeu")
	_, _, l, err := e.wr.Medicine.Leaving(by, e.wr.DB.Reader(), e.session)
	if err != nil {
		return err
	}
	return e.wr.Medicine.Discharge(by, e.session, l.Digest())
}

// entered is one thing that somebody entered, some minutes after the beginning.
type entered struct {
	min  float64
	who  string
	kind timeline.Kind
	body string
	as   string // a name for others to speak of it: "{name}" in a body
	of   string // what it corrects
}

// heldEvening is what happened: nothing in particular. Figures and words are
// invented.
var heldEvening = []entered{
	{0, "leonor", timeline.Present, `{"who":"Leonor","role":"guide","action":"arrived"}`, "", ""},
	{0.4, "tome", timeline.Present, `{"who":"Tomé","role":"attendant","action":"arrived"}`, "", ""},
	{2, "leonor", timeline.Touch, `{"asked":"A hand on the shoulder, if it is wanted?","answer":"yes"}`, "", ""},
	{4, "tome", timeline.Music, `{"action":"start","words":"Low strings, without words"}`, "", ""},
	{6, "amadeu", timeline.Dose, `{"medicine":"ketamine_im","route":"im","mg":34,"mg_per_kg":0.5,"lot":"DEMO-4471","checked_by":"Leonor"}`, "dose", ""},
	{8, "tome", timeline.Vitals, `{"systolic":124,"diastolic":78,"pulse":70,"oxygen":98,"breaths":14,"moaas":5,"dissociation":0,"nausea":0}`, "", ""},
	{16.5, "tome", timeline.Vitals, `{"systolic":152,"diastolic":88,"pulse":88,"oxygen":97,"breaths":14,"moaas":4,"dissociation":2,"nausea":0}`, "", ""},
	{19, "leonor", timeline.Said, `{"words":"It is wide, and somebody has left the light on for me."}`, "", ""},
	{26.5, "tome", timeline.Vitals, `{"systolic":183,"diastolic":98,"pulse":94,"oxygen":97,"breaths":15,"moaas":4,"dissociation":3,"nausea":0}`, "high", ""},
	{30, "tome", timeline.Vitals, `{"systolic":158,"diastolic":92,"pulse":90,"oxygen":97,"breaths":15,"moaas":4,"repeats":"{high}"}`, "", ""},
	{36, "leonor", timeline.Touch, `{"asked":"The hand again?","answer":"not_now"}`, "", ""},
	{41, "tome", timeline.Event, `{"code":"crying","words":"Quietly, and then laughing."}`, "", ""},
	{46.5, "tome", timeline.Vitals, `{"systolic":146,"diastolic":86,"pulse":58,"oxygen":97,"breaths":14,"moaas":5,"dissociation":1,"nausea":1}`, "slip", ""},
	{47.5, "tome", timeline.Vitals, `{"systolic":146,"diastolic":86,"pulse":85,"oxygen":97,"breaths":14,"moaas":5,"dissociation":1,"nausea":1,"note":"The pulse was typed wrongly."}`, "", "slip"},
	{52, "leonor", timeline.Said, `{"words":"Can it stay like this for a while."}`, "", ""},
	{66, "tome", timeline.Vitals, `{"systolic":134,"diastolic":80,"pulse":78,"oxygen":98,"breaths":14,"moaas":5,"dissociation":1,"nausea":0}`, "", ""},
	{80, "tome", timeline.Music, `{"action":"stop"}`, "", ""},
	{96, "tome", timeline.Vitals, `{"systolic":126,"diastolic":78,"pulse":72,"oxygen":98,"breaths":14,"moaas":5,"dissociation":0,"nausea":0}`, "", ""},
	{97, "tome", timeline.Phase, `{"to":"recovery"}`, "", ""},
	{112, "tome", timeline.Event, `{"code":"drinks","words":"Tea, and half a biscuit."}`, "", ""},
	{126, "tome", timeline.Vitals, `{"systolic":124,"diastolic":76,"pulse":70,"oxygen":98,"breaths":14,"moaas":5,"dissociation":0,"nausea":0}`, "", ""},
	{127, "tome", timeline.Scale, `{"instrument":"aldrete","answers":{"1":2,"2":2,"3":2,"4":2,"5":2}}`, "", ""},
	{128, "tome", timeline.Check, `{"item":"oriented","value":4}`, "", ""},
	{128.2, "tome", timeline.Check, `{"item":"walks","value":true}`, "", ""},
	{128.4, "tome", timeline.Check, `{"item":"fluids","value":true}`, "", ""},
	{128.6, "tome", timeline.Check, `{"item":"nausea_controlled","value":true}`, "", ""},
	{129, "tome", timeline.Check, `{"item":"intent","value":false}`, "", ""},
	{130, "tome", timeline.Check, `{"item":"instructions","value":true}`, "", ""},
	{132, "tome", timeline.Check, `{"item":"escort","value":"Juno"}`, "", ""},
}

// clocks are by how much the three devices are off: one enough to be said.
var clocks = map[string]time.Duration{"tome": 300 * time.Millisecond, "leonor": -8 * time.Second, "amadeu": 0}

func (e *evening) enters(ctx context.Context, w entered) error {
	id, now := db.RandomID().String(), e.wr.Medicine.Now()
	e.seq[w.who]++
	if w.as != "" {
		e.ids[w.as] = id
	}
	body := w.body
	for name, of := range e.ids {
		body = strings.ReplaceAll(body, "{"+name+"}", of)
	}
	at, offset := now.Add(clocks[w.who]).Truncate(time.Millisecond), -clocks[w.who].Milliseconds()
	kept, err := e.wr.Medicine.Add(e.wr.caring(ctx, w.who), e.session, medicine.Batch{Device: e.devices[w.who].String(), Sent: at, Entries: []timeline.Entry{{
		ID: id, Session: e.session.String(), Device: e.devices[w.who].String(), Seq: e.seq[w.who], Kind: w.kind, Taken: at, Entered: at, Offset: &offset, Supersedes: e.ids[w.of], Body: json.RawMessage(body),
	}}})
	if err == nil && len(kept.Refused) > 0 {
		err = fmt.Errorf("the demo's session: %s", kept.Refused[0].Why)
	}
	return err
}
