#!/usr/bin/env bash
# Fails with the list of files that gofmt would change.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | while read -r file; do
  [ -e "$file" ] && printf '%s\n' "$file"
done | xargs -r gofmt -l)
if [ -n "$unformatted" ]; then
  printf 'not gofmt-ed:\n%s\n' "$unformatted" >&2
  exit 1
fi
