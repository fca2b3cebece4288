package medicine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/protocol"
	"held/rules/timeline"
)

// Concomitant is what is known of somebody's other medicines, by the classes that
// the programme's form asks for: yes, no, or not answered.
type Concomitant struct {
	Class  string // as the form has it
	Answer string // "yes", "no", or "" for not answered
	Names  []string
	From   string // what it rests on, in words
}

// Answers to the form's questions.
const (
	answeredYes = "yes"
	answeredNo  = "no"
)

// RemsField is one field of the form: what it asks, what it is filled in with,
// and from what. Empty: not answered, and the prescriber fills it in.
type RemsField struct {
	Label, Value, From string
}

// RemsPart is a part of the form.
type RemsPart struct {
	Title  string
	Fields []RemsField
}

// Rems is the patient monitoring form of the Spravato REMS, as far as the
// session's own timeline fills it in. It is sent by nobody from here.
type Rems struct {
	Parts  []RemsPart
	Due    time.Time // when it is to have been submitted
	Record *Record
}

// rems is the medicine for which the programme asks for its form.
const rems = "esketamine"

// remsDays is within how many days of the session the form is submitted.
const remsDays = 7

// remsClasses are the form's, with the word under which Concomitant has them.
var remsClasses = []string{"Benzodiazepines", "Non-benzodiazepine sedative hypnotics", "Opioids", "Psychostimulants", "Monoamine oxidase inhibitors (MAOIs)"}

// Rems fills in the form for a session with esketamine.
func (s *Service) Rems(ctx context.Context, q db.Q, session db.ID) (*Rems, error) {
	r, err := s.Record(ctx, q, session)
	if err != nil {
		return nil, err
	}
	if r.Paper.Medicine.Code != rems {
		return nil, errNoRems
	}
	var taken []Concomitant
	if s.Concomitant != nil && access.Can(ctx, access.Read, access.Resource{Class: access.Chart, Subject: r.Client}) {
		if taken, err = s.Concomitant(ctx, q, r.Client); err != nil {
			return nil, err
		}
	}
	out := &Rems{Record: r, Parts: []RemsPart{remsTaken(taken), r.remsDose(), r.remsVitals(), r.remsEffects(), r.remsEvents()}}
	if at, given := r.given(); given {
		out.Due = at.AddDate(0, 0, remsDays)
	}
	return out, nil
}

func remsTaken(all []Concomitant) RemsPart {
	p := RemsPart{Title: "Concomitant medicines"}
	for _, class := range remsClasses {
		f := RemsField{Label: class, From: "nothing is known here about it"}
		if i := slices.IndexFunc(all, func(c Concomitant) bool { return c.Class == class }); i >= 0 {
			f.Value, f.From = joinParts(": ", []string{all[i].Answer, strings.Join(all[i].Names, ", ")}), all[i].From
		}
		p.Fields = append(p.Fields, f)
	}
	return p
}

// zone is the clock of the house in which the session was.
func (r *Record) zone() *time.Location { return zoneNamed(r.Paper.Practice.Zone) }

// doses are those that stand.
func (r *Record) doses() (out []timeline.Given) {
	return timeline.Timeline{Entries: r.Lines}.Doses()
}

// given is when the first dose was.
func (r *Record) given() (time.Time, bool) {
	return timeline.Timeline{Entries: r.Lines}.Dose()
}

func (r *Record) remsDose() RemsPart {
	p := RemsPart{Title: "Dose"}
	all := r.doses()
	var sum protocol.Decimal
	known := len(all) > 0
	var lots []string
	for _, d := range all {
		if d.MG == nil {
			known = false
		} else {
			sum += *d.MG
		}
		if d.Lot != "" && !slices.Contains(lots, d.Lot) {
			lots = append(lots, d.Lot)
		}
	}
	dose, kind := "", ""
	if known {
		dose, kind = sum.String()+" mg", "other"
		if sum == protocol.Whole(56) || sum == protocol.Whole(84) {
			kind = sum.String() + " mg"
		}
	}
	from := countWords(len(all), "dose entry that stands", "dose entries that stand") + " on the timeline"
	p.Fields = []RemsField{
		{"Dose: 56 mg, 84 mg, or other", kind, from}, {"Dose given in all", dose, from}, {"Lot", strings.Join(lots, ", "), from},
	}
	if at, given := r.given(); given {
		p.Fields = append(p.Fields, RemsField{"First device, at", at.In(r.zone()).Format("2 January 2006, 15:04 MST"), "the first dose entry"})
	} else {
		p.Fields = append(p.Fields, RemsField{Label: "First device, at", From: "no dose stands on the timeline"})
	}
	return p
}

func countWords(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n) + " " + many
}

func (r *Record) remsVitals() RemsPart {
	p := RemsPart{Title: "Monitoring"}
	at, given := r.given()
	total := RemsField{Label: "Total monitoring, minutes (first device to the end)", From: "no dose, or no end, stands on the timeline"}
	if given && !r.Paper.Ended.IsZero() {
		total.Value, total.From = minutesBetween(at, r.Paper.Ended), "the first dose entry and the end of the session"
	}
	before, peak, last := r.pressures(at, given)
	ready := RemsField{Label: "Minutes until ready to leave", From: "nobody noted when the person was ready"}
	if t, there := r.left(); given && there {
		ready.Value, ready.From = minutesBetween(at, t), "the first dose entry and the entry with which the session ended"
	}
	p.Fields = []RemsField{
		total,
		r.pressureField("Blood pressure before the dose", before, "the last reading before the dose"),
		r.pressureField("Blood pressure at about 40 minutes", peak, "the reading nearest to 40 minutes, between 30 and 50"),
		r.pressureField("Blood pressure before completion", last, "the last reading after the dose"),
		{"Vitals acceptable before the dose", "", "the prescriber answers it; Held judges nobody's vitals for the programme"},
		{"Vitals acceptable at the end", "", "the prescriber answers it; Held judges nobody's vitals for the programme"},
		ready,
	}
	return p
}

func minutesBetween(from, until time.Time) string {
	return fmt.Sprint(int(until.Sub(from) / time.Minute))
}

// left is when the session ended with the person going home.
func (r *Record) left() (time.Time, bool) {
	for _, l := range r.standing(timeline.Phase) {
		var b timeline.PhaseBody
		if l.Read(&b) && b.To == timeline.Ended {
			return l.At, true
		}
	}
	return time.Time{}, false
}

// pressures are the readings that the form asks for; nil: none was taken.
func (r *Record) pressures(dose time.Time, given bool) (before, peak, last *timeline.Reading) {
	all := timeline.Timeline{Entries: r.Lines}.Vitals()
	for i := range all {
		x := &all[i]
		if !x.BP().Known || !given {
			continue
		}
		if x.At.Before(dose) {
			before = x
			continue
		}
		last = x
		away := (x.At.Sub(dose) - 40*time.Minute).Abs()
		if away <= 10*time.Minute && (peak == nil || away < (peak.At.Sub(dose)-40*time.Minute).Abs()) {
			peak = x
		}
	}
	return before, peak, last
}

func (r *Record) pressureField(name string, x *timeline.Reading, from string) RemsField {
	if x == nil {
		return RemsField{Label: name, From: "no such reading stands on the timeline"}
	}
	return RemsField{name, x.BP().Value.String() + " mmHg, " + x.At.In(r.zone()).Format("15:04 MST"), from}
}

// remsEffects are sedation and dissociation: that they were there, and how long
// until a later reading no longer had them.
func (r *Record) remsEffects() RemsPart {
	return RemsPart{Title: "Sedation and dissociation", Fields: slices.Concat(
		r.effect("Sedation", "MOAA/S", func(b timeline.Reading) (is, known bool) { return b.MOAAS != nil && *b.MOAAS < 5, b.MOAAS != nil }),
		r.effect("Dissociation", "the scale of 0 to 3", func(b timeline.Reading) (is, known bool) {
			return b.Dissociation != nil && *b.Dissociation > 0, b.Dissociation != nil
		}),
	)}
}

func (r *Record) effect(name, scale string, of func(timeline.Reading) (is, known bool)) []RemsField {
	occurred := RemsField{Label: name + " occurred", From: "no reading after the dose has " + scale}
	resolved := RemsField{Label: name + ": minutes from the first device to resolution", From: "no later reading says so"}
	at, given := r.given()
	if !given {
		return []RemsField{occurred, resolved}
	}
	was := false
	for _, x := range (timeline.Timeline{Entries: r.Lines}).Vitals() {
		is, known := of(x)
		if !known || x.At.Before(at) {
			continue
		}
		switch {
		case is:
			was = true
			occurred.Value, occurred.From = answeredYes, scale+" of the readings after the dose"
			resolved = RemsField{Label: resolved.Label, From: "no later reading says so"}
		case !was:
			occurred.Value, occurred.From = answeredNo, scale+" of the readings after the dose"
		case resolved.Value == "":
			resolved.Value, resolved.From = minutesBetween(at, x.At), "the first reading in which "+scale+" no longer had it"
		}
	}
	if !was && occurred.Value == answeredNo {
		resolved.From = "it did not occur in any reading"
	}
	return []RemsField{occurred, resolved}
}

// remsEvents lists what was noted. Whether one of them is serious is a clinician's
// answer, and stands with the adverse event.
func (r *Record) remsEvents() RemsPart {
	var noted []string
	for _, l := range r.standing(timeline.Event, timeline.Symptom, timeline.Red) {
		noted = append(noted, r.Says(l))
	}
	f := RemsField{"Events and symptoms that were noted", strings.Join(noted, "; "), "the timeline"}
	if len(noted) == 0 {
		f.From = "none stands on the timeline"
	}
	return RemsPart{Title: "Adverse events", Fields: []RemsField{
		f, {"Serious adverse event", "", "the prescriber answers it; what was written down as an adverse event stands on the client's page"},
	}}
}

// text is the form as it is copied: one line for each field.
func (x *Rems) text() string {
	var b strings.Builder
	for _, p := range x.Parts {
		b.WriteString(p.Title + "\n")
		for _, f := range p.Fields {
			b.WriteString("  " + f.Label + ": " + f.shown() + "\n")
		}
	}
	return b.String()
}

func (f RemsField) shown() string {
	if f.Value == "" {
		return "not answered"
	}
	return f.Value
}
