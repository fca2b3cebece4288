package timeline_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"held/rules/protocol"
	"held/rules/timeline"
)

var update = flag.Bool("update", false, "write the goldens anew")

// goldens are what the room's scripts are held against: they come to the same,
// also where nobody answers them.
const goldens = "../../assets/ts/room/testdata/timeline.json"

type golden struct {
	Name        string               `json:"name"`
	Now         time.Time            `json:"now"`
	Limits      timeline.Limits      `json:"limits"`
	Observation timeline.Observation `json:"observation"`
	Baseline    timeline.Base        `json:"baseline"`
	Entries     []timeline.Entry     `json:"entries"`
	Want        wanted               `json:"want"`
}

type wanted struct {
	Lines    []wantedLine     `json:"lines"`
	Waiting  []timeline.Gap   `json:"waiting"`
	Points   []wantedPoint    `json:"points"`
	Symptoms []string         `json:"symptoms"`
	Last     []timeline.Value `json:"last"`
	Owed     *timeline.Owed   `json:"owed"`
	Judged   *protocol.Result `json:"judged"` // null before a dose: that is the gate's
}

type wantedLine struct {
	ID           string          `json:"id"`
	At           time.Time       `json:"at"`
	Marks        []timeline.Mark `json:"marks"`
	SupersededBy string          `json:"superseded_by,omitempty"`
	UndoneBy     string          `json:"undone_by,omitempty"`
	Withdrawn    bool            `json:"withdrawn,omitempty"`
}

type wantedPoint struct {
	Min     int            `json:"min"`
	State   timeline.State `json:"state"`
	Missing []string       `json:"missing"`
}

func goldenOf(name string, doc *protocol.Document, base timeline.Base, entries []timeline.Entry, now time.Time) golden {
	t := timeline.Merge(entries)
	t.Base = base
	g := golden{
		Name: name, Now: now, Limits: timeline.LimitsOf(doc, base.Age), Observation: timeline.ObservationOf(doc), Baseline: base, Entries: entries,
		Want: wanted{Waiting: append([]timeline.Gap{}, t.Waiting...), Symptoms: append([]string{}, t.Symptoms()...), Last: append([]timeline.Value{}, t.Last()...), Points: []wantedPoint{}},
	}
	for _, l := range t.Entries {
		g.Want.Lines = append(g.Want.Lines, wantedLine{l.ID, l.At, append([]timeline.Mark{}, l.Marks...), l.SupersededBy, l.UndoneBy, l.Withdrawn})
	}
	for _, p := range t.Points(doc, now) {
		g.Want.Points = append(g.Want.Points, wantedPoint{p.Min, p.State, append([]string{}, p.Missing...)})
	}
	if o, owed := t.Owed(doc, now); owed {
		g.Want.Owed = &o
	}
	if _, given := t.Dose(); given {
		r := t.Judge(doc, now)
		g.Want.Judged = &r
	}
	return g
}

func TestTheGoldensOfTheRoomsScripts(t *testing.T) {
	var cases []golden
	for seed := range uint64(14) {
		r := rand.New(rand.NewPCG(seed, 21))
		devices := session(t, r, 12+int(seed)*2)
		if seed%4 > 0 {
			first := &device{name: "0-first"}
			first.enter(t, noon, timeline.Dose, timeline.DoseBody{Medicine: "ketamine_im"})
			devices = append(devices, first)
		}
		entries := all(devices...)
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		base := timeline.Base{At: noon.Add(-time.Hour), Age: protocol.Tell(44), BP: protocol.Tell(protocol.BP{124, 78})}
		switch seed % 3 {
		case 1:
			base.Age = protocol.Tell(70)
		case 2:
			base = timeline.Base{At: noon.Add(-time.Hour), BP: protocol.Tell(protocol.BP{118, 74}), SpO2: protocol.Tell(97)}
		}
		cases = append(cases, goldenOf(fmt.Sprintf("three devices, %d", seed), example(), base, entries, noon.Add(time.Duration(20+9*seed)*time.Minute)))
	}
	var lines [][]byte
	for _, c := range cases {
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, b)
	}
	out := append(append([]byte("[\n"), bytes.Join(lines, []byte(",\n"))...), "\n]\n"...)
	if *update {
		if err := os.MkdirAll(filepath.Dir(goldens), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldens, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldens)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out, want) {
		t.Error("the rule comes to other results than the goldens; look, and run with -update")
	}
}
