package dosing_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"held/rules/dosing"
	"held/rules/protocol"
)

const medicine protocol.Medicine = "ketamine_im"

var at = time.Date(2026, 12, 10, 14, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return at.Add(-time.Duration(days) * 24 * time.Hour) }

func figure(t testing.TB, s string) protocol.Decimal {
	t.Helper()
	d, err := protocol.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ptr[T any](v T) *T { return &v }

// document is a protocol of this test's, with boosters.
func document(t testing.TB) *protocol.Document {
	d := protocol.ExampleOf(medicine)
	d.Dose.Unit = dosing.PerKilo
	d.Dose.From, d.Dose.To, d.Dose.AlertOver, d.Dose.StopOver = ptr(figure(t, "0.5")), ptr(figure(t, "1.5")), ptr(figure(t, "1.5")), ptr(figure(t, "3"))
	d.Dose.Boosters, d.Dose.BoosterTo, d.Dose.BoosterFromMin, d.Dose.BoosterToMin = ptr(1), ptr(figure(t, "0.5")), ptr(10), ptr(30)
	d.Validity.WeightDays = ptr(30)
	d.Sessions = protocol.Sessions{GapDays: ptr(7), FlagWeek: ptr(3), FlagDays: ptr(90), FlagCount: ptr(12), Most: ptr(6)}
	return d
}

func order(t testing.TB, dose string) dosing.Order {
	return dosing.Order{
		Medicine: medicine, Dose: dosing.Amount{Value: figure(t, dose), Unit: dosing.PerKilo}, Boosters: ptr(0), At: at,
		Weight: dosing.Weight{Kg: figure(t, "68.5"), Taken: ago(3)},
		Past:   dosing.Past{Given: []dosing.Given{{At: ago(20), Session: "a", Mg: figure(t, "34.25")}}, Cleared: ago(60)},
	}
}

func level(t *testing.T, what string, o dosing.Order, want dosing.Level, words string) {
	t.Helper()
	r := dosing.Check(document(t), o)
	if r.Worst() != want {
		t.Errorf("%s: %s, not %s: %+v", what, r.Worst(), want, r.Findings)
	}
	all := ""
	for _, f := range r.Findings {
		all += f.Say + "\n"
		if f.Level == dosing.Stop && f.Do == "" {
			t.Errorf("%s: it stops and does not say what to do: %s", what, f.Say)
		}
	}
	if !strings.Contains(all, words) {
		t.Errorf("%s: does not say %q:\n%s", what, words, all)
	}
}

func TestADoseIsHeldAgainstTheProtocol(t *testing.T) {
	level(t, "in range", order(t, "0.5"), dosing.Note, "")
	level(t, "below the range", order(t, "0.4"), dosing.Note, "below the protocol's range")
	level(t, "as high as is not asked about", order(t, "1.5"), dosing.Note, "")
	level(t, "a thousandth more", order(t, "1.501"), dosing.Ask, "asks again: 102.75 mg (1.5 mg/kg)")
	level(t, "as high as is never passed", order(t, "3"), dosing.Ask, "")
	level(t, "a thousandth above that", order(t, "3.001"), dosing.Stop, "never goes over: 205.5 mg (3 mg/kg)")
	o := order(t, "0.5")
	o.Dose = dosing.Amount{Value: figure(t, "102.751"), Unit: dosing.Milligrams}
	level(t, "in mg, a thousandth of a mg above", o, dosing.Ask, "102.751 mg (about 1.5 mg/kg)")
	o.Medicine = "ketamine_sl"
	level(t, "another route", o, dosing.Stop, "No signed protocol")
}

func TestWhatIsNotKnownStops(t *testing.T) {
	for what, change := range map[string]func(*dosing.Order){
		"no weight":                  func(o *dosing.Order) { o.Weight = dosing.Weight{} },
		"no day of the weight":       func(o *dosing.Order) { o.Weight.Taken = time.Time{} },
		"a weight of the future":     func(o *dosing.Order) { o.Weight.Taken = at.Add(time.Hour) },
		"a weight too old":           func(o *dosing.Order) { o.Weight.Taken = ago(31) },
		"no dose":                    func(o *dosing.Order) { o.Dose.Value = 0 },
		"no unit":                    func(o *dosing.Order) { o.Dose.Unit = "" },
		"boosters not said":          func(o *dosing.Order) { o.Boosters = nil },
		"a booster without its dose": func(o *dosing.Order) { o.Boosters = ptr(1) },
		"more boosters than allowed": func(o *dosing.Order) { o.Boosters = ptr(2); o.Booster = o.Dose },
		"a booster above the limit": func(o *dosing.Order) {
			o.Boosters = ptr(1)
			o.Booster = dosing.Amount{Value: 501, Unit: dosing.PerKilo}
		},
		"more than one clearance has": func(o *dosing.Order) { o.Past.Unrecorded = []time.Time{ago(10), ago(21), ago(28), ago(35), ago(42)} },
	} {
		o := order(t, "0.5")
		change(&o)
		level(t, what, o, dosing.Stop, "")
	}
	o := order(t, "0.5")
	o.Weight.Taken = ago(30)
	level(t, "a weight as old as it may be", o, dosing.Note, "")
	if r := dosing.Check(nil, o); r.Worst() != dosing.Stop {
		t.Error("without a protocol it is signed")
	}
}

func TestWhatCameBeforeIsCountedAndAskedAbout(t *testing.T) {
	o := order(t, "0.5")
	o.Past.Given = []dosing.Given{{At: ago(3), Session: "b", Mg: 30000}, {At: ago(3).Add(20 * time.Minute), Session: "b", Mg: 5000}, {At: ago(25), Session: "a", Mg: 34250}}
	level(t, "too soon", o, dosing.Ask, "The last session was 3 days before this one; the protocol wants 7 days at least.")
	s := dosing.Check(document(t), o).Sums
	if s.Spans[0] != (dosing.Sum{Days: 7, Mg: 35000, Sessions: 1}) || s.Spans[1] != (dosing.Sum{Days: 30, Mg: 69250, Sessions: 2}) {
		t.Errorf("sums: %+v", s.Spans)
	}
	o.Past.Unrecorded = []time.Time{ago(5)}
	level(t, "three in a week", o, dosing.Ask, "session 3 within 7 days")
	level(t, "and one of them unknown", o, dosing.Ask, "1 session was held before without a dose on record")
	o.Past = dosing.Past{Cleared: ago(60), Given: []dosing.Given{{At: ago(10), Session: "a"}}}
	if s := dosing.Check(document(t), o).Sums; s.Spans[1] != (dosing.Sum{Days: 30, Sessions: 1, Unknown: 1}) {
		t.Errorf("a dose of which nobody entered how much: %+v", s.Spans)
	}
	o.Past = dosing.Past{Cleared: ago(60)}
	level(t, "the first", o, dosing.Note, "No earlier session is on record here")
	o = order(t, "1.2")
	o.Boosters, o.Booster = ptr(1), dosing.Amount{Value: figure(t, "0.4"), Unit: dosing.PerKilo}
	level(t, "with its booster", o, dosing.Ask, "With every booster it comes to 109.6 mg (1.6 mg/kg)")
}

func TestMgAndMgForEachKilogramAreExact(t *testing.T) {
	kg := figure(t, "68.5")
	if s := (dosing.Amount{Value: figure(t, "0.5"), Unit: dosing.PerKilo}).Both(kg); s != "34.25 mg (0.5 mg/kg)" {
		t.Error(s)
	}
	if s := (dosing.Amount{Value: figure(t, "0.333"), Unit: dosing.PerKilo}).Both(figure(t, "68.501")); s != "about 22.81 mg (0.333 mg/kg)" {
		t.Error(s)
	}
	if s := (dosing.Amount{Value: figure(t, "35"), Unit: dosing.Milligrams}).Both(0); s != "35 mg (mg/kg not known: no weight)" {
		t.Error(s)
	}
}

// TestNoDoseGetsMilderByGrowing: a higher dose, a larger or further booster, an
// older weight, another session before it: none of it lowers the gravest level.
func TestNoDoseGetsMilderByGrowing(t *testing.T) {
	dice, doc := rand.New(rand.NewPCG(1, 30)), document(t)
	for range 20000 {
		o := order(t, "1")
		o.Dose = dosing.Amount{Value: protocol.Decimal(1 + dice.IntN(4000)), Unit: dosing.PerKilo}
		if dice.IntN(2) == 0 {
			o.Dose = dosing.Amount{Value: protocol.Decimal(1 + dice.IntN(250000)), Unit: dosing.Milligrams}
		}
		o.Boosters, o.Booster = ptr(dice.IntN(3)), dosing.Amount{Value: protocol.Decimal(1 + dice.IntN(700)), Unit: dosing.PerKilo}
		o.Weight.Taken = ago(dice.IntN(40))
		o.Past.Given[0].At = ago(1 + dice.IntN(40))
		worse := o
		worse.Past.Given = append([]dosing.Given(nil), o.Past.Given...)
		switch dice.IntN(5) {
		case 0:
			worse.Dose.Value += protocol.Decimal(1 + dice.IntN(3000))
		case 1:
			worse.Booster.Value += protocol.Decimal(1 + dice.IntN(500))
		case 2:
			worse.Weight.Taken = worse.Weight.Taken.Add(-time.Duration(dice.IntN(900)) * time.Hour)
		case 3:
			worse.Past.Given = append(worse.Past.Given, dosing.Given{At: ago(1 + dice.IntN(80)), Session: "more", Mg: 1000})
		case 4:
			worse.Past.Unrecorded = append(worse.Past.Unrecorded, ago(1+dice.IntN(80)))
		}
		if a, b := dosing.Check(doc, o).Worst(), dosing.Check(doc, worse).Worst(); b < a {
			t.Fatalf("%s became %s:\n%+v\n%+v", a, b, o, worse)
		}
	}
}

// TestNoMissingFigureOfTheProtocolIsAYes: whatever of the figures that an order
// needs is not in the protocol, it is not signed as if it were fine.
func TestNoMissingFigureOfTheProtocolIsAYes(t *testing.T) {
	for what, without := range map[string]func(*protocol.Document){
		"unit": func(d *protocol.Document) { d.Dose.Unit = "" }, "alert": func(d *protocol.Document) { d.Dose.AlertOver = nil },
		"stop": func(d *protocol.Document) { d.Dose.StopOver = nil }, "boosters": func(d *protocol.Document) { d.Dose.Boosters = nil },
		"booster": func(d *protocol.Document) { d.Dose.BoosterTo = nil }, "from": func(d *protocol.Document) { d.Dose.BoosterFromMin = nil },
		"until": func(d *protocol.Document) { d.Dose.BoosterToMin = nil }, "weight": func(d *protocol.Document) { d.Validity.WeightDays = nil },
		"gap": func(d *protocol.Document) { d.Sessions.GapDays = nil }, "week": func(d *protocol.Document) { d.Sessions.FlagWeek = nil },
		"most": func(d *protocol.Document) { d.Sessions.Most = nil },
	} {
		d, o := document(t), order(t, "0.5")
		o.Boosters, o.Booster = ptr(1), dosing.Amount{Value: 400, Unit: dosing.PerKilo}
		if dosing.Check(d, o).Worst() != dosing.Note {
			t.Fatal("it was not fine to begin with")
		}
		without(d)
		if dosing.Check(d, o).Worst() == dosing.Note {
			t.Errorf("without %s it is fine", what)
		}
	}
}
