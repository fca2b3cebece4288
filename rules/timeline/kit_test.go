package timeline_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"held/rules/protocol"
	"held/rules/timeline"
)

// noon is when every session here has its dose.
var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// device is one that enters things, with a clock of its own.
type device struct {
	name  string
	skew  time.Duration // its clock less the server's
	blind bool          // it never measured the difference
	seq   int64
	made  []timeline.Entry
}

func body(t testing.TB, v any) json.RawMessage {
	t.Helper()
	if text, ok := v.(string); ok {
		return json.RawMessage(text)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// enter makes an entry at a true instant.
func (d *device) enter(t testing.TB, at time.Time, kind timeline.Kind, what any, more ...func(*timeline.Entry)) string {
	t.Helper()
	d.seq++
	e := timeline.Entry{
		ID: fmt.Sprintf("%s-%03d", d.name, d.seq), Session: "s", Device: d.name, Seq: d.seq, Kind: kind,
		Taken: at.Add(d.skew), Entered: at.Add(d.skew), Body: body(t, what),
	}
	if !d.blind {
		offset := -d.skew.Milliseconds()
		e.Offset = &offset
	}
	for _, f := range more {
		f(&e)
	}
	d.made = append(d.made, e)
	return e.ID
}

func n(v int) *int { return &v }

// all is whatever several devices made.
func all(devices ...*device) (out []timeline.Entry) {
	for _, d := range devices {
		out = append(out, d.made...)
	}
	return out
}

func line(t testing.TB, tl timeline.Timeline, id string) timeline.Line {
	t.Helper()
	for _, l := range tl.Entries {
		if l.ID == id {
			return l
		}
	}
	t.Fatalf("there is no entry %s", id)
	return timeline.Line{}
}

// text is a timeline, to be compared.
func text(t testing.TB, tl timeline.Timeline) string {
	t.Helper()
	b, err := json.Marshal(tl)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// session is somebody's session as three devices enter it, in the order of the
// random numbers: with skewed clocks, corrections, taps that are taken back,
// readings and words.
func session(t testing.TB, r *rand.Rand, length int) []*device {
	t.Helper()
	devices := []*device{
		{name: "a-tablet"}, {name: "b-phone", skew: time.Duration(r.IntN(120)-60) * time.Second}, {name: "c-laptop", skew: time.Duration(r.IntN(7200)-3600) * time.Second, blind: r.IntN(3) == 0},
	}
	var ids []string
	var kinds []timeline.Kind
	at := noon
	for range length {
		at = at.Add(time.Duration(r.IntN(240_000)) * time.Millisecond)
		d := devices[r.IntN(3)]
		var id string
		kind := timeline.Vitals
		switch r.IntN(9) {
		case 0:
			kind = timeline.Dose
			id = d.enter(t, at, kind, timeline.DoseBody{Medicine: "ketamine_im", Booster: len(ids) > 0})
		case 1:
			if len(ids) == 0 {
				continue
			}
			kind = timeline.Undone
			id = d.enter(t, at, kind, timeline.UndoneBody{Of: ids[r.IntN(len(ids))]})
		case 2:
			if len(ids) == 0 {
				continue
			}
			i := r.IntN(len(ids))
			kind = kinds[i]
			id = d.enter(t, at, kind, vitals(r), func(e *timeline.Entry) { e.Supersedes = ids[i] })
		case 3:
			kind = timeline.Symptom
			id = d.enter(t, at, kind, timeline.CodeBody{Code: "chest_pain", Over: r.IntN(2) == 0})
		case 4:
			kind = timeline.Red
			id = d.enter(t, at, kind, timeline.RedBody{})
		case 5:
			id = d.enter(t, at, kind, vitals(r), func(e *timeline.Entry) {
				e.Backdated, e.Taken = true, e.Taken.Add(-time.Duration(r.IntN(600))*time.Second)
			})
		case 6: // somebody sets the clock
			d.skew += time.Duration(r.IntN(40)-20) * time.Second
			continue
		default:
			id = d.enter(t, at, kind, vitals(r))
		}
		ids, kinds = append(ids, id), append(kinds, kind)
	}
	return devices
}

func vitals(r *rand.Rand) timeline.VitalsBody {
	v := timeline.VitalsBody{Systolic: n(100 + r.IntN(95)), Diastolic: n(50 + r.IntN(48))}
	for _, p := range []struct {
		into     **int
		from, to int
	}{{&v.Pulse, 38, 145}, {&v.Oxygen, 88, 100}, {&v.Breaths, 7, 31}, {&v.MOAAS, 0, 5}} {
		if r.IntN(8) > 0 {
			*p.into = n(p.from + r.IntN(p.to-p.from+1))
		}
	}
	return v
}

func example() *protocol.Document { return protocol.ExampleOf("ketamine_im") }
