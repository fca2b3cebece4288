package paper_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"held/internal/paper"
)

func long() paper.Document {
	d := paper.Document{Title: "Consent to treatment", Author: "Slack Water", Lang: "en", Made: time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC), Foot: "Consent to treatment, version 1"}
	d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Title, Text: "Consent to treatment"})
	for range 40 {
		d.Blocks = append(d.Blocks,
			paper.Block{Kind: paper.Heading, Text: "What it may feel like"},
			paper.Block{Kind: paper.Para, Text: strings.Repeat("Time and space may feel different; that passes — “slowly”. Ärger, café, Ωμέγα, Привет. ", 4)},
			paper.Block{Kind: paper.Para, Mark: "•", Text: "An item of a list."},
			paper.Block{Kind: paper.Quote, Text: "A quotation."})
	}
	return d
}

func TestAPaperIsTaggedAndSaysWhatItIs(t *testing.T) {
	b, err := paper.Write(long())
	if err != nil {
		t.Fatal(err)
	}
	if out := os.Getenv("HELD_PAPER_OUT"); out != "" { // to look at it with other programs
		if err := os.WriteFile(out, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, err := api.ReadAndValidate(bytes.NewReader(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := ctx.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"StructTreeRoot", "MarkInfo", "Lang", "Metadata", "OutputIntents", "ViewerPreferences"} {
		if _, there := catalog.Find(key); !there {
			t.Errorf("the catalogue has no %s", key)
		}
	}
	if ctx.PageCount < 3 {
		t.Errorf("%d pages", ctx.PageCount)
	}
	if bytes.Contains(b, []byte("/FontFile2")) == false {
		t.Error("the fonts are not inside")
	}
}

func TestACharacterWithoutAGlyphIsCountedAndNotLeftEmpty(t *testing.T) {
	if n := paper.Lacking("Ärger, “Ωμέγα”, Привет — 5 €"); n != 0 {
		t.Errorf("%d characters are said to be lacking", n)
	}
	if n := paper.Lacking("名前"); n != 2 {
		t.Errorf("%d characters are said to be lacking, want 2", n)
	}
	if got := paper.Shown("名 a\tb\x00"); got != "? a b" {
		t.Errorf("%q", got)
	}
}

func TestATableAndADrawingAreTaggedAcrossPages(t *testing.T) {
	d := paper.Document{Title: "Record", Author: "Slack Water", Lang: "en", Made: time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC)}
	table := paper.Block{Kind: paper.Table, Shares: []float64{1, 3}, Rows: [][]string{{"Time", "What"}}}
	for range 90 {
		table.Rows = append(table.Rows, []string{"10:00", "Blood pressure 120/80 mmHg"})
	}
	table.Rows = append(table.Rows, []string{"10:05", strings.Repeat("Words that fill more than a page by themselves. ", 300)})
	d.Blocks = []paper.Block{{Kind: paper.Title, Text: "Record"},
		{Kind: paper.Drawing, Text: "Systolic: 120 at 10:00", Figure: &paper.Figure{Wide: 100, High: 40, Strokes: []paper.Stroke{
			{Shape: paper.Hatch, Points: []float64{10, 5, 90, 15}}, {Shape: paper.Line, Points: []float64{10, 30, 50, 20, 90, 30}, Dashed: true},
			{Shape: paper.Dot, Points: []float64{50, 20}, Size: 2, Open: true}, {Shape: paper.Words, Points: []float64{50, 38}, Size: 4, Text: "10:00", Anchor: 0.5},
		}}}, table}
	b, err := paper.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if out := os.Getenv("HELD_PAPER_OUT"); out != "" {
		if err := os.WriteFile(out, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, err := api.ReadAndValidate(bytes.NewReader(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	alt := 0
	for _, e := range ctx.Table {
		o, is := e.Object.(types.Dict)
		if !is || o.NameEntry("S") == nil || o.NameEntry("Type") == nil || *o.NameEntry("Type") != "StructElem" {
			continue
		}
		kinds[*o.NameEntry("S")]++
		if _, there := o.Find("Alt"); there {
			alt++
		}
	}
	for kind, want := range map[string]int{"Table": 1, "TR": 92, "TH": 2 + 91, "TD": 91, "Figure": 1} {
		if kinds[kind] != want {
			t.Errorf("%d elements %s, want %d", kinds[kind], kind, want)
		}
	}
	if alt != 1 || ctx.PageCount < 4 {
		t.Errorf("%d figures with words, %d pages", alt, ctx.PageCount)
	}
}
