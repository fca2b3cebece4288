package medicine

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"held/internal/db"
	"held/rules/protocol"
	"held/rules/timeline"
)

var began = time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC)

// entered is an entry of a session, some minutes after it began.
func entered(seq int64, minutes int, kind timeline.Kind, body string) timeline.Entry {
	at, none := began.Add(time.Duration(minutes)*time.Minute), int64(0)
	return timeline.Entry{
		ID: fmt.Sprintf("01990000-0000-7000-8000-%012d", seq), Session: "s", Device: "tablet", Seq: seq, Kind: kind, Taken: at, Entered: at, Offset: &none,
		Body: json.RawMessage(body), By: "p1", Name: "Amadeu", Role: "prescriber", Received: at, N: seq,
	}
}

func sample(code string, entries ...timeline.Entry) Paper {
	p := Paper{
		Practice: paperHouse{db.ID{9}.String(), "Slack Water", "Europe/Lisbon"}, Session: db.ID{7}.String(), Client: db.ID{8}.String(), Called: "Ilan <&>", Opened: began, Ended: began.Add(140 * time.Minute), Outcome: "ended",
		Planned:  paperTimes{began, began.Add(3 * time.Hour)},
		Medicine: paperMedicine{Code: code, Name: protocol.Medicine(code).Name(), Protocol: "2", Baseline: &[2]int{124, 78}, Limits: protocol.ExampleOf(protocol.Medicine(code)).During(protocol.Tell(44))},
		Entries:  timelineOrder(entries), Gate: paperGate{Keys: []paperKey{}, Passed: []paperPass{}, Conditions: []paperLine{}},
	}
	p.People = peopleOf(p.Entries)
	return p
}

func timelineOrder(all []timeline.Entry) []timeline.Entry { return entriesOf(timeline.Merge(all)) }

func recorded(t *testing.T, p Paper, words map[string]SaidWords) *Record {
	t.Helper()
	text, err := p.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	r, err := recordOf(text, words, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signedBy signs a record as the practice would.
func (r *Record) signedBy(key ed25519.PrivateKey, part Part) {
	g := Signature{Act: actSigned, Part: part, Digest: r.Digest, N: int64(len(r.All) + 1), Name: "Amadeu", At: began, Meaning: r.Paper.meaning(part, true)}
	var before []byte
	if len(r.All) > 0 {
		before = r.All[len(r.All)-1].Hash
	}
	g.Session = db.ID{7}
	g.Statement = g.state(db.ID{9}, db.ID{8}, before, "a code")
	g.Sign, g.Key = ed25519.Sign(key, []byte(g.Statement)), key.Public().(ed25519.PublicKey)
	g.read()
	r.All = append(r.All, g)
}

// TestAPaperHasOneForm: in whichever order its entries arrived, and however
// often it is read and written.
func TestAPaperHasOneForm(t *testing.T) {
	t.Parallel()
	all := []timeline.Entry{
		entered(1, 0, timeline.Dose, `{"mg": 70.50, "medicine":"ketamine_im"}`), entered(2, 5, timeline.Vitals, `{"systolic":124,"diastolic":84}`),
		entered(3, 6, timeline.Said, `{"words":"The river","digest":"`+SaidDigest("salt", "The river")+`"}`), entered(4, 140, timeline.Phase, `{"to":"ended"}`),
	}
	want, err := sample("ketamine_im", all...).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(want, "The river") {
		t.Error("words stand in what is signed")
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		mixed := append(slices.Clone(all), all[dice.IntN(len(all))])
		dice.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got, err := sample("ketamine_im", mixed...).Canonical()
		if err != nil || got != want {
			t.Fatalf("another order gives another paper (%v)", err)
		}
		p, err := readPaper(got)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.Canonical(); err != nil || again != want {
			t.Fatalf("read and written, it is another paper (%v):\n%s\n%s", err, again, want)
		}
	}
}

// TestNoByteOfARecordCanBeChanged without the proof naming it, but for what is
// there for reading alone.
func TestNoByteOfARecordCanBeChanged(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := sample("ketamine_im", entered(1, 0, timeline.Dose, `{"mg":70,"medicine":"ketamine_im"}`), entered(2, 6, timeline.Said, `{"digest":"`+SaidDigest("salt", "The river")+`"}`))
	r := recorded(t, p, map[string]SaidWords{p.Entries[1].ID: {Words: "The river", Salt: "salt"}})
	r.signedBy(key, "prescriber")
	whole, err := r.File("")
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := VerifyFile(whole, key.Public().(ed25519.PublicKey)); err != nil || len(proof.Broken) > 0 || proof.Sealed != 1 || proof.Words != 1 {
		t.Fatalf("%v %+v", err, proof)
	}
	until := bytes.Index(whole, []byte(`"wordings"`))
	for i := range whole[:until] {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", rune(whole[i])) {
			continue
		}
		other := bytes.Clone(whole)
		other[i] = 'x'
		if whole[i] == 'x' {
			other[i] = 'y'
		}
		if proof, err := VerifyFile(other); err == nil && len(proof.Broken) == 0 && proof.Sealed == 1 && proof.Words == 1 {
			t.Fatalf("byte %d was changed and nothing is named: …%s…", i, other[max(0, i-30):i+10])
		}
	}
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := VerifyFile(whole, stranger.Public().(ed25519.PublicKey)); err != nil || len(proof.Broken) == 0 {
		t.Error("another key than the practice's is not named")
	}
}

// TestTheRemsFormSaysOnlyWhatIsKnown.
func TestTheRemsFormSaysOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	r := recorded(t, sample("esketamine",
		entered(1, -10, timeline.Vitals, `{"systolic":122,"diastolic":76}`),
		entered(2, 0, timeline.Dose, `{"mg":28,"lot":"L1","medicine":"esketamine"}`), entered(3, 5, timeline.Dose, `{"mg":28,"lot":"L1","medicine":"esketamine"}`),
		entered(4, 20, timeline.Vitals, `{"dissociation":2,"moaas":5}`), entered(5, 38, timeline.Vitals, `{"systolic":141,"diastolic":88,"dissociation":1,"moaas":5}`),
		entered(6, 90, timeline.Vitals, `{"dissociation":0,"moaas":5}`), entered(7, 118, timeline.Vitals, `{"systolic":126,"diastolic":78}`),
		entered(8, 140, timeline.Phase, `{"to":"ended"}`)), nil)
	x := &Rems{Record: r, Parts: []RemsPart{remsTaken([]Concomitant{{Class: "Opioids", Answer: "no"}, {Class: "Benzodiazepines", Answer: "yes", Names: []string{"Xanax"}}, {Class: "Psychostimulants"}}), r.remsDose(), r.remsVitals(), r.remsEffects(), r.remsEvents()}}
	said := x.text()
	for _, want := range []string{
		"Benzodiazepines: yes: Xanax\n", "Opioids: no\n", "Psychostimulants: not answered\n", "Monoamine oxidase inhibitors (MAOIs): not answered\n",
		"or other: 56 mg\n", "Lot: L1\n", "end): 140\n", "before the dose: 122/76 mmHg", "about 40 minutes: 141/88 mmHg", "before completion: 126/78 mmHg",
		"Vitals acceptable before the dose: not answered\n", "Sedation occurred: no\n", "Dissociation occurred: yes\n", "resolution: 90\n", "ready to leave: 140\n", "Serious adverse event: not answered\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the form lacks %q:\n%s", want, said)
		}
	}
	empty := recorded(t, sample("esketamine"), nil)
	none := (&Rems{Record: empty, Parts: []RemsPart{remsTaken(nil), empty.remsDose(), empty.remsVitals(), empty.remsEffects()}}).text()
	if strings.Contains(none, ": no\n") || strings.Contains(none, ": yes\n") || strings.Contains(none, ": 0\n") {
		t.Errorf("of nothing the form says something:\n%s", none)
	}
}

// TestARecordIsDrawnWithTheProtocolsBands and set on paper, whatever stands in it.
func TestARecordIsDrawnWithTheProtocolsBands(t *testing.T) {
	t.Parallel()
	all := []timeline.Entry{entered(1, 0, timeline.Dose, `{"mg":70,"medicine":"ketamine_im"}`)}
	for i := range 60 {
		all = append(all, entered(int64(i+2), 2+2*i, timeline.Vitals, fmt.Sprintf(`{"systolic":%d,"diastolic":80,"pulse":70,"oxygen":97,"breaths":14,"note":"名 %s"}`, 120+i, strings.Repeat("words ", i))))
	}
	wrong := entered(90, 3, timeline.Vitals, `{"systolic":214,"diastolic":84}`)
	right := entered(91, 4, timeline.Vitals, `{"systolic":124,"diastolic":84}`)
	right.Supersedes = wrong.ID
	r := recorded(t, sample("ketamine_im", append(all, wrong, right)...), nil)
	charts := r.charts(time.UTC)
	if len(charts) != 5 {
		t.Fatalf("%d signs are drawn, want 5", len(charts))
	}
	bands := map[string]int{}
	for _, p := range charts[0].Points {
		bands[p.Band]++
		if p.Value == 214 {
			t.Error("a reading that was corrected is drawn")
		}
	}
	// 124 is the baseline: 164 and more has risen by 40; 160 and more is amber by itself.
	if bands["amber ≥160"] == 0 || bands["–"] == 0 || bands["red ≥180"] != 0 {
		t.Errorf("readings lie in %v", bands)
	}
	for name, set := range map[string]func(*Record, paperSetting) ([]byte, error){"record": (*Record).PDF, "summary": (*Record).Summary} {
		b, err := set(r, paperSetting{Zone: time.UTC, Lang: "en", Made: began})
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := api.ReadAndValidate(bytes.NewReader(b), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheSchemaKnowsEveryFieldOfARecord.
func TestTheSchemaKnowsEveryFieldOfARecord(t *testing.T) {
	t.Parallel()
	p := sample("ketamine_im", entered(1, 0, timeline.Dose, `{"mg":70}`))
	p.Order, p.Left = &paperOrder{}, &paperLeft{}
	p.Waiting = []timeline.Gap{{Device: "d", From: 1, To: 2}}
	b, err := recorded(t, p, nil).File("x")
	if err != nil {
		t.Fatal(err)
	}
	var file, schema any
	for into, from := range map[*any][]byte{&file: b, &schema: recordSchema} {
		if err := json.Unmarshal(from, into); err != nil {
			t.Fatal(err)
		}
	}
	defs := schema.(map[string]any)["$defs"].(map[string]any)
	var walk func(path string, v, s any)
	walk = func(path string, v, s any) {
		rule, _ := s.(map[string]any)
		if ref, ok := rule["$ref"].(string); ok {
			rule = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		switch v := v.(type) {
		case map[string]any:
			props, closed := rule["properties"].(map[string]any)
			for k, x := range v {
				inner, known := props[k]
				if more, ok := rule["additionalProperties"].(map[string]any); ok && !known {
					inner, known = more, true
				}
				if closed && !known {
					t.Errorf("the schema does not know %s.%s", path, k)
				}
				walk(path+"."+k, x, inner)
			}
			required, _ := rule["required"].([]any)
			for _, k := range required {
				if _, there := v[k.(string)]; !there {
					t.Errorf("%s lacks %s, which the schema wants", path, k)
				}
			}
		case []any:
			for _, x := range v {
				walk(path+"[]", x, rule["items"])
			}
		}
	}
	walk("$", file, schema)
}
