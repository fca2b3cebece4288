package backup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestRetention tries many histories: regular, with gaps, with several a day,
// with a clock that ran wrong.
func TestRetention(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 1))
		k := Keep{dice.IntN(10), dice.IntN(8), dice.IntN(14)}
		at := time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
		var all []item
		for range dice.IntN(120) {
			at = at.Add(time.Duration(dice.IntN(60*24*3)) * time.Minute)
			if dice.IntN(40) == 0 {
				at = at.AddDate(30-60*dice.IntN(2), 0, 0)
			}
			all = append(all, item{newName([16]byte{1}, at), "00000000", at})
		}
		dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		opened := ""
		if len(all) > 0 {
			opened = all[dice.IntN(len(all))].name
		}
		gone := k.surplus(all, opened)
		left := slices.DeleteFunc(slices.Clone(all), func(x item) bool { return slices.Contains(gone, x.name) })
		slices.SortFunc(all, newestFirst)
		held(t, fmt.Sprint("seed ", seed, ", ", k), k, all, left, opened)
		if again := k.surplus(left, opened); len(again) > 0 {
			t.Errorf("seed %d: a second look lets %d more go", seed, len(again))
		}
	}
}

// held holds what must be true of any history.
func held(t *testing.T, what string, k Keep, all, left []item, opened string) {
	t.Helper()
	if len(all) == 0 {
		return
	}
	has := func(name string) bool {
		return slices.ContainsFunc(left, func(x item) bool { return x.name == name })
	}
	if !has(all[0].name) || !has(opened) {
		t.Errorf("%s: the newest or the one that opened is gone", what)
	}
	for n, of := range map[int]func(item) string{
		k.Daily: func(x item) string { return x.at.Format("2006-01-02") }, k.Monthly: func(x item) string { return x.at.Format("2006-01") },
	} {
		seen := map[string]bool{}
		for _, x := range all {
			if in := of(x); !seen[in] && len(seen) < n {
				seen[in] = true
				if !has(x.name) {
					t.Errorf("%s: the newest of %s is gone", what, in)
				}
			}
		}
	}
	if most := k.Daily + k.Weekly + k.Monthly + 2; len(left) > most {
		t.Errorf("%s: %d are left, at most %d are wanted", what, len(left), most)
	}
}

func TestKeepIsReadAndSaid(t *testing.T) {
	k, err := ParseKeep("weekly 5, daily 7,monthly 12")
	if err != nil || k != (Keep{7, 5, 12}) || k.String() != "daily 7, weekly 5, monthly 12" {
		t.Errorf("%v, %v", k, err)
	}
	if k, err := ParseKeep("daily 3"); err != nil || k != (Keep{Daily: 3}) {
		t.Errorf("%v, %v", k, err)
	}
	for _, bad := range []string{"", "7", "daily", "daily -1", "daily 1, daily 2", "yearly 1", "daily 1;weekly 2", "daily 99999999"} {
		if k, err := ParseKeep(bad); err == nil {
			t.Errorf("%q was read as %v", bad, k)
		}
	}
}

func TestOtherFilesAreNoBackups(t *testing.T) {
	for name, want := range map[string]bool{
		newName([16]byte{1}, time.Now()): true, "held-0a0b0c0d-20260303T090000Z-00ff.age": true,
		"held-0a0b0c0d-20269903T090000Z-00ff.age": false, "held-20260303T090000Z.age": false, "notes.age": false, "held-0a0b0c0d-20260303T090000Z-00ff.age.part": false,
	} {
		if _, ok := parseName(name); ok != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
}
