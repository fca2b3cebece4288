#!/bin/sh
# Builds assets/dist from the sources in assets/. Does nothing when no source has
# changed since the last build. Needs npm (for the fonts) the first time only.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.held-assets
lock=node_modules/.held-packages
sum() { cat "$@" | sha256sum | cut -d' ' -f1; }

packages=$(sum package.json package-lock.json)
if [ "$(cat "$lock" 2>/dev/null || true)" != "$packages" ]; then
	echo "assets: fetching fonts and the type checker (npm ci)"
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	echo "$packages" >"$lock"
fi

sources=$(find rules/names/words.json assets/css assets/ts assets/svg assets/build -type f | LC_ALL=C sort)
# shellcheck disable=SC2086
now=$(sum $sources package-lock.json tsconfig.json)
if [ -f assets/dist/manifest.json ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$now" ]; then
	exit 0
fi
npm run --silent typecheck
go run ./assets/build
echo "$now" >"$stamp"
echo "assets: built $(find assets/dist -name '*-*' | wc -l | tr -d ' ') files"
