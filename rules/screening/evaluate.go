package screening

import "slices"

// Input is what is known of somebody.
type Input struct {
	Product   string
	Stage     string
	Answers   map[string][]string // the codes of the answers, by linkId; no key: not answered
	Medicines []string            // names as they were written; one without a name is ""
	Values    map[string]float64  // recorded values: systolic, diastolic, ...
	// Protocol is what the practice's protocol says of rules, by their id: "block",
	// "signature", "ask" or "off". Without a word of it a rule is as it was shipped.
	Protocol map[string]string

	set        Set
	recognised []Medicine
}

// State is what a rule says.
type State string

// The states. The last two are never a no.
const (
	Speaks       State = "speaks"
	Silent       State = "does not speak"
	NeedsLooking State = "needs looking"
	NotAnswered  State = "not answered"
)

// Line is what one rule says about somebody, why, and from what.
type Line struct {
	Rule   Rule
	Weight Weight
	State  State
	From   []Evidence
}

// Overall is the result in one word. There is none for "cleared".
type Overall string

// The results.
const (
	Blocked      Overall = "block"
	Incomplete   Overall = "incomplete"
	ForReview    Overall = "review"
	NothingSpoke Overall = "nothing spoke: the prescriber decides"
)

// Result is what all rules in force say.
type Result struct {
	Version      string // of the rules
	Product      string
	Lines        []Line
	Off          []Rule // not in force here
	Medicines    []Medicine
	Unrecognised []string // names of which something is not recognised: please look
}

// Medicine is one of the list, with the classes that it is of.
type Medicine struct {
	Name    string
	Classes []string
	Clear   bool // every word of the name is understood
}

// Evaluate lets every rule of a stage that is about the product look.
func (s Set) Evaluate(in Input) Result {
	out := Result{Version: s.Version, Product: in.Product}
	for _, name := range in.Medicines {
		m := Medicine{Name: name}
		if m.Classes, m.Clear = Recognise(name); !m.Clear {
			out.Unrecognised = append(out.Unrecognised, name)
		}
		out.Medicines = append(out.Medicines, m)
	}
	in.set, in.recognised = s, out.Medicines
	for _, r := range s.Rules {
		w, about := r.Products[in.Product]
		switch {
		case !about || r.Stage != in.Stage:
		case in.Protocol[r.ID] == "off", in.Protocol[r.Under] == "off":
			out.Off = append(out.Off, r)
		default:
			if e, set := levels[in.Protocol[r.ID]]; set {
				w.Effect = e
			}
			f := r.When.of(in)
			out.Lines = append(out.Lines, Line{Rule: r, Weight: w, State: f.state(), From: f.from})
		}
	}
	return out
}

// levels are what a protocol can make of a rule.
var levels = map[string]Effect{"block": Block, "signature": Review, "ask": Note}

func (f found) state() State {
	switch {
	case f.truth == yes:
		return Speaks
	case f.truth == no:
		return Silent
	case slices.ContainsFunc(f.from, func(e Evidence) bool { return !e.Answered }):
		return NotAnswered
	}
	return NeedsLooking
}

// Of lists the lines in one state.
func (r Result) Of(s State) (out []Line) {
	for _, l := range r.Lines {
		if l.State == s {
			out = append(out, l)
		}
	}
	return out
}

// Standing lists what stands in the way of a decision: the rules that speak and
// those that nobody has answered. Taking an answer away can only add to it.
func (r Result) Standing() (out []Line) {
	for _, l := range r.Lines {
		if l.State != Silent {
			out = append(out, l)
		}
	}
	return out
}

// Weighty are those of them that would block: a clearance in spite of one needs
// the prescriber's written reason.
func (r Result) Weighty() (out []Line) {
	for _, l := range r.Standing() {
		if l.Weight.Effect == Block {
			out = append(out, l)
		}
	}
	return out
}

// Overall is the result in one word.
func (r Result) Overall() Overall {
	speaks, open := r.Of(Speaks), len(r.Of(NotAnswered))+len(r.Of(NeedsLooking))+len(r.Unrecognised)
	switch {
	case slices.ContainsFunc(speaks, func(l Line) bool { return l.Weight.Effect == Block }):
		return Blocked
	case open > 0 || len(r.Lines) == 0: // rules out of force, all of them, have asked nothing
		return Incomplete
	case len(speaks) > 0:
		return ForReview
	}
	return NothingSpoke
}

// Rank orders results from the most open to the least. An incomplete one is as
// far from a decision as one in which a rule blocks: nobody gains by leaving
// something out.
func (o Overall) Rank() int {
	switch o {
	case NothingSpoke:
		return 0
	case ForReview:
		return 1
	}
	return 2
}
