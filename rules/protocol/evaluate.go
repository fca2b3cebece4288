package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// Result is what follows for one case, and every reason for it: the gravest
// first.
type Result struct {
	Result string   `json:"result"`
	Why    []string `json:"why"`
}

// The results. There is none that clears: where nothing speaks against it, a
// prescriber's signature is what is missing.
const (
	OK             = "ok"
	Review         = "review"
	Hold           = "hold"
	HoldNoOverride = "hold_no_override"
	Amber          = "amber"
	Red            = "red"
	NotCleared     = "not_cleared"
	Stay           = "stay"
	Block          = "block"
	NeedsSignature = "needs_prescriber_signature"
)

// finding is one reason with its weight.
type finding struct {
	weight int
	result string
	why    string
}

// The weights, one order for before and one for during. Something missing
// weighs more than a hold, which a prescriber may override with a reason:
// nobody overrides what nobody knows. During a session an alarm is acted on,
// whatever else is missing.
var weights = map[phase]map[string]int{
	before: {OK: 0, Review: 1, Hold: 2, NotCleared: 3, HoldNoOverride: 4, Red: 5},
	during: {OK: 0, NotCleared: 1, Amber: 2, Red: 3},
}

var resultOf = map[phase]map[level]string{
	before: {mild: Review, grave: Hold, final: HoldNoOverride},
	during: {mild: Amber, grave: Red},
}

// Evaluate reads one case by the document.
func (d *Document) Evaluate(c Case) Result {
	switch c.Phase {
	case PhaseBefore:
		return d.reading(c, before)
	case PhaseDuring:
		return d.reading(c, during)
	case PhaseDischarge:
		return d.leaving(c)
	}
	return d.eligible(c)
}

// other tells that a case is about another medicine than the protocol.
func (d *Document) other(c Case) string {
	if c.Product == "" || c.Product == d.Medicine {
		return ""
	}
	return fmt.Sprintf("this protocol is for %s; the case is %s", d.Medicine.Name(), c.Product.Name())
}

// reading weighs every sign by itself; the worst single one decides.
func (d *Document) reading(c Case, p phase) Result {
	r := &weighing{d: d, c: c, phase: p}
	if why := d.other(c); why != "" {
		r.add(NotCleared, why)
	}
	r.symptoms()
	r.mandatory()
	older := d.Bands.OlderFrom != nil && c.Age.Known && c.Age.Value >= *d.Bands.OlderFrom
	if p == before && d.Bands.OlderFrom != nil && !c.Age.Known {
		r.add(NotCleared, "the age is not known, and limits depend on it")
	}
	signs := d.signs(older)
	if p == during && d.Bands.OlderFrom != nil && !c.Age.Known {
		signs = append(signs, d.signs(true)[:3]...) // whichever is the stricter
	}
	for _, s := range signs {
		r.sign(s)
	}
	return r.result()
}

type weighing struct {
	d     *Document
	c     Case
	phase phase
	all   []finding
}

func (r *weighing) add(result, why string) {
	if !slices.ContainsFunc(r.all, func(f finding) bool { return f.why == why }) {
		r.all = append(r.all, finding{weights[r.phase][result], result, why})
	}
}

func (r *weighing) result() Result {
	slices.SortStableFunc(r.all, func(a, b finding) int { return b.weight - a.weight })
	out := Result{Result: OK, Why: []string{}}
	for i, f := range r.all {
		if i == 0 {
			out.Result = f.result
		}
		out.Why = append(out.Why, f.why)
	}
	return out
}

// symptoms: one that the protocol calls red is red, whatever else is known; one
// that it does not is looked at.
func (r *weighing) symptoms() {
	for _, s := range r.c.Symptoms {
		result := Red
		if !slices.Contains(r.d.Symptoms.Red, s) {
			if result = Amber; r.phase == before {
				result = Review
			}
		}
		r.add(result, "symptom: "+within(label(lists["symptoms"], s)))
	}
}

// within is a label in the middle of a sentence: only its beginning is small.
func within(label string) string {
	if label == "" {
		return ""
	}
	return strings.ToLower(label[:1]) + label[1:]
}

// mandatory: what must be known and is not, in the case or in the protocol.
func (r *weighing) mandatory() {
	wanted, path := r.d.Observation.Before, "observation.before"
	if r.phase == during {
		wanted, path = r.d.Observation.During, "observation.during"
	}
	if len(wanted) == 0 {
		r.add(NotCleared, "the protocol does not say what must be known ("+path+")")
	}
	for _, v := range wanted {
		if !r.known(v) {
			r.add(NotCleared, "missing: "+within(label(lists["vitals"], v)))
		}
	}
	if r.phase == before {
		return
	}
	if r.d.rises() && r.known("bp") && !r.c.Baseline.Known {
		r.add(NotCleared, "missing: the baseline of the blood pressure")
	}
	if len(r.d.Symptoms.Red) == 0 {
		r.add(NotCleared, "the protocol does not say which symptoms are red (symptoms.red)")
	}
}

func (d *Document) rises() bool {
	return d.Bands.Systolic.AmberRise != nil || d.Bands.Diastolic.AmberRise != nil
}

func (r *weighing) known(vital string) bool {
	switch vital {
	case "bp":
		return r.c.BP.Known || r.c.Repeat.Known
	case "hr":
		return r.c.HR.Known
	case "spo2":
		return r.c.SpO2.Known
	case "rr":
		return r.c.RR.Known
	case "moaas":
		return r.c.MOAAS.Known
	case "temp":
		return r.c.Temp.Known
	}
	return false
}

// sign weighs one sign. A pressure that waits for its repeat is amber until
// then, and the repeat decides.
func (r *weighing) sign(s sign) {
	r.unset(s)
	switch s.key {
	case "systolic":
		r.pressure(s, 0)
	case "diastolic":
		r.pressure(s, 1)
	case "hr":
		r.whole(s, r.c.HR)
	case "spo2":
		r.whole(s, r.c.SpO2)
	case "rr":
		r.whole(s, r.c.RR)
	case "moaas":
		r.whole(s, r.c.MOAAS)
	case "temp":
		if r.c.Temp.Known {
			_, found := r.against(s, r.c.Temp.Value, 0, false)
			r.tell(found)
		}
	}
}

// unset: a limit that every protocol needs and this one does not have.
func (r *weighing) unset(s sign) {
	for _, l := range s.limits {
		if f, ok := FieldAt(l.path); ok && l.phase == r.phase && l.limit == nil && !f.Optional {
			r.add(NotCleared, "the protocol has no limit at "+l.path)
		}
	}
}

func (r *weighing) whole(s sign, v Told[int]) {
	if v.Known {
		_, found := r.against(s, Whole(v.Value), 0, false)
		r.tell(found)
	}
}

func (r *weighing) tell(found []finding) {
	for _, f := range found {
		r.add(f.result, f.why)
	}
}

// pressure weighs one of the two figures.
func (r *weighing) pressure(s sign, i int) {
	c := r.c
	base, based := Whole(c.Baseline.Value[i]), c.Baseline.Known
	if !r.waits() {
		for _, p := range []Told[BP]{c.BP, c.Repeat} { // without the rule, the worse of two counts
			if p.Known {
				_, found := r.against(s, Whole(p.Value[i]), base, based)
				r.tell(found)
			}
		}
		return
	}
	if c.Repeat.Known {
		_, found := r.against(s, Whole(c.Repeat.Value[i]), base, based)
		r.tell(found)
		return
	}
	if !c.BP.Known {
		return
	}
	worst, found := r.against(s, Whole(c.BP.Value[i]), base, based)
	if worst < grave {
		r.tell(found)
		return
	}
	for _, f := range found {
		why := f.why
		if f.result == Red {
			why += "; amber until a repeat within " + r.within() + " confirms it"
		}
		r.add(Amber, why)
	}
}

// waits: during a session, where the protocol has it so.
func (r *weighing) waits() bool {
	return r.phase == during && slices.Contains(r.d.Symptoms.Repeat, "bp")
}

func (r *weighing) within() string {
	if r.d.Symptoms.WithinMin == nil {
		return "the time that the protocol does not say yet"
	}
	return fmt.Sprintf("%d minutes", *r.d.Symptoms.WithinMin)
}

// against gives the gravest limits that a figure meets, high and low.
func (r *weighing) against(s sign, v, base Decimal, based bool) (worst level, found []finding) {
	for _, l := range s.limits {
		if l.limit == nil || l.phase != r.phase || l.level < worst {
			continue
		}
		of, words := v, fmt.Sprintf("%s %s is %s", s.name, v, l.limit)
		if l.rise {
			if !based {
				continue
			}
			of, words = v-base, fmt.Sprintf("%s %s is %s over the baseline of %s (%s)", s.name, v, v-base, base, l.limit)
		}
		if !l.limit.Met(of) {
			continue
		}
		if l.level > worst {
			worst, found = l.level, nil
		}
		result := resultOf[r.phase][l.level]
		found = append(found, finding{0, result, fmt.Sprintf("%s: %s", result, words)})
	}
	return worst, found
}
