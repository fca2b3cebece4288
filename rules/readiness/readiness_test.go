package readiness

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	needs = []Need{
		{Key: "protocol", Holder: Prescriber},
		{Key: "clearance", Holder: Prescriber, Dated: true},
		{Key: "fasting", Holder: Client, Overridable: true},
		{Key: "vitals", Holder: Attendant, Overridable: true},
	}
)

func met(key string) Condition {
	return Condition{Key: key, State: Met, Since: noon.Add(-time.Hour), Until: noon.Add(time.Hour), Basis: key + " 1", Overridable: true}
}

func allMet() (out []Condition) {
	for _, n := range needs {
		out = append(out, met(n.Key))
	}
	return out
}

func key(role, by string, r Result) Attestation {
	return Attestation{ID: role + by, Role: role, By: by, At: noon.Add(-time.Minute), Seen: r.Marks()}
}

// both reckons with both keys turned over the conditions as they are.
func both(given []Condition, overrides []Override) ([]Attestation, Result) {
	r := Reckon(noon, needs, given, nil, overrides)
	keys := []Attestation{key(Prescriber, "ines", r), key(Guide, "leonor", r)}
	return keys, Reckon(noon, needs, given, keys, overrides)
}

func change(given []Condition, key string, fn func(*Condition)) []Condition {
	out := slices.Clone(given)
	for i := range out {
		if out[i].Key == key {
			fn(&out[i])
		}
	}
	return out
}

func TestTwoKeysOverMetConditionsOpenTheGate(t *testing.T) {
	given := allMet()
	if r := Reckon(noon, needs, given, nil, nil); r.Open || !r.Ready() {
		t.Errorf("without a key: open %v, ready %v", r.Open, r.Ready())
	}
	keys, r := both(given, nil)
	if !r.Open {
		t.Fatalf("two keys do not open it: %+v", r)
	}
	for i := range keys {
		if Reckon(noon, needs, given, keys[i:i+1], nil).Open {
			t.Error("one key opens it")
		}
	}
	keys[1].By = "ines"
	if r := Reckon(noon, needs, given, keys, nil); r.Open || !r.Same {
		t.Error("two keys in one hand open it, or it is not said")
	}
	keys[1].By, keys[1].Withdrawn = "leonor", noon
	if Reckon(noon, needs, given, keys, nil).Open {
		t.Error("a key that was withdrawn opens it")
	}
}

func TestWhatChangesAfterAKeyClosesTheGateAndIsNamed(t *testing.T) {
	given := allMet()
	keys, _ := both(given, nil)
	for name, fn := range map[string]func(*Condition){
		"ended":         func(c *Condition) { c.Until = noon },
		"closed":        func(c *Condition) { c.State = Closed },
		"another fact":  func(c *Condition) { c.Basis = "clearance 2" },
		"not known":     func(c *Condition) { c.State = Unknown },
		"without a day": func(c *Condition) { c.Until = time.Time{} },
		"dated ahead":   func(c *Condition) { c.Since = noon.Add(time.Second) },
		"no state":      func(c *Condition) { c.State = "yes" },
	} {
		r := Reckon(noon, needs, change(given, "clearance", fn), keys, nil)
		for _, role := range []string{Prescriber, Guide} {
			if k := r.Key(role); r.Open || k.Turned || !k.Lapsed || !slices.Equal(k.Changed, []string{"clearance"}) {
				t.Errorf("%s: open %v, the %s's key %+v", name, r.Open, role, k)
			}
		}
	}
}

func TestAnOverrideIsForOneFactAndNeverForARuleThatHasNone(t *testing.T) {
	given := change(allMet(), "fasting", func(c *Condition) { c.State, c.Basis = Open, "a biscuit" })
	o := Override{ID: "o1", Role: Prescriber, By: "ines", At: noon.Add(-time.Hour), Rule: "fasting", Why: "One biscuit, five hours ago.", Seen: Mark{"fasting", Open, "a biscuit"}}
	if _, r := both(given, []Override{o}); !r.Open {
		t.Error("an override does not let them go on")
	}
	worse := change(given, "fasting", func(c *Condition) { c.State, c.Basis = Closed, "a meal" })
	if _, r := both(worse, []Override{o}); r.Open {
		t.Error("an override for a biscuit passes a meal")
	}
	for name, fn := range map[string]func(*Override){
		"by a guide":       func(o *Override) { o.Role = Guide },
		"without a reason": func(o *Override) { o.Why = "" },
		"by nobody":        func(o *Override) { o.By = "" },
		"tomorrow":         func(o *Override) { o.At = noon.Add(time.Hour) },
		"of another rule":  func(o *Override) { o.Rule = "vitals" },
	} {
		bad := o
		fn(&bad)
		if _, r := both(given, []Override{bad}); r.Open {
			t.Errorf("an override %s lets them go on", name)
		}
	}
	for _, rule := range []string{"protocol", "clearance"} {
		given := change(allMet(), rule, func(c *Condition) { c.State, c.Basis = Open, "x" })
		o.Rule, o.Seen = rule, Mark{rule, Open, "x"}
		if _, r := both(given, []Override{o}); r.Open {
			t.Errorf("%s has no override, and one opens the gate", rule)
		}
	}
}

// world is one random state of everything, small enough that things collide.
type world struct {
	given     []Condition
	keys      []Attestation
	overrides []Override
}

func random(d *rand.Rand) (w world) {
	states := []State{Met, Met, Met, Open, Unknown, Closed}
	any := func(n int) string { return strconv.Itoa(d.IntN(n)) }
	w.given = allMet()
	for i := range w.given {
		if d.IntN(3) == 0 {
			w.given[i].State, w.given[i].Basis = states[d.IntN(len(states))], any(2)
			w.given[i].Overridable = d.IntN(4) > 0
		}
	}
	for range d.IntN(4) {
		n := needs[d.IntN(len(needs))]
		w.overrides = append(w.overrides, Override{
			ID: any(3), Role: []string{Prescriber, Prescriber, Guide}[d.IntN(3)], By: "ines", At: noon.Add(-time.Duration(d.IntN(3)) * time.Minute), Rule: n.Key, Why: "why",
			Seen: Mark{n.Key, states[d.IntN(len(states))], any(2)},
		})
	}
	seen := Reckon(noon, needs, w.given, nil, w.overrides).Marks()
	for range d.IntN(5) {
		a := Attestation{ID: any(9), Role: []string{Prescriber, Guide}[d.IntN(2)], By: []string{"ines", "leonor"}[d.IntN(2)], At: noon.Add(-time.Duration(d.IntN(5)) * time.Minute), Seen: slices.Clone(seen)}
		if d.IntN(4) == 0 {
			i := d.IntN(len(a.Seen))
			a.Seen[i].State, a.Seen[i].Basis = states[d.IntN(len(states))], any(3)
		}
		if d.IntN(6) == 0 {
			a.Withdrawn = noon
		}
		w.keys = append(w.keys, a)
	}
	return w
}

func (w world) reckon() Result { return Reckon(noon, needs, w.given, w.keys, w.overrides) }

// TestTheGateInEveryWeather holds what must be so of any world at all.
func TestTheGateInEveryWeather(t *testing.T) {
	opened := 0
	for seed := range uint64(40_000) {
		d := rand.New(rand.NewPCG(seed, 5))
		w := random(d)
		r := w.reckon()
		if r.Open {
			opened++
		}
		if r.Open && (!r.Ready() || !r.Key(Prescriber).Turned || !r.Key(Guide).Turned || r.Key(Prescriber).By == r.Key(Guide).By) {
			t.Fatalf("seed %d: open without two keys over met conditions: %+v", seed, w)
		}
		for _, c := range r.Conditions {
			if i := slices.IndexFunc(needs, func(n Need) bool { return n.Key == c.Key }); c.State == Overridden && !needs[i].Overridable {
				t.Fatalf("seed %d: %s was passed", seed, c.Key)
			}
		}
		mixed := world{slices.Clone(w.given), slices.Clone(w.keys), slices.Clone(w.overrides)}
		d.Shuffle(len(mixed.given), func(i, j int) { mixed.given[i], mixed.given[j] = mixed.given[j], mixed.given[i] })
		d.Shuffle(len(mixed.keys), func(i, j int) { mixed.keys[i], mixed.keys[j] = mixed.keys[j], mixed.keys[i] })
		d.Shuffle(len(mixed.overrides), func(i, j int) { mixed.overrides[i], mixed.overrides[j] = mixed.overrides[j], mixed.overrides[i] })
		if mixed.reckon().Open != r.Open {
			t.Fatalf("seed %d: the order of events matters: %+v", seed, w)
		}
		if r.Open {
			continue
		}
		for name, less := range poorer(d, w) {
			if less.reckon().Open {
				t.Fatalf("seed %d: %s opens the gate: %+v then %+v", seed, name, w, less)
			}
		}
	}
	if opened < 1000 {
		t.Errorf("only %d worlds were open: the test looks at nothing", opened)
	}
}

// poorer are worlds in which one thing is worse or missing.
func poorer(d *rand.Rand, w world) map[string]world {
	out := map[string]world{}
	i := d.IntN(len(w.given))
	for _, s := range []State{Open, Unknown, Closed} {
		if s.rank() < w.given[i].State.rank() {
			out["a worse condition"] = world{change(w.given, w.given[i].Key, func(c *Condition) { c.State, c.Basis = s, strconv.Itoa(d.IntN(2)) }), w.keys, w.overrides}
		}
	}
	out["a condition less"] = world{slices.Delete(slices.Clone(w.given), i, i+1), w.keys, w.overrides}
	out["one that has ended"] = world{change(w.given, w.given[i].Key, func(c *Condition) { c.Until = noon.Add(-time.Second) }), w.keys, w.overrides}
	if len(w.keys) > 0 {
		out["a key less"] = world{w.given, w.keys[1:], w.overrides}
	}
	if len(w.overrides) > 0 {
		out["an override less"] = world{w.given, w.keys, w.overrides[1:]}
	}
	return out
}
