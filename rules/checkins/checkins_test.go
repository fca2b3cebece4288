package checkins

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

var lisbon = load("Europe/Lisbon")

func load(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

func day(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, lisbon)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAPlanAsksOnItsDays(t *testing.T) {
	plan := []Asking{{What: "phq9", At: Points, Open: 5, Begin: 9}}
	got := All(plan, day("2026-01-10 15:00"), []Session{{ID: "b", At: day("2026-03-27 10:00")}, {ID: "a", At: day("2026-01-31 10:00")}}, lisbon)
	want := []string{
		"start 2026-01-10 09:00", "day1:a 2026-02-01 09:00", "day7:a 2026-02-07 09:00",
		"monthly:1 2026-02-28 09:00", // no 31 February
		"day1:b 2026-03-28 09:00",
		"monthly:2 2026-03-31 09:00", // the clocks went forward between
		"day7:b 2026-04-03 09:00", "month1:b 2026-04-27 09:00", "monthly:3 2026-04-30 09:00", "monthly:4 2026-05-31 09:00",
		"month3:b 2026-06-27 09:00", "monthly:5 2026-06-30 09:00", "monthly:6 2026-07-31 09:00", "monthly:7 2026-08-31 09:00", "month6:b 2026-09-27 09:00",
	}
	if len(got) != len(want) {
		t.Fatalf("%d are asked, want %d: %v", len(got), len(want), got)
	}
	for i, d := range got {
		if s := d.Key + " " + d.From.Format("2006-01-02 15:04"); s != want[i] {
			t.Errorf("%s, want %s", s, want[i])
		}
		if wide := d.Until.Sub(d.From); wide < 119*time.Hour || wide > 121*time.Hour { // five days, an hour more or less where the clocks change
			t.Errorf("%s can be answered for %v", d.Key, wide)
		}
	}
}

func TestWhoHasNotBegunAndHadNoSessionIsAskedNothing(t *testing.T) {
	if got := All([]Asking{{What: "phq9", At: Points, Open: 5}}, time.Time{}, nil, lisbon); len(got) != 0 {
		t.Errorf("asked: %v", got)
	}
	if got := All(nil, day("2026-01-10 15:00"), []Session{{ID: "a", At: day("2026-01-31 10:00")}}, lisbon); len(got) != 0 {
		t.Errorf("a practice that chose nothing asks: %v", got)
	}
}

func TestNothingIsAskedTwiceOrBeforeWhatItFollows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- invented days
	for range 500 {
		begun := day("2026-01-01 12:00").AddDate(0, 0, r.IntN(300))
		var sessions []Session
		for i := range r.IntN(6) {
			sessions = append(sessions, Session{ID: strconv.Itoa(i), At: begun.AddDate(0, 0, r.IntN(200))})
		}
		all := All([]Asking{{What: "a", At: Points, Open: 1 + r.IntN(30), Begin: r.IntN(24)}}, begun, sessions, lisbon)
		seen := map[string]bool{}
		for i, d := range all {
			if seen[d.Key] {
				t.Fatalf("%s is asked twice", d.Key)
			}
			seen[d.Key] = true
			if !d.From.Before(d.Until) || i > 0 && d.From.Before(all[i-1].From) {
				t.Fatalf("%s: %v to %v after %v", d.Key, d.From, d.Until, all[max(i-1, 0)])
			}
			if d.Point != Start && d.From.Before(begun) {
				t.Fatalf("%s is asked before they began", d.Key)
			}
		}
	}
}

func TestWhatIsOpenBeginsAndEnds(t *testing.T) {
	all := All([]Asking{{What: "a", At: []Point{Start}, Open: 2, Begin: 9}}, day("2026-01-10 15:00"), nil, lisbon)
	for at, want := range map[string]int{"2026-01-10 08:59": 0, "2026-01-10 09:00": 1, "2026-01-12 08:59": 1, "2026-01-12 09:00": 0} {
		if got := Open(all, day(at)); len(got) != want {
			t.Errorf("at %s %d are open, want %d", at, len(got), want)
		}
	}
}

func TestSomebodyIsRemindedOnceBeforeItsTimeIsOverWhereThePlanSaysSo(t *testing.T) {
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for remind, want := range map[int]time.Time{0: {}, 3: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC), 7: {}} {
		due := All([]Asking{{What: "who5", At: []Point{Start}, Open: 7, Begin: 9, Remind: remind}}, begun, nil, time.UTC)
		if len(due) != 1 || !due[0].Remind.Equal(want) {
			t.Errorf("after %d days: %v, want %v", remind, due, want)
		}
	}
}
