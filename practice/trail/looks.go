package trail

import (
	"context"
	"sync"
	"time"

	"held/internal/db"
)

// looks are readings on their way into the database. A commit is what a line
// costs, so those who read at the same moment share one: whoever comes while
// one is written is in the next.
type looks struct {
	mu      sync.Mutex
	waiting []*look
	writing bool
}

type look struct {
	keep
	done chan error
}

const (
	// looksAtOnce bounds a commit: the first of it waits for the last.
	looksAtOnce = 64
	// looksLimit is how long one may take; who reads waits no longer than that.
	looksLimit = 10 * time.Second
)

// look puts a reading on its way and gives what to wait for.
func (s *Service) look(ctx context.Context, k keep) (wait func() error) {
	l := &look{k, make(chan error, 1)}
	s.looks.mu.Lock()
	s.looks.waiting = append(s.looks.waiting, l)
	idle := !s.looks.writing
	s.looks.writing = true
	s.looks.mu.Unlock()
	if idle {
		// What others read is written too, so it does not end with this reader.
		go s.writeLooks(context.WithoutCancel(ctx))
	}
	return func() error {
		select {
		case err := <-l.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// writeLooks writes until nobody waits.
func (s *Service) writeLooks(ctx context.Context) {
	for {
		s.looks.mu.Lock()
		n := min(len(s.looks.waiting), looksAtOnce)
		part := s.looks.waiting[:n:n]
		s.looks.waiting = s.looks.waiting[n:]
		s.looks.writing = n > 0
		s.looks.mu.Unlock()
		if n == 0 {
			return
		}
		err := s.write(ctx, part)
		for _, l := range part {
			if err != nil && n > 1 && !db.Down(err) { // one that cannot be kept is not to hide the others' pages
				l.done <- s.write(ctx, []*look{l})
				continue
			}
			l.done <- err
		}
	}
}

func (s *Service) write(ctx context.Context, part []*look) error {
	ctx, cancel := context.WithTimeout(ctx, looksLimit)
	defer cancel()
	all := make([]keep, len(part))
	for i, l := range part {
		all[i] = l.keep
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		tx.Aside() // no page remembers lines of the trail
		return insert(ctx, tx, all)
	})
}
