// Package care is the path that a person walks here. It names the order, says
// where somebody stands and what is next, and holds the desk's pages that look
// over all of it. The steps themselves are the packages below it.
package care

import (
	"slices"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
)

// Step is one step of the path, in the words of the desk and of the client.
type Step struct {
	Key    string
	Desk   string // field terms, for the people who work here
	Client string // the same step as the client's quiet line calls it
}

// Path is the order of care.
var Path = []Step{
	{people.StepInquiry, "Inquiry", "A first question"},
	{people.StepConsultation, "Consultation", "Getting to know each other"},
	{people.StepScreening, "Screening", "Your story and your health"},
	{people.StepClearance, "Clearance", "The prescriber's decision"},
	{people.StepConsent, "Consent", "What you agree to"},
	{people.StepPreparation, "Preparation", "Preparing"},
	{people.StepMedicine, "Medicine session", "The session with medicine"},
	{people.StepIntegration, "Integration", "Letting it settle"},
	{people.StepRipple, "Ripple", "What changes in your work"},
	{people.StepClosing, "Closing", "Closing, for now"},
}

// StepOf finds a step by its key; false for people who are not on the path.
func StepOf(key string) (Step, bool) {
	i := index(key)
	if i < 0 {
		return Step{}, false
	}
	return Path[i], true
}

func index(key string) int {
	return slices.IndexFunc(Path, func(s Step) bool { return s.Key == key })
}

// Next is the step after this one; false at the end and off the path.
func Next(key string) (Step, bool) {
	i := index(key)
	if i < 0 || i+1 == len(Path) {
		return Step{}, false
	}
	return Path[i+1], true
}

// Line is the path as a quiet line with one place marked, in the client's words.
func Line(key string) []ui.Step {
	at := index(key)
	out := make([]ui.Step, len(Path))
	for i, s := range Path {
		out[i].Label = s.Client
		switch {
		case i < at:
			out[i].State = ui.Done
		case i == at:
			out[i].State = ui.Now
		}
	}
	return out
}

// stepOptions are the steps to which somebody may move a person who is at one:
// none when that is not theirs to say.
func stepOptions(a access.Actor, at string) []ui.Option {
	if !maySetStep(a, at) {
		return nil
	}
	out := []ui.Option{{Value: "", Label: "Not on the path"}}
	for _, s := range Path {
		if maySetStep(a, s.Key) {
			out = append(out, ui.Option{Value: s.Key, Label: s.Desk})
		}
	}
	return out
}
