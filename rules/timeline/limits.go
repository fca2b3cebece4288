package timeline

import "held/rules/protocol"

// Limits are what the protocol says for one person during the session, as data
// with which a device judges a reading while nobody answers it.
//
// A device reckons so: each known value is held against every limit of its
// sign; a limit with rise holds for the value less the baseline, and is left out
// where there is none. Of one sign, the gravest level that is met counts. Of
// systolic and diastolic, where repeat names bp, red counts as amber until the
// next pressure, which decides. Red over amber over missing over ok: missing is
// what of mandatory is not known, a baseline that a rise needs, and everything
// in open. A symptom is red when it is listed, amber when it is not.
type Limits struct {
	Limits    []protocol.Threshold `json:"limits"`
	Mandatory []string             `json:"mandatory"`
	Symptoms  []string             `json:"symptoms"` // red whatever the figures say
	Repeat    []string             `json:"repeat"`   // amber until a repeated reading
	WithinMin *int                 `json:"within_min,omitempty"`
	Baseline  bool                 `json:"baseline"` // a pressure needs a baseline
	Open      []string             `json:"open"`     // what the protocol does not say, in field terms
}

// LimitsOf works them out for somebody's age.
func LimitsOf(d *protocol.Document, age protocol.Told[int]) Limits {
	out := Limits{
		Limits: d.During(age), Mandatory: orEmpty(d.Observation.During), Symptoms: orEmpty(d.Symptoms.Red), Repeat: orEmpty(d.Symptoms.Repeat),
		WithinMin: d.Symptoms.WithinMin, Open: []string{},
		Baseline: d.Bands.Systolic.AmberRise != nil || d.Bands.Diastolic.AmberRise != nil,
	}
	for _, path := range d.Unset() {
		out.Open = append(out.Open, "the protocol has no limit at "+path)
	}
	if len(d.Observation.During) == 0 {
		out.Open = append(out.Open, "the protocol does not say what must be known (observation.during)")
	}
	if len(d.Symptoms.Red) == 0 {
		out.Open = append(out.Open, "the protocol does not say which symptoms are red (symptoms.red)")
	}
	return out
}

// Observation is what the protocol has taken, and when.
type Observation struct {
	AtMin      []int    `json:"at_min"`
	GraceMin   *int     `json:"grace_min,omitempty"`
	MinimumMin *int     `json:"minimum_min,omitempty"`
	During     []string `json:"during"`
	Oxygen     string   `json:"oxygen,omitempty"`
	OxygenMin  *int     `json:"oxygen_min,omitempty"`
}

// ObservationOf is that of a protocol.
func ObservationOf(d *protocol.Document) Observation {
	o := d.Observation
	return Observation{AtMin: append([]int{}, o.AtMin...), GraceMin: o.GraceMin, MinimumMin: o.MinimumMin, During: orEmpty(o.During), Oxygen: o.Oxygen, OxygenMin: o.OxygenMin}
}

func orEmpty(all []string) []string { return append([]string{}, all...) }
