package medicine

import rule "held/rules/protocol"

// Vocabulary is what can be chosen in the room.
type Vocabulary struct {
	Events   []rule.Option `json:"events"`
	Symptoms []rule.Option `json:"symptoms"` // of the protocol's list
	Vitals   []rule.Option `json:"vitals"`
	Touch    []rule.Option `json:"touch"`
	Music    []rule.Option `json:"music"`
	Checks   []rule.Option `json:"checks"`
	Phases   []rule.Option `json:"phases"`
	Scales   []ScaleOf     `json:"scales"`
}

func vocabulary() Vocabulary {
	return Vocabulary{
		Scales: []ScaleOf{}, Events: Events, Symptoms: rule.Options("symptoms"), Vitals: rule.Options("vitals"),
		Touch:  []rule.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}, {Value: "stop", Label: "Stop"}, {Value: "not_now", Label: "Not now"}},
		Music:  []rule.Option{{Value: "start", Label: "Begins"}, {Value: "change", Label: "Changes"}, {Value: "stop", Label: "Stops"}},
		Checks: []rule.Option{{Value: "walks", Label: "Walks unaided"}, {Value: "fluids", Label: "Tolerates fluids"}, {Value: "oriented", Label: "Oriented (of 4)"}, {Value: "nausea_controlled", Label: "Nausea is controlled"}, {Value: "intent", Label: "Acute suicidal intent"}, {Value: "instructions", Label: "Written instructions were given"}, {Value: "escort", Label: "Escort, by name"}, {Value: "bp_accepted", Label: "Blood pressure accepted by the prescriber"}},
		Phases: []rule.Option{{Value: "recovery", Label: "Recovery"}, {Value: "ended", Label: "Left, as the protocol has it"}, {Value: "left_against_advice", Label: "Left against advice"}, {Value: "not_given", Label: "Not given"}},
	}
}

// Events are what somebody in the room may see or be told, by codes of Held's
// own. None is a diagnosis.
var Events = []rule.Option{
	{Value: "dizziness", Label: "Dizziness"}, {Value: "headache", Label: "Headache"}, {Value: "nausea", Label: "Nausea"}, {Value: "vomiting", Label: "Vomiting"},
	{Value: "blurred_vision", Label: "Blurred vision"}, {Value: "palpitations", Label: "Palpitations"}, {Value: "paraesthesia", Label: "Tingling"}, {Value: "tremor", Label: "Tremor"},
	{Value: "hypersalivation", Label: "Saliva"}, {Value: "dysarthria", Label: "Slurred speech"}, {Value: "anxiety", Label: "Anxiety"}, {Value: "panic", Label: "Panic"},
	{Value: "agitation", Label: "Agitation"}, {Value: "crying", Label: "Crying"}, {Value: "laughing", Label: "Laughing"}, {Value: "confusion", Label: "Confusion"},
	{Value: "dissociation", Label: "Dissociation"}, {Value: "challenging_experience", Label: "A challenging stretch"}, {Value: "emergence_reaction", Label: "Emergence reaction"},
	{Value: "speaks", Label: "Speaks"}, {Value: "moves", Label: "Moves"}, {Value: "sleeps", Label: "Sleeps"}, {Value: "bathroom", Label: "Bathroom"}, {Value: "drinks", Label: "Drinks"},
	{Value: "oxygen_given", Label: "Oxygen was given"}, {Value: "repositioned", Label: "Was helped to lie another way"}, {Value: "fall", Label: "Fall"}, {Value: "other", Label: "Something else"},
}
