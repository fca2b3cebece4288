package adverse

import (
	"cmp"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/rules/protocol"
	"held/rules/terms"
)

// Report is what is known of an event. What is empty was not said; nothing of it
// is ever filled in by itself but what the session says.
type Report struct {
	Term     string   `json:"term"`
	Words    string   `json:"words"`
	Source   string   `json:"source,omitempty"`
	Onset    string   `json:"onset,omitempty"` // by the practice's clock: 2026-12-03T14:20
	Ended    string   `json:"ended,omitempty"`
	Serious  string   `json:"serious,omitempty"`
	Criteria []string `json:"criteria,omitempty"`
	Severity string   `json:"severity,omitempty"`
	Outcome  string   `json:"outcome,omitempty"`
	Next     string   `json:"next,omitempty"` // the day on which somebody looks again

	Medicine string `json:"medicine,omitempty"`
	Dose     string `json:"dose,omitempty"`
	Given    string `json:"given,omitempty"`
	Lot      string `json:"lot,omitempty"`
	Action   string `json:"action,omitempty"`
	Done     string `json:"done,omitempty"`
	Others   string `json:"others,omitempty"`
	History  string `json:"history,omitempty"`
	Tests    string `json:"tests,omitempty"`
	Reported string `json:"reported,omitempty"`

	Related    string    `json:"related,omitempty"` // a prescriber's judgement
	RelatedWhy string    `json:"related_why,omitempty"`
	RelatedBy  db.ID     `json:"related_by,omitzero"`
	RelatedAt  time.Time `json:"related_at,omitzero"`
}

// Limits of what is typed, in characters.
const (
	maxLine  = 200
	maxWords = 4000
	maxOther = 2000
)

// Clock is how instants are written in a report.
const clock = "2006-01-02T15:04"

// Final tells whether nothing more is expected to change.
func (r Report) Final() bool {
	return slices.Contains([]string{Resolved, Sequelae, Fatal}, r.Outcome)
}

// when is an instant of the report in words.
func (r Report) when(at string) string {
	t, err := time.Parse(clock, at)
	if err != nil {
		return at
	}
	return t.Format("2 January 2006, 15:04")
}

// due is when somebody is to look again: at the beginning of the day that was
// named; at once when it is over and waits for its closing, or when nobody has
// named a day.
func (r Report) due(now time.Time, zone *time.Location) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, r.Next, zone)
	if err != nil || r.Final() {
		return now
	}
	return day.UTC()
}

// check says what is missing or cannot stand.
func (r Report) check(now time.Time, zone *time.Location) *fault.Error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was kept.")
	if _, _, known := terms.Find(r.Term); !known {
		e.AddField("term", "Please choose what it was; “something that is not on this list” is one of them.")
	}
	if r.Words == "" {
		e.AddField("words", "Please write in a few words what happened.")
	}
	r.checkTimes(e, now, zone)
	r.checkSerious(e)
	for _, c := range []struct {
		name, value string
		of          bool
	}{
		{"severity", r.Severity, has(severities, r.Severity)}, {"outcome", r.Outcome, has(outcomes, r.Outcome)}, {"changed", r.Action, has(actions, r.Action)},
		{"source", r.Source, r.Source == "" || has(sources, r.Source)}, {"medicine", r.Medicine, r.Medicine == "" || protocol.Medicine(r.Medicine).Known()},
	} {
		if !c.of {
			e.AddField(c.name, "Please choose one of the list.")
		}
	}
	r.checkNext(e, now, zone)
	return e
}

func (r Report) checkTimes(e *fault.Error, now time.Time, zone *time.Location) {
	at := func(name, value string) time.Time {
		t, err := time.ParseInLocation(clock, value, zone)
		switch {
		case value == "":
		case err != nil:
			e.AddField(name, "Please give a day and an hour, as in 2026-12-03T14:20, or leave it empty when nobody knows.")
		case t.After(now):
			e.AddField(name, "This has not come yet. Please look at the day and the hour.")
		}
		return t
	}
	onset, ended := at("onset", r.Onset), at("ended", r.Ended)
	at("given", r.Given)
	if !onset.IsZero() && !ended.IsZero() && ended.Before(onset) {
		e.AddField("ended", "It cannot have ended before it began.")
	}
}

func (r Report) checkSerious(e *fault.Error) {
	switch {
	case !has(serious, r.Serious):
		e.AddField("serious", "Please choose one of these.")
	case slices.ContainsFunc(r.Criteria, func(c string) bool { return !has(criteria, c) }):
		e.AddField("criteria", "Please choose from the list.")
	case r.Serious == Yes && len(r.Criteria) == 0:
		e.AddField("criteria", "Please say what makes it serious.")
	case r.Serious != Yes && len(r.Criteria) > 0:
		e.AddField("serious", "You have chosen what would make it serious. Please say that it is, or take the choice back.")
	case (r.Severity == "5" || r.Outcome == Fatal) && !slices.Contains(r.Criteria, "death"):
		e.AddField("criteria", "A death is serious; please say so here too.")
	}
}

// checkNext holds that what goes on has a day on which somebody looks again.
func (r Report) checkNext(e *fault.Error, now time.Time, zone *time.Location) {
	day, err := time.ParseInLocation(time.DateOnly, r.Next, zone)
	switch {
	case r.Final(), r.Outcome == Unknown && r.Next == "": // nobody can be reached: it waits for its closing
	case r.Next == "":
		e.AddField("next", "Please name the day on which somebody looks again. It is followed up until it is resolved.")
	case err != nil:
		e.AddField("next", "Please give a day, as in 2026-12-03.")
	case day.AddDate(0, 0, 1).Before(now) || day.AddDate(0, 0, 1).Equal(now):
		e.AddField("next", "This day is over. Please name today or a later one.")
	}
}

// readyToClose says what must be known before a prescriber closes it.
func (r Report) readyToClose() *fault.Error {
	e := fault.New(fault.Invalid, "It is not closed yet: something is still to be said.")
	if !r.Final() && r.Outcome != Unknown {
		e.AddField("outcome", "Please follow it up until the outcome is resolved, resolved with something that stays, fatal, or unknown because nobody could be reached.")
	}
	if r.Serious == "" {
		e.AddField("serious", "Please correct the report first: it does not say whether it was serious.")
	}
	if r.Related == "" {
		e.AddField("related", "Please judge first whether the medicine has to do with it; “cannot be judged” is a judgement too.")
	}
	return e
}

// withSession fills in what the session says, where nobody has said otherwise.
func (r Report) withSession(medicine protocol.Medicine, g Given, zone *time.Location) Report {
	r.Medicine = cmp.Or(r.Medicine, string(medicine))
	r.Dose, r.Lot = cmp.Or(r.Dose, g.Dose), cmp.Or(r.Lot, g.Lot)
	if r.Given == "" && !g.At.IsZero() {
		r.Given = g.At.In(zone).Format(clock)
	}
	return r
}
