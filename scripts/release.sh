#!/usr/bin/env bash
# What is given away with a version (`make release`): the programs, a list of
# their parts (CycloneDX) and sums over all of it, in dist/. Each program is built
# a second time, in another folder, from the committed files alone, with nothing
# kept from the first time; when the two differ, there is no release.
#
#   scripts/release.sh VERSION     RELEASE_FOR='linux/amd64' for fewer machines
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

version=$1
targets=${RELEASE_FOR:-linux/amd64 linux/arm64 darwin/arm64}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
rm -rf dist
mkdir dist

build() { # OS/ARCH OUT
  env GOOS="${1%/*}" GOARCH="${1#*/}" GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT= GOFLAGS='-buildvcs=false -mod=readonly' \
    scripts/build.sh "$version" "$2"
}

again() {
  git ls-files -z | xargs -0 cp --parents -t "$work/tree"
  cp -r node_modules "$work/tree"
  (cd "$work/tree" && rm -f node_modules/.held-assets && scripts/assets.sh)
}

compare() { # OS/ARCH
  local name=held-$version-${1%/*}-${1#*/}
  build "$1" "dist/$name"
  (cd "$work/tree" && export GOCACHE="$work/cache" && build "$1" "$work/$name")
  cmp "dist/$name" "$work/$name" || { echo "release: $name is not the same twice" >&2; return 1; }
  go run -C tools ./sbom "$PWD/dist/$name" "$version" "$PWD/package-lock.json" >"dist/$name.cdx.json"
}

mkdir "$work/tree"
step 'the committed files, in another folder' again
for target in $targets; do step "$target, twice" compare "$target"; done
(cd dist && sha256sum held-* >SHA256SUMS)
go version >dist/BUILT-WITH
cat dist/SHA256SUMS
passed "make release: $version, with $(go env GOVERSION)"
