package db

import (
	"context"
	"sync"
	"time"
)

const (
	// JointAtOnce is for how many keys a Joint asks with one question at most.
	JointAtOnce = 8
	// jointLimit is how long one question for several may take.
	jointLimit = 10 * time.Second
)

// Joint asks one question for everybody who must know something anew at the
// same moment. Whoever comes while a question is on its way is asked for in the
// next one, together with those who came meanwhile: no answer was begun before
// its caller had come, so that it may decide. The zero Joint is ready.
type Joint[K comparable, V any] struct {
	mu      sync.Mutex
	asking  bool
	order   []K // of waiting
	waiting map[K]*joint[V]
}

// joint is what all who came for a key wait for.
type joint[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// Get asks for a key, alone or with others. ask is given one key or several,
// none twice, and answers for those that it finds; for the others the answer is
// the zero V. All callers of a Joint give it the same ask, and whoever gets an
// answer shares it and changes nothing in it.
func (j *Joint[K, V]) Get(ctx context.Context, key K, ask func(context.Context, []K) (map[K]V, error)) (V, error) {
	j.mu.Lock()
	if !j.asking {
		j.asking = true
		j.mu.Unlock()
		defer j.next(ctx, ask)
		all, err := ask(ctx, []K{key})
		return all[key], err
	}
	w := j.waiting[key]
	if w == nil {
		if j.waiting == nil {
			j.waiting = map[K]*joint[V]{}
		}
		w = &joint[V]{done: make(chan struct{})}
		j.waiting[key], j.order = w, append(j.order, key)
	}
	j.mu.Unlock()
	select {
	case <-w.done:
		return w.value, w.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// next asks for those who have come meanwhile. It does not end with the caller
// who happened to be the first.
func (j *Joint[K, V]) next(ctx context.Context, ask func(context.Context, []K) (map[K]V, error)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.asking = len(j.order) > 0; j.asking {
		go j.forAll(context.WithoutCancel(ctx), ask)
	}
}

// forAll asks until nobody waits.
func (j *Joint[K, V]) forAll(ctx context.Context, ask func(context.Context, []K) (map[K]V, error)) {
	for {
		keys, all := j.take()
		if len(keys) == 0 {
			return
		}
		limited, cancel := context.WithTimeout(ctx, jointLimit)
		answers, err := ask(limited, keys)
		cancel()
		for i, w := range all {
			w.value, w.err = answers[keys[i]], err
			close(w.done)
		}
	}
}

// take gives the next to be asked for. From here on nobody joins them.
func (j *Joint[K, V]) take() (keys []K, all []*joint[V]) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(len(j.order), JointAtOnce)
	keys = j.order[:n:n]
	j.order = j.order[n:]
	for _, k := range keys {
		all = append(all, j.waiting[k])
		delete(j.waiting, k)
	}
	j.asking = n > 0
	return keys, all
}
