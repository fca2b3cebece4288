package db

import (
	"sync"
	"time"
)

// keptFor is how long an answer is given again although another program on the
// same database may have changed what it rests on: as long as its names and
// keys may be old.
const keptFor = 2 * time.Second

// keptAtMost bounds the answers that one Kept remembers.
const keptAtMost = 256

// Kept remembers the answers to a question that a page asks each time it is
// opened. An answer holds until this program next writes anything at all, so
// that nobody has to know what a list is made of, and for two seconds at most.
// It is for what a page shows, never for what decides: who somebody is and what
// they may do is asked anew. Rows are remembered as they lie in the database,
// their texts sealed. The zero Kept is ready.
type Kept[K comparable, V any] struct {
	mu      sync.Mutex
	of      int64 // the DB's state that all of them answer for
	answers map[K]kept[V]
	sweep   *time.Timer
}

type kept[V any] struct {
	value V
	at    time.Time
}

// Get gives the remembered answer, or asks. Whoever gets it shares it with
// others and changes nothing in it.
func (k *Kept[K, V]) Get(d *DB, now time.Time, key K, ask func() (V, error)) (V, error) {
	state := d.changes.Load() // before it is asked: a change meanwhile makes the answer one of before
	k.mu.Lock()
	a, there := k.answers[key]
	there = there && k.of == state
	k.mu.Unlock()
	if age := now.Sub(a.at); there && age >= 0 && age < keptFor {
		return a.value, nil
	}
	v, err := ask()
	if err == nil {
		k.keep(d, state, key, kept[V]{v, now})
	}
	return v, err
}

func (k *Kept[K, V]) keep(d *DB, state int64, key K, a kept[V]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d.changes.Load() != state {
		return
	}
	if k.of != state || len(k.answers) >= keptAtMost {
		clear(k.answers)
	}
	if k.answers == nil {
		k.answers = map[K]kept[V]{}
	}
	if len(k.answers) == 0 {
		k.forgetLater()
	}
	k.of, k.answers[key] = state, a
}

// forgetLater empties the memory when nobody asks any more: what was erased
// does not lie there for as long as the program runs, not even sealed.
func (k *Kept[K, V]) forgetLater() {
	if k.sweep == nil {
		k.sweep = time.AfterFunc(keptFor, func() {
			k.mu.Lock()
			defer k.mu.Unlock()
			clear(k.answers)
		})
		return
	}
	k.sweep.Reset(keptFor)
}

// Aside says that nothing which this transaction writes is ever remembered by a
// Kept: a line of the trail about a page that was read must not make everything
// forgotten which that page was made of.
func (t *Tx) Aside() { t.aside = true }
