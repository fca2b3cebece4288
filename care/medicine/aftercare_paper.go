package medicine

import (
	"fmt"
	"strings"

	"held/internal/paper"
	"held/internal/ui"
	"held/practice/settings"
)

// sheetPaper sets a person's sheet as a PDF: what the page says, in its order.
func (s *Service) sheetPaper(v afterView, st settings.Practice) ([]byte, error) {
	var out []paper.Block
	add := func(k paper.Kind, text string) { out = append(out, paper.Block{Kind: k, Text: text}) }
	all := ""
	text := func(k paper.Kind, words string) {
		all += words
		for _, line := range strings.Split(words, "\n") {
			if strings.TrimSpace(line) != "" {
				add(k, line)
			}
		}
	}
	add(paper.Title, "For today and tomorrow")
	add(paper.Para, "Handed over "+ui.When(v.Given, v.Zone)+" by "+v.By+", "+st.Sender+".")
	text(paper.Para, v.Words)
	if v.Remind != "" {
		add(paper.Heading, "What you asked to be reminded of")
		text(paper.Quote, v.Remind)
	}
	if v.Call != "" {
		add(paper.Heading, "Whom you would call")
		text(paper.Quote, v.Call)
	}
	add(paper.Heading, "If you need somebody at once")
	for _, l := range crisisText(v.Crisis) {
		out = append(out, paper.Block{Kind: paper.Para, Text: l, Mark: "•"})
	}
	if st.Phone != "" {
		add(paper.Para, "Us, within our hours: "+st.Phone)
	}
	add(paper.Heading, "Your next held times")
	if len(v.Ahead.Next) == 0 {
		add(paper.Para, "None is arranged yet. Times that are free stand in your space.")
	}
	for _, a := range v.Ahead.Next {
		out = append(out, paper.Block{Kind: paper.Para, Text: ui.WhenBoth(a.Start, v.Zone, v.House), Mark: "•"})
	}
	if n := paper.Lacking(all); n > 0 {
		add(paper.Para, fmt.Sprintf("%d characters are not in this copy's typeface and stand here as “?”. The page in your space shows them.", n))
	}
	return paper.Write(paper.Document{Title: "For today and tomorrow", Author: st.Sender, Lang: "en", Made: v.Given, Foot: st.Sender, Blocks: out})
}

// crisisText are a country's lines, one to a line.
func crisisText(c settings.Crisis) (out []string) {
	for _, n := range c.Emergency {
		line := "Emergency: " + n
		if c.Unchecked(n) {
			line += " (not verified)"
		}
		out = append(out, line)
	}
	for _, l := range c.Lines {
		line := l.Name + ": " + l.Number
		if l.Note != "" {
			line += ", " + l.Note
		}
		if l.Marked() {
			line += " (not verified)"
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		f := settings.CrisisElsewhere()
		out = append(out, f.Name+": "+f.URL)
	}
	return out
}
