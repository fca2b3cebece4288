// Package work runs what happens in the background: one worker per kind,
// woken by a commit or by the clock, its last run kept for the doctor page.
package work

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"held/internal/db"
)

// Worker does one kind of background work. Do must be safe to repeat from any
// line: the program may be killed at each.
type Worker struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error

	wake chan struct{}
	once sync.Once
}

func (w *Worker) channel() chan struct{} {
	w.once.Do(func() { w.wake = make(chan struct{}, 1) })
	return w.wake
}

// Wake asks for a run soon; it never blocks.
func (w *Worker) Wake() {
	select {
	case w.channel() <- struct{}{}:
	default:
	}
}

// Runner runs workers until its context ends.
type Runner struct {
	DB       *db.DB
	Practice db.ID
	Now      func() time.Time
	Log      *slog.Logger
	// Context is what the workers act as.
	Context func(context.Context) context.Context

	wg   sync.WaitGroup
	mu   sync.Mutex
	kept map[string]Run
}

// keepEvery bounds how often a run that went as the last one did is written
// down: an idle practice should not write to its disk all night.
const keepEvery = time.Minute

// Start runs each worker in a goroutine of its own. When each has run once,
// what the start took of memory beyond what is kept goes back to the machine:
// otherwise an idle program would hold it until much later.
func (r *Runner) Start(ctx context.Context, workers ...*Worker) {
	var first sync.WaitGroup
	first.Add(len(workers))
	for _, w := range workers {
		r.wg.Go(func() { r.loop(ctx, w, first.Done) })
	}
	r.wg.Go(func() {
		first.Wait()
		debug.FreeOSMemory()
	})
}

// Wait returns when every worker has finished what it was doing.
func (r *Runner) Wait() { r.wg.Wait() }

func (r *Runner) loop(ctx context.Context, w *Worker, ran func()) {
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	r.Once(ctx, w)
	ran()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.channel():
		}
		r.Once(ctx, w)
	}
}

// Once runs a worker once and keeps how it went.
func (r *Runner) Once(ctx context.Context, w *Worker) {
	if ctx.Err() != nil {
		return
	}
	wctx := r.Context(ctx)
	err := guarded(wctx, w)
	if ctx.Err() != nil {
		return
	}
	if p, ok := err.(panicked); ok {
		r.Log.Error("background work panicked", "worker", w.Name, "at", p.at)
	} else if err != nil {
		r.Log.Error("background work failed", "worker", w.Name, "cause", err.Error())
	}
	if kerr := r.keep(wctx, w.Name, err); kerr != nil && ctx.Err() == nil { // being stopped is no fault
		r.Log.Error("background work could not be noted", "worker", w.Name, "cause", kerr.Error())
	}
}

func guarded(ctx context.Context, w *Worker) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{string(debug.Stack())}
		}
	}()
	return w.Do(ctx)
}

// panicked says where, and not in which words: they may be somebody's.
type panicked struct{ at string }

func (panicked) Error() string { return "panic in background work" }

// Run is a worker's last run as the doctor page shows it.
type Run struct {
	Worker     string
	Last, Fine time.Time
	Fault      string // "" when the last run was fine
}

func (r *Runner) keep(ctx context.Context, name string, err error) error {
	now, fault := r.Now(), ""
	fine := now
	if err != nil {
		fault, fine = "failed", time.Time{}
	}
	if !r.worthKeeping(Run{Worker: name, Last: now, Fault: fault}) {
		return nil
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlKeepRun, r.Practice, name, db.Micros(now), db.Micros(fine), fault)
		return err
	})
}

func (r *Runner) worthKeeping(run Run) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[string]Run{}
	}
	was, there := r.kept[run.Worker]
	if there && was.Fault == run.Fault && run.Last.Sub(was.Last) < keepEvery {
		return false
	}
	r.kept[run.Worker] = run
	return true
}

// Runs reads the last run of every worker.
func Runs(ctx context.Context, q db.Q, practice db.ID) ([]Run, error) {
	return db.All(ctx, q, scanRun, sqlRuns, practice)
}
