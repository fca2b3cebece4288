//go:build unix

package main

import "syscall"

// keepToItself: what the process writes is for its own account, and when it
// falls, its memory, in which people's words are, is not written to disk.
func keepToItself() {
	syscall.Umask(0o077)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // asking for less is never refused
}
