package timeline

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Mark is something about an entry that its readers should know.
type Mark string

// The marks.
const (
	Conflict        Mark = "conflict"         // the same id came with other content too
	ClockJumped     Mark = "clock_jumped"     // its device counted it in another order than its clock
	ClockDiffers    Mark = "clock_differs"    // its device's clock is off by more than FarClock
	ClockUnmeasured Mark = "clock_unmeasured" // nobody knows by how much it is off
	SentLate        Mark = "sent_late"        // it arrived more than LateAfter after it was entered
	Waiting         Mark = "waiting"          // something of this device from before it is still to come
	Backdated       Mark = "backdated"        // somebody typed the time
	SeqTwice        Mark = "seq_twice"        // its device counted another entry the same
	TooLate         Mark = "too_late"         // it takes back what was older than UndoFor, and did not
	OfNothing       Mark = "of_nothing"       // what it speaks of is not here, or not of its kind
	CorrectedTwice  Mark = "corrected_twice"  // another correction of the same entry stands
	Unreadable      Mark = "unreadable"       // its content is not what its kind has
)

// The bounds of the marks.
const (
	FarClock  = 5 * time.Second
	LateAfter = time.Minute
	UndoFor   = 10 * time.Second
)

// Line is an entry in its place.
type Line struct {
	Entry
	At           time.Time `json:"at"` // its place, by the server's clock as far as is known
	Marks        []Mark    `json:"marks,omitempty"`
	SupersededBy string    `json:"superseded_by,omitempty"` // the correction that stands for it
	UndoneBy     string    `json:"undone_by,omitempty"`
	Withdrawn    bool      `json:"withdrawn,omitempty"` // a correction that says: this never was
}

// Stands tells whether a line counts: nobody corrected it or took it back.
func (l Line) Stands() bool { return l.SupersededBy == "" && l.UndoneBy == "" && !l.Withdrawn }

// Has tells whether a line bears a mark.
func (l Line) Has(m Mark) bool { return slices.Contains(l.Marks, m) }

func (l *Line) mark(m Mark) {
	if !l.Has(m) {
		l.Marks = append(l.Marks, m)
	}
}

// Gap is what a device has counted and nobody has received.
type Gap struct {
	Device string `json:"device"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
}

// Timeline is a session, merged.
type Timeline struct {
	Entries []Line
	Waiting []Gap
	Base    Base
}

// Merge puts a set of entries into the one order that follows from it.
//
// An entry's place is when it was taken, by the server's clock as far as its
// device has measured the difference. Within one device, entries whose places
// are closer than the measurement's error stay in the order in which they were
// made; further apart, the clock is believed and the entry is marked. Equal
// places are put in order by device, by the device's count, and by id.
func Merge(all []Entry) Timeline {
	var t Timeline
	t.Entries = distinct(all)
	t.places()
	slices.SortFunc(t.Entries, func(a, b Line) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	t.corrections()
	t.takenBack()
	for i := range t.Entries {
		slices.Sort(t.Entries[i].Marks)
	}
	return t
}

// distinct keeps one entry for each id: where two say otherwise, the first by
// their bytes. What the server added is that of the copy it numbered first.
func distinct(all []Entry) []Line {
	at := map[string]int{}
	var out []Line
	for _, e := range all {
		i, seen := at[e.ID]
		if !seen {
			at[e.ID] = len(out)
			out = append(out, Line{Entry: e})
			continue
		}
		l := &out[i]
		a, b := l.content(), e.content()
		if !bytes.Equal(a, b) {
			l.mark(Conflict)
		}
		server := firstKept(l.Entry, e)
		if bytes.Compare(b, a) < 0 {
			l.Entry = e
		}
		l.By, l.Name, l.Role, l.Received, l.N = server.By, server.Name, server.Role, server.Received, server.N
	}
	return out
}

// firstKept is the copy that the server kept first; one that it has not numbered
// comes after those that it has.
func firstKept(a, b Entry) Entry {
	later := func(e Entry) int { // sorts what the server has not seen last
		if e.N == 0 {
			return 1
		}
		return 0
	}
	if cmp.Or(cmp.Compare(later(a), later(b)), cmp.Compare(a.N, b.N), a.Received.Compare(b.Received), cmp.Compare(a.By, b.By), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Role, b.Role)) <= 0 {
		return a
	}
	return b
}

// places gives each line its place and what is to be known about it, device by
// device.
func (t *Timeline) places() {
	of := map[string][]*Line{}
	for i := range t.Entries {
		l := &t.Entries[i]
		l.At = l.on(l.Taken)
		l.clock()
		of[l.Device] = append(of[l.Device], l)
	}
	for device, lines := range of {
		slices.SortFunc(lines, func(a, b *Line) int { return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID)) })
		inOrder(lines)
		t.gaps(device, lines)
	}
	slices.SortFunc(t.Waiting, func(a, b Gap) int { return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.From, b.From)) })
}

func (l *Line) clock() {
	switch {
	case l.Device == Server: // whose clock it is
	case l.Offset == nil:
		l.mark(ClockUnmeasured)
	case time.Duration(*l.Offset)*time.Millisecond > FarClock, time.Duration(*l.Offset)*time.Millisecond < -FarClock:
		l.mark(ClockDiffers)
	}
	if l.Backdated {
		l.mark(Backdated)
	}
	if !l.Received.IsZero() && l.Received.Sub(l.on(l.Entered)) > LateAfter {
		l.mark(SentLate)
	}
}

// Server is the device of what the server itself notes.
const Server = "held"

// inOrder holds one device's entries against its own count. Those whose time
// somebody typed are where they said.
func inOrder(lines []*Line) {
	var last *Line
	for _, l := range lines {
		if l.Backdated {
			continue
		}
		if last != nil {
			switch back := last.At.Sub(l.At); {
			case back > l.slack():
				l.mark(ClockJumped)
			case back > 0:
				l.At = last.At
			}
		}
		last = l
	}
}

// gaps tells what a device has counted and is not here.
func (t *Timeline) gaps(device string, lines []*Line) {
	if device == Server {
		return
	}
	next := int64(1)
	for i, l := range lines {
		if i > 0 && lines[i-1].Seq == l.Seq {
			l.mark(SeqTwice)
			lines[i-1].mark(SeqTwice)
		}
		if l.Seq > next {
			t.Waiting = append(t.Waiting, Gap{device, next, l.Seq - 1})
			l.mark(Waiting)
		}
		next = max(next, l.Seq+1)
	}
}
