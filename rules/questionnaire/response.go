package questionnaire

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// About is what a response says beside the answers.
type About struct {
	ID            string
	Questionnaire string // its address and version: "url|version"
	Status        string // "in-progress", "completed", "amended"
	Subject       string // a reference, or nothing
	Authored      time.Time
}

type answerOut struct {
	Answer
	Item []itemOut
}

type itemOut struct {
	LinkID string      `json:"linkId"`
	Text   string      `json:"text,omitempty"`
	Answer []answerOut `json:"answer,omitempty"`
	Item   []itemOut   `json:"item,omitempty"`
}

// MarshalJSON writes the value and what stands below it.
func (a answerOut) MarshalJSON() ([]byte, error) {
	f := &fields{}
	key, v := a.named("value")
	f.keys, f.vals = append(f.keys, key), append(f.vals, v)
	if len(a.Item) > 0 {
		f.add("item", a.Item)
	}
	return f.MarshalJSON()
}

// Respond writes the QuestionnaireResponse of answers. Only what is asked is in
// it, unless all is set: a draft keeps what may be asked again.
func (q *Questionnaire) Respond(a Answers, about About, all bool) ([]byte, error) {
	f := &fields{}
	f.add("resourceType", "QuestionnaireResponse")
	f.add("id", about.ID)
	f.add("questionnaire", about.Questionnaire)
	f.add("status", about.Status)
	if about.Subject != "" {
		f.add("subject", map[string]string{"reference": about.Subject})
	}
	if !about.Authored.IsZero() {
		f.add("authored", about.Authored.UTC().Format(time.RFC3339))
	}
	w := writer{q.Asked(a), all}
	if items := w.items(q.Item, 0); len(items) > 0 {
		f.add("item", items)
	}
	return f.MarshalJSON()
}

type writer struct {
	*Asked
	all bool
}

func (w writer) items(all []*Item, row int) (out []itemOut) {
	for _, i := range all {
		if !w.all && !w.Enabled(i, row) {
			continue
		}
		switch {
		case i.Type == Group && i.Repeats:
			for n := range w.Rows(i) {
				out = append(out, itemOut{LinkID: i.LinkID, Text: i.Text, Item: w.items(i.Item, n)})
			}
		case i.Type == Group:
			if inner := w.items(i.Item, row); len(inner) > 0 {
				out = append(out, itemOut{LinkID: i.LinkID, Text: i.Text, Item: inner})
			}
		case i.Asks():
			if one := w.item(i, row); len(one.Answer)+len(one.Item) > 0 {
				out = append(out, one)
			}
		}
	}
	return out
}

// item is a question with its answers; what stands below it goes with the first.
func (w writer) item(i *Item, row int) itemOut {
	out := itemOut{LinkID: i.LinkID, Text: i.Text}
	for _, a := range w.a[Key{i.LinkID, row}] {
		out.Answer = append(out.Answer, answerOut{Answer: a})
	}
	below := w.items(i.Item, row)
	if len(out.Answer) > 0 {
		out.Answer[0].Item = below
	} else {
		out.Item = below
	}
	return out
}

// Read reads a QuestionnaireResponse to this form, made here or elsewhere. What
// it says of whom and when is not looked at.
func (q *Questionnaire) Read(b []byte) (Answers, About, []Fault) {
	r := &reader{}
	m := r.document(b, "QuestionnaireResponse")
	if m == nil {
		return nil, About{}, r.faults
	}
	o := object{r, "", m}
	about := About{ID: o.text("id", 64), Questionnaire: o.text("questionnaire", 2*MaxLink), Status: o.text("status", 30)}
	a := Answers{}
	q.readItems(o, a, 0, 1)
	if len(r.faults) > 0 {
		return nil, about, r.faults
	}
	return a, about, nil
}

func (q *Questionnaire) readItems(o object, a Answers, row, depth int) {
	if _, there := o.m["item"]; !there {
		return
	}
	if depth > 2*MaxDepth {
		o.fault(o.at("item"), "This is nested too deep.")
		return
	}
	rows := map[*Item]int{}
	o.list("item", MaxItems*MaxRows, func(o object) {
		id := o.text("linkId", MaxLink)
		i := q.Of(id)
		if i == nil {
			o.fault(o.at("linkId"), "There is no item “"+id+"” in this version of the form.")
			return
		}
		at := row
		if i.Type == Group && i.Repeats {
			at = rows[i]
			if rows[i]++; at >= MaxRows {
				o.fault(o.path, fmt.Sprintf("This repeats more than %d times.", MaxRows))
				return
			}
		}
		q.readAnswers(o, i, a, at, depth)
		q.readItems(o, a, at, depth+1)
	})
}

func (q *Questionnaire) readAnswers(o object, i *Item, a Answers, row, depth int) {
	if _, there := o.m["answer"]; !there {
		return
	}
	if !i.Asks() {
		o.fault(o.at("answer"), "This is no question.")
		return
	}
	k := Key{i.LinkID, row}
	o.list("answer", MaxAnswers, func(o object) {
		q.readItems(o, a, row, depth+1)
		v := i.meant(o.value())
		if why := i.check(v); why != "" && i.Calculated() == "" && len(o.faults) == 0 {
			o.fault(o.path, why)
		}
		a[k] = append(a[k], v)
	})
	if len(a[k]) > 1 && !i.Repeats {
		o.fault(o.at("answer"), "This is answered once.")
	}
}

// meant takes an answer as others write it: a number with a unit for a bare
// one, a whole number with a fraction of nothing, words as a code without one.
func (i *Item) meant(a Answer) Answer {
	switch i.Type {
	case Integer, Decimal:
		if a.Quantity != nil {
			a = Answer{Decimal: a.Quantity.Value}
		}
		if i.Type == Integer && a.Decimal != "" {
			if n, err := json.Number(strings.TrimSuffix(a.Decimal.String(), ".0")).Int64(); err == nil {
				return Whole(n)
			}
		}
		if i.Type == Decimal && a.Integer != nil {
			return Answer{Decimal: json.Number(a.Words())}
		}
	case OpenChoice:
		if a.Coding != nil && a.Coding.Code == "" {
			return Words(a.Coding.Display)
		}
	}
	if o, ok := i.Option(a); ok {
		return o.Value.bare()
	}
	return a
}

// bare is a choice without what only the form needs.
func (a Answer) bare() Answer {
	if a.Coding != nil {
		c := *a.Coding
		c.Extension = nil
		a.Coding = &c
	}
	return a
}

// Bare is a choice as an answer to it is kept.
func (o Option) Bare() Answer { return o.Value.bare() }

// Scored writes a response in which every choice carries its score, as
// expressions read it: of answers to what is asked.
func (q *Questionnaire) Scored(a Answers) ([]byte, error) {
	scored := make(Answers, len(a))
	for k, all := range a {
		i := q.Of(k.LinkID)
		out := make([]Answer, len(all))
		for n, v := range all {
			if w, ok := i.Weight(v); ok && v.Coding != nil {
				c := *v.Coding
				c.Extension = []Extension{Extend(ExtOrdinal, "valueDecimal", w), Extend(ExtWeight, "valueDecimal", w)}
				v.Coding = &c
			}
			out[n] = v
		}
		scored[k] = out
	}
	return q.Respond(scored, About{Status: "in-progress"}, true)
}
