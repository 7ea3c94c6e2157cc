#!/usr/bin/env bash
# image.sh TAG [BUILDAH OPTION...]: builds the final stage of the Dockerfile from dist/bot. No registry is asked.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$1
shift
[ -x dist/bot ] || { echo "no dist/bot: make build" >&2; exit 1; }
mkdir -p dist/spool
# --format docker: the OCI format has no health check.
buildah "$@" build --quiet --isolation chroot --pull-never --format docker \
  --build-arg BINARY=prebuilt --target final --tag "$tag" .
