package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"held/internal/db"
)

// TestWhoeverComesMeanwhileIsAskedForTogether, none of them twice, never more
// than a question has room for, and none by a question that was on its way.
func TestWhoeverComesMeanwhileIsAskedForTogether(t *testing.T) {
	var j db.Joint[int, string]
	var mu sync.Mutex
	var asked [][]int
	begun, answer := make(chan bool, 1), make(chan bool)
	ask := func(_ context.Context, keys []int) (map[int]string, error) {
		mu.Lock()
		asked = append(asked, slices.Clone(keys))
		first := len(asked) == 1
		mu.Unlock()
		if first {
			begun <- true
			<-answer
		}
		out := map[int]string{}
		for _, k := range keys {
			if k != 13 {
				out[k] = fmt.Sprint("of ", k)
			}
		}
		return out, nil
	}
	var wg sync.WaitGroup
	get := func(key int, want string) {
		wg.Go(func() {
			if got, err := j.Get(t.Context(), key, ask); got != want || err != nil {
				t.Errorf("%d: %q, %v", key, got, err)
			}
		})
	}
	get(0, "of 0")
	<-begun
	const came = 20
	for i := range came {
		get(i%10, fmt.Sprint("of ", i%10))
	}
	get(13, "") // which is not there
	eventually(t, func() bool { return j.Waiting() == 11 })
	close(answer)
	wg.Wait()
	var all []int
	for _, keys := range asked[1:] {
		if len(keys) > db.JointAtOnce {
			t.Errorf("%d keys at once", len(keys))
		}
		all = append(all, keys...)
	}
	slices.Sort(all)
	if len(asked) != 3 || !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13}) {
		t.Errorf("asked %v", asked)
	}
}

// TestAJointAnswerIsNeverOlderThanItsCaller: what was written before somebody
// came is in their answer.
func TestAJointAnswerIsNeverOlderThanItsCaller(t *testing.T) {
	var j db.Joint[int, int64]
	var clock atomic.Int64
	ask := func(_ context.Context, keys []int) (map[int]int64, error) {
		now, out := clock.Load(), map[int]int64{}
		for _, k := range keys {
			out[k] = now
		}
		return out, nil
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 200 {
				before := clock.Add(1)
				if got, err := j.Get(t.Context(), i%5, ask); got < before || err != nil {
					t.Errorf("came at %d and was told of %d, %v", before, got, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestAFailedJointQuestionFailsForAllAndOnlyOnce: those who come later are
// asked for again, and nobody waits for somebody else's sake once they have gone.
func TestAFailedJointQuestionFailsForAllAndOnlyOnce(t *testing.T) {
	var j db.Joint[int, int]
	var calls, well atomic.Int64
	begun, answer := make(chan bool), make(chan bool)
	ask := func(context.Context, []int) (map[int]int, error) {
		if calls.Add(1) == 1 {
			begun <- true
			<-answer
		}
		if well.Load() == 0 {
			return nil, errRefused
		}
		return map[int]int{1: 7}, nil
	}
	var wg sync.WaitGroup
	refused := func() {
		if _, err := j.Get(t.Context(), 1, ask); !errors.Is(err, errRefused) {
			t.Error(err)
		}
	}
	wg.Go(refused)
	<-begun
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := j.Get(gone, 1, ask); !errors.Is(err, context.Canceled) {
		t.Errorf("gone, and told %v", err)
	}
	wg.Go(refused)
	wg.Go(refused)
	close(answer)
	wg.Wait()
	well.Store(1)
	if got, err := j.Get(t.Context(), 1, ask); got != 7 || err != nil {
		t.Errorf("asked again: %d, %v", got, err)
	}
}
