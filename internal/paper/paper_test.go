package paper_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

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
