package protocol_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"held/rules/protocol"
)

// TestTheWorkedCases reads every worked case of the facts, and our own beside
// them, by the example of a protocol that the program prints.
func TestTheWorkedCases(t *testing.T) {
	read := 0
	for _, file := range []string{"testdata/cases.jsonl", "testdata/further.jsonl"} {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); read++ {
			var want struct{ Case, Expect string }
			if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			c, err := protocol.ReadCase(bytes.NewReader(lines.Bytes()))
			if err != nil {
				t.Errorf("%s: %v", want.Case, err)
				continue
			}
			d := again(t, protocol.ExampleOf("ketamine_im"))
			if got := d.Evaluate(c); got.Result != want.Expect {
				t.Errorf("%s is %s, want %s: %v", want.Case, got.Result, want.Expect, got.Why)
			} else if got.Result != protocol.OK && len(got.Why) == 0 {
				t.Errorf("%s is %s without a reason", want.Case, got.Result)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if read < 50 {
		t.Errorf("only %d cases were read", read)
	}
}

// again is a document that has been written and read.
func again(t *testing.T, d *protocol.Document) *protocol.Document {
	t.Helper()
	var out bytes.Buffer
	if err := (protocol.File{Status: protocol.Unsigned, Document: *d}).Write(&out); err != nil {
		t.Fatal(err)
	}
	read, err := protocol.Decode(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := d.Canonical()
	b, _ := read.Canonical()
	if !bytes.Equal(a, b) {
		t.Fatalf("written and read, it is another:\n%s\n%s", a, b)
	}
	return read
}

func TestEveryExampleFitsItsFieldAndSaysWhereItIsFrom(t *testing.T) {
	for _, m := range protocol.Medicines {
		med := protocol.Medicine(m.Value)
		for _, f := range protocol.Fields() {
			for _, e := range protocol.Examples(med, f.Path) {
				if e.Text == "" || e.Mark.Words() == "" {
					t.Errorf("%s: %+v", f.Path, e)
				}
				if len(e.Value) > 0 {
					d := &protocol.Document{Format: protocol.Format, Medicine: med}
					if err := d.Set(f, e.Value...); err != nil {
						t.Errorf("%s: %v", f.Path, err)
					}
				}
				if e.Mark == protocol.Excerpt && len(e.Source) == 0 || slices.Contains(e.From(), "") {
					t.Errorf("%s: an excerpt of nothing: %+v", f.Path, e)
				}
			}
		}
		if bad := protocol.ExampleOf(med).Check(); len(bad) > 0 {
			t.Errorf("the example of %s contradicts itself: %v", med, bad)
		}
		again(t, protocol.ExampleOf(med))
	}
}

func TestNoExampleOfAFieldThatIsNotThere(t *testing.T) {
	raw, err := os.ReadFile("examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Examples []protocol.Example }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, e := range file.Examples {
		if _, ok := protocol.FieldAt(e.Path); !ok {
			t.Errorf("%s is no field", e.Path)
		}
		for _, m := range e.For {
			if !m.Known() {
				t.Errorf("%s is no medicine", m)
			}
		}
	}
}

func TestWhatIsWrongIsNamedByItsPath(t *testing.T) {
	for text, want := range map[string][]string{
		`{"format":1,"medicine":"ketamine_im","dose":{"form":0.5}}`:                              {"dose.form"},
		`{"format":1,"medicine":"ketamine_im","bands":{"systolic":{"hold_high":160}}}`:           {"bands.systolic.hold_high"},
		`{"format":1,"medicine":"ketamine_im","bands":{"systolic":{"hold_high":"160"}}}`:         {"bands.systolic.hold_high"},
		`{"format":1,"medicine":"ketamine_im","observation":{"at_min":[0,1.5]},"labs":{}}`:       {"observation.at_min", "labs"},
		`{"format":1,"medicine":"ketamine_im","screening":{"aneurysm":"clear","unicorn":"off"}}`: {"screening.aneurysm", "screening.unicorn"},
		`{"format":1,"medicine":"ketamine_im","symptoms":{"red":["hunger"]}}`:                    {"symptoms.red"},
		`{"format":1,"medicine":"ketamine_im","dose":{"from":1,"from":2}}`:                       {"dose.from"},
		`{"format":1,"medicine":"ketamine_im","dose":null}`:                                      {"dose"},
		`{"format":1,"medicine":"ketamine_im","dose":{"from":null}}`:                             {"dose.from"},
		`{"format":1,"medicine":"ketamine_im","dose":{"from":0.00001}}`:                          {"dose.from"},
		`{"format":1,"medicine":"ketamine_im","discharge":{"aldrete":11}}`:                       {"discharge.aldrete"},
		`{"format":2,"medicine":"absinthe"}`:                                                     {"format", "medicine"},
		`{}`:                                                                                     {"format", "medicine"},
		`[]`:                                                                                     {""},
		`hello`:                                                                                  {""},
	} {
		_, err := protocol.Decode([]byte(text))
		var bad protocol.Faults
		if !errors.As(err, &bad) {
			t.Errorf("%s was read: %v", text, err)
			continue
		}
		var got []string
		for _, f := range bad {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, bad, want)
		}
	}
}

func TestAContradictionIsNamedByItsPath(t *testing.T) {
	for _, x := range []struct{ path, typed, at string }{
		{"bands.systolic.hold_high", ">130", "bands.systolic.hold_high"},
		{"bands.systolic.hold_high", "<160", "bands.systolic.hold_high"},
		{"bands.systolic.no_override", "≥150", "bands.systolic.no_override"},
		{"bands.oxygen.red", "<95", "bands.oxygen.red"},
		{"bands.pulse.review_low", "<100", "bands.pulse.review_low"},
		{"bands.older.systolic.review_high", ">165", "bands.systolic.hold_high"},
		{"bands.older_from", "", "bands.older_from"},
		{"dose.to", "0.2", "dose.to"},
		{"dose.stop_over", "1", "dose.stop_over"},
		{"observation.at_min", "0, 20, 20", "observation.at_min"},
		{"observation.minimum_min", "60", "observation.minimum_min"},
		{"discharge.oxygen", "<94", "discharge.oxygen"},
		{"discharge.pulse_to", "40", "discharge.pulse_to"},
	} {
		d := protocol.ExampleOf("ketamine_im")
		f, ok := protocol.FieldAt(x.path)
		if !ok {
			t.Fatal(x.path)
		}
		if err := d.Set(f, x.typed); err != nil {
			t.Fatal(x.path, err)
		}
		bad := d.Check()
		if !slices.ContainsFunc(bad, func(f protocol.Fault) bool { return f.Path == x.at }) {
			t.Errorf("%s = %s: %v", x.path, x.typed, bad)
		}
	}
}

func TestAnEmptyDraftMissesWhatTheFormAsks(t *testing.T) {
	d := &protocol.Document{Format: protocol.Format, Medicine: "ketamine_im"}
	all := d.Missing()
	if len(all) < 80 {
		t.Errorf("only %d fields are missing of an empty draft", len(all))
	}
	b, err := d.Canonical()
	if err != nil || string(b) != `{"format":1,"medicine":"ketamine_im"}` {
		t.Errorf("an empty draft has values: %s, %v", b, err)
	}
	// Boosters make the fields about boosters necessary.
	full := protocol.ExampleOf("ketamine_im")
	before := len(full.Missing())
	f, _ := protocol.FieldAt("dose.boosters")
	if err := full.Set(f, "1"); err != nil {
		t.Fatal(err)
	}
	if got := len(full.Missing()); got != before-1+3 {
		t.Errorf("%d, then %d", before, got)
	}
}

func TestAProtocolThatSaysNothingClearsNothing(t *testing.T) {
	d := &protocol.Document{Format: protocol.Format, Medicine: "ketamine_im"}
	for text, want := range map[string]string{
		`{"phase":"pre","age":44,"bp":[120,80],"hr":72,"spo2":98,"rr":14,"moaas":5}`:               protocol.NotCleared,
		`{"phase":"during","baseline":[124,78],"bp":[120,80],"hr":72,"spo2":98,"rr":14,"moaas":5}`: protocol.NotCleared,
		`{"phase":"discharge","elapsed_min":900,"all_other":true}`:                                 protocol.Stay,
		`{"flags":[]}`: protocol.NotCleared,
	} {
		c, err := protocol.ReadCase(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Evaluate(c); got.Result != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	// One field less is enough.
	for _, f := range protocol.ExampleOf("ketamine_im").Missing() {
		if strings.HasPrefix(f.Path, "bands.") {
			t.Errorf("the example lacks %s", f.Path)
		}
	}
}

func TestWhatChangedIsTold(t *testing.T) {
	was, now := protocol.ExampleOf("ketamine_im"), protocol.ExampleOf("ketamine_im")
	f, _ := protocol.FieldAt("bands.systolic.hold_high")
	if err := now.Set(f, "≥150"); err != nil {
		t.Fatal(err)
	}
	all := protocol.Changes(was, now)
	if len(all) != 1 || all[0].Was != "≥160" || all[0].Now != "≥150" || all[0].Field.Path != f.Path {
		t.Errorf("%+v", all)
	}
	if len(protocol.Changes(was, was)) != 0 {
		t.Error("nothing changed, and something is told")
	}
}

func TestACaseIsReadStrictly(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `{"phase":"later"}`, `{"phase":"pre","pulse":80}`, `{"phase":"pre","spo2":101}`, `{"phase":"pre","bp":[120]}`, `{"phase":"pre","bp":[80,120]}`,
		`{"phase":"pre","symptoms":["hunger"]}`, `{"phase":"pre","moaas":6}`, `{"phase":"discharge","aldrete":[2,2]}`, `{"phase":"pre"} {"phase":"pre"}`, `{"phase":"pre","product":"gin"}`,
	} {
		if c, err := protocol.ReadCase(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read: %+v", text, c)
		}
	}
}

func TestEveryFieldIsAskedForInOnePart(t *testing.T) {
	asked := map[string]int{}
	for _, f := range protocol.Fields() {
		if _, ok := protocol.PartAt(f.Part); !ok || f.Name() == "" {
			t.Errorf("%s: %q, part %q", f.Path, f.Name(), f.Part)
		}
		asked[f.Part]++
	}
	for _, p := range protocol.Parts() {
		if asked[p.Key] == 0 || p.Title == "" {
			t.Errorf("%+v asks for nothing", p)
		}
	}
	if _, ok := protocol.PartAt("labs"); ok {
		t.Error("there is a part that is not there")
	}
}

func TestEachConditionOfADischargeSaysHowItStands(t *testing.T) {
	d := protocol.ExampleOf("ketamine_im")
	of := func(c protocol.Case) map[string]protocol.Condition {
		out := map[string]protocol.Condition{}
		for _, x := range d.Conditions(c) {
			out[x.Key] = x
		}
		return out
	}
	nothing := of(protocol.Case{Phase: protocol.PhaseDischarge})
	for key, x := range nothing {
		if want := protocol.NotAnswered; key != protocol.CondSymptoms && x.State != want {
			t.Errorf("with nothing known, %s is %q", key, x.State)
		}
	}
	some := of(protocol.Case{Phase: protocol.PhaseDischarge, MOAAS: protocol.Tell(5), HR: protocol.Tell(111), Leaving: protocol.Leaving{Intent: protocol.Tell(true), Elapsed: protocol.Tell(119)}})
	for key, want := range map[string]protocol.Standing{
		protocol.CondSedation: protocol.Met, protocol.CondPulse: protocol.NotMet, protocol.CondIntent: protocol.NotMet, protocol.CondTime: protocol.NotMet, protocol.CondWalks: protocol.NotAnswered,
	} {
		if got := some[key]; got.State != want || (want == protocol.Met) != (len(got.Why) == 0) {
			t.Errorf("%s: %+v, want %s", key, got, want)
		}
	}
	bare := &protocol.Document{Medicine: "ketamine_im"}
	for _, x := range bare.Conditions(protocol.Case{Phase: protocol.PhaseDischarge, AllOther: true}) {
		if x.State != protocol.NotSaid {
			t.Errorf("a protocol that says nothing has %s as %q", x.Key, x.State)
		}
	}
}
