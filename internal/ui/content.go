package ui

import (
	"context"
	"io"
)

// Step is one step of the quiet path line.
type Step struct {
	Label string
	State State
	Note  string // a date, a name
}

// State says where a person stands; it is always written out, never only coloured.
type State int

// The states of a Step.
const (
	Ahead State = iota
	Now
	Done
)

func (s State) word() string {
	switch s {
	case Now:
		return "You are here"
	case Done:
		return "Done"
	}
	return "Ahead"
}

func (s State) class() string {
	switch s {
	case Now:
		return "step-now"
	case Done:
		return "step-done"
	}
	return "step-ahead"
}

// ZoneForm lets a visitor choose the zone in which times are shown. It asks by
// GET; with scripts the browser's own zone is offered as well.
type ZoneForm struct {
	Action string
	Zone   string  // the zone shown now
	Chosen bool    // the visitor chose it; then nothing is detected any more
	Hidden []Value // what else the page's address carries
}

// Render makes ZoneForm a component.
func (z ZoneForm) Render(ctx context.Context, w io.Writer) error { return zoneForm(z).Render(ctx, w) }
