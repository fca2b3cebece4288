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
	l := &goodbye{d: d, c: c}
	for _, s := range c.Symptoms {
		if slices.Contains(d.Symptoms.Red, s) {
			l.red = append(l.red, "symptom: "+within(label(lists["symptoms"], s)))
			continue
		}
		l.stay("symptom: " + within(label(lists["symptoms"], s)))
	}
	if why := d.other(c); why != "" {
		l.stay(why)
	}
	if d.Symptoms.Red == nil {
		l.unset("symptoms.red")
	}
	l.time()
	l.mind()
	l.aldrete()
	l.pressure()
	l.air()
	l.also()
	switch {
	case len(l.red) > 0:
		return Result{Red, append(l.red, l.why...)}
	case len(l.why) > 0:
		return Result{Stay, l.why}
	}
	return Result{NeedsSignature, []string{"every criterion of the protocol is met; a prescriber signs, with the time"}}
}

type goodbye struct {
	d        *Document
	c        Case
	red, why []string
}

func (l *goodbye) stay(why string) {
	if !slices.Contains(l.why, why) {
		l.why = append(l.why, why)
	}
}

func (l *goodbye) unset(path string) { l.stay("the protocol does not say: " + path) }

// figure holds one figure against one of the protocol's.
func (l *goodbye) figure(path, name string, want *int, got Told[int], ok func(got, want int) bool, words string) {
	switch {
	case want == nil:
		l.unset(path)
	case !got.Known && l.c.AllOther:
	case !got.Known:
		l.stay("not answered: " + name)
	case !ok(got.Value, *want):
		l.stay(fmt.Sprintf("%s %d, %s %d", name, got.Value, words, *want))
	}
}

func (l *goodbye) least(path, name string, want *int, got Told[int]) {
	l.figure(path, name, want, got, func(got, want int) bool { return got >= want }, "and at least")
}

func (l *goodbye) most(path, name string, want *int, got Told[int]) {
	l.figure(path, name, want, got, func(got, want int) bool { return got <= want }, "and at most")
}

// time is never taken as given: how long somebody has been here is known.
func (l *goodbye) time() {
	all := l.c.AllOther
	l.c.AllOther = false
	l.least("observation.minimum_min", "minutes since the dose:", l.d.Observation.MinimumMin, l.c.Elapsed)
	l.c.AllOther = all
}

func (l *goodbye) mind() {
	d := l.d.Discharge
	l.least("discharge.sedation", "MOAA/S", d.Sedation, l.c.MOAAS)
	l.least("discharge.oriented", "oriented", d.Oriented, l.c.Oriented)
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
	l.least("discharge.aldrete", "modified Aldrete", d.Aldrete, sum)
	l.least("discharge.aldrete_item", "the least item of the Aldrete score", d.AldreteItem, item)
}

// pressure: below the limits, or falling and near the baseline, or accepted by
// the prescriber where the protocol has that.
func (l *goodbye) pressure() {
	d, c := l.d.Discharge, l.c
	if d.Systolic == nil || d.Diastolic == nil || d.BaselinePercent == nil || d.Accept == "" {
		l.unset("discharge.systolic, diastolic, baseline_percent, accept")
		return
	}
	if c.Repeat.Known {
		c.BP = c.Repeat
	}
	switch {
	case !c.BP.Known && c.AllOther:
	case !c.BP.Known:
		l.stay("not answered: blood pressure")
	case d.Systolic.Met(Whole(c.BP.Value[0])) && d.Diastolic.Met(Whole(c.BP.Value[1])):
	case c.BPFalling.Known && c.BPFalling.Value && c.Baseline.Known && near(c.BP.Value, c.Baseline.Value, *d.BaselinePercent):
	case d.Accept == "yes" && c.BPAgreed.Known && c.BPAgreed.Value:
	default:
		l.stay(fmt.Sprintf("blood pressure %s is not %s over %s, nor known to be falling and within %d %% of the baseline, nor accepted by the prescriber", c.BP.Value, d.Systolic, d.Diastolic, *d.BaselinePercent))
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
	switch {
	case d.Oxygen == nil:
		l.unset("discharge.oxygen")
	case !c.SpO2.Known && c.AllOther:
	case !c.SpO2.Known:
		l.stay("not answered: oxygen saturation")
	case d.Oxygen.Met(Whole(c.SpO2.Value)), c.SpO2Base.Known && c.SpO2.Value >= c.SpO2Base.Value:
	default:
		l.stay(fmt.Sprintf("oxygen saturation %d %%, and it should be %s %% or at the baseline", c.SpO2.Value, d.Oxygen))
	}
	l.least("discharge.pulse_from", "pulse", d.PulseFrom, c.HR)
	l.most("discharge.pulse_to", "pulse", d.PulseTo, c.HR)
	l.least("discharge.breathing_from", "breathing", d.BreathingFrom, c.RR)
	l.most("discharge.breathing_to", "breathing", d.BreathingTo, c.RR)
}

// also are the questions with yes and no.
func (l *goodbye) also() {
	c, all := l.c, l.d.Discharge.Also
	if len(all) == 0 {
		l.unset("discharge.also")
	}
	for _, key := range all {
		name := within(label(lists["leaving"], key))
		switch key {
		case "walks":
			l.yes(name, c.Walks)
		case "nausea":
			l.yes(name, c.Nausea)
		case "fluids":
			l.yes(name, c.Fluids)
		case "instructions":
			l.yes(name, c.Instructions)
		case "si_asked":
			l.yes(name, Told[bool]{c.Intent.Known, !c.Intent.Value})
		case "escort":
			l.escort(name)
		}
	}
}

func (l *goodbye) yes(name string, got Told[bool]) {
	switch {
	case !got.Known && l.c.AllOther:
	case !got.Known:
		l.stay("not answered: " + name)
	case !got.Value:
		l.stay("not so: " + name)
	}
}

func (l *goodbye) escort(name string) {
	got := l.c.Escort
	switch {
	case !got.Known && l.c.AllOther:
	case !got.Known || strings.TrimSpace(got.Value) == "":
		l.stay("not so: " + name)
	}
}
