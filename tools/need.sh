#!/usr/bin/env bash
# need.sh COMMAND...: installs the missing ones of redis-server, chromium and buildah on Debian, or says what is missing.
set -euo pipefail

have() {
  case "$1" in
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

packages() {
  case "$1" in
    chromium) echo chromium fonts-noto-color-emoji ;; # a page without an emoji font makes poor screenshots
    *) echo "$1" ;;
  esac
}

missing=()
for tool in "$@"; do
  have "$tool" || missing+=("$tool")
done
[ ${#missing[@]} -eq 0 ] && exit 0

fail() {
  echo "missing: ${missing[*]} ($1)" >&2
  exit 1
}

command -v apt-get >/dev/null || fail "install them with your package manager, then run make again"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail "run as root: apt-get install ${missing[*]}"
  as_root=(sudo -n)
fi

wanted=()
for tool in "${missing[@]}"; do
  read -ra names <<<"$(packages "$tool")"
  wanted+=("${names[@]}")
done
echo "installing ${wanted[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1 keeps the package from starting a Redis of its own on the standard port.
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get)
if ! { "${install[@]}" update -qq && "${install[@]}" install -y -qq --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  fail "apt-get failed, see above"
fi
for tool in "${missing[@]}"; do
  have "$tool" || fail "$tool was installed and still is not there"
done
