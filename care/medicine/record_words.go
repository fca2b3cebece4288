package medicine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"held/practice/measures"
	"held/rules/protocol"
	"held/rules/scoring"
	"held/rules/timeline"
)

// notTaken is what stands for everything that nobody measured or answered.
const notTaken = "not taken"

// kindTitles are what kinds are called in a record.
var kindTitles = map[timeline.Kind]string{
	timeline.Dose: "Dose", timeline.Undone: "Taken back", timeline.Vitals: "Vitals", timeline.Scale: "Scale", timeline.Event: "Event", timeline.Symptom: "Symptom",
	timeline.Said: "Said", timeline.Touch: "Touch", timeline.Music: "Music", timeline.Present: "In the room", timeline.Red: "Emergency log opened", timeline.Log: "Emergency log",
	timeline.Calm: "Emergency log closed", timeline.Ack: "Call heard", timeline.Check: "Condition of leaving", timeline.Phase: "Phase", timeline.Signed: "Signed",
	timeline.Addendum: "Addendum", timeline.Note: "Note",
}

// markWords say in words what is to be known about an entry.
var markWords = map[timeline.Mark]string{
	timeline.Conflict:        "the same entry came with other content too; this one is kept",
	timeline.ClockJumped:     "its device's clock was moved",
	timeline.ClockDiffers:    "its device's clock is off by more than five seconds; the difference was reckoned in",
	timeline.ClockUnmeasured: "its device's clock was never measured",
	timeline.SentLate:        "sent more than a minute after it was entered",
	timeline.Waiting:         "something of this device from before it did not arrive",
	timeline.Backdated:       "the time was typed in",
	timeline.SeqTwice:        "its device counted two entries alike",
	timeline.TooLate:         "came too late to take anything back",
	timeline.OfNothing:       "what it speaks of is not here",
	timeline.CorrectedTwice:  "another correction of the same entry stands",
	timeline.Unreadable:      "its content could not be read",
}

// says is what an entry says, in field terms.
func says(l timeline.Line, words map[string]SaidWords) string {
	switch l.Kind {
	case timeline.Dose:
		return doseWords(l.Entry)
	case timeline.Vitals:
		return vitalsWords(l.Entry)
	case timeline.Scale:
		return scaleWords(l.Entry)
	case timeline.Event, timeline.Symptom:
		return codeWords(l.Entry)
	case timeline.Said:
		return saidWords(l.ID, words)
	case timeline.Check:
		return checkSays(l.Entry)
	}
	return plainWords(l.Entry)
}

func doseWords(e timeline.Entry) string {
	var b timeline.DoseBody
	if !e.Read(&b) {
		return ""
	}
	var out []string
	if b.Booster {
		out = append(out, "Booster")
	}
	out = append(out, medicineName(b.Medicine))
	if !protocol.Medicine(b.Medicine).Known() { // whose name has its route
		out = append(out, b.Route)
	}
	if b.MG != nil {
		out = append(out, b.MG.String()+" mg")
	}
	if b.MGPerKG != nil {
		out = append(out, b.MGPerKG.String()+" mg/kg")
	}
	if b.Lot != "" {
		out = append(out, "lot "+b.Lot)
	}
	if b.CheckedBy != "" {
		out = append(out, "checked by "+b.CheckedBy)
	}
	if b.Void {
		out = append(out, "was not given")
	}
	return joinParts(", ", out)
}

func medicineName(code string) string {
	if n := protocol.Medicine(code).Name(); n != "" {
		return n
	}
	return code
}

func joinParts(sep string, all []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" }), sep)
}

func vitalsWords(e timeline.Entry) string {
	var b timeline.VitalsBody
	if !e.Read(&b) {
		return ""
	}
	var out []string
	add := func(v *int, format string) {
		if v != nil {
			out = append(out, fmt.Sprintf(format, *v))
		}
	}
	if b.Systolic != nil || b.Diastolic != nil {
		out = append(out, "BP "+figureOr(b.Systolic)+"/"+figureOr(b.Diastolic)+" mmHg")
	}
	add(b.Pulse, "HR %d/min")
	add(b.Oxygen, "SpO₂ %d %%")
	add(b.Breaths, "RR %d/min")
	add(b.MOAAS, "MOAA/S %d")
	if b.Warmth != nil {
		out = append(out, b.Warmth.String()+" °C")
	}
	add(b.Dissociation, "dissociation %d of 3")
	add(b.Nausea, "nausea %d of 3")
	if b.Repeats != "" {
		out = append(out, "repeats an earlier reading")
	}
	if b.Void {
		out = append(out, "never taken")
	}
	return joinParts(". ", []string{strings.Join(out, ", "), b.Note})
}

func figureOr(v *int) string {
	if v == nil {
		return notTaken
	}
	return strconv.Itoa(*v)
}

// scaleWords are a scale's answers in its own words, and what they come to.
func scaleWords(e timeline.Entry) string {
	var b timeline.ScaleBody
	if !e.Read(&b) {
		return ""
	}
	in, err := measures.Find(b.Instrument)
	if err != nil {
		return b.Instrument + ": " + rawAnswers(b.Answers)
	}
	var out []string
	sum, all := 0, true
	for _, it := range in.Items {
		v, there := answerOf(b.Answers, it.Key)
		all = all && there
		sum += v
		out = append(out, itemName(it)+": "+answerWords(in, it, v, there))
	}
	s := in.Title + ": " + strings.Join(out, "; ")
	if b.Instrument == "aldrete" {
		if all {
			return s + ". Sum " + strconv.Itoa(sum)
		}
		return s + ". Sum: not all items were answered"
	}
	return s
}

func itemName(it scoring.Item) string {
	if it.Text != "" {
		return it.Text
	}
	if it.Label != "" {
		return it.Label
	}
	return it.Key
}

func answerOf(answers map[string]any, key string) (int, bool) {
	switch v := answers[key].(type) {
	case float64:
		return int(v), true
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

func answerWords(in scoring.Instrument, it scoring.Item, v int, there bool) string {
	if !there {
		return "not answered"
	}
	for _, o := range in.Options[it.Options] {
		if o.Value == v && o.Text != "" {
			return strconv.Itoa(v) + " (" + o.Text + ")"
		}
	}
	return strconv.Itoa(v)
}

func rawAnswers(answers map[string]any) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(answers)) {
		out = append(out, k+" "+fmt.Sprint(answers[k]))
	}
	return strings.Join(out, ", ")
}

// codeLabel is a code of a list as people read it.
func codeLabel(code string) string { return strings.ReplaceAll(code, "_", " ") }

func codeWords(e timeline.Entry) string {
	var b timeline.CodeBody
	if !e.Read(&b) {
		return ""
	}
	name, list := codeLabel(b.Code), Events
	if e.Kind == timeline.Symptom {
		list = protocol.Options("symptoms")
	}
	for _, o := range list {
		if o.Value == b.Code {
			name = o.Label
		}
	}
	if b.Over {
		name += ", over"
	}
	if b.Void {
		name += ", was not so"
	}
	return joinParts(". ", []string{name, b.Words})
}

// saidGone stands where words were that the person took away.
const saidGone = "Words removed by the person"

func saidWords(id string, words map[string]SaidWords) string {
	if w, there := words[id]; there && !w.Gone {
		return "“" + w.Words + "”"
	}
	return saidGone
}

// checkItems are what conditions of leaving are called.
var checkItems = map[string]string{
	"walks": "Walks unaided", "fluids": "Tolerates fluids", "oriented": "Oriented, of 4", "nausea_controlled": "Nausea is controlled",
	"intent": "Acute suicidal intent", "instructions": "Written instructions and crisis contact given", "escort": "Escort, by name", "bp_accepted": "Blood pressure accepted by the prescriber",
}

func checkSays(e timeline.Entry) string {
	var b timeline.CheckBody
	if !e.Read(&b) {
		return ""
	}
	name := checkItems[b.Item]
	if name == "" {
		name = codeLabel(b.Item)
	}
	value := "not answered"
	var v any
	if json.Unmarshal(b.Value, &v) == nil {
		switch v := v.(type) {
		case bool:
			value = map[bool]string{true: "yes", false: "no"}[v]
		case string:
			value = v
		case float64:
			value = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	if b.Void {
		value += ", was not so"
	}
	return joinParts(". ", []string{name + ": " + value, b.Words})
}

var phaseWords = map[string]string{
	"recovery": "Recovery began", "ended": "Ended: the person went home", "left_against_advice": "The person left against advice", "not_given": "Ended: nothing was given",
}

var touchWords = map[string]string{"yes": "yes", "no": "no", "stop": "stop", "not_now": "not now", "": "not answered"}

var musicWords = map[string]string{"start": "Began", "change": "Changed", "stop": "Stopped"}

func plainWords(e timeline.Entry) string {
	var b struct {
		timeline.PresentBody
		Why   any    `json:"why"`
		Words string `json:"words"`
		To    string `json:"to"`
		Of    string `json:"of"`
		Part  string `json:"part"`
		Asked string `json:"asked"`
		Reply string `json:"answer"`
	}
	if !e.Read(&b) {
		return ""
	}
	switch e.Kind {
	case timeline.Touch:
		return joinParts(". ", []string{joinParts(" – ", []string{b.Asked, touchWords[b.Reply]}), b.Words})
	case timeline.Music:
		return joinParts(": ", []string{musicWords[b.Action], b.Words})
	case timeline.Present:
		who := joinParts(", ", []string{b.Who, b.Role})
		return who + map[string]string{"arrived": " arrived", "left": " left"}[b.Action] + map[bool]string{true: ", was not so"}[b.Void]
	case timeline.Phase:
		name := phaseWords[b.To]
		if name == "" {
			name = codeLabel(b.To)
		}
		why, _ := b.Why.(string) // of a phase it is a text
		return joinParts(". ", []string{name, why})
	case timeline.Red:
		var out []string
		if all, ok := b.Why.([]any); ok {
			for _, w := range all {
				out = append(out, fmt.Sprint(w))
			}
		}
		return strings.Join(out, "; ")
	case timeline.Undone:
		return "The tap before was taken back"
	case timeline.Signed:
		return codeLabel(b.Part)
	}
	return b.Words
}

// standing says whether an entry counts, and if not, why.
func standingWords(l timeline.Line) string {
	switch {
	case l.UndoneBy != "":
		return "Taken back within ten seconds; it does not count."
	case l.SupersededBy != "":
		return "Corrected by a later entry; it does not count."
	case l.Withdrawn:
		return "Says that the entry it corrects never was."
	case l.Supersedes != "":
		return "Corrects an earlier entry."
	}
	return ""
}

// marksOf are an entry's marks in words.
func marksOf(l timeline.Line) (out []string) {
	for _, m := range l.Marks {
		if w := markWords[m]; w != "" {
			out = append(out, w)
		}
	}
	return out
}
