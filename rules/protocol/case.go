package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Told is a value that may be missing: not told is not the same as no.
type Told[T any] struct {
	Known bool
	Value T
}

// Tell makes a known value.
func Tell[T any](v T) Told[T] { return Told[T]{true, v} }

// UnmarshalJSON reads a value; null is not known.
func (t *Told[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Told[T]{}
		return nil
	}
	if err := json.Unmarshal(b, &t.Value); err != nil {
		return err
	}
	t.Known = true
	return nil
}

// MarshalJSON writes it as it is read.
func (t Told[T]) MarshalJSON() ([]byte, error) {
	if !t.Known {
		return []byte("null"), nil
	}
	return json.Marshal(t.Value)
}

// BP is a blood pressure: systolic over diastolic, mmHg.
type BP [2]int

// UnmarshalJSON reads exactly two figures.
func (p *BP) UnmarshalJSON(b []byte) error {
	var all []int
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 2 {
		return errors.New("a blood pressure is two whole numbers, as [124,78]")
	}
	*p = BP(all)
	return nil
}

func (p BP) String() string { return fmt.Sprintf("%d/%d", p[0], p[1]) }

// Case is one person at one moment.
type Case struct {
	Name    string   `json:"case"`
	Phase   string   `json:"phase"`
	Product Medicine `json:"product"` // empty: that of the protocol

	Age       Told[int]     `json:"age"`
	Baseline  Told[BP]      `json:"baseline"`
	BP        Told[BP]      `json:"bp"`
	Repeat    Told[BP]      `json:"repeat5"` // the repeated reading
	HR        Told[int]     `json:"hr"`
	SpO2      Told[int]     `json:"spo2"`
	RR        Told[int]     `json:"rr"`
	MOAAS     Told[int]     `json:"moaas"`
	Temp      Told[Decimal] `json:"temp"`
	Symptoms  []string      `json:"symptoms"`
	Flags     []string      `json:"flags"`
	AllOther  bool          `json:"all_other"` // what is not named here holds: of a discharge only
	Leaving   `json:"-"`
	BPFalling Told[bool] `json:"bp_falling"`
	BPAgreed  Told[bool] `json:"bp_accepted"`   // by the prescriber
	SpO2Base  Told[int]  `json:"spo2_baseline"` // where the baseline is below the limit
}

// Leaving is what is asked before somebody goes.
type Leaving struct {
	Elapsed      Told[int]    `json:"elapsed_min"`
	Aldrete      Told[[]int]  `json:"aldrete"`
	Dissociation Told[int]    `json:"dissociation"`
	Oriented     Told[int]    `json:"oriented"`
	Walks        Told[bool]   `json:"walks"`
	Nausea       Told[bool]   `json:"nausea_controlled"`
	Fluids       Told[bool]   `json:"fluids"`
	Intent       Told[bool]   `json:"si_intent"` // acute suicidal intent
	Escort       Told[string] `json:"escort"`    // by name
	Instructions Told[bool]   `json:"instructions"`
}

// The phases.
const (
	PhaseBefore      = "pre"
	PhaseDuring      = "during"
	PhaseDischarge   = "discharge"
	PhaseEligibility = "eligibility"
)

// ReadCase reads one case, strictly. Without a phase, one with flags is about
// eligibility.
func ReadCase(r io.Reader) (Case, error) {
	var c Case
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	// What the worked cases carry beside the case itself; and what Leaving holds.
	x := struct {
		*Case
		*Leaving
		Expect string `json:"expect"`
		Why    any    `json:"why"`
	}{Case: &c, Leaving: &c.Leaving}
	if err := dec.Decode(&x); err != nil {
		if errors.Is(err, io.EOF) {
			return c, errors.New("there is no case to read")
		}
		return c, fmt.Errorf("the case could not be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return c, errors.New("there is more than one case; they are read one at a time")
	}
	if c.Phase == "" && c.Flags != nil {
		c.Phase = PhaseEligibility
	}
	return c, c.check()
}

// check holds what no case can be.
func (c *Case) check() error {
	switch c.Phase {
	case PhaseBefore, PhaseDuring, PhaseDischarge, PhaseEligibility:
	default:
		return fmt.Errorf("phase %q is none of pre, during, discharge, eligibility", c.Phase)
	}
	if c.Product != "" && !c.Product.Known() {
		return fmt.Errorf("product %q is none of the list: %s", c.Product, values(Medicines))
	}
	for _, s := range c.Symptoms {
		if label(lists["symptoms"], s) == "" {
			return fmt.Errorf("symptom %q is none of the list: %s", s, values(lists["symptoms"]))
		}
	}
	for _, x := range []struct {
		name string
		v    Told[int]
		most int // the end of the scale, or of what can be counted
	}{
		{"age", c.Age, 150}, {"hr", c.HR, 999}, {"spo2", c.SpO2, 100}, {"spo2_baseline", c.SpO2Base, 100}, {"rr", c.RR, 999}, {"moaas", c.MOAAS, 5},
		{"dissociation", c.Dissociation, 3}, {"oriented", c.Oriented, 4}, {"elapsed_min", c.Elapsed, 9999},
	} {
		if x.v.Known && (x.v.Value < 0 || x.v.Value > x.most) {
			return fmt.Errorf("%s %d is no value of its scale", x.name, x.v.Value)
		}
	}
	for name, p := range map[string]Told[BP]{"bp": c.BP, "baseline": c.Baseline, "repeat5": c.Repeat} {
		if p.Known && (p.Value[1] < 0 || p.Value[0] < p.Value[1] || p.Value[0] > 999) {
			return fmt.Errorf("%s %s is no blood pressure", name, p.Value)
		}
	}
	if c.Aldrete.Known {
		if len(c.Aldrete.Value) != aldreteItems {
			return fmt.Errorf("the modified Aldrete score has %d items", aldreteItems)
		}
		for _, n := range c.Aldrete.Value {
			if n < 0 || n > 2 {
				return fmt.Errorf("an item of the Aldrete score is 0, 1 or 2, not %d", n)
			}
		}
	}
	return nil
}

// aldreteItems: activity, respiration, circulation, consciousness, saturation.
const aldreteItems = 5
