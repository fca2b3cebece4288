package protocol_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"held/rules/protocol"
)

// grave is how grave a result is, for each phase by its own order.
func grave(t *testing.T, phase, result string) int {
	t.Helper()
	order := map[string][]string{
		protocol.PhaseBefore: {protocol.OK, protocol.Review, protocol.Hold, protocol.NotCleared, protocol.HoldNoOverride, protocol.Red},
		protocol.PhaseDuring: {protocol.OK, protocol.NotCleared, protocol.Amber, protocol.Red},
	}
	i := slices.Index(order[phase], result)
	if i < 0 {
		t.Fatalf("%s is no result of %s", result, phase)
	}
	return i
}

func someCase(r *rand.Rand) protocol.Case {
	c := protocol.Case{
		Phase: protocol.PhaseBefore, Age: protocol.Tell(20 + r.IntN(70)),
		BP: protocol.Tell(protocol.BP{100 + r.IntN(90), 50 + r.IntN(50)}), HR: protocol.Tell(35 + r.IntN(110)),
		SpO2: protocol.Tell(88 + r.IntN(13)), RR: protocol.Tell(6 + r.IntN(26)), MOAAS: protocol.Tell(r.IntN(6)),
	}
	if r.IntN(2) == 0 {
		c.Phase, c.Baseline = protocol.PhaseDuring, protocol.Tell(protocol.BP{100 + r.IntN(50), 60 + r.IntN(30)})
		if r.IntN(3) == 0 {
			c.Repeat = protocol.Tell(protocol.BP{100 + r.IntN(90), 50 + r.IntN(50)})
		}
	}
	return c
}

// calm is a case in which nothing speaks against anything.
func calm(phase string) protocol.Case {
	return protocol.Case{
		Phase: phase, Age: protocol.Tell(44), Baseline: protocol.Tell(protocol.BP{124, 78}), BP: protocol.Tell(protocol.BP{124, 78}),
		HR: protocol.Tell(72), SpO2: protocol.Tell(98), RR: protocol.Tell(14), MOAAS: protocol.Tell(5),
	}
}

// parts are the ways to take one sign out of a case into another.
var parts = []func(from protocol.Case, to *protocol.Case){
	func(f protocol.Case, c *protocol.Case) {
		c.BP, c.Repeat, c.Baseline, c.Age = f.BP, f.Repeat, f.Baseline, f.Age
	},
	func(f protocol.Case, c *protocol.Case) { c.HR = f.HR },
	func(f protocol.Case, c *protocol.Case) { c.SpO2 = f.SpO2 },
	func(f protocol.Case, c *protocol.Case) { c.RR = f.RR },
	func(f protocol.Case, c *protocol.Case) { c.MOAAS = f.MOAAS },
}

func each(t *testing.T, fn func(r *rand.Rand, d *protocol.Document, c protocol.Case)) {
	t.Helper()
	r, d := rand.New(rand.NewPCG(1, 2)), protocol.ExampleOf("ketamine_im")
	for range 4000 {
		fn(r, d, someCase(r))
	}
}

func TestTheWorstSingleSignDecides(t *testing.T) {
	each(t, func(_ *rand.Rand, d *protocol.Document, c protocol.Case) {
		worst := 0
		for _, part := range parts {
			one := calm(c.Phase)
			part(c, &one)
			worst = max(worst, grave(t, c.Phase, d.Evaluate(one).Result))
		}
		if got := grave(t, c.Phase, d.Evaluate(c).Result); got != worst {
			t.Fatalf("%+v is %d, and the worst of its signs %d", c, got, worst)
		}
	})
}

func TestASignThatIsMissingIsNeverOK(t *testing.T) {
	each(t, func(_ *rand.Rand, d *protocol.Document, c protocol.Case) {
		for _, part := range parts {
			less := c
			part(protocol.Case{Age: c.Age, Baseline: c.Baseline}, &less)
			got := d.Evaluate(less).Result
			if grave(t, c.Phase, got) < grave(t, c.Phase, protocol.NotCleared) {
				t.Fatalf("%+v is %s", less, got)
			}
		}
		all := calm(c.Phase)
		parts[1](protocol.Case{}, &all)
		if got := d.Evaluate(all).Result; got != protocol.NotCleared {
			t.Fatalf("all is calm, one is missing, and it is %s", got)
		}
	})
}

func TestAWorseSignNeverImprovesAnything(t *testing.T) {
	each(t, func(r *rand.Rand, d *protocol.Document, c protocol.Case) {
		was := grave(t, c.Phase, d.Evaluate(c).Result)
		for _, worsen := range []func(*protocol.Case){
			func(c *protocol.Case) { c.SpO2.Value -= 1 + r.IntN(6) },
			func(c *protocol.Case) { c.MOAAS.Value = max(c.MOAAS.Value-1, 0) },
			func(c *protocol.Case) { // further away from the middle
				if c.HR.Value > 75 {
					c.HR.Value += r.IntN(40)
				} else {
					c.HR.Value -= r.IntN(20)
				}
			},
			func(c *protocol.Case) {
				if c.RR.Value > 16 {
					c.RR.Value += r.IntN(10)
				} else {
					c.RR.Value -= r.IntN(5)
				}
			},
			func(c *protocol.Case) {
				if c.BP.Value[0] >= 130 {
					c.BP.Value[0] += r.IntN(40)
					c.BP.Value[1] += r.IntN(20)
				}
			},
			func(c *protocol.Case) {
				if c.Repeat.Known && c.Repeat.Value[0] >= 130 {
					c.Repeat.Value[0] += r.IntN(40)
				}
			},
		} {
			worse := c
			worsen(&worse)
			if now := grave(t, c.Phase, d.Evaluate(worse).Result); now < was {
				t.Fatalf("%+v is %d; worse, %+v, it is %d", c, was, worse, now)
			}
		}
	})
}

// TestTheRuleForTheOlderHoldsFromItsAgeOn: on either side of the age, age
// alone changes nothing; across it, the example's limit is the wider one.
func TestTheRuleForTheOlderHoldsFromItsAgeOn(t *testing.T) {
	each(t, func(r *rand.Rand, d *protocol.Document, c protocol.Case) {
		c.Phase = protocol.PhaseBefore
		at := func(age int) int {
			c.Age = protocol.Tell(age)
			return grave(t, c.Phase, d.Evaluate(c).Result)
		}
		young, old := at(18+r.IntN(46)), at(65+r.IntN(30))
		if young != at(64) || old != at(65) {
			t.Fatalf("%+v changes with age alone", c)
		}
		if old > young {
			t.Fatalf("%+v is %d from 65 on and %d before", c, old, young)
		}
	})
}

func TestARedSymptomIsRedWhateverTheFiguresSay(t *testing.T) {
	each(t, func(r *rand.Rand, d *protocol.Document, c protocol.Case) {
		red := d.Symptoms.Red
		c.Symptoms = []string{red[r.IntN(len(red))]}
		for _, phase := range []string{protocol.PhaseBefore, protocol.PhaseDuring, protocol.PhaseDischarge} {
			c.Phase = phase
			if got := d.Evaluate(c); got.Result != protocol.Red {
				t.Fatalf("%+v is %s", c, got.Result)
			}
		}
		if r.IntN(2) == 0 { // nothing else is known
			bare := protocol.Case{Phase: c.Phase, Symptoms: c.Symptoms}
			if got := d.Evaluate(bare); got.Result != protocol.Red {
				t.Fatalf("%+v is %s", bare, got.Result)
			}
		}
	})
}

func TestAnythingThatIsFalseKeepsThemHere(t *testing.T) {
	d := protocol.ExampleOf("ketamine_im")
	whole := func() protocol.Case {
		c := calm(protocol.PhaseDischarge)
		c.Leaving = protocol.Leaving{
			Elapsed: protocol.Tell(150), Aldrete: protocol.Tell([]int{2, 2, 2, 2, 2}), Dissociation: protocol.Tell(0), Oriented: protocol.Tell(4),
			Walks: protocol.Tell(true), Nausea: protocol.Tell(true), Fluids: protocol.Tell(true), Intent: protocol.Tell(false), Escort: protocol.Tell("Rowan"), Instructions: protocol.Tell(true),
		}
		return c
	}
	if got := d.Evaluate(whole()); got.Result != protocol.NeedsSignature {
		t.Fatalf("with everything true: %+v", got)
	}
	for name, spoil := range map[string]func(*protocol.Case){
		"time":         func(c *protocol.Case) { c.Elapsed.Value = 119 },
		"no time":      func(c *protocol.Case) { c.Elapsed = protocol.Told[int]{} },
		"Aldrete":      func(c *protocol.Case) { c.Aldrete.Value = []int{2, 2, 1, 1, 2} },
		"item":         func(c *protocol.Case) { c.Aldrete.Value = []int{2, 2, 2, 2, 0} },
		"no Aldrete":   func(c *protocol.Case) { c.Aldrete = protocol.Told[[]int]{} },
		"dissociation": func(c *protocol.Case) { c.Dissociation.Value = 1 },
		"oriented":     func(c *protocol.Case) { c.Oriented.Value = 3 },
		"sedation":     func(c *protocol.Case) { c.MOAAS.Value = 4 },
		"walks":        func(c *protocol.Case) { c.Walks.Value = false },
		"nausea":       func(c *protocol.Case) { c.Nausea.Known = false },
		"fluids":       func(c *protocol.Case) { c.Fluids.Value = false },
		"intent":       func(c *protocol.Case) { c.Intent.Value = true },
		"not asked":    func(c *protocol.Case) { c.Intent.Known = false },
		"escort":       func(c *protocol.Case) { c.Escort.Value = "  " },
		"instructions": func(c *protocol.Case) { c.Instructions.Value = false },
		"pressure":     func(c *protocol.Case) { c.BP.Value = protocol.BP{140, 80} },
		"diastolic":    func(c *protocol.Case) { c.BP.Value = protocol.BP{130, 90} },
		"no pressure":  func(c *protocol.Case) { c.BP.Known = false },
		"saturation":   func(c *protocol.Case) { c.SpO2.Value = 93 },
		"pulse":        func(c *protocol.Case) { c.HR.Value = 111 },
		"breathing":    func(c *protocol.Case) { c.RR.Value = 9 },
		"product":      func(c *protocol.Case) { c.Product = "esketamine" },
	} {
		c := whole()
		spoil(&c)
		if got := d.Evaluate(c); got.Result != protocol.Stay || len(got.Why) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
