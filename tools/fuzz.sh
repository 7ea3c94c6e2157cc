#!/usr/bin/env bash
# Runs every fuzz target of the module for FUZZTIME, one after the other. Stops at the first finding.
set -euo pipefail
cd "$(dirname "$0")/.."
count=0
for package in $(go list ./...); do
  listing=$(go test -list '^Fuzz' "$package") # a package that does not compile ends the run here
  targets=$(grep '^Fuzz' <<<"$listing" || true)
  for target in $targets; do
    echo "== $package $target ${FUZZTIME:-60s}"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" "$package"
    count=$((count + 1))
  done
done
[ "$count" -gt 0 ] || { echo "no fuzz target found" >&2; exit 1; }
echo "fuzzed $count targets"
