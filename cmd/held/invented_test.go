package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// invented is the demo practice at demoNow, written once for all tests of this
// program that want it. Each begins with a copy of its own; that it is written
// alike each time, and on either engine, is what demo_test.go holds.
var invented struct {
	once          sync.Once
	database, key []byte
	over          time.Time // when the last of it was written: the copies' clocks go on from there
	err           error
}

// openInvented opens a copy of the demo practice in this process, without its
// workers, its clock at demoNow or just behind it.
func openInvented(t *testing.T) (*house, *demoClock) {
	t.Helper()
	invented.once.Do(func() { invented.err = writeInvented() })
	if invented.err != nil {
		t.Fatal(invented.err)
	}
	cfg := newPlace(t).config()
	for file, held := range map[string][]byte{cfg.databasePath(): invented.database, cfg.KeyFile: invented.key} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, held, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	clock := &demoClock{offset: invented.over.Sub(wall())}
	h, err := open(t.Context(), cfg, silent(), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	if err := h.furnish("http://localhost", true); err != nil {
		t.Fatal(err)
	}
	return h, clock
}

// writeInvented builds the demo practice, and keeps its database and its key.
func writeInvented() error {
	at, err := time.Parse(time.RFC3339, demoNow)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "held-invented-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background() // it outlives the test that happens to come first
	vars := map[string]string{"HELD_DATA": filepath.Join(dir, "data"), "HELD_KEY_FILE": filepath.Join(dir, "keys", "held.key")}
	e := &env{out: io.Discard, err: io.Discard, getenv: func(name string) string { return vars[name] }}
	cfg, err := readConfig(e, flags(e, "serve", ""), nil, 0)
	if err != nil {
		return err
	}
	clock := &demoClock{offset: at.Sub(wall())}
	h, err := openBare(ctx, cfg, silent(), clock.Now)
	if err != nil {
		return err
	}
	whole := filepath.Join(dir, "whole.db")
	err = h.build(ctx, clock, 1, "http://localhost")
	if err == nil {
		invented.over = clock.Now()
		err = h.db.SnapshotSQLite(ctx, whole)
	}
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	invented.database, err = os.ReadFile(whole)
	if err == nil {
		invented.key, err = os.ReadFile(cfg.KeyFile)
	}
	return err
}

func silent() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }
