package ui

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// Week is a calendar of up to seven days beside each other; on a phone, the days stand
// one under another as lists. With scripts the arrow keys move between its
// entries, and an appointment can be dragged onto a free time.
type Week struct {
	Label string // accessible name: "Week of 30 November"
	From  int    // first hour shown
	To    int    // hour at which the last row ends
	Days  []WeekDay
	// MoveForm is the id of a form with hidden fields "appointment" and "start"
	// that moves one; empty where nothing can be moved.
	MoveForm string
}

// WeekDay is one column.
type WeekDay struct {
	Title string // "Thursday 3 December"
	Date  string // "2026-12-03"
	Today bool
	Note  string // "Holiday", "Clocks go back"
	Slots []Slot
}

// SlotKind is what a stretch of a day is.
type SlotKind string

// The kinds of a Slot. Open is a background: hours in which one can be booked.
// Free is one start that can be pressed. Booked, Held and Away take the time.
const (
	Open   SlotKind = "open"
	Free   SlotKind = "free"
	Booked SlotKind = "booked"
	Held   SlotKind = "held"
	Away   SlotKind = "away"
)

// word is said to those who cannot see the kind.
func (k SlotKind) word() string {
	switch k {
	case Open:
		return "Bookable hours"
	case Free:
		return "Free"
	case Held:
		return "Held"
	case Away:
		return "Away"
	}
	return "Appointment"
}

// Slot is one stretch of a day. Start and End are minutes since midnight on the
// clock of the zone shown; a slot over midnight is given twice, once on each day.
type Slot struct {
	Kind       SlotKind
	Start, End int
	Title, Sub string
	Href       string // where it leads; empty for nothing to open
	ID         string // of the appointment, for moving
	StartValue string // what to send as "start" when something is dropped here
	Movable    bool
}

// Render makes Week a component.
func (w Week) Render(ctx context.Context, out io.Writer) error { return week(w).Render(ctx, out) }

// clock writes minutes since midnight: "09:05".
func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (s Slot) span() string {
	if s.Start <= 0 && s.End >= 24*60 {
		return "All day"
	}
	return clock(s.Start) + "–" + clock(s.End)
}

// placed is a slot with its lane among those it overlaps.
type placed struct {
	Slot
	lane, lanes int
}

// lanes puts overlapping slots beside each other: each takes the first lane that
// is free when it begins, and a group that touches shares its width. Background
// hours do not take part.
func lanes(slots []Slot) []placed {
	var out []placed
	for _, s := range slots {
		out = append(out, placed{Slot: s, lanes: 1})
	}
	slices.SortStableFunc(out, func(a, b placed) int { return a.Start - b.Start })
	var group []int // indexes that overlap, one after another
	var ends []int  // per lane, when it is free again
	until := 0
	settle := func() {
		for _, i := range group {
			out[i].lanes = len(ends)
		}
		group, ends = nil, nil
	}
	for i := range out {
		if out[i].Kind == Open {
			continue
		}
		if out[i].Start >= until {
			settle()
		}
		lane := slices.IndexFunc(ends, func(end int) bool { return end <= out[i].Start })
		if lane < 0 {
			lane, ends = len(ends), append(ends, 0)
		}
		ends[lane] = out[i].End
		out[i].lane = lane
		group = append(group, i)
		until = max(until, out[i].End)
	}
	settle()
	return out
}

// place gives the classes that set a slot's row, length and lane; the sheet has
// one class for each hour, each five minutes and each length, so that no page
// needs a style of its own.
func (w Week) place(p placed) string {
	start, end := max(p.Start, w.From*60), min(p.End, w.To*60)
	length := min(max((end-start+4)/5, 1), 288)
	c := fmt.Sprintf("slot slot-%s h%d m%d", p.Kind, start/60, start%60/5)
	c += fmt.Sprintf(" lh%d lm%d", length/12, length%12)
	if n := min(p.lanes, 4); n > 1 {
		c += fmt.Sprintf(" lane%d of%d", min(p.lane, n-1), n)
	}
	return c
}

// shown drops what lies wholly outside the hours of the week.
func (w Week) shown(d WeekDay) []placed {
	return lanes(slices.DeleteFunc(slices.Clone(d.Slots), func(s Slot) bool {
		return s.End <= w.From*60 || s.Start >= w.To*60
	}))
}

func (w Week) hours() []int {
	var out []int
	for h := w.From; h < w.To; h++ {
		out = append(out, h)
	}
	return out
}
