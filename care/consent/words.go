package consent

import (
	"fmt"
	"strconv"
	"time"

	"held/internal/ui"
	rule "held/rules/consent"
)

// clientWords are how a document stands, to the client.
func (st Standing) clientWords(zone *time.Location) string {
	day := ui.DateYear(st.Since, zone)
	switch st.State {
	case rule.ByClient:
		return "You signed version " + fmt.Sprint(st.Version) + " on " + day + ". Our signature follows after the talk about it."
	case rule.Signed:
		return "Signed by us both since " + day + ", version " + fmt.Sprint(st.Version) + "."
	case rule.Earlier:
		return "Please read again: there is a new version since " + day + ". You signed version " + fmt.Sprint(st.Version) + ". The new one is signed before we meet for a session."
	case rule.Withdrawn:
		return "You withdrew it on " + day + ". You may sign again, if and when you want to."
	}
	return "Not signed yet."
}

// deskWords are how a document stands, to clinicians.
func (st Standing) deskWords(zone *time.Location) string {
	day := ui.DateYear(st.Since, zone)
	v := "version " + fmt.Sprint(st.Version)
	switch st.State {
	case rule.ByClient:
		return "Signed by the client, " + v + ", since " + day + ". The second signature is missing."
	case rule.Signed:
		return "Signed by both, " + v + ", since " + day + "."
	case rule.Earlier:
		return "Signed in " + v + "; version " + fmt.Sprint(st.Current) + " must be signed before the next session, since " + day + "."
	case rule.Withdrawn:
		return "Withdrawn by the client since " + day + " (" + v + ")."
	}
	return "Not signed yet."
}

// Words is a need as it is called at the desk.
func (n Need) Words() string {
	switch n {
	case Required:
		return "Required before a medicine session"
	case Optional:
		return "Asked, and may be left open"
	case NotAsked:
		return "Not asked"
	}
	return "Not decided yet"
}

// called is what a document is called, with whom it is for.
func (st Standing) called() string {
	if st.Party.Name == "" {
		return st.Title
	}
	return st.Title + ": " + st.Party.Name
}

func answerOptions(q Question) []ui.Option {
	out := make([]ui.Option, len(q.Answers))
	for i, a := range q.Answers {
		out[i] = ui.Option{Value: a, Label: a}
	}
	return out
}

// typed is what was typed into a form that was refused, for its own paper.
func (v clientView) typed(d deskPaper, name string) string {
	if v.At != d.ID.String() {
		return ""
	}
	return v.Typed[name]
}

func (v clientView) problem(d deskPaper, name string) string {
	if v.At != d.ID.String() {
		return ""
	}
	return v.Fields[name]
}

// clientProblems lead to the fields of the paper that they are of.
func clientProblems(v clientView) []ui.Problem {
	all := ui.Problems(v.Fields, "", "held", "with", "points", "mean", "party")
	for i := range all {
		if all[i].Name != "" && all[i].Name != "party" {
			all[i].ID = all[i].Name + "-" + v.At
		}
	}
	return all
}

// deskLine says what a record is of.
func (r deskRecord) deskLine(zone *time.Location) string {
	version := "version " + fmt.Sprint(r.Version)
	switch r.Act {
	case Answered:
		return "answered the questions beside " + version
	case Talked:
		line := "held a talk about " + version + " on " + ui.When(r.Said.Held, zone)
		if r.Said.With != "" {
			line += ", with " + r.Said.With
		}
		return line
	case Signed:
		line := "signed " + version + " as " + r.Said.Name + ", signed in with " + r.Way()
		if r.field("legal") != "" {
			line += "; the legal name is sealed with it"
		}
		return line
	case Countersigned:
		return "signed " + version + " as whoever held the talk, signed in with " + r.Way()
	case Withdrew:
		return "withdrew it"
	}
	return string(r.Act)
}

func kindOptions() []ui.Option {
	out := make([]ui.Option, len(Kinds))
	for i, k := range Kinds {
		out[i] = ui.Option{Value: string(k), Label: k.Words()}
	}
	return out
}

func needOptions(now Need) (out []ui.Option) {
	for n := Undecided; n <= NotAsked; n++ {
		if n == Undecided && now != Undecided {
			continue // a decision is changed, not taken back
		}
		out = append(out, ui.Option{Value: strconv.Itoa(int(n)), Label: n.Words()})
	}
	return out
}
