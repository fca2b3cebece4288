package work_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/work"
)

func runner(d *db.DB, clock *testkit.Clock) (*work.Runner, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return &work.Runner{
		DB: d, Practice: db.NewID(), Now: clock.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Context: func(ctx context.Context) context.Context { return ctx },
	}, log
}

func runs(t *testing.T, r *work.Runner) []work.Run {
	t.Helper()
	got, err := work.Runs(t.Context(), r.DB.Reader(), r.Practice)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTheLastRunIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock(testkit.Now)
		r, log := runner(d, clock)
		var fail error
		w := &work.Worker{Name: "letters", Every: time.Hour, Do: func(context.Context) error { return fail }}
		r.Once(t.Context(), w)
		want := work.Run{Worker: "letters", Last: testkit.Now, Fine: testkit.Now}
		if got := runs(t, r); len(got) != 1 || got[0] != want {
			t.Errorf("%+v", got)
		}
		clock.Add(10 * time.Second) // as before: not worth a write
		r.Once(t.Context(), w)
		if got := runs(t, r); got[0] != want {
			t.Errorf("%+v", got)
		}
		fail = errors.New("no server")
		r.Once(t.Context(), w)
		want.Last, want.Fault = clock.Now(), "failed"
		if got := runs(t, r); got[0] != want || !strings.Contains(log.String(), "no server") {
			t.Errorf("%+v\n%s", got, log)
		}
		fail = nil
		clock.Add(time.Second)
		r.Once(t.Context(), w)
		if got := runs(t, r); got[0].Fault != "" || got[0].Fine != clock.Now() {
			t.Errorf("%+v", got)
		}
	})
}

func TestAPanicEndsOneRunOnly(t *testing.T) {
	r, log := runner(testkit.SQLite(t), testkit.NewClock(testkit.Now))
	w := &work.Worker{Name: "sweep", Every: time.Hour, Do: func(context.Context) error { panic("what Käthe wrote") }}
	r.Once(t.Context(), w)
	if got := runs(t, r); got[0].Fault != "failed" {
		t.Errorf("%+v", got)
	}
	if text := log.String(); strings.Contains(text, "Käthe") || !strings.Contains(text, "work_test.go") {
		t.Error(text)
	}
}

func TestWorkersAreWokenAndStopped(t *testing.T) {
	r, _ := runner(testkit.SQLite(t), testkit.NewClock(testkit.Now))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{}, 100)
	w := &work.Worker{Name: "w", Every: time.Hour, Do: func(context.Context) error { ran <- struct{}{}; return nil }}
	for range 10 {
		w.Wake() // never blocks, and before the start counts once
	}
	r.Start(ctx, w)
	<-ran
	<-ran
	w.Wake()
	<-ran
	stop()
	r.Wait()
	if len(ran) > 0 {
		t.Errorf("%d runs too many", len(ran))
	}
	r.Once(ctx, w)
	if len(ran) > 0 {
		t.Error("ran after the end")
	}
}

func TestStoppingWaitsForTheRun(t *testing.T) {
	r, _ := runner(testkit.SQLite(t), testkit.NewClock(testkit.Now))
	ctx, stop := context.WithCancel(t.Context())
	began := make(chan struct{})
	var mu sync.Mutex
	finished := false
	r.Start(ctx, &work.Worker{Name: "w", Every: time.Hour, Do: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		mu.Lock()
		defer mu.Unlock()
		finished = true
		return ctx.Err()
	}})
	<-began
	stop()
	r.Wait()
	if !finished {
		t.Error("left behind")
	}
	if got := runs(t, r); len(got) != 0 {
		t.Errorf("a run that was stopped is kept as %+v", got)
	}
}
