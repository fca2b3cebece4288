#!/usr/bin/env bash
# The figures of speed and cost (`make bench`), each beside its bar and, where
# there is one, beside a reference measured in the same minute. It prints and
# asserts nothing: a busy machine is no mistake of the program's. What falls
# short of its bar is said so. All of it takes about a quarter of an hour;
# scripts/bench.sh PATTERN measures what of BenchmarkHouse matches.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

export HELD_PROGRAM=${HELD_PROGRAM:-$PWD/bin/held}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# table draws lines of "figure", what, measured, reference, ratio, bar, verdict,
# and keeps everything else for when something fails.
table() {
  awk -F '\t' -v log_file="$log" '
    BEGIN { printf "   %-66s %14s %18s %6s %9s\n", "", "measured", "reference", "ratio", "bar" }
    { i = index($0, "figure\t") }
    i { $0 = substr($0, i); printf "   %-66s %14s %18s %6s %9s  %s\n", $2, $3, $4, $5, $6, $7; fflush(); next }
    { print >> log_file }'
}

measure() { # PATTERN PACKAGE
  go test -run '^$' -bench "$1" -benchtime 1x -timeout 60m "$2" 2>&1 | table || { cat "$log" >&2; return 1; }
}
visits() { node e2e/bench.mjs 2>&1 | table || { cat "$log" >&2; return 1; }; }

if [ $# -gt 0 ]; then
  step "$1" measure "$1" ./cmd/held
  exit
fi
step 'what a first visit costs' visits
step 'the house' measure BenchmarkHouse ./cmd/held
step 'the calendar' measure . ./practice/calendar
