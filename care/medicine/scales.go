package medicine

import rule "held/rules/protocol"

// ScaleOf is a clinician's scale as a device asks it.
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
