package medicine

import (
	"sync"

	"held/practice/measures"
	rule "held/rules/protocol"
	"held/rules/scoring"
)

// ScaleOf is a clinician's scale as the room asks it.
type ScaleOf struct {
	Instrument string          `json:"instrument"`
	Title      string          `json:"title"`
	Credit     string          `json:"credit,omitempty"` // whose wording it is
	Questions  []ScaleQuestion `json:"questions"`
}

// ScaleQuestion is one item of it, with the values that it can have.
type ScaleQuestion struct {
	ID      string        `json:"id"`
	Text    string        `json:"text"`
	Options []rule.Option `json:"options"`
}

// asked are the clinicians' scales that belong into a session: of sedation and of
// dissociation. Others have pages of their own.
var asked = map[string]bool{"moaas": true, "cadss6": true}

// scales are those, out of the measures. Where a wording may not be
// passed on, an item has its number, and a value its figure.
var scales = sync.OnceValue(func() []ScaleOf {
	out := []ScaleOf{}
	all, err := measures.Shipped()
	if err != nil {
		return out // practice/measures' own test reads every file
	}
	for _, in := range all {
		if !asked[in.ID] {
			continue
		}
		x := ScaleOf{Instrument: in.ID, Title: in.Title, Credit: in.Licence.Credit}
		for _, item := range in.Items {
			x.Questions = append(x.Questions, question(in, item))
		}
		out = append(out, x)
	}
	return out
})

func question(in scoring.Instrument, item scoring.Item) ScaleQuestion {
	q := ScaleQuestion{ID: item.Key, Text: item.Text}
	if q.Text == "" {
		q.Text = item.Label
	}
	for _, o := range in.Options[item.Options] {
		value := rule.Whole(o.Value).String()
		label := value
		if o.Text != "" {
			label += ": " + o.Text
		}
		q.Options = append(q.Options, rule.Option{Value: value, Label: label})
	}
	return q
}
