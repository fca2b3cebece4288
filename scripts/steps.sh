# Sourced by the scripts that run several steps: each is announced, timed, and
# stops the run when it fails.

# On a machine where Go was told to add flags, tests must still run the tree as it is.
export GOFLAGS=-buildvcs=false
total_started=$SECONDS

step() { # NAME CMD…
  local name=$1 started=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if ! "$@" </dev/null; then
    printf '\nFAILED: %s (after %s s)\n' "$name" "$((SECONDS - total_started))" >&2
    exit 1
  fi
  printf '   %s: %s s\n' "$name" "$((SECONDS - started))"
}

passed() { printf '\nPASSED: %s (%s s)\n' "$1" "$((SECONDS - total_started))"; }
