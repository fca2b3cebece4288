package ui

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Chart is one measure over time, drawn on the server: values as points on a
// line, bands hatched and labelled, what happened between as lines with a
// letter. Nothing in it says good or bad. Behind it stands the same as a table,
// which is all there is for somebody who does not see the drawing.
type Chart struct {
	ID      string // unique on the page
	Title   string // "PHQ-9, total"
	About   string // one sentence on how to read it
	Lowest  float64
	Highest float64
	Points  []ChartPoint // in order of time
	Bands   []ChartBand
	Marks   []ChartMark // in order of time
	Zone    *time.Location

	// Clock draws a few hours instead of months: what is named below and in the
	// table is the time of day.
	Clock bool
	Open  bool   // the table is open from the start: for what is printed
	Bases string // what the table's column of bands is called; "": they are published
}

// ChartPoint is one value. Open points are drawn hollow: something was filled
// in to reckon them, and Note says what.
type ChartPoint struct {
	At    time.Time
	Value float64
	Shown string // "12"
	Band  string
	Open  bool
	Note  string
	Href  string // where its answers stand
}

// ChartBand is a stretch of values with a name, as somebody published it.
type ChartBand struct {
	From, To float64
	Label    string
}

// ChartMark is something that happened: a session, a change of medicine.
type ChartMark struct {
	At    time.Time
	Label string
}

// The drawing's own measures, in its own units.
const (
	chartWide, chartHigh  = 640.0, 280.0
	chartLeft, chartRight = 58.0, 632.0
	chartNames            = 470.0 // where the drawing ends when bands are named beside it
	chartTop, chartBottom = 26.0, 240.0
	chartDay              = 24 * time.Hour
	chartLetters          = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// span is the stretch of time that is drawn: never less than a day.
func (c Chart) span() (from, to time.Time) {
	widen := func(t time.Time) {
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if to.IsZero() || t.After(to) {
			to = t
		}
	}
	for _, p := range c.Points {
		widen(p.At)
	}
	for _, m := range c.Marks {
		widen(m.At)
	}
	least := chartDay
	if c.Clock {
		least = time.Hour
	}
	if to.Sub(from) < least {
		from, to = from.Add(-least/2), to.Add(least/2)
	}
	return from, to
}

// when is how an instant of this chart is named.
func (c Chart) when(t time.Time) string {
	if c.Clock {
		return t.In(c.zone()).Format("15:04")
	}
	return DateYear(t, c.Zone)
}

func (c Chart) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// first is what the table's first column is called.
func (c Chart) first() string {
	if c.Clock {
		return "Time"
	}
	return "Day"
}

// base is what the table's column of bands is called.
func (c Chart) base() string {
	if c.Bases != "" {
		return c.Bases
	}
	return "Published band"
}

// right is where the drawing ends: bands are named beside it.
func (c Chart) right() float64 {
	if c.banded() {
		return chartNames
	}
	return chartRight
}

// x and y are where an instant and a value lie in the drawing. Half a letter's
// room is left at both sides, so that no point is cut.
func (c Chart) x(t time.Time) float64 {
	from, to := c.span()
	const room = 12.0
	return chartLeft + room + (c.right()-chartLeft-2*room)*float64(t.Sub(from))/float64(to.Sub(from))
}

func (c Chart) y(v float64) float64 {
	if c.Highest <= c.Lowest {
		return chartBottom
	}
	v = min(max(v, c.Lowest), c.Highest)
	return chartBottom - (chartBottom-chartTop)*(v-c.Lowest)/(c.Highest-c.Lowest)
}

func px(f float64) string { return fmt.Sprintf("%.1f", f) }

// line is the way through all points.
func (c Chart) line() string {
	s := ""
	for i, p := range c.Points {
		if i > 0 {
			s += " "
		}
		s += px(c.x(p.At)) + "," + px(c.y(p.Value))
	}
	return s
}

// ticks are the values named at the left.
func (c Chart) ticks() []float64 {
	return []float64{c.Lowest, (c.Lowest + c.Highest) / 2, c.Highest}
}

func tick(v float64) string {
	if v == float64(int(v)) {
		return itoa(int(v))
	}
	return fmt.Sprintf("%.1f", v)
}

// days are the dates named below: the first and the last that is drawn.
func (c Chart) days() [2]time.Time {
	from, to := c.span()
	return [2]time.Time{from, to}
}

// letter names a mark in the drawing; the list below says what it stands for.
func letter(i int) string {
	if i < len(chartLetters) {
		return chartLetters[i : i+1]
	}
	return itoa(i + 1)
}

// apart is how far the names of two bands stand from one another, at least.
const apart = 20.0

// names are where the names of the bands stand: beside the middle of each, and
// moved apart where they would stand over one another.
func (c Chart) names() []float64 {
	out, order := make([]float64, len(c.Bands)), make([]int, len(c.Bands))
	for i, b := range c.Bands {
		out[i], order[i] = (c.y(b.To)+c.y(b.From))/2, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(out[a], out[b]) })
	for k := 1; k < len(order); k++ {
		out[order[k]] = max(out[order[k]], out[order[k-1]]+apart)
	}
	for k := len(order) - 1; k >= 0; k-- { // not below the drawing
		most := chartBottom - float64(len(order)-1-k)*apart
		out[order[k]] = min(out[order[k]], most)
	}
	return out
}

// hatch is the pattern of a band: neighbours differ.
func (c Chart) hatch(i int) string { return fmt.Sprintf("%s-hatch-%d", c.ID, i%2) }

// label is what the drawing is called for those who hear it.
func (c Chart) label() string {
	if len(c.Points) == 0 {
		return c.Title + ": nothing yet"
	}
	first, last := c.Points[0], c.Points[len(c.Points)-1]
	return fmt.Sprintf("%s: %s on %s, %s on %s, %s. The table below has them all.", c.Title,
		first.Shown, c.when(first.At), last.Shown, c.when(last.At), count(len(c.Points), "value"))
}

// rows are points and marks in one order of time, for the table.
func (c Chart) rows() []chartRow {
	var out []chartRow
	for i := range c.Points {
		out = append(out, chartRow{At: c.Points[i].At, Point: &c.Points[i]})
	}
	for i, m := range c.Marks {
		out = append(out, chartRow{At: m.At, Mark: letter(i) + ": " + m.Label})
	}
	slices.SortStableFunc(out, func(a, b chartRow) int { return a.At.Compare(b.At) })
	return out
}

type chartRow struct {
	At    time.Time
	Point *ChartPoint
	Mark  string
}

// banded tells whether the table needs a column for bands.
func (c Chart) banded() bool { return len(c.Bands) > 0 }
