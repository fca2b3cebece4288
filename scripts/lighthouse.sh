#!/usr/bin/env bash
# Lighthouse's scores of the public pages (`make lighthouse`), as a phone and as
# a laptop, against the demo practice on this machine. Lighthouse itself is no
# part of the house: it is installed, pinned, into .run/, which is not kept.
# Its own figures of speed drift with whatever else the machine does.
set -euo pipefail
cd "$(dirname "$0")/.."

version=12.8.2
folder=$PWD/.run/lighthouse
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$version" ]; then
	echo "lighthouse: installing $version into .run/lighthouse"
	mkdir -p "$folder"
	echo '{"private": true}' >"$folder/package.json"
	npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error "lighthouse@$version" </dev/null
	echo "$version" >"$folder/installed"
fi
exec node e2e/lighthouse.mjs "$folder" "$@"
