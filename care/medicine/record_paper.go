package medicine

import (
	"fmt"
	"strings"
	"time"

	"held/internal/paper"
	"held/internal/ui"
	"held/rules/protocol"
	"held/rules/timeline"
)

// paperSetting is what a record is written out with: the practice's clock, its name
// and language, and when the copy was made.
type paperSetting struct {
	Zone *time.Location
	Lang string
	Made time.Time
}

func setPara(format string, args ...any) paper.Block {
	return paper.Block{Kind: paper.Para, Text: fmt.Sprintf(format, args...)}
}

func setHeading(text string) paper.Block {
	return paper.Block{Kind: paper.Heading, Text: text, Keep: true}
}

// recordTitle is what a record is called.
func (r *Record) recordTitle() string { return "Medicine session of " + r.Paper.Called }

// PDF is the full record, set for paper.
func (r *Record) PDF(s paperSetting) ([]byte, error) {
	blocks := r.head(s, "Full record")
	blocks = append(blocks, r.orderBlocks(s)...)
	blocks = append(blocks, r.gateBlocks(s)...)
	blocks = append(blocks, setHeading("Vitals"))
	charts := r.charts(s.Zone)
	if len(charts) == 0 {
		blocks = append(blocks, setPara("No vitals were taken."))
	}
	for _, c := range charts {
		blocks = append(blocks, c.Paper()...)
	}
	blocks = append(blocks, setHeading("Timeline"), setPara("Every entry in its place: also those that were corrected or taken back, which do not count. Times are by the practice's clock, %s; the second is when it was entered.", s.Zone), r.timelineTable(s))
	blocks = append(blocks, r.waitingBlocks()...)
	blocks = append(blocks, r.leavingBlocks(s)...)
	blocks = append(blocks, r.signatureBlocks(s)...)
	blocks = append(blocks, r.addendaBlocks(s)...)
	return r.set(s, "Full record", blocks)
}

// Summary is one or two pages: what another clinician needs, without the
// person's own words.
func (r *Record) Summary(s paperSetting) ([]byte, error) {
	blocks := r.head(s, "Summary")
	blocks = append(blocks, r.orderBlocks(s)...)
	blocks = append(blocks, setHeading("Given"), r.table(s, "Nothing was given.", r.standing(timeline.Dose)))
	blocks = append(blocks, setHeading("Vitals"), r.vitalsTable(s))
	blocks = append(blocks, setHeading("Events and symptoms"), r.table(s, "None was noted.", r.standing(timeline.Event, timeline.Symptom, timeline.Red, timeline.Calm)))
	blocks = append(blocks, r.leavingShort(s)...)
	blocks = append(blocks, r.signatureBlocks(s)...)
	blocks = append(blocks, r.addendaBlocks(s)...)
	blocks = append(blocks, setPara("What the person said, notes, and what was corrected are in the full record, and not here."))
	return r.set(s, "Summary", blocks)
}

func (r *Record) set(s paperSetting, what string, blocks []paper.Block) ([]byte, error) {
	lacking := 0
	for _, b := range blocks {
		lacking += paper.Lacking(b.Text)
		for _, row := range b.Rows {
			lacking += paper.Lacking(strings.Join(row, ""))
		}
	}
	if lacking > 0 {
		blocks = append(blocks, setPara("%d characters of this record are not in this copy's typeface and stand here as “?”. The page in Held shows them.", lacking))
	}
	return paper.Write(paper.Document{
		Title: what + ", " + r.recordTitle(), Author: r.Paper.Practice.Name, Lang: s.Lang, Made: s.Made, Blocks: blocks, Counted: true,
		Foot: what + ", " + r.recordTitle() + ", SHA-256 " + r.Digest[:16] + "…",
	})
}

func (r *Record) head(s paperSetting, what string) []paper.Block {
	rows := [][]string{{"What", "As it was kept"}}
	for _, l := range r.facts(s.Zone) {
		rows = append(rows, []string{l.Label, l.Text})
	}
	return []paper.Block{
		{Kind: paper.Title, Text: r.recordTitle()},
		setPara("%s. %s", r.Paper.Practice.Name, what),
		setPara("%s", r.stateWords(s.Zone)),
		{Kind: paper.Table, Rows: rows, Shares: []float64{2, 5}},
	}
}

// facts are the first lines of a record.
func (r *Record) facts(zone *time.Location) []paperLine {
	p := r.Paper
	out := []paperLine{
		{"Planned", ui.DateYear(p.Planned.Start, zone) + ", " + ui.Clock(p.Planned.Start, zone) + "–" + ui.Clock(p.Planned.End, zone) + " (" + zone.String() + ")"},
		{"Medicine and route", p.Medicine.Name},
		{"Protocol", "version " + p.Medicine.Protocol},
		{"Room opened", clockOr(p.Opened, zone)},
		{"Ended", clockOr(p.Ended, zone)},
		{"Outcome", outcomeSays(p.Outcome)},
		{"Baseline of the day", baselineWords(p.Medicine.Baseline)},
	}
	var who []string
	for _, x := range p.People {
		who = append(who, x.Name+" ("+x.Role+")")
	}
	for _, part := range p.Orphans() {
		who = append(who, "nobody as "+string(part))
	}
	return append(out, paperLine{"Who took part", strings.Join(who, ", ")}, paperLine{"Session", p.Session}, paperLine{"SHA-256", r.Digest})
}

func clockOr(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "not yet"
	}
	return t.In(zone).Format("2 January 2006, 15:04:05")
}

func baselineWords(b *[2]int) string {
	if b == nil {
		return notTaken
	}
	return fmt.Sprintf("%d/%d mmHg", b[0], b[1])
}

func outcomeSays(code string) string {
	if w := outcomeWords[code]; w != "" {
		return w
	}
	if w := phaseWords[code]; w != "" {
		return w
	}
	if code == "" {
		return "not ended yet"
	}
	return codeLabel(code)
}

// stateWords say how far the signing has come.
func (r *Record) stateWords(zone *time.Location) string {
	if !r.Sealed.IsZero() {
		return "Sealed on " + clockOr(r.Sealed, zone) + ": every part is signed. Since then only addenda were possible."
	}
	return "Not sealed: not every part is signed yet. What stands here may still change."
}

func (r *Record) orderBlocks(s paperSetting) []paper.Block {
	o := r.Paper.Order
	if o == nil {
		return []paper.Block{setHeading("Order"), setPara("No order stands here.")}
	}
	rows := [][]string{{"What", "As it was ordered"}}
	for _, l := range o.Lines {
		rows = append(rows, []string{l.Label, l.Text})
	}
	return []paper.Block{setHeading("Order"), {Kind: paper.Table, Rows: rows, Shares: []float64{2, 5}}}
}

func (r *Record) gateBlocks(s paperSetting) []paper.Block {
	out := []paper.Block{setHeading("With what the room was opened")}
	rows := [][]string{{"Condition", "As it stood"}}
	for _, c := range r.Paper.Gate.Conditions {
		rows = append(rows, []string{c.Label, c.Text})
	}
	for _, k := range r.Paper.Gate.Keys {
		rows = append(rows, []string{"Key of the " + k.Role, k.Name + ", " + clockOr(k.At, s.Zone)})
	}
	for _, k := range r.Paper.Gate.Passed {
		rows = append(rows, []string{"Passed: " + k.Condition, k.Name + ", " + clockOr(k.At, s.Zone) + ": “" + k.Why + "”"})
	}
	if len(rows) == 1 {
		return append(out, setPara("Nothing is kept about it."))
	}
	return append(out, paper.Block{Kind: paper.Table, Rows: rows, Shares: []float64{2, 5}})
}

// remarks are what is to be known about a line beside what it says.
func remarks(l timeline.Line) string {
	return joinParts(" ", append([]string{standingWords(l)}, sentenceOf(strings.Join(marksOf(l), "; "))))
}

func sentenceOf(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

func (r *Record) timelineTable(s paperSetting) paper.Block {
	b := paper.Block{Kind: paper.Table, Shares: []float64{2.3, 2.6, 7, 2.6, 4}, Rows: [][]string{{"Taken · entered", "What", "", "By", "To be known"}}}
	b.Rows[0][2] = "What it says"
	for _, l := range r.Lines {
		b.Rows = append(b.Rows, []string{lineTimes(l, s.Zone), kindTitles[l.Kind], r.Says(l), byWords(l), remarks(l)})
	}
	return b
}

func byWords(l timeline.Line) string { return joinParts(", ", []string{l.Name, l.Role}) }

// lineTimes are when something was taken and when it was entered.
func lineTimes(l timeline.Line, zone *time.Location) string {
	at := l.At.In(zone).Format("15:04:05")
	entered := l.Entered.Add(l.At.Sub(l.Taken)).In(zone).Format("15:04:05")
	if l.At.Sub(l.Taken) != 0 && l.Offset != nil {
		entered = l.Entered.Add(time.Duration(*l.Offset) * time.Millisecond).In(zone).Format("15:04:05")
	}
	if entered == at {
		return at
	}
	return at + " · " + entered
}

// standing are the lines of some kinds that count.
func (r *Record) standing(kinds ...timeline.Kind) (out []timeline.Line) {
	for _, l := range r.Of(kinds...) {
		if l.Stands() {
			out = append(out, l)
		}
	}
	return out
}

func (r *Record) table(s paperSetting, none string, lines []timeline.Line) paper.Block {
	if len(lines) == 0 {
		return setPara("%s", none)
	}
	b := paper.Block{Kind: paper.Table, Shares: []float64{1.6, 2.4, 8, 3}, Rows: [][]string{{"Time", "What", "What it says", "By"}}}
	for _, l := range lines {
		b.Rows = append(b.Rows, []string{ui.Clock(l.At, s.Zone), kindTitles[l.Kind], r.Says(l), byWords(l)})
	}
	return b
}

func (r *Record) vitalsTable(s paperSetting) paper.Block {
	lines := r.standing(timeline.Vitals)
	if len(lines) == 0 {
		return setPara("No vitals were taken.")
	}
	b := paper.Block{Kind: paper.Table, Rows: [][]string{vitalsHead}, Shares: []float64{2, 2.5, 1.6, 1.6, 1.6, 2, 2.4, 2}}
	for _, l := range lines {
		b.Rows = append(b.Rows, vitalsRow(l, s.Zone))
	}
	return b
}

var vitalsHead = []string{"Time", "BP, mmHg", "HR", "SpO₂", "RR", "MOAA/S", "Dissociation", "Nausea"}

// vitalsRow is one reading, in columns; what was not measured is a dash.
func vitalsRow(l timeline.Line, zone *time.Location) []string {
	var b timeline.VitalsBody
	l.Read(&b) // what cannot be read has no values
	of := func(v *int) string {
		if v == nil {
			return "–"
		}
		return fmt.Sprint(*v)
	}
	bp := "–"
	if b.Systolic != nil || b.Diastolic != nil {
		bp = of(b.Systolic) + "/" + of(b.Diastolic)
	}
	return []string{ui.Clock(l.At, zone), bp, of(b.Pulse), of(b.Oxygen), of(b.Breaths), of(b.MOAAS), of(b.Dissociation), of(b.Nausea)}
}

func (r *Record) waitingBlocks() (out []paper.Block) {
	for _, g := range r.Paper.Waiting {
		out = append(out, setPara("%s", waitingWords(g)))
	}
	return out
}

func waitingWords(g timeline.Gap) string {
	if g.From == g.To {
		return fmt.Sprintf("Entry %d of device %s was counted there and has not arrived.", g.From, shortDevice(g.Device))
	}
	return fmt.Sprintf("Entries %d to %d of device %s were counted there and have not arrived.", g.From, g.To, shortDevice(g.Device))
}

// shortDevice is the beginning of a device's id: enough to tell two apart.
func shortDevice(id string) string {
	if len(id) > 8 {
		return id[len(id)-8:]
	}
	return id
}

// leftSentence says how the session ended, and who signed it.
func (r *Record) leftSentence(zone *time.Location) string {
	x := r.Paper.Left
	return outcomeSays(x.Outcome) + ". Signed by " + joinParts(", ", []string{x.Name, x.Role}) + ", " + clockOr(x.At, zone) + "."
}

// leavingShort is how the session ended, with the scales, and of the conditions
// those that were not met.
func (r *Record) leavingShort(s paperSetting) []paper.Block {
	out := []paper.Block{setHeading("Recovery and leaving")}
	if scales := r.standing(timeline.Scale); len(scales) > 0 {
		out = append(out, r.table(s, "", scales))
	}
	x := r.Paper.Left
	if x == nil {
		return append(out, setPara("Nobody signed how the session ended."))
	}
	out = append(out, setPara("%s", r.leftSentence(s.Zone)))
	met := 0
	rows := [][]string{{"Condition", "As it stood"}}
	for _, l := range x.Lines {
		if l.Text == standWords(protocol.Met) {
			met++
			continue
		}
		rows = append(rows, []string{l.Label, l.Text})
	}
	if met > 0 {
		out = append(out, setPara("%s of the protocol stood as met; the full record names them.", countWords(met, "condition", "conditions")))
	}
	if len(rows) == 1 {
		return out
	}
	return append(out, paper.Block{Kind: paper.Table, Rows: rows, Shares: []float64{2, 5}})
}

// leavingBlocks are the discharge: conditions as they were answered last, and
// how the session ended.
func (r *Record) leavingBlocks(s paperSetting) []paper.Block {
	out := []paper.Block{setHeading("Recovery and leaving"), r.table(s, "Nothing was noted.", r.standing(timeline.Check, timeline.Scale, timeline.Phase))}
	x := r.Paper.Left
	if x == nil {
		return append(out, setPara("Nobody signed how the session ended."))
	}
	rows := [][]string{{"Condition", "As it stood"}}
	for _, l := range x.Lines {
		rows = append(rows, []string{l.Label, l.Text})
	}
	out = append(out, paper.Block{Kind: paper.Para, Keep: len(rows) > 1, Text: r.leftSentence(s.Zone)})
	if len(rows) == 1 {
		return out
	}
	return append(out, paper.Block{Kind: paper.Table, Rows: rows, Shares: []float64{2, 5}})
}

func (r *Record) signatureBlocks(s paperSetting) []paper.Block {
	out := []paper.Block{setHeading("Signatures"), setPara("What is signed, with a digest in place of each of the person's own words, has the SHA-256 %s.", r.Digest)}
	for _, st := range r.PartStates() {
		out = append(out, paper.Block{Kind: paper.Under, Text: capitalised(string(st.Part)) + ": " + st.About, Keep: true})
		switch {
		case st.By != nil:
			out = append(out, signatureWords(*st.By, s.Zone)...)
		case !st.Asked:
			out = append(out, setPara("Nobody took part in this role. The prescriber answers for it."))
		case st.Stale:
			out = append(out, setPara("It was signed, and something came after. It is to be signed again."))
		default:
			out = append(out, setPara("Not signed."))
		}
	}
	return out
}

func capitalised(s string) string { return strings.TrimSuffix(sentenceOf(s), ".") }

func signatureWords(g Signature, zone *time.Location) []paper.Block {
	out := []paper.Block{
		setPara("%s", g.Meaning),
		setPara("Signed by %s, %s, on %s, having shown who they are with a passkey or a code at %s.", g.Name, g.Part, clockOr(g.At, zone), clockOr(g.Proved, zone)),
	}
	if g.Waits != "" {
		out = append(out, setPara("Signed although a device had not sent everything: “%s”", g.Waits))
	}
	return append(out, setPara("Signature %d, %x", g.N, g.Hash))
}

func (r *Record) addendaBlocks(s paperSetting) []paper.Block {
	all := r.Addenda()
	if len(all) == 0 {
		return nil
	}
	out := []paper.Block{setHeading("Addenda")}
	for i, g := range all {
		out = append(out,
			paper.Block{Kind: paper.Under, Text: fmt.Sprintf("Addendum %d, %s", i+1, clockOr(g.At, s.Zone))},
			setPara("%s", g.Words),
			setPara("Signed by %s, %s. Signature %d, %x", g.Name, g.Part, g.N, g.Hash))
	}
	return out
}
