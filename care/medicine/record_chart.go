package medicine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/ui"
	"held/rules/protocol"
	"held/rules/timeline"
)

// drawnSign is one of the vital signs that a record draws; its key is that of the
// protocol's thresholds.
type drawnSign struct {
	key, title, unit string
	lowest, highest  float64
	of               func(timeline.VitalsBody) *int
	base             int // 1: systolic, 2: diastolic; of what may rise over the baseline
}

var drawnSigns = []drawnSign{
	{"systolic", "Systolic pressure", "mmHg", 60, 220, func(b timeline.VitalsBody) *int { return b.Systolic }, 1},
	{"diastolic", "Diastolic pressure", "mmHg", 30, 140, func(b timeline.VitalsBody) *int { return b.Diastolic }, 2},
	{"hr", "Pulse", "per minute", 30, 170, func(b timeline.VitalsBody) *int { return b.Pulse }, 0},
	{"spo2", "Oxygen saturation", "%", 80, 100, func(b timeline.VitalsBody) *int { return b.Oxygen }, 0},
	{"rr", "Breathing", "per minute", 0, 40, func(b timeline.VitalsBody) *int { return b.Breaths }, 0},
}

// charts draws each sign that was measured, with doses marked and the bands of
// the protocol that was in force. What was corrected or taken back is not drawn;
// the timeline has it.
func (r *Record) charts(zone *time.Location) []ui.Chart {
	var out []ui.Chart
	marks := r.doseMarks()
	for _, s := range drawnSigns {
		zones := r.zones(s)
		c := ui.Chart{
			ID: "chart-" + s.key, Title: s.title + ", " + s.unit, Lowest: s.lowest, Highest: s.highest, Zone: zone, Clock: true, Marks: marks,
			Bases: "Protocol's band", Bands: drawn(zones),
		}
		if len(c.Bands) > 0 {
			c.About = "Hatched: the bands of the protocol, version " + r.Paper.Medicine.Protocol + ", for during a session. Each point is a reading that stands."
		}
		for _, l := range r.Lines {
			var b timeline.VitalsBody
			if l.Kind != timeline.Vitals || !l.Stands() || !l.Read(&b) || s.of(b) == nil {
				continue
			}
			v := float64(*s.of(b))
			p := ui.ChartPoint{At: l.At, Value: v, Shown: strconv.Itoa(*s.of(b)), Band: zoneOf(zones, *s.of(b))}
			if b.Repeats != "" {
				p.Note, p.Open = "repeats an earlier reading", true
			}
			c.Points = append(c.Points, p)
			c.Lowest, c.Highest = min(c.Lowest, v), max(c.Highest, v)
		}
		if len(c.Points) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func (r *Record) doseMarks() (out []ui.ChartMark) {
	for _, l := range r.Lines {
		if l.Kind == timeline.Dose && l.Stands() {
			out = append(out, ui.ChartMark{At: l.At, Label: doseWords(l.Entry)})
		}
	}
	return out
}

// zone is a band of the protocol in the drawing, and when a value is in it.
type zone struct {
	ui.ChartBand
	met func(v int) bool
}

// zones are a sign's bands: red before amber, so that the graver names a value.
// One that begins within a graver one is not drawn beyond it.
func (r *Record) zones(s drawnSign) (out []zone) {
	top, bottom := s.highest, s.lowest
	for _, level := range []string{protocol.Red, protocol.Amber} {
		upto, downto := top, bottom
		for _, t := range r.Paper.Medicine.Limits {
			base := 0
			if t.Sign != s.key || t.Level != level {
				continue
			}
			if t.Rise {
				if r.Paper.Medicine.Baseline == nil || s.base == 0 {
					continue
				}
				base = r.Paper.Medicine.Baseline[s.base-1]
			}
			l := protocol.Limit{Sign: t.Op, Value: t.Value}
			z := zone{ui.ChartBand{Label: level + " " + l.String()}, func(v int) bool { return l.Met(protocol.Whole(v - base)) }}
			if t.Rise {
				z.Label = level + ", risen " + l.String()
			}
			at := float64(base) + number(t.Value)
			if strings.ContainsAny(t.Op, ">≥") {
				z.From, z.To, top = at, upto, min(top, at)
			} else {
				z.From, z.To, bottom = downto, at, max(bottom, at)
			}
			out = append(out, z)
		}
	}
	return out
}

func number(d protocol.Decimal) float64 {
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil {
		return 0 // it is a number by its type
	}
	return f
}

// zoneOf names the band of the protocol in which a value lies.
func zoneOf(all []zone, v int) string {
	for _, z := range all {
		if z.met(v) {
			return z.Label
		}
	}
	return "–"
}

// drawn are the bands that have any height in the drawing. Of two that lie over
// one another, the wider is drawn up to the other.
func drawn(all []zone) (out []ui.ChartBand) {
	for i, z := range all {
		for j, o := range all {
			if i == j || z.From >= o.From || z.To <= o.From || z.To < o.To || o.From <= 0 {
				continue
			}
			if z.To == o.To { // the same end: the wider stops where the narrower begins
				z.To = o.From
			}
		}
		if z.To > z.From {
			out = append(out, z.ChartBand)
		}
	}
	slices.SortFunc(out, func(a, b ui.ChartBand) int { return cmp.Compare(b.From, a.From) }) // neighbours are hatched unlike
	return out
}
