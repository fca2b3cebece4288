#!/usr/bin/env bash
# The linters, pinned in tools/go.mod. With names, only those:
#   scripts/lint.sh [gofmt] [generated] [vet] [staticcheck] [gosec]
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS=-buildvcs=false

lint_gofmt() {
  local found
  found=$(find . -name node_modules -prune -o -name testdata -prune -o -name '*.go' ! -name '*_templ.go' -print0 | xargs -0 -r gofmt -l)
  [ -z "$found" ] || { printf 'not gofmt-ed:\n%s\n' "$found" >&2; return 1; }
}

# The committed *_templ.go must be what templ makes of the *.templ beside it.
# It is generated in a copy, so that a check changes nothing. The name of the
# page inside differs by where templ was started, so it is left out of account.
lint_generated() {
  local copy page made stale=0
  copy=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$copy'" EXIT
  find . -name node_modules -prune -o -name testdata -prune -o -name '*.templ' -print0 | xargs -0 -r cp --parents -t "$copy"
  if ! compgen -G "$copy/*" >/dev/null; then return 0; fi
  cp go.mod go.sum "$copy"
  go tool templ generate -path "$copy" -lazy=false >"$copy/log" 2>&1 || { cat "$copy/log" >&2; return 1; }
  while IFS= read -r page; do
    made=${page%.templ}_templ.go
    if ! cmp -s <(unnamed "$copy/$made") <(unnamed "$made"); then
      printf 'not up to date, run make generate: %s\n' "$made" >&2
      stale=1
    fi
  done < <(cd "$copy" && find . -name '*.templ')
  while IFS= read -r made; do
    [ -e "${made%_templ.go}.templ" ] || { printf 'its page is gone: %s\n' "$made" >&2; stale=1; }
  done < <(find . -name node_modules -prune -o -name testdata -prune -o -name '*_templ.go' -print)
  return $stale
}
unnamed() { sed 's/FileName: `[^`]*`/FileName: ``/' "$1" 2>/dev/null; }

lint_vet() { go vet ./...; }
lint_staticcheck() { go tool -modfile=tools/go.mod staticcheck ./...; }

# Rules of gosec that are not asked here, each with its reason.
not_asked=(
  # Unhandled errors: staticcheck and review see to these; gosec also names Close after a read and writes into a buffer.
  G104
  # A file name from a variable: Held's file names come from its operator's settings and its own embedded tree, never from a request.
  # G703 is the same, followed through the program.
  G304 G703
  # Conversions between integer sizes: it names every int(time) and len; ranges are checked where outside bytes are parsed, and fuzzed.
  G115
)
# A place where a rule is wrong says so itself: #nosec G404 -- jitter, not a secret
lint_gosec() {
  local IFS=,
  # The test kit is never part of the program.
  go tool -modfile=tools/go.mod gosec -quiet -fmt=text -color=false -exclude-generated \
    -exclude="${not_asked[*]}" -exclude-dir=node_modules -exclude-dir=internal/testkit ./...
}

# staticcheck and gosec read every package; two at once is more than a small machine holds.
for name in "${@:-all}"; do
  case $name in
    all) lint_gofmt; lint_generated; lint_vet; lint_staticcheck; lint_gosec ;;
    gofmt | generated | vet | staticcheck | gosec) "lint_$name" ;;
    *) printf 'usage: scripts/lint.sh [gofmt|generated|vet|staticcheck|gosec]…\n' >&2; exit 2 ;;
  esac
done
