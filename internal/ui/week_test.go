package ui

import (
	"fmt"
	"strings"
	"testing"
)

func TestOverlappingSlotsStandBesideEachOther(t *testing.T) {
	slots := []Slot{
		{Kind: Open, Start: 540, End: 1080},
		{Kind: Booked, Start: 540, End: 630},
		{Kind: Booked, Start: 570, End: 660},
		{Kind: Booked, Start: 630, End: 690}, // takes the first lane again
		{Kind: Booked, Start: 690, End: 740}, // touches nobody
	}
	var got []string
	for _, p := range lanes(slots) {
		got = append(got, fmt.Sprintf("%d:%d/%d", p.Start, p.lane, p.lanes))
	}
	want := "540:0/1 540:0/2 570:1/2 630:0/2 690:0/1"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("lanes: %s, want %s", s, want)
	}
}

func TestASlotKeepsInsideTheHoursShown(t *testing.T) {
	w := Week{From: 8, To: 18}
	for _, c := range []struct {
		slot Slot
		want string
	}{
		{Slot{Kind: Booked, Start: 545, End: 595}, "slot slot-booked h9 m1 lh0 lm10"},
		{Slot{Kind: Away, Start: 0, End: 1440}, "slot slot-away h8 m0 lh10 lm0"},
		{Slot{Kind: Booked, Start: 1070, End: 1100}, "slot slot-booked h17 m10 lh0 lm2"},
	} {
		if got := w.place(placed{Slot: c.slot, lanes: 1}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.slot, got, c.want)
		}
	}
	day := WeekDay{Slots: []Slot{{Start: 300, End: 480}, {Start: 1080, End: 1140}, {Start: 479, End: 481}}}
	if n := len(w.shown(day)); n != 1 {
		t.Errorf("%d slots are shown, want the one that reaches into the hours", n)
	}
	if len(day.Slots) != 3 || day.Slots[0].Start != 300 {
		t.Error("showing a day changed it")
	}
}
