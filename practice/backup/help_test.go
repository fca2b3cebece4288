package backup

import "syscall"

// noSpace is what a full disk says.
var noSpace error = syscall.ENOSPC
