#!/usr/bin/env bash
# Builds the program: scripts/build.sh VERSION OUT. The caller's environment says
# for which machine.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pages are functions that hold functions. Where one is put into another, all of
# it is compiled once more, and nothing is faster for it: a tenth of the program.
# What reckons (rules, internal) keeps everything else that the compiler does.
small=(-gcflags=held/...=-d=inlfuncswithclosures=0)
for part in care practice cmd; do small+=("-gcflags=held/$part/...=-l"); done

CGO_ENABLED=0 exec go build -trimpath "${small[@]}" -ldflags "-s -w -X main.version=$1" -o "$2" ./cmd/held
