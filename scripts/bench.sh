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
# What a visit costs is measured in a whole browser, with windows, as people have it.
[ -n "${CHROMIUM:-}" ] || [ ! -x /usr/bin/chromium ] || export CHROMIUM=/usr/bin/chromium
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# table draws lines of "figure", what, measured, reference, ratio, bar, verdict
# as they come, and keeps everything else for when something fails.
row() { printf '   %-66s %14s %18s %6s %9s  %s\n' "$@"; }
table() {
  local line what measured reference ratio bar verdict tab=$'\t' apart=$'\x1f' # a tab would swallow empty fields
  row '' measured reference ratio bar ''
  while IFS= read -r line; do
    case $line in
      *figure"$tab"*)
        IFS=$apart read -r what measured reference ratio bar verdict <<<"$(tr "$tab" "$apart" <<<"${line#*figure"$tab"}")"
        row "$what" "$measured" "$reference" "$ratio" "$bar" "$verdict"
        ;;
      *) printf '%s\n' "$line" >>"$log" ;;
    esac
  done
}

measure() { # PATTERN PACKAGE
  go test -run '^$' -bench "$1" -benchtime 1x -timeout 60m "$2" 2>&1 | table || { cat "$log" >&2; return 1; }
}
visits() { { node e2e/bench.mjs && node e2e/journal-bench.mjs; } 2>&1 | table || { cat "$log" >&2; return 1; }; }

if [ $# -gt 0 ]; then
  step "$1" measure "$1" ./cmd/held
  exit
fi
step 'what a first visit costs, and a journal of 5,000 entries' visits
step 'the house' measure BenchmarkHouse ./cmd/held
step 'the medicine room' measure BenchmarkRoom ./care/medicine
step 'two years of measures' measure BenchmarkTwoYears ./care/ripple
step 'the calendar' measure . ./practice/calendar
