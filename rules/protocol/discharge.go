package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// leaving asks everything that must be true before somebody goes. One that is
// false, or that nobody has answered, keeps them here; a red symptom is an
// alarm. When all is true, a prescriber's signature is still missing.
func (d *Document) leaving(c Case) Result {
	var red, why []string
	for _, x := range d.Conditions(c) {
		red = append(red, x.red...)
		for _, w := range x.Why {
			if !slices.Contains(why, w) {
				why = append(why, w)
			}
		}
	}
	switch {
	case len(red) > 0:
		return Result{Red, append(red, why...)}
	case len(why) > 0:
		return Result{Stay, why}
	}
	return Result{NeedsSignature, []string{"every criterion of the protocol is met; a prescriber signs, with the time"}}
}

// Standing is how one condition of a discharge stands.
type Standing string

// The standings. Not answered is none of the others.
const (
	Met         Standing = "met"
	NotMet      Standing = "not met"
	NotAnswered Standing = "not answered"
	NotSaid     Standing = "the protocol does not say"
)

// Condition is one thing that must be true before somebody goes.
type Condition struct {
	Key   string   // of a list that stays: see the Cond constants
	Name  string   // with the protocol's own figure, as a clinician reads it
	State Standing // the worst of what is asked under it
	Why   []string // what keeps somebody here; nothing when it is met
	red   []string
}

// The conditions' keys. Those of the list "leaving" are the list's own.
const (
	CondSymptoms     = "symptoms"
	CondTime         = "time"
	CondSedation     = "sedation"
	CondOriented     = "oriented"
	CondDissociation = "dissociation"
	CondAldrete      = "aldrete"
	CondPressure     = "pressure"
	CondOxygen       = "oxygen"
	CondPulse        = "pulse"
	CondBreathing    = "breathing"
	CondWalks        = "walks"
	CondNausea       = "nausea"
	CondFluids       = "fluids"
	CondIntent       = "si_asked"
	CondEscort       = "escort"
	CondInstructions = "instructions"
)

// Conditions are all of them one by one, in the order of the document, as they
// stand in a case. Evaluate reads nothing else.
func (d *Document) Conditions(c Case) []Condition {
	l := &goodbye{d: d, c: c}
	l.symptoms()
	l.time()
	l.mind()
	l.aldrete()
	l.pressure()
	l.air()
	l.also()
	return l.all
}

type goodbye struct {
	d   *Document
	c   Case
	all []Condition
}

// ask begins a condition; what keeps somebody here is added to the last begun.
func (l *goodbye) ask(key, name string) {
	l.all = append(l.all, Condition{Key: key, Name: name, State: Met})
}

var standings = []Standing{Met, NotAnswered, NotMet, NotSaid}

func (l *goodbye) stay(as Standing, why string) {
	x := &l.all[len(l.all)-1]
	if slices.Index(standings, as) > slices.Index(standings, x.State) {
		x.State = as
	}
	if !slices.Contains(x.Why, why) {
		x.Why = append(x.Why, why)
	}
}

func (l *goodbye) unset(path string) { l.stay(NotSaid, "the protocol does not say: "+path) }

func (l *goodbye) symptoms() {
	l.ask(CondSymptoms, "No symptom is open")
	for _, s := range l.c.Symptoms {
		why := "symptom: " + within(label(lists["symptoms"], s))
		if slices.Contains(l.d.Symptoms.Red, s) {
			x := &l.all[len(l.all)-1]
			x.State, x.red = NotMet, append(x.red, why)
			continue
		}
		l.stay(NotMet, why)
	}
	if why := l.d.other(l.c); why != "" {
		l.stay(NotMet, why)
	}
	if l.d.Symptoms.Red == nil {
		l.unset("symptoms.red")
	}
}

// figure holds one figure against one of the protocol's.
func (l *goodbye) figure(path, name string, want *int, got Told[int], ok func(got, want int) bool, words string) {
	switch {
	case want == nil:
		l.unset(path)
	case !got.Known && l.c.AllOther:
	case !got.Known:
		l.stay(NotAnswered, "not answered: "+name)
	case !ok(got.Value, *want):
		l.stay(NotMet, fmt.Sprintf("%s %d, %s %d", name, got.Value, words, *want))
	}
}

func (l *goodbye) least(path, name string, want *int, got Told[int]) {
	l.figure(path, name, want, got, func(got, want int) bool { return got >= want }, "and at least")
}

func (l *goodbye) most(path, name string, want *int, got Told[int]) {
	l.figure(path, name, want, got, func(got, want int) bool { return got <= want }, "and at most")
}

// said is a figure of the protocol in a condition's name.
func said(n *int) string {
	if n == nil {
		return "(not set)"
	}
	return fmt.Sprint(*n)
}

// time is never taken as given: how long somebody has been here is known.
func (l *goodbye) time() {
	all := l.c.AllOther
	l.c.AllOther = false
	l.ask(CondTime, "At least "+said(l.d.Observation.MinimumMin)+" minutes since the dose")
	l.least("observation.minimum_min", "minutes since the dose:", l.d.Observation.MinimumMin, l.c.Elapsed)
	l.c.AllOther = all
}

func (l *goodbye) mind() {
	d := l.d.Discharge
	l.ask(CondSedation, "Sedation, MOAA/S: at least "+said(d.Sedation))
	l.least("discharge.sedation", "MOAA/S", d.Sedation, l.c.MOAAS)
	l.ask(CondOriented, "Oriented: at least "+said(d.Oriented)+" of 4")
	l.least("discharge.oriented", "oriented", d.Oriented, l.c.Oriented)
	l.ask(CondDissociation, "Dissociation: at most "+said(d.Dissociation))
	l.most("discharge.dissociation", "dissociation", d.Dissociation, l.c.Dissociation)
}

func (l *goodbye) aldrete() {
	d, got := l.d.Discharge, l.c.Aldrete
	sum, item := Told[int]{Known: got.Known}, Told[int]{Known: got.Known}
	if got.Known && len(got.Value) > 0 {
		item.Value = slices.Min(got.Value)
		for _, n := range got.Value {
			sum.Value += n
		}
	}
	l.ask(CondAldrete, "Modified Aldrete: at least "+said(d.Aldrete)+", each item at least "+said(d.AldreteItem))
	l.least("discharge.aldrete", "modified Aldrete", d.Aldrete, sum)
	l.least("discharge.aldrete_item", "the least item of the Aldrete score", d.AldreteItem, item)
}

// pressure: below the limits, or falling and near the baseline, or accepted by
// the prescriber where the protocol has that.
func (l *goodbye) pressure() {
	d, c := l.d.Discharge, l.c
	l.ask(CondPressure, "Blood pressure")
	if d.Systolic == nil || d.Diastolic == nil || d.BaselinePercent == nil || d.Accept == "" {
		l.unset("discharge.systolic, diastolic, baseline_percent, accept")
		return
	}
	x := &l.all[len(l.all)-1]
	x.Name = fmt.Sprintf("Blood pressure %s over %s, or falling and within %d %% of the baseline", d.Systolic, d.Diastolic, *d.BaselinePercent)
	if d.Accept == "yes" {
		x.Name += ", or accepted by the prescriber"
	}
	if c.Repeat.Known {
		c.BP = c.Repeat
	}
	switch {
	case !c.BP.Known && c.AllOther:
	case !c.BP.Known:
		l.stay(NotAnswered, "not answered: blood pressure")
	case d.Systolic.Met(Whole(c.BP.Value[0])) && d.Diastolic.Met(Whole(c.BP.Value[1])):
	case c.BPFalling.Known && c.BPFalling.Value && c.Baseline.Known && near(c.BP.Value, c.Baseline.Value, *d.BaselinePercent):
	case d.Accept == "yes" && c.BPAgreed.Known && c.BPAgreed.Value:
	default:
		l.stay(NotMet, fmt.Sprintf("blood pressure %s is not %s over %s, nor known to be falling and within %d %% of the baseline, nor accepted by the prescriber", c.BP.Value, d.Systolic, d.Diastolic, *d.BaselinePercent))
	}
}

// near: both figures within a part of the baseline, in whole numbers.
func near(now, base BP, percent int) bool {
	for i := range now {
		if apart := (now[i] - base[i]) * 100; apart > percent*base[i] || apart < -percent*base[i] {
			return false
		}
	}
	return true
}

func (l *goodbye) air() {
	d, c := l.d.Discharge, l.c
	l.ask(CondOxygen, "Oxygen saturation (room air)")
	if d.Oxygen != nil {
		l.all[len(l.all)-1].Name = fmt.Sprintf("Oxygen saturation %s %% (room air), or at the baseline", d.Oxygen)
	}
	switch {
	case d.Oxygen == nil:
		l.unset("discharge.oxygen")
	case !c.SpO2.Known && c.AllOther:
	case !c.SpO2.Known:
		l.stay(NotAnswered, "not answered: oxygen saturation")
	case d.Oxygen.Met(Whole(c.SpO2.Value)), c.SpO2Base.Known && c.SpO2.Value >= c.SpO2Base.Value:
	default:
		l.stay(NotMet, fmt.Sprintf("oxygen saturation %d %%, and it should be %s %% or at the baseline", c.SpO2.Value, d.Oxygen))
	}
	l.ask(CondPulse, "Pulse "+said(d.PulseFrom)+" to "+said(d.PulseTo))
	l.least("discharge.pulse_from", "pulse", d.PulseFrom, c.HR)
	l.most("discharge.pulse_to", "pulse", d.PulseTo, c.HR)
	l.ask(CondBreathing, "Breathing "+said(d.BreathingFrom)+" to "+said(d.BreathingTo))
	l.least("discharge.breathing_from", "breathing", d.BreathingFrom, c.RR)
	l.most("discharge.breathing_to", "breathing", d.BreathingTo, c.RR)
}

// also are the questions with yes and no.
func (l *goodbye) also() {
	c, all := l.c, l.d.Discharge.Also
	if len(all) == 0 {
		l.ask("also", "What is asked besides")
		l.unset("discharge.also")
	}
	for _, key := range all {
		l.ask(key, label(lists["leaving"], key))
		name := within(label(lists["leaving"], key))
		switch key {
		case CondWalks:
			l.yes(name, c.Walks)
		case CondNausea:
			l.yes(name, c.Nausea)
		case CondFluids:
			l.yes(name, c.Fluids)
		case CondInstructions:
			l.yes(name, c.Instructions)
		case CondIntent:
			l.yes(name, Told[bool]{c.Intent.Known, !c.Intent.Value})
		case CondEscort:
			l.escort(name)
		}
	}
}

func (l *goodbye) yes(name string, got Told[bool]) {
	switch {
	case !got.Known && l.c.AllOther:
	case !got.Known:
		l.stay(NotAnswered, "not answered: "+name)
	case !got.Value:
		l.stay(NotMet, "not so: "+name)
	}
}

func (l *goodbye) escort(name string) {
	got := l.c.Escort
	switch {
	case !got.Known && l.c.AllOther:
	case !got.Known:
		l.stay(NotAnswered, "not so: "+name)
	case strings.TrimSpace(got.Value) == "":
		l.stay(NotMet, "not so: "+name)
	}
}

// SymptomName is a symptom of the list in words; its code where it is none.
func SymptomName(code string) string {
	if name := label(lists["symptoms"], code); name != "" {
		return name
	}
	return code
}
