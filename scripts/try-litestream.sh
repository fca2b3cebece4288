#!/usr/bin/env bash
# Proves docs/playbooks/litestream.yml: replicates a practice that is in use,
# kills both programs, brings the practice back from the replica alone, and
# holds that nothing acknowledged before the last sync is missing.
#   scripts/try-litestream.sh [LITESTREAM]    default: built by the go tool, pinned
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh
version=v0.5.18
place=$(mktemp -d)
served='' replicated=''
ended() {
  [ -z "$served" ] || kill -9 "$served" 2>/dev/null || true
  [ -z "$replicated" ] || kill -9 "$replicated" 2>/dev/null || true
  rm -rf "$place"
}
trap ended EXIT

litestream=${1:-}
if [ -z "$litestream" ]; then
  litestream=$place/litestream
  step 'litestream' env GOBIN="$place" CGO_ENABLED=0 GOFLAGS=-buildvcs=false go install "github.com/benbjohnson/litestream/cmd/litestream@$version"
fi
held=${HELD:-bin/held}
[ -x "$held" ] || { echo 'try-litestream: run make build first' >&2; exit 1; }

export HELD_DATA=$place/data HELD_KEY_FILE=$place/keys/held.key HELD_LISTEN=127.0.0.1:0
# The file as it is documented, with a folder in the place of the bucket.
awk '/type: s3/ { print "      type: file"; print "      path: '"$place"'/replica"; print "      sync-interval: 200ms"; exit } { print }' docs/playbooks/litestream.yml >"$place/litestream.yml"

"$held" init --name 'House of Quiet' --country PT --zone Europe/Lisbon --email owner@practice.example --owner Mara >/dev/null
"$held" serve >"$place/out" 2>"$place/log" & served=$!
"$litestream" replicate -config "$place/litestream.yml" >"$place/litestream.log" 2>&1 & replicated=$!
until grep -q '^ready' "$place/out"; do kill -0 "$served"; done

for n in $(seq 40); do
  "$held" person add --name "Guide $n" --email "guide$n@practice.example" --role guide >/dev/null
done
# What was acknowledged is in the replica once its newest transaction is the database's.
for _ in $(seq 100); do
  rm -rf "$place/again" && mkdir -p "$place/again"
  if "$litestream" restore -config "$place/litestream.yml" -o "$place/again/held.db" "$HELD_DATA/held.db" >"$place/restore.log" 2>&1 &&
    HELD_DATA=$place/again "$held" sign-in-link guide40@practice.example >/dev/null 2>&1; then break; fi
done
kill -9 "$served" "$replicated"
served='' replicated=''

rm -rf "$place/again" && mkdir -p "$place/again"
"$litestream" restore -config "$place/litestream.yml" -o "$place/again/held.db" "$HELD_DATA/held.db" >"$place/restore.log" 2>&1 || { cat "$place/restore.log" >&2; exit 1; }
rm -rf "$HELD_DATA"
export HELD_DATA=$place/again
for n in $(seq 40); do "$held" sign-in-link "guide$n@practice.example" >/dev/null; done

# And the ordinary way back from what came out of the replica.
HELD_BACKUP_RECIPIENTS=$("$held" backup identity "$place/identity")
export HELD_BACKUP_RECIPIENTS HELD_BACKUP_TO=$place/backups HELD_BACKUP_IDENTITY=$place/identity
"$held" backup
"$held" drill
passed 'litestream: replicated in use, both killed, back from the replica alone'
