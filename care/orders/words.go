package orders

import (
	"strconv"
	"strings"
	"time"

	"held/internal/ui"
	"held/rules/dosing"
	"held/rules/protocol"
)

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

// weightWords say a weight with its age on the day of the session.
func (v view) weightWords(w dosing.Weight) string {
	if w.Kg <= 0 {
		return "None is recorded that can be reckoned with."
	}
	return w.Kg.String() + " kg, taken " + ui.DateYear(w.Taken, v.House) + ", " + counted(w.Days(v.Start), "day", "days") + " old on the day of the session"
}

// boosterWords say what boosters an order allows.
func (o Signed) boosterWords() string {
	if o.Boosters == 0 {
		return "None."
	}
	return counted(o.Boosters, "booster", "boosters") + ", each at most " + o.Booster.Both(o.Weight.Kg) + ", " + strconv.Itoa(o.FromMin) + " to " + strconv.Itoa(o.ToMin) + " minutes after the dose"
}

// state says where a version stands.
func (v view) state(o Version) string {
	switch {
	case !o.Holds:
		return "It is not what was signed. Nothing is given by it."
	case o.Stands():
		return "It stands"
	case o.Ended == Withdrawn:
		return "Withdrawn by " + v.Names[o.EndedBy] + ", " + ui.When(o.EndedAt, v.House)
	}
	return "Replaced, " + ui.When(o.EndedAt, v.House)
}

// stateAfter is state behind a time, with why it ended.
func (v view) stateAfter(o Version) string {
	out := ". " + v.state(o) + "."
	if o.EndWhy != "" {
		out += " “" + o.EndWhy + "”"
	}
	return out
}

// after says who entered a dose, behind its time.
func (v view) after(g Given) string {
	if !g.Undone.IsZero() {
		return ", " + v.Names[g.By] + ". Undone in the room."
	}
	return ", " + v.Names[g.By]
}

var unitOptions = []ui.Option{{Value: "", Label: "Choose one"}, {Value: dosing.Milligrams, Label: "mg"}, {Value: dosing.PerKilo, Label: "mg for each kg of weight"}}

// limits are the protocol's figures for a dose, in both units where a weight is known.
func (v view) limits() (out []ui.Value) {
	if v.Doc == nil {
		return nil
	}
	d := v.Doc.Dose
	add := func(name string, x *protocol.Decimal) {
		text := "not set"
		if x != nil {
			text = dosing.Amount{Value: *x, Unit: d.Unit}.Both(v.Weight.Kg)
		}
		out = append(out, ui.Value{Name: name, Value: text})
	}
	add("Range, from", d.From)
	add("Range, to", d.To)
	add("Asks again above", d.AlertOver)
	add("Never above", d.StopOver)
	if d.Boosters == nil || *d.Boosters == 0 {
		return append(out, ui.Value{Name: "Boosters", Value: "none"})
	}
	out = append(out, ui.Value{Name: "Boosters, at most", Value: strconv.Itoa(*d.Boosters)})
	add("A booster, at most", d.BoosterTo)
	return out
}

// sums say what came before.
func (v view) sums() (out []ui.Value) {
	last := "None is on record here."
	if !v.Sums.Last.IsZero() {
		last = ui.DateYear(v.Sums.Last, v.House) + ", " + counted(v.Sums.Gap, "day", "days") + " before"
	}
	out = append(out, ui.Value{Name: "Last session", Value: last})
	for _, x := range v.Sums.Spans {
		text := counted(x.Sessions, "session", "sessions") + ", " + x.Mg.String() + " mg"
		if x.Unknown > 0 {
			text += " and what is not on record: " + counted(x.Unknown, "session", "sessions") + " without a dose"
		}
		out = append(out, ui.Value{Name: "In the " + counted(x.Days, "day", "days") + " before", Value: text})
	}
	return out
}

// published are figures to be read beside the protocol's, each with its mark.
func (v view) published() (out []string) {
	add := func(parts ...string) {
		var all []string
		for _, p := range parts {
			if p != "" {
				all = append(all, p)
			}
		}
		out = append(out, strings.Join(all, ". ")+".")
	}
	seen := map[string]bool{}
	for _, path := range []string{"dose.from", "dose.to"} {
		for _, e := range protocol.Examples(v.Terms.Product, path) {
			if !seen[e.Text] {
				seen[e.Text] = true
				add("Published: "+e.Text, strings.Join(e.From(), "; "), e.Mark.Sentence()[:max(len(e.Mark.Sentence())-1, 0)])
			}
		}
	}
	for _, k := range dosing.Published(v.Terms.Product) {
		add(k.About+": "+k.Text, k.Source, k.Mark)
	}
	return out
}

// lots are what can be drawn from; what expired is not offered.
func (v view) lots() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose the lot"}}
	for _, h := range v.Lots {
		if !h.Expired && h.Balance > 0 {
			out = append(out, ui.Option{Value: h.ID.String(), Label: "Lot " + h.Lot + ", " + h.Form + ", " + h.Strength.String() + " mg per " + h.Unit + ", until " + dayWords(h.Expires) + ", book " + h.Balance.String() + " " + h.Unit})
		}
	}
	return out
}

func dayWords(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return ui.DateYear(t, time.UTC)
}

// wanted says how much of a lot the ordered dose is, to compare with.
func (v view) wanted() (out []string) {
	o := v.Standing()
	if o == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, h := range v.Lots {
		if text := "Of " + h.Strength.String() + " mg per " + h.Unit + ", " + o.Mg.String() + " mg are " + h.Units(o.Mg).String() + " " + h.Unit + "."; !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// drawnWords compare what is drawn up with what was ordered.
func (v view) drawnWords() string {
	o := v.Standing()
	if o == nil || len(v.Drawn.All) == 0 {
		return ""
	}
	out := "Together " + v.Drawn.Mg.String() + " mg; ordered are " + o.Mg.String() + " mg"
	if o.Boosters > 0 {
		out += ", and boosters of at most " + (o.Most * protocol.Decimal(o.Boosters)).String() + " mg"
	}
	switch most := o.Mg + o.Most*protocol.Decimal(o.Boosters); {
	case v.Drawn.Mg < o.Mg:
		out += ". It is less than was ordered."
	case v.Drawn.Mg > most:
		out += ". It is more than was ordered: the rest is wasted before a witness."
	default:
		out += "."
	}
	return out
}

func givenWords(g Given) string {
	what := "Dose"
	if g.Body.Booster {
		what = "Booster"
	}
	if g.Body.Mg <= 0 {
		return what + ", the amount was not entered"
	}
	return what + ", " + g.Body.Mg.String() + " mg"
}

// words are how much was drawn up, and how much of the medicine that is.
func (d Drawing) words() string {
	out := d.Body.Amount.String() + " " + d.Of.Unit
	if d.Body.Mg != nil {
		out += ", " + d.Body.Mg.String() + " mg"
	}
	return out
}
