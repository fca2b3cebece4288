package adverse

import (
	"strconv"
	"strings"

	"held/internal/ui"
	"held/rules/protocol"
	"held/rules/terms"
)

// Seriousness: which of these holds makes an event serious, as regulators ask
// for it; in Held's words.
var criteria = []ui.Option{
	{Value: "death", Label: "Somebody died"},
	{Value: "life_threatening", Label: "Life was in danger at that moment"},
	{Value: "hospital", Label: "A hospital stay began or became longer"},
	{Value: "disability", Label: "A lasting or considerable disability"},
	{Value: "birth_defect", Label: "A child was born with a harm"},
	{Value: "important", Label: "Medically important: it might have come to one of these, or was treated to prevent it"},
}

// Yes and no of what must be said either way.
const (
	Yes = "yes"
	No  = "no"
)

var serious = []ui.Option{
	{Value: "", Label: "Not judged yet"}, {Value: Yes, Label: "Serious", Hint: "At least one of the lines below holds."}, {Value: No, Label: "Not serious", Hint: "Somebody has looked, and none of the lines below holds."},
}

var severities = []ui.Option{
	{Value: "", Label: "Not said"},
	{Value: "1", Label: "1, mild: noticed, nothing needed"},
	{Value: "2", Label: "2, moderate: in the way of ordinary things, or something small was needed"},
	{Value: "3", Label: "3, severe: grave and not at once dangerous to life"},
	{Value: "4", Label: "4, dangerous to life"},
	{Value: "5", Label: "5, death"},
}

// Scale is how a prescriber's judgement is called.
const Scale = "Relatedness in four steps: unrelated, possible, probable, definite"

// CannotSay is a judgement too.
const CannotSay = "cannot_say"

var relations = []ui.Option{
	{Value: "unrelated", Label: "Unrelated", Hint: "Something else explains it, and the medicine does not."},
	{Value: "possible", Label: "Possible", Hint: "The medicine may explain it; so may something else."},
	{Value: "probable", Label: "Probable", Hint: "The medicine explains it better than anything else that is known."},
	{Value: "definite", Label: "Definite", Hint: "The medicine explains it, and nothing else does."},
	{Value: CannotSay, Label: "Cannot be judged", Hint: "What is known does not allow a judgement."},
}

var actions = []ui.Option{
	{Value: "", Label: "Not said"},
	{Value: "none", Label: "Nothing was changed about the medicine"},
	{Value: "less", Label: "Less was given than ordered"},
	{Value: "stopped", Label: "No more was given in this session"},
	{Value: "not_again", Label: "It is not given again"},
	{Value: "not_applicable", Label: "It does not apply: no medicine was being given"},
}

// The outcomes that end a follow-up, and that of which nobody knows.
const (
	Resolved  = "resolved"
	Sequelae  = "sequelae"
	Fatal     = "fatal"
	Unknown   = "unknown"
	Resolving = "resolving"
)

var outcomes = []ui.Option{
	{Value: "", Label: "Not said"},
	{Value: "not_resolved", Label: "Not resolved"},
	{Value: Resolving, Label: "Resolving"},
	{Value: Resolved, Label: "Resolved"},
	{Value: Sequelae, Label: "Resolved, with something that stays"},
	{Value: Fatal, Label: "Fatal"},
	{Value: Unknown, Label: "Unknown: nobody could be reached"},
}

var sources = []ui.Option{
	{Value: "seen", Label: "Seen here"},
	{Value: "client", Label: "Told by the client"},
	{Value: CheckIn, Label: "Told by the client in a check-in"},
	{Value: "other", Label: "Told by somebody else"},
}

var origins = map[string]string{AtDesk: "written at the desk", InRoom: "from the medicine room", CheckIn: "told in a check-in"}

var kinds = map[string]string{Began: "Begun", Followed: "Followed up", Corrected: "Corrected", Judged: "Judged by a prescriber", Signed: "Closed and signed", Reopened: "Opened again"}

func label(all []ui.Option, value string) string {
	for _, o := range all {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

func has(all []ui.Option, value string) bool {
	for _, o := range all {
		if o.Value == value {
			return true
		}
	}
	return false
}

// termOptions is the list of terms, group by group: a list that folds away shows
// the group before each of its terms.
func termOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Please choose"}}
	for _, g := range terms.Groups() {
		for _, t := range g.Terms {
			name := g.Name + ": " + t.Label
			if t.Code == terms.Other {
				name = t.Label
			}
			out = append(out, ui.Option{Value: t.Code, Label: name})
		}
	}
	return out
}

func medicineOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Not known, or none"}}
	for _, m := range protocol.Medicines {
		out = append(out, ui.Option{Value: m.Value, Label: m.Label})
	}
	return out
}

func medicineName(code string) string {
	if code == "" {
		return ""
	}
	return protocol.Medicine(code).Name()
}

// Line is one field of a report, as pages, paper and files say it.
type Line struct{ Label, Text string }

const (
	notSaid   = "Not said"
	notJudged = "Not judged"
)

// or says what is missing in so many words.
func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// What holds of the event itself.
func (r Report) happened() []Line {
	return []Line{
		{"What it was", terms.Label(r.Term)},
		{"In own words", or(r.Words, notSaid)},
		{"Began", or(r.when(r.Onset), notSaid)},
		{"Ended", or(r.when(r.Ended), notSaid)},
		{"How it came to us", or(label(sources, r.Source), notSaid)},
	}
}

func (r Report) grave() []Line {
	says := notJudged
	switch r.Serious {
	case Yes:
		var all []string
		for _, c := range criteria {
			for _, chosen := range r.Criteria {
				if chosen == c.Value {
					all = append(all, c.Label)
				}
			}
		}
		says = "Serious. " + strings.Join(all, ". ")
	case No:
		says = "Not serious"
	}
	related := notJudged
	if r.Related != "" {
		related = label(relations, r.Related)
	}
	out := []Line{{"Serious", says}, {"Severity, 1 to 5", label(severities, r.Severity)}, {"Relatedness to the medicine, as judged by a prescriber", related}}
	if r.RelatedWhy != "" {
		out = append(out, Line{"Why so", r.RelatedWhy})
	}
	return append(out, Line{"Outcome", label(outcomes, r.Outcome)})
}

func (r Report) given() []Line {
	return []Line{
		{"Medicine and route", or(medicineName(r.Medicine), notSaid)},
		{"Dose", or(r.Dose, notSaid)},
		{"When it was given", or(r.when(r.Given), notSaid)},
		{"Lot", or(r.Lot, notSaid)},
		{"What was changed about it", label(actions, r.Action)},
		{"What was done", or(r.Done, notSaid)},
	}
}

func (r Report) around() []Line {
	return []Line{
		{"Other medicines at that time", or(r.Others, notSaid)},
		{"What was known before that bears on it", or(r.History, notSaid)},
		{"Tests and findings", or(r.Tests, notSaid)},
		{"Reported to", or(r.Reported, "Nobody, as far as it says here")},
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// count says a number with what it counts.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
