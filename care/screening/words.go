package screening

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/trail"
	rules "held/rules/screening"
)

func itoa(n int) string { return strconv.Itoa(n) }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func timeOf(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t
}

// dayWords is a day as people write it: 11 December 2026.
func dayWords(day string) string {
	if t := timeOf(day); !t.IsZero() {
		return t.Format("2 January 2006")
	}
	return day
}

// looking are the lines that need looking: those that only a class of medicines
// keeps open, or the others.
func (v chartView) looking(class bool) (out []rules.Line) {
	for _, l := range v.Result.Of(rules.NeedsLooking) {
		only := !slices.ContainsFunc(l.From, func(e rules.Evidence) bool { return e.Class == "" })
		if only == class {
			out = append(out, l)
		}
	}
	return out
}

// sources are where a rule comes from, with their marks.
func sources(l rules.Line) string {
	var out []string
	for _, s := range l.Rule.Sources {
		word := "[" + s.Mark + "]"
		if s.ID != "" {
			word = s.ID + " (" + s.Mark + ")"
		}
		if s.About != "" {
			word += ", " + s.About
		}
		out = append(out, word)
	}
	if l.Weight.Note != "" {
		out = append(out, l.Weight.Note)
	}
	return "Source: " + strings.Join(out, "; ") + "."
}

func (v chartView) versions() string {
	out := "Rules of " + v.Result.Version + ", " + strings.ToLower(v.Medicine.Name()[:1]) + v.Medicine.Name()[1:] + ". "
	if v.Protocol == nil {
		return out + "No protocol is in force for this medicine."
	}
	return out + "Protocol in force: version " + v.Version + "."
}

func (v chartView) overallWords() string {
	switch v.Result.Overall() {
	case rules.Blocked:
		return "A rule speaks that blocks by default. You may decide otherwise, with a reason for each."
	case rules.Incomplete:
		return "Something is not answered, or an answer needs looking. Not answered is never a no."
	case rules.ForReview:
		return "Something speaks that wants your eyes and your signature."
	}
	return "Nothing spoke. That is no clearance: you decide."
}

func (v chartView) noMedicines() string {
	if w := v.Words[rules.ItemTakes]; w != "" {
		return "“Do you take any medicines?” — “" + w + "”. None is listed."
	}
	return "Whether they take any was not answered."
}

// prefixes are how the ids of a form's fields begin.
var prefixes = map[string]string{string(Order): "order-", Question: "question-", Records: "records-"}

// problems lead to the fields of the form that needs another look.
func (v chartView) problems() (out []ui.Problem) {
	var names []string
	for name := range v.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := ui.Problem{Name: name, Sentence: v.Fields[name]}
		id := v.at + "-" + name
		switch prefix := prefixes[v.at]; {
		case name == "":
			id = ""
		case v.at == "decide":
			id = "f-" + name
		case strings.HasPrefix(v.at, "letter"):
			id = "letter-" + strings.TrimPrefix(v.at, "letter")
		case strings.HasPrefix(v.at, "request"):
			id = "received-" + strings.TrimPrefix(v.at, "request")
		case prefix != "":
			id = prefix + name
		}
		p.ID = id
		out = append(out, p)
	}
	return out
}

func (v ownPageView) problems() (out []ui.Problem) {
	for name, sentence := range v.Fields {
		p := ui.Problem{Name: name, Sentence: sentence}
		if name != "" {
			p.ID = name + "-" + v.at
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b ui.Problem) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (f Fact) named() string {
	if f.ID.IsZero() {
		return ""
	}
	return "Replace: " + f.Says()
}

func (r Request) title() string {
	if r.Kind == Records {
		return "Records of " + r.Asked.From
	}
	return "A question to the client"
}

func (r Request) ownTitle() string {
	if r.Kind == Records {
		return "May we ask " + r.Asked.From + "?"
	}
	return "A question from your prescriber"
}

func (r Request) stateWords(today string) string {
	switch r.State {
	case Open:
		return "waits for the client"
	case Refused:
		return "would rather not"
	case Released, Received:
		if !r.InForce(today) {
			return r.State + "; the release has ended"
		}
	}
	return r.State
}

var verdictWords = map[Verdict]string{Cleared: "Cleared", Deferred: "Deferred", Declined: "Declined"}

func (d Decision) title() string { return verdictWords[d.Verdict] + ": " + d.Medicine.Name() }

func (c Clearance) title() string { return verdictWords[c.Verdict] + ": " + c.Medicine.Name() }

// plain is a decision in the client's words.
func (d Decision) plain() string {
	switch d.Verdict {
	case Cleared:
		return "Your prescriber has decided: it can go on"
	case Deferred:
		return "Your prescriber has decided: not yet"
	}
	return "Your prescriber has decided: not with medicine"
}

func (d Decision) madeFrom() string {
	out := "rules of " + d.Snapshot.Rules
	if d.Snapshot.Protocol != "" {
		out += ", protocol version " + d.Snapshot.Protocol
	}
	n := 0
	for _, l := range d.Snapshot.Lines {
		if l.State != rules.Silent {
			n++
		}
	}
	return out + ": " + string(d.Snapshot.Overall) + "; " + counted(n, "rule stood", "rules stood") + " of " + itoa(len(d.Snapshot.Lines))
}

func (v chartView) decideTitle() string {
	switch v.Verdict {
	case Cleared:
		return "Clear " + v.Who.Name + " until a date"
	case Deferred:
		return "Defer the decision about " + v.Who.Name
	case Declined:
		return "Decline a session with medicine for " + v.Who.Name
	}
	return "Decide about " + v.Who.Name
}

func (v chartView) signLabel() string {
	return map[Verdict]string{Cleared: "Sign the clearance", Deferred: "Sign the deferral", Declined: "Sign the decision"}[v.Verdict]
}

// Panel is what a person's page at the desk shows of decisions.
type Panel struct {
	Client  db.ID
	All     []Clearance
	Names   map[db.ID]string
	House   *time.Location
	Now     time.Time
	Chart   bool // the reader may open the screening
	MayGive bool
}

// Panel is the panel of one client for the actor; false where decisions are not
// theirs to see. The look stands on the trail.
func (s *Service) Panel(ctx context.Context, client db.ID) (p Panel, shown bool, err error) {
	if !access.Can(ctx, access.Read, clearance(client)) {
		return p, false, nil
	}
	p = Panel{Client: client, Now: s.Now(), Chart: access.Can(ctx, access.Read, chart(client)), MayGive: access.May(ctx, access.Write, access.Resource{Class: access.Answers, Subject: client})}
	if p.All, err = s.Clearances(ctx, client); err != nil {
		return p, false, err
	}
	var ids []db.ID
	for _, c := range p.All {
		ids = append(ids, c.By)
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: client, Kind: "clearance", Object: c.ID}); err != nil {
			return p, false, err
		}
	}
	if p.Names, err = s.People.Names(ctx, ids...); err != nil {
		return p, false, err
	}
	st, err := s.Settings.Get(ctx)
	p.House = st.Location()
	return p, true, err
}
