#!/usr/bin/env bash
# Checks that what a task needs is on this machine, and installs what is missing
# through apt-get, saying so first. Quick and quiet when all is there.
#
#   scripts/need.sh run | check | test | browser | scan
set -euo pipefail
cd "$(dirname "$0")/.."

task=${1:-}
say() { printf 'need: %s\n' "$*"; }
die() { printf 'need: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! have sudo; then
    die "Installing needs root or sudo. As root: apt-get install ${missing[*]}"
  elif [ "${CI:-}" = true ]; then
    sudo -n "$@" # nobody is there to type a password
  else
    sudo "$@"
  fi
}

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

missing=()
package_for() { # COMMAND PACKAGE
  have "$1" || missing+=("$2")
}

have_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

# Debian's server package starts a cluster of its own on port 5432. Tests bring
# their own, so nobody's machine gains a running database from `make test`.
without_a_cluster() {
  case " ${missing[*]} " in *' postgresql '*) ;; *) "$@"; return ;; esac
  local note=/etc/postgresql-common/createcluster.d/held-tests.conf
  as_root mkdir -p "$(dirname "$note")"
  echo 'create_main_cluster = false' | as_root tee "$note" >/dev/null
  "$@" || { as_root rm -f "$note"; return 1; }
  as_root rm -f "$note"
}

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  have apt-get || die "Missing: ${missing[*]}. There is no apt-get here; install them by your system's means."
  say "installing ${missing[*]} (apt-get)"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -q && without_a_cluster as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install ${missing[*]}"
  fi
  rm -f "$log"
}

go_and_node() {
  have go || die "Go is missing. Held needs Go $(sed -n 's/^go //p' go.mod) or newer: https://go.dev/dl/"
  have node || die "Node is missing. Held's assets need Node 20 or newer: https://nodejs.org/"
  local want got
  want=$(sed -n 's/^go //p' go.mod)
  got=$(go env GOVERSION)
  got=${got#go}
  # A newer toolchain is fetched by Go itself unless that has been turned off.
  if ! version_at_least "${got%% *}" "$want" && [ "$(go env GOTOOLCHAIN)" = local ]; then
    die "Go $got is here; Held needs $want or newer."
  fi
  got=$(node --version)
  version_at_least "${got#v}" 20 || die "Node ${got#v} is here; Held needs 20 or newer."
  package_for npm npm
}

# Installed once for each lock file: the stamp holds the lock's sum.
node_modules() { # FOLDER
  [ -f "$1/package-lock.json" ] || return 0
  local stamp=$1/node_modules/.held-lock sum
  sum=$(sha256sum <"$1/package-lock.json")
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
  say "npm ci in $1"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >/dev/null)
  printf '%s\n' "$sum" >"$stamp"
}

base() {
  go_and_node
  package_for make make
  package_for git git
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
}
postgres() { have_postgres || missing+=(postgresql); }
race() { # the race detector is the one thing here that needs a C compiler
  package_for gcc gcc
  [ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
}
scan() {
  package_for wapiti wapiti
  package_for sqlmap sqlmap
  package_for curl curl
}
browser() {
  [ -x "${CHROMIUM:-}" ] || { package_for chromium chromium; windowless; }
  package_for age age # opens what a journal is taken along as
}

# Most of the walk takes Chromium without its windows: the same engine of the
# same build, for less of the machine's work. Debian has it as a package of its own;
# elsewhere, and where it cannot be installed, the whole one does all of it.
windowless() {
  have chromium-headless-shell && return
  grep -q '^ID=debian$' /etc/os-release 2>/dev/null || return 0
  (missing+=(chromium-headless-shell); install_missing) || say 'the browser walk does without chromium-headless-shell, and takes longer'
}

case $task in
  run) base ;;
  check) base; postgres ;;
  browser) base; browser ;;
  scan) base; scan ;;
  test) base; postgres; race; browser ;;
  *) printf 'usage: scripts/need.sh run|check|test|browser|scan\n' >&2; exit 2 ;;
esac
install_missing
case $task in browser | test) node_modules e2e ;; esac # the root folder's own are scripts/assets.sh's
