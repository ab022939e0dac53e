#!/usr/bin/env bash
# Builds apibox once per content, outside the checkout, and prints the path of the binary.
#
# GOFLAGS is passed on (GOFLAGS=-p=1 keeps the build to one core). A binary of the same content is never built again.
set -euo pipefail
cd "$(dirname "$0")"

key=$(cat go.mod go.sum ./*.go build.sh <(go version) | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/weir"
binary="$cache/apibox-$key"

if [ ! -x "$binary" ]; then
    kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' go.mod)
    IFS=. read -r major minor _ <<<"${kubernetes#v}"
    version=k8s.io/component-base/version
    mkdir -p "$cache"
    # Two runs may build at once: each writes a name of its own, and the last one to end wins.
    unfinished=$(mktemp "$cache/.apibox-XXXXXX")
    trap 'rm -f "$unfinished"' EXIT
    echo "building apibox (Kubernetes $kubernetes): about 12 CPU minutes the first time" >&2
    CGO_ENABLED=0 GOFLAGS="-buildvcs=false -mod=readonly ${GOFLAGS:-}" nice -n 5 go build -trimpath \
        -ldflags "-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=$major -X $version.gitMinor=$minor -X $version.gitTreeState=clean" \
        -o "$unfinished" .
    chmod 755 "$unfinished"
    mv "$unfinished" "$binary"
fi
echo "$binary"
