package db

import (
	"runtime"
	"slices"
)

// work calls fn. Nothing else does, so that its place on the stack tells that
// a transaction is being worked in.
//
//go:noinline
func work(t *Tx, fn func(*Tx) error) error { return fn(t) }

// workPlace is where work stands on the stack of what it has called.
var workPlace = func() uintptr {
	var at [1]uintptr
	_ = work(nil, func(*Tx) error { runtime.Callers(2, at[:]); return nil })
	return at[0]
}()

// deepest bounds how far down the stack inside looks.
const deepest = 128

// inside tells whether the caller is itself called by a Write's function. Such
// a Write would wait for the connection, or for a row, that the outer one has:
// for ever on SQLite, and on PostgreSQL without being seen as a deadlock.
func inside() bool {
	var stack [deepest]uintptr
	return slices.Contains(stack[:runtime.Callers(2, stack[:])], workPlace)
}
