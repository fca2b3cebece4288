#!/usr/bin/env bash
# The fast part of the tests (`make check`): under two minutes when warm.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

tools=tools/go.mod
step 'assets' scripts/assets.sh
step 'gofmt' scripts/lint.sh gofmt
step 'generated pages' scripts/lint.sh generated
step 'go vet' go vet ./...
step 'staticcheck' go tool -modfile=$tools staticcheck ./...
step 'tests, SQLite and PostgreSQL' scripts/test-postgres.sh with go test -short ./...
passed 'make check'
