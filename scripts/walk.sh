#!/usr/bin/env bash
# The browser walk against bin/held; with file names, only those.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/held ] || { echo 'walk: bin/held is not built; make walk builds it first' >&2; exit 1; }
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(e2e/*.test.mjs)
# The walk itself runs on both engines, so a cluster stands by. Files wait for the
# browser and the program by turns: three at a time keep two cores busy.
exec scripts/test-postgres.sh with node --test --test-reporter=spec --test-concurrency=3 "${files[@]}"
