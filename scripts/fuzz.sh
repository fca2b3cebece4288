#!/usr/bin/env bash
# Every fuzz target of the tree, one after another, FUZZTIME each.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

while IFS=: read -r file target; do
  step "${file%/*} $target" go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" "./${file%/*}"
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -oHE '^func Fuzz[A-Za-z0-9_]+' | sed 's/:func /:/' | sort)
passed 'make fuzz'
