#!/usr/bin/env bash
# The figures (`make bench`): sizes and starts of the program as built, then the
# Go benchmarks, each of which measures its own reference in the same run and
# reports the ratio. Prints; asserts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

program() { node e2e/bench.mjs; }
ratios() { go test -run '^$' -bench . -benchtime "${BENCHTIME:-2s}" -timeout 60m $(benched); }
benched() { # only the packages that have benchmarks, so that the output is the figures
  git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -lE '^func Benchmark' | xargs -r -n 1 dirname | sort -u | sed 's|^|./|'
}

step 'the program: size, start, memory, first visit' program
if [ -n "$(benched)" ]; then step 'ratios to their references' ratios; fi
