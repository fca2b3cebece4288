package stock

import (
	"strings"
	"time"

	"held/internal/ui"
	"held/rules/protocol"
)

// kindWords are the kinds as the book shows them.
var kindWords = map[Kind]string{
	Lot: "Lot begun", Receipt: "Receipt", Drawn: "Drawn up for a session", Given: "Given", Wasted: "Waste", Counted: "Count", Discrepancy: "Discrepancy", Explained: "Explanation", Corrected: "Counter-entry", Witnessed: "Witness",
}

func signed(d protocol.Decimal) string {
	switch {
	case d > 0:
		return "+" + d.String()
	case d < 0:
		return "−" + (-d).String()
	}
	return "0"
}

// says is what an entry adds in words.
func (e Entry) says(unit string) string {
	b := e.Body
	var out []string
	add := func(label, text string) {
		if text != "" {
			out = append(out, label+text)
		}
	}
	switch e.Kind {
	case Counted:
		add("found ", b.Amount.String()+" "+unit)
		if b.Book != nil {
			add("the book said ", b.Book.String()+" "+unit)
		}
	case Discrepancy:
		add("the count differs by ", signed(e.Delta)+" "+unit)
	case Lot, Explained, Corrected, Witnessed:
	default:
		add("", b.Amount.String()+" "+unit)
	}
	if b.Mg != nil {
		add("", b.Mg.String()+" mg")
	}
	add("from ", b.Supplier)
	add("reference ", b.Reference)
	if e.Kind != Lot {
		add("", b.Why)
	}
	return strings.Join(out, "; ")
}

// meta is what stands below an entry, after its time.
func (v bookView) meta(l Line) string {
	out := ", " + v.Names[l.By.String()]
	if whose := v.whose(l); whose != "" {
		out += ". For " + whose
	}
	if !l.Witness.IsZero() {
		out += ". Witness: " + v.Names[l.Witness.String()]
	}
	return out + ". Book after it: " + l.Balance.String() + " " + v.Unit + "."
}

// whose names the client of an entry to who may know it.
func (v bookView) whose(l Line) string {
	if l.Client.IsZero() {
		return ""
	}
	if n := v.Clients[l.Client.String()]; n != "" {
		return n
	}
	return "client " + l.Client.String()[24:]
}

func (v bookView) lefts() []ui.Option {
	out := []ui.Option{{Value: "", Label: "The stock"}}
	for _, l := range v.Left {
		if l.Amount > 0 {
			out = append(out, ui.Option{Value: l.Session.String(), Label: "What was drawn up for " + v.whose(Line{Entry: Entry{Client: l.Client}}) + ": " + l.Amount.String() + " " + v.Unit})
		}
	}
	return out
}

func (v bookView) correctable(l Line) bool {
	if !v.MayWrite || l.Undone || !v.Closed.IsZero() {
		return false
	}
	for _, k := range correctable {
		if l.Kind == k {
			return true
		}
	}
	return false
}

func unitOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose what is counted"}}
	for _, u := range Units {
		out = append(out, ui.Option{Value: u, Label: u})
	}
	return out
}

var substances = []ui.Option{{Value: "", Label: "Choose one"}, {Value: Ketamine, Label: "Ketamine"}, {Value: Esketamine, Label: "Esketamine"}}

func expiryWords(day string, expired bool) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	if expired {
		return "Expired, " + ui.DateYear(t, time.UTC)
	}
	return ui.DateYear(t, time.UTC)
}

// ids lets links of a refusal lead to the field of the form that was sent.
func fieldOf(name string) string { return "f-" + name }
