package checkins

import (
	"math/rand/v2"
	"testing"
	"time"
)

var noon = day("2026-03-10 12:00")

// open is a point that opened some days ago and can be answered for some more.
func open(what string, p Point, key string, ago, more int) Due {
	return Due{What: what, Point: p, Key: string(p) + key, From: noon.AddDate(0, 0, -ago), Until: noon.AddDate(0, 0, more)}
}

func waits(d Due) Earlier { return Earlier{What: d.What, Key: d.Key, Waits: true} }

func TestOfTwoPointsThatAreOpenOneIsAskedAndTheOtherWaits(t *testing.T) {
	monthly, month1, day7 := open("who5", Monthly, ":1", 0, 14), open("who5", Month1, ":s", 0, 14), open("who5", Day7, ":s", 2, 12)
	other := open("phq9", Monthly, ":1", 0, 14)
	begun, away, answered := waits(monthly), waits(monthly), waits(monthly)
	begun.Keeps = true
	away.Waits, away.Away = false, noon.AddDate(0, 0, 3)
	answered.Waits, answered.Quiet = false, noon.Add(time.Hour)
	later := answered
	later.Quiet = noon
	for _, c := range []struct {
		name string
		open []Due
		was  []Earlier
		ask  []string
		back int
	}{
		{"both at once: the one near a session", []Due{monthly, day7}, nil, []string{day7.Key}, 0},
		{"two of one day, none near: one of them", []Due{monthly, month1}, nil, []string{month1.Key}, 0},
		{"the shorter goes first", []Due{monthly, open("who5", Month3, ":s", 9, 2)}, nil, []string{"month3:s"}, 0},
		{"one waits", []Due{monthly, month1}, []Earlier{waits(month1)}, nil, 0},
		{"near a session takes the place", []Due{monthly, day7}, []Earlier{waits(monthly)}, []string{day7.Key}, 1},
		{"not of what was begun", []Due{monthly, day7}, []Earlier{begun}, nil, 0},
		{"nor of another near one", []Due{day7, open("who5", Day1, ":s2", 0, 3)}, []Earlier{waits(day7)}, nil, 0},
		{"another kind waits beside it", []Due{monthly, other}, []Earlier{waits(monthly)}, []string{other.Key}, 0},
		{"not on the day of the answer", []Due{monthly, day7}, []Earlier{answered}, nil, 0},
		{"after that day", []Due{monthly, day7}, []Earlier{later}, []string{day7.Key}, 0},
		{"what was put away keeps the month quiet", []Due{monthly, month1}, []Earlier{away}, nil, 0},
		{"but not the session", []Due{monthly, day7}, []Earlier{away}, []string{day7.Key}, 0},
		{"the first expired: the other is asked", []Due{monthly}, []Earlier{{What: "who5", Key: month1.Key}}, []string{monthly.Key}, 0},
	} {
		ask, back := Next(c.open, c.was, noon)
		if len(ask) != len(c.ask) || len(back) != c.back || len(ask) == 1 && ask[0].Key != c.ask[0] {
			t.Errorf("%s: asked %v, back %v", c.name, ask, back)
		}
	}
}

// However a course runs, the same questions never wait twice.
func TestTheSameQuestionsNeverWaitTwice(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		var sessions []Session
		for n := range r.IntN(4) {
			sessions = append(sessions, Session{ID: string(rune('a' + n)), At: day("2026-01-20 10:00").AddDate(0, 0, n*(5+r.IntN(30)))})
		}
		all := All([]Asking{{What: "who5", At: Points, Open: 3 + r.IntN(20), Begin: 9}}, day("2026-01-10 15:00"), sessions, lisbon)
		was := map[string]Earlier{}
		for now := day("2026-01-10 10:00"); now.Before(day("2026-12-01 10:00")); now = now.Add(6 * time.Hour) {
			var earlier []Earlier
			waiting := 0
			for key, e := range was {
				if i := indexOf(all, key); e.Waits && (i < 0 || !now.Before(all[i].Until)) {
					e.Waits = false
				} else if e.Waits && r.IntN(12) == 0 {
					e.Waits, e.Quiet = false, now.Add(12*time.Hour)
				}
				was[key] = e
				earlier = append(earlier, e)
			}
			ask, back := Next(Open(all, now), earlier, now)
			for _, e := range back {
				delete(was, e.Key)
			}
			for _, d := range ask {
				was[d.Key] = waits(d)
			}
			for _, e := range was {
				if e.Waits {
					waiting++
				}
			}
			if waiting > 1 {
				t.Fatalf("seed %d, %v: %d wait", seed, now, waiting)
			}
		}
	}
}

func indexOf(all []Due, key string) int {
	for i, d := range all {
		if d.Key == key {
			return i
		}
	}
	return -1
}
