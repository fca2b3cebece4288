#!/usr/bin/env bash
# Everything (`make test`): lint, both engines under the race detector, the
# browser walk and accessibility against the program as it is built for use.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

# The race detector is the only part that needs cgo; the program is built without.
# It does not watch the C of SQLite, translated to Go: what that shares lies in
# memory of its own, which the detector does not know, at twice the time.
unwatched=(-gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false)
# The linters have vetted every package already. Under the detector collecting
# garbage costs dearly, so it happens less often, for twice the memory.
race() { CGO_ENABLED=1 scripts/test-postgres.sh with go test -race "${unwatched[@]}" -vet=off -exec 'env GOGC=400' -count=1 -timeout 30m ./...; }

step 'assets' scripts/assets.sh
step 'lint' scripts/lint.sh
step 'build' make build
step 'tests with -race, SQLite and PostgreSQL' race
step 'browser walk and accessibility' scripts/walk.sh
passed 'make test'
