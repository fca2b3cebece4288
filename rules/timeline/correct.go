package timeline

import (
	"cmp"
	"slices"
)

// index finds lines by id.
func (t *Timeline) index() map[string]*Line {
	at := make(map[string]*Line, len(t.Entries))
	for i := range t.Entries {
		at[t.Entries[i].ID] = &t.Entries[i]
	}
	return at
}

// corrections finds for each entry what stands for it. Entries that correct one
// another are one family, and one of it stands: the latest of those that nobody
// corrected. So two corrections of one dose never count as two doses, and a
// circle of corrections never makes a reading vanish.
func (t *Timeline) corrections() {
	at := t.index()
	parent := map[string]string{}
	var root func(id string) string
	root = func(id string) string {
		if p, ok := parent[id]; ok && p != id {
			parent[id] = root(p)
			return parent[id]
		}
		return id
	}
	corrected := map[string]bool{}
	for i := range t.Entries {
		l := &t.Entries[i]
		if l.Supersedes == "" {
			continue
		}
		of, there := at[l.Supersedes]
		if !there || of.Kind != l.Kind || of.ID == l.ID {
			l.mark(OfNothing)
			continue
		}
		corrected[of.ID] = true
		if a, b := root(l.ID), root(of.ID); a != b {
			parent[max(a, b)] = min(a, b)
		}
	}
	families := map[string][]*Line{}
	for i := range t.Entries {
		l := &t.Entries[i]
		families[root(l.ID)] = append(families[root(l.ID)], l)
	}
	for _, family := range families {
		if len(family) > 1 {
			settle(family, corrected)
		}
	}
}

func settle(family []*Line, corrected map[string]bool) {
	open := slices.DeleteFunc(slices.Clone(family), func(l *Line) bool { return corrected[l.ID] })
	if len(open) == 0 {
		open = family
	}
	stands := slices.MaxFunc(open, func(a, b *Line) int {
		return cmp.Or(a.on(a.Entered).Compare(b.on(b.Entered)), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	for _, l := range family {
		if l == stands {
			continue
		}
		l.SupersededBy = stands.ID
		if !corrected[l.ID] {
			l.mark(CorrectedTwice)
		}
	}
	var b struct {
		Void bool `json:"void"`
	}
	stands.Withdrawn = stands.Supersedes != "" && stands.Read(&b) && b.Void
}

// takenBack finds what was undone in time: within ten seconds of the tap, by the
// clock of the device where it was made, or by the server's where it was another.
func (t *Timeline) takenBack() {
	at := t.index()
	for i := range t.Entries {
		l := &t.Entries[i]
		if l.Kind != Undone {
			continue
		}
		var b UndoneBody
		of, there := (*Line)(nil), false
		if l.Read(&b) {
			of, there = at[b.Of]
		}
		if !there || of.Kind == Undone {
			l.mark(OfNothing)
			continue
		}
		if !InTime(of.Entry, l.Entry) {
			l.mark(TooLate)
			continue
		}
		if of.UndoneBy == "" {
			of.UndoneBy = l.ID
		}
	}
}

// InTime tells whether a tap was taken back within UndoFor.
func InTime(tap, undone Entry) bool {
	after := undone.Entered.Sub(tap.Entered)
	if tap.Device != undone.Device {
		after = undone.on(undone.Entered).Sub(tap.on(tap.Entered))
	}
	return after <= UndoFor && after >= -Slack
}
