package medicine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/practice/access"
	"held/rules/protocol"
	"held/rules/timeline"
)

// What is asked before somebody goes, by the words of an entry's body.
const (
	itemWalks        = "walks"
	itemFluids       = "fluids"
	itemOriented     = "oriented"
	itemNausea       = "nausea_controlled"
	itemIntent       = "intent"
	itemInstructions = "instructions"
	itemEscort       = "escort"
	itemPressure     = "bp_accepted"
)

// Basis is an entry on which a condition rests.
type Basis struct {
	Entry string    `json:"entry"`
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"` // by name
	Words string    `json:"words"`
}

// Stand is one condition of the protocol with what it rests on.
type Stand struct {
	Key   string            `json:"key"`
	Name  string            `json:"name"`
	State protocol.Standing `json:"state"`
	Why   []string          `json:"why,omitempty"`
	Basis []Basis           `json:"basis,omitempty"`
}

// Met tells whether it keeps nobody here.
func (s Stand) Met() bool { return s.State == protocol.Met }

// Leave is how it stands with somebody's going.
type Leave struct {
	Result     string // of the protocol, as Evaluate gives it
	Conditions []Stand
	Given      bool // there is a dose that stands
	Intent     bool // somebody has heard of an intent, and no prescriber has asked again since
	Waiting    int  // devices of which entries are still to come
	Aldrete    map[string]int
	Last       map[string]Check // the last answers, by item
}

// Check is one answer as it was last given.
type Check struct {
	Value json.RawMessage
	Words string
	Basis
}

// Missing are the conditions that are not met.
func (l Leave) Missing() (out []Stand) {
	for _, c := range l.Conditions {
		if !c.Met() {
			out = append(out, c)
		}
	}
	return out
}

// Ready tells whether nothing is missing but the prescriber's name.
func (l Leave) Ready() bool {
	return l.Given && l.Result == protocol.NeedsSignature && len(l.Missing()) == 0
}

// Digest is of the conditions as they stand with what they rest on. Time that
// passes does not change it; another reading does.
func (l Leave) Digest() string {
	type one struct {
		Key, Name string
		State     protocol.Standing
		Basis     []string
	}
	var all []one
	for _, c := range l.Conditions {
		x := one{Key: c.Key, Name: c.Name, State: c.State}
		for _, b := range c.Basis {
			x.Basis = append(x.Basis, b.Entry)
		}
		all = append(all, x)
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return "" // strings cannot fail
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:])
}

const condLog = "log"

// leaveOf works out how it stands, of the timeline and nothing else.
//
// An answer that keeps somebody here counts from whoever gave it. One that lets
// them go counts only from those whose it is to give: the attendant and the
// prescriber, and of the blood pressure the prescriber alone. And it counts only
// from after the last dose, which is when there is something to recover from.
func leaveOf(t timeline.Timeline, doc *protocol.Document, now time.Time) Leave {
	g := &gathering{t: t, basis: map[string][]Basis{}, out: Leave{Last: map[string]Check{}, Waiting: len(t.Waiting)}}
	g.c = t.Case(protocol.PhaseDischarge, doc, now)
	g.c.Walks, g.c.Nausea, g.c.Fluids, g.c.Instructions, g.c.BPAgreed = none[bool](), none[bool](), none[bool](), none[bool](), none[bool]()
	g.c.Intent, g.c.Oriented, g.c.Escort = none[bool](), none[int](), none[string]()
	g.doses()
	g.readings()
	g.scale()
	g.checks()
	g.symptoms()
	if doc == nil {
		g.out.Conditions = []Stand{{Key: "protocol", Name: "A protocol is in force", State: protocol.NotSaid, Why: []string{"no protocol is in force"}}}
		g.out.Result = protocol.Stay
		return g.out
	}
	for _, c := range doc.Conditions(g.c) {
		g.out.Conditions = append(g.out.Conditions, Stand{Key: c.Key, Name: c.Name, State: c.State, Why: c.Why, Basis: g.basis[c.Key]})
	}
	g.house(doc)
	g.out.Result = doc.Evaluate(g.c).Result
	return g.out
}

func none[T any]() protocol.Told[T] { return protocol.Told[T]{} }

type gathering struct {
	t       timeline.Timeline
	c       protocol.Case
	last    time.Time // of the last dose that stands
	pressed time.Time // of the last blood pressure
	basis   map[string][]Basis
	out     Leave
}

func (g *gathering) rest(key string, l timeline.Line, words string) {
	g.basis[key] = []Basis{{l.ID, l.At, l.Name, words}}
}

func (g *gathering) doses() {
	all := g.t.Doses()
	g.out.Given = len(all) > 0
	for _, d := range all {
		g.last = d.At
		g.rest(protocol.CondTime, d.Line, "the dose")
		if d.Booster {
			g.rest(protocol.CondTime, d.Line, "the booster, the last dose")
		}
	}
}

// readings are named where the case holds them: one that is too old for the
// protocol is not known any more, and nothing rests on it.
func (g *gathering) readings() {
	for _, r := range g.t.Vitals() {
		if r.At.Before(g.last) {
			continue
		}
		if bp := r.BP(); bp.Known && g.c.BP.Known {
			g.rest(protocol.CondPressure, r.Line, bp.Value.String()+" mmHg")
			g.pressed = r.At
		}
		for _, x := range []struct {
			key, words string
			got        *int
			known      bool
		}{
			{protocol.CondOxygen, " %", r.Oxygen, g.c.SpO2.Known}, {protocol.CondPulse, " a minute", r.Pulse, g.c.HR.Known}, {protocol.CondBreathing, " a minute", r.Breaths, g.c.RR.Known},
			{protocol.CondSedation, ", MOAA/S", r.MOAAS, g.c.MOAAS.Known}, {protocol.CondDissociation, ", dissociation", r.Dissociation, g.c.Dissociation.Known},
		} {
			if x.got != nil && x.known {
				g.rest(x.key, r.Line, strconv.Itoa(*x.got)+x.words)
			}
		}
	}
}

// scale reads the last modified Aldrete after the last dose. One that is not
// whole is not answered; what of it is there stands in its form.
func (g *gathering) scale() {
	g.c.Aldrete = none[[]int]()
	for _, l := range g.t.Of(timeline.Scale) {
		var b timeline.ScaleBody
		if !l.Read(&b) || b.Instrument != aldreteID || l.At.Before(g.last) || !counts(l) {
			continue
		}
		got, items := map[string]int{}, []int{}
		for _, key := range aldreteKeys() {
			if n, ok := whole(b.Answers[key]); ok {
				got[key], items = n, append(items, n)
			}
		}
		g.out.Aldrete, g.c.Aldrete = got, none[[]int]()
		words := fmt.Sprintf("%d of %d items", len(items), len(aldreteKeys()))
		if len(items) == len(aldreteKeys()) {
			g.c.Aldrete = protocol.Tell(items)
			words = aldreteWords(items)
		}
		g.rest(protocol.CondAldrete, l, words)
	}
}

func aldreteWords(items []int) string {
	sum, each := 0, []string{}
	for _, n := range items {
		sum, each = sum+n, append(each, strconv.Itoa(n))
	}
	return fmt.Sprintf("%d (%s)", sum, strings.Join(each, " + "))
}

// counts tells whether an entry is by somebody whose answers let a person go.
func counts(l timeline.Line) bool { return holds(l, access.Prescriber) || holds(l, access.Attendant) }

// holds tells whether whoever made an entry did so in a role.
func holds(l timeline.Line, role access.Role) bool {
	return slices.Contains(strings.FieldsFunc(l.Role, func(r rune) bool { return r == ',' || r == ' ' || r == '+' }), string(role))
}

// whole is an answer that is a whole number, however it is written.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case float64:
		return int(v), v == float64(int(v))
	case json.Number:
		n, err := strconv.Atoi(v.String())
		return n, err == nil
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

func (g *gathering) checks() {
	for _, l := range g.t.Of(timeline.Check) {
		var b timeline.CheckBody
		if !l.Read(&b) {
			continue
		}
		g.out.Last[b.Item] = Check{b.Value, b.Words, Basis{l.ID, l.At, l.Name, checkWords(b)}}
		g.check(l, b)
	}
	g.intent()
}

func (g *gathering) check(l timeline.Line, b timeline.CheckBody) {
	var yes bool
	answered := json.Unmarshal(b.Value, &yes) == nil
	late := !l.At.Before(g.last)
	switch b.Item {
	case itemWalks:
		g.yes(&g.c.Walks, protocol.CondWalks, l, b, answered, yes, late)
	case itemNausea:
		g.yes(&g.c.Nausea, protocol.CondNausea, l, b, answered, yes, late)
	case itemFluids:
		g.yes(&g.c.Fluids, protocol.CondFluids, l, b, answered, yes, late)
	case itemInstructions:
		g.yes(&g.c.Instructions, protocol.CondInstructions, l, b, answered, yes, true)
	case itemOriented:
		g.oriented(l, b, late)
	case itemEscort:
		g.escort(l, b)
	case itemPressure:
		// A word about one reading is none about the next.
		if answered && !l.At.Before(g.pressed) && (!yes || late && holds(l, access.Prescriber)) {
			g.c.BPAgreed = protocol.Tell(yes)
			g.also(protocol.CondPressure, l, checkWords(b))
		}
	}
}

// also adds to what a condition rests on.
func (g *gathering) also(key string, l timeline.Line, words string) {
	g.basis[key] = append(slices.DeleteFunc(g.basis[key], func(b Basis) bool {
		return strings.HasPrefix(b.Words, "accepted") || strings.HasPrefix(b.Words, "not accepted")
	}), Basis{l.ID, l.At, l.Name, words})
}

func (g *gathering) yes(into *protocol.Told[bool], key string, l timeline.Line, b timeline.CheckBody, answered, yes, late bool) {
	switch {
	case !answered: // taken back
		*into = none[bool]()
		delete(g.basis, key)
	case !yes, late && counts(l):
		*into = protocol.Tell(yes)
		g.rest(key, l, checkWords(b))
	}
}

func (g *gathering) oriented(l timeline.Line, b timeline.CheckBody, late bool) {
	var v any
	if json.Unmarshal(b.Value, &v) != nil {
		return
	}
	if n, ok := whole(v); ok && n >= 0 && n <= 4 && late && counts(l) {
		g.c.Oriented = protocol.Tell(n)
		g.rest(protocol.CondOriented, l, strconv.Itoa(n)+" of 4")
	}
}

// escortName is a name, or the words beside a yes.
func escortName(value json.RawMessage, words string) string {
	var name string
	var there bool
	if json.Unmarshal(value, &name) != nil && json.Unmarshal(value, &there) == nil && there {
		name = words
	}
	return strings.TrimSpace(name)
}

// escort: somebody is there, by name; until they leave again without the person.
func (g *gathering) escort(l timeline.Line, b timeline.CheckBody) {
	name := escortName(b.Value, b.Words)
	if name == "" {
		g.c.Escort = none[string]()
		delete(g.basis, protocol.CondEscort)
		return
	}
	if !counts(l) && l.Device != timeline.Server { // by the link, the server says so
		return
	}
	for _, p := range g.t.Of(timeline.Present) {
		var was timeline.PresentBody
		if p.Read(&was) && was.Role == roleEscort && was.Action == "left" && !p.At.Before(l.At) && strings.EqualFold(strings.TrimSpace(was.Who), name) {
			if over, ended := g.t.Over(); !ended || p.At.Before(over) {
				return
			}
		}
	}
	g.c.Escort = protocol.Tell(name)
	g.rest(protocol.CondEscort, l, checkWords(b))
}

// intent: once somebody has heard of one, only the prescriber's own question
// after that, with what was done, opens the way again. A correction by anybody
// does not: only a tap that was taken back at once was none.
func (g *gathering) intent() {
	for _, l := range g.t.Entries {
		var b timeline.CheckBody
		var yes bool
		if l.Kind != timeline.Check || l.UndoneBy != "" || !l.Read(&b) || b.Item != itemIntent || json.Unmarshal(b.Value, &yes) != nil || !yes && !l.Stands() {
			continue
		}
		switch {
		case yes:
			g.out.Intent = true
		case l.At.Before(g.last), !counts(l), g.out.Intent && !(holds(l, access.Prescriber) && strings.TrimSpace(b.Words) != ""):
			continue
		default:
			g.out.Intent = false
		}
		g.c.Intent = protocol.Tell(yes)
		g.rest(protocol.CondIntent, l, checkWords(b))
	}
}

func (g *gathering) symptoms() {
	var open []Basis
	for _, l := range g.t.Of(timeline.Symptom) {
		var b timeline.CodeBody
		if l.Read(&b) && !b.Over && slices.Contains(g.c.Symptoms, b.Code) {
			open = append(open, Basis{l.ID, l.At, l.Name, protocol.SymptomName(b.Code)})
		}
	}
	if len(open) > 0 {
		g.basis[protocol.CondSymptoms] = open
	}
}

// house adds what holds in every house: nobody is discharged with an emergency's
// log open, nor while an intent stands, whether the protocol asks for it or not.
func (g *gathering) house(doc *protocol.Document) {
	if a, open := g.t.OpenRed(); open {
		g.out.Conditions = append(g.out.Conditions, Stand{Key: condLog, Name: "No emergency log is open", State: protocol.NotMet, Why: []string{"an emergency log is open"}, Basis: []Basis{{a.Opened.ID, a.Opened.At, a.Opened.Name, "opened"}}})
	}
	if g.out.Intent && !slices.Contains(doc.Discharge.Also, protocol.CondIntent) {
		g.out.Conditions = append(g.out.Conditions, Stand{Key: protocol.CondIntent, Name: "Asked: no acute suicidal intent", State: protocol.NotMet, Why: []string{"an intent was told"}, Basis: g.basis[protocol.CondIntent]})
	}
}

// roleEscort is what the one who brings somebody home is in the room.
const roleEscort = "escort"
