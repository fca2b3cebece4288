package ui

import "held/internal/paper"

// Paper is the chart for paper: its name, the drawing in black lines, and what
// the page has behind it as a table.
func (c Chart) Paper() []paper.Block {
	out := []paper.Block{{Kind: paper.Under, Text: c.Title, Keep: true}}
	if c.About != "" {
		out = append(out, paper.Block{Kind: paper.Para, Text: c.About, Keep: true})
	}
	if len(c.Points) == 0 {
		return append(out, paper.Block{Kind: paper.Para, Text: "Nothing was taken."})
	}
	out = append(out, paper.Block{Kind: paper.Drawing, Text: c.label(), Figure: c.figure()})
	for i, m := range c.Marks {
		out = append(out, paper.Block{Kind: paper.Para, Mark: letter(i), Text: m.Label + ", " + c.when(m.At)})
	}
	return append(out, c.paperTable())
}

func (c Chart) paperTable() paper.Block {
	b := paper.Block{Kind: paper.Table, Rows: [][]string{{c.first(), "Value", "Note"}}, Shares: []float64{2, 4, 8}}
	if c.banded() {
		b.Rows[0] = []string{c.first(), "Value", c.base(), "Note"}
		b.Shares = []float64{2, 4, 4, 6}
	}
	for _, r := range c.rows() {
		value, band, note := "–", "–", r.Mark
		if r.Point != nil {
			value, band, note = r.Point.Shown, r.Point.Band, r.Point.Note
		}
		row := []string{c.when(r.At), value}
		if c.banded() {
			row = append(row, band)
		}
		b.Rows = append(b.Rows, append(row, note))
	}
	return b
}

// figure is the drawing, stroke by stroke, where the page has it.
func (c Chart) figure() *paper.Figure {
	f := &paper.Figure{Wide: chartWide, High: chartHigh}
	add := func(k paper.Stroke) { f.Strokes = append(f.Strokes, k) }
	say := func(x, y, anchor float64, text string) {
		add(paper.Stroke{Shape: paper.Words, Points: []float64{x, y}, Size: 11, Text: text, Anchor: anchor})
	}
	names := c.names()
	for i, b := range c.Bands {
		shape := paper.Hatch
		if i%2 == 1 {
			shape = paper.Cross
		}
		add(paper.Stroke{Shape: shape, Points: []float64{chartLeft, c.y(b.From), c.right(), c.y(b.To)}})
		say(c.right()+8, names[i]+4, 0, b.Label)
	}
	for _, v := range c.ticks() {
		add(paper.Stroke{Shape: paper.Line, Points: []float64{chartLeft, c.y(v), c.right(), c.y(v)}, Pale: true})
		say(chartLeft-6, c.y(v)+4, 1, tick(v))
	}
	for i, m := range c.Marks {
		add(paper.Stroke{Shape: paper.Line, Dashed: true, Points: []float64{c.x(m.At), chartTop, c.x(m.At), chartBottom}})
		say(c.x(m.At), chartTop-8, 0.5, letter(i))
	}
	way := paper.Stroke{Shape: paper.Line, Thick: 0.35}
	for _, p := range c.Points {
		way.Points = append(way.Points, c.x(p.At), c.y(p.Value))
	}
	add(way)
	for _, p := range c.Points {
		add(paper.Stroke{Shape: paper.Dot, Points: []float64{c.x(p.At), c.y(p.Value)}, Size: 4, Thick: 0.3, Open: p.Open})
	}
	say(chartLeft, chartBottom+20, 0, c.when(c.days()[0]))
	say(c.right(), chartBottom+20, 1, c.when(c.days()[1]))
	return f
}
