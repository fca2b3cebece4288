#!/usr/bin/env bash
# A private PostgreSQL for tests: its own cluster in a temporary folder, on
# loopback and a free port, with locale C as Held demands. It stops only what it
# started.
#
#   up         start one for this checkout (or keep the one that runs), print its URL
#   url        print the URL of the one that `up` started
#   down       stop it and remove its folder
#   with CMD…  run CMD with HELD_TEST_POSTGRES set to a cluster that lives as long as CMD
#
# It does not wait for the disk: tests kill Held and cut its connections, never
# the machine. What is measured must wait: `up --durable`, `with --durable CMD…`.
set -euo pipefail
notes=$(cd "$(dirname "$0")/.." && pwd)/.run
note=$notes/postgres # the folder of the cluster that `up` started
temp=${TMPDIR:-/tmp}

die() { printf 'test-postgres: %s\n' "$*" >&2; exit 1; }

bin() { # the newest server on the machine
  if command -v initdb >/dev/null; then dirname "$(command -v initdb)"; return; fi
  local newest
  newest=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1) || true
  [ -n "$newest" ] || die 'no PostgreSQL server here; scripts/need.sh check installs one'
  echo "$newest"
}

# PostgreSQL refuses to run as root; Debian's package brings the user it wants.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

running() { [ -n "$1" ] && [ -d "$1/data" ] && as_server "$(bin)/pg_ctl" status -D "$1/data" >/dev/null 2>&1; }

address() { echo "postgres://held@127.0.0.1:$(cat "$1/port")/postgres?sslmode=disable"; }

# The first try is the same for this checkout each time: as long as the address
# is what it was, Go remembers the tests that passed and nothing has touched.
free_port() {
  local port
  port=$((20000 + $(cksum <<<"$notes" | cut -d' ' -f1) % 12000)) # below the range that the kernel hands to clients
  for _ in $(seq 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    port=$((20000 + RANDOM % 12000))
  done
  die 'found no free port'
}

settings() { # PORT FOLDER
  cat <<CONF
port = $1
listen_addresses = '127.0.0.1'
unix_socket_directories = '$2/data'
max_connections = 300
shared_buffers = '128MB'
max_wal_size = '2GB'
autovacuum_naptime = '5min'
log_min_messages = fatal
fsync = $durable
CONF
}

# start OWNER: prints the new cluster's folder. OWNER is the process it belongs
# to, or "up".
start() {
  local dir port
  dir=$(mktemp -d "$temp/held-postgres.XXXXXX")
  echo "$1" >"$dir/owner"
  mkdir "$dir/data"
  chmod 755 "$dir"
  [ "$(id -u)" -ne 0 ] || chown -R postgres "$dir"
  as_server "$(bin)/initdb" -D "$dir/data" -U held --auth=trust --no-sync \
    --locale=C --encoding=UTF8 >"$dir/log" 2>&1 </dev/null || { cat "$dir/log" >&2; rm -rf "$dir"; die 'initdb failed'; }
  for _ in 1 2 3 4 5; do # another program may take the port first
    port=$(free_port)
    echo "$port" >"$dir/port"
    settings "$port" "$dir" | as_server tee "$dir/data/postgresql.auto.conf" >/dev/null
    if as_server "$(bin)/pg_ctl" start -w -t 60 -D "$dir/data" -l "$dir/data/server.log" >>"$dir/log" 2>&1 </dev/null; then
      echo "$dir"
      return
    fi
  done
  cat "$dir/log" "$dir/data/server.log" >&2 || true
  rm -rf "$dir"
  die 'the server did not start'
}

stop() { # FOLDER
  case $1 in */held-postgres.??????) ;; *) die "not a cluster of mine: $1" ;; esac
  if running "$1"; then as_server "$(bin)/pg_ctl" stop -m immediate -D "$1/data" >/dev/null; fi
  rm -rf "$1"
}

# A killed run leaves its cluster behind; the next run clears it away.
sweep() {
  local dir owner
  for dir in "$temp"/held-postgres.??????; do
    [ -O "$dir/owner" ] || [ "$(id -u)" -eq 0 ] || continue
    owner=$(cat "$dir/owner" 2>/dev/null) || continue
    [[ $owner =~ ^[0-9]+$ ]] && ! kill -0 "$owner" 2>/dev/null && stop "$dir"
  done
  return 0
}

task=${1:-} durable=off
[ $# -eq 0 ] || shift
[ "${1:-}" != --durable ] || { durable=on; shift; }

case $task in
  up)
    dir=$(cat "$note" 2>/dev/null || true)
    if ! running "$dir"; then
      sweep
      mkdir -p "$notes"
      dir=$(start up)
      echo "$dir" >"$note"
    fi
    address "$dir"
    ;;
  url)
    dir=$(cat "$note" 2>/dev/null || true)
    running "$dir" || die 'none is running; scripts/test-postgres.sh up starts one'
    address "$dir"
    ;;
  down)
    dir=$(cat "$note" 2>/dev/null || true)
    [ -z "$dir" ] || [ ! -d "$dir" ] || stop "$dir"
    rm -f "$note"
    ;;
  with)
    [ $# -gt 0 ] || die 'with what command?'
    [ -z "${HELD_TEST_POSTGRES:-}" ] || exec "$@"
    sweep
    dir=$(start $$)
    trap 'stop "$dir"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    HELD_TEST_POSTGRES=$(address "$dir") "$@"
    ;;
  *)
    printf 'usage: scripts/test-postgres.sh up [--durable]|url|down|with [--durable] CMD…\n' >&2
    exit 2
    ;;
esac
