#!/usr/bin/env bash
# Builds the image offline and starts it the way compose.yaml does: read-only root, no shell, user 65532, spool volume.
# What a container runtime would do is done by hand (unshare, bind mounts, chroot), so that none is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "image-test mounts and changes users: run it as root" >&2; exit 1; }

work=$(mktemp -d)
options=(--root "$work/root" --runroot "$work/run" --storage-driver vfs)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  buildah "${options[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

say() { echo "ok   $*"; }
die() {
  echo "FAIL $*" >&2
  [ -s "$work/out" ] && tail -n 20 "$work/out" >&2
  exit 1
}

tools/image.sh giftbot:test "${options[@]}" >"$work/out" 2>&1 || die "the image does not build offline"
say "built offline"

# 1. What the image says about itself.
inspect() { buildah "${options[@]}" inspect --type image --format "{{$1}}" giftbot:test; }
expect() { [ "$(inspect "$1")" = "$2" ] || die "$1 is $(inspect "$1"), want $2"; }
expect .Docker.Config.User 65532:65532
expect .Docker.Config.Entrypoint '[/bot]'
expect .Docker.Config.Cmd '[serve]'
expect .Docker.Config.Healthcheck.Test '[CMD /bot health]'
expect .Docker.Config.Volumes 'map[/spool:{}]'
say "user, entrypoint, health check, volume"

# 2. What is in it.
container=$(buildah "${options[@]}" from --pull-never giftbot:test)
tree=$(buildah "${options[@]}" mount "$container")
files=$(cd "$tree" && find . -type f)
[ "$files" = ./bot ] || die "more than the binary in the image: $files"
[ "$(stat -c %u:%g "$tree/spool")" = 65532:65532 ] || die "/spool does not belong to the user"
size=$(stat -c %s "$tree/bot")
[ "$size" -le $((40 << 20)) ] || die "the binary has $size bytes, more than 40 MiB"
go version -m "$tree/bot" | grep -q 'CGO_ENABLED=0' || die "the binary is not static"
say "one static binary of $((size >> 20)) MiB"

# 3. It runs: read-only root, tmpfs on /tmp, spool on its volume, no environment but what is given.
mkdir -p "$work/volume" "$tree/tmp"
chown 65532:65532 "$work/volume"
in_image() { # in_image [NAME=value...] -- ARGUMENT...
  local settings=()
  while [ "$1" != -- ]; do settings+=("$1"); shift; done
  shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  exec unshare --mount --propagation private -- /bin/sh -euc '
    tree=$1 volume=$2; shift 2
    mount --bind "$tree" "$tree"
    mount --bind "$volume" "$tree/spool"
    mount -t tmpfs -o size=16m,mode=1777 tmpfs "$tree/tmp"
    mount -o remount,bind,ro "$tree"
    exec "$@"' sh "$tree" "$work/volume" \
    env -i SPOOL_DIR=/spool "${settings[@]}" "$(command -v chroot)" --userspec=65532:65532 --groups= "$tree" /bot "$@"
}
free_port() { # a port nobody listens on
  local port
  while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

(in_image -- version) >"$work/out" 2>&1 || die "bot version fails"
grep -q 'Asia/' "$work/out" || die "bot version finds no time zones"
# The fallback roots register themselves when linked in, and apply because the image has no certificate files.
go version -m "$tree/bot" | grep -q 'golang.org/x/crypto/x509roots/fallback' || die "no TLS roots in the binary"
say "version: $(head -n 1 "$work/out"); time zones and TLS roots embedded"

port=$(free_port)
if (in_image LISTEN_ADDR=:"$port" -- health) >"$work/out" 2>&1; then die "bot health is content with nobody there"; fi
say "health fails when nobody listens"

if (in_image -- serve) >"$work/out" 2>&1; then die "bot serve starts without settings"; fi
for setting in TELEGRAM_BOT_TOKEN REDIS_URL ENCRYPTION_KEYS INFINI_WEBHOOK_SECRET INFINIVOUCHER_API_KEY; do
  grep -q "$setting" "$work/out" || die "bot serve without settings does not name $setting"
done
say "serve without settings names what is missing"

# 4. It serves: a real Redis, vendors and Telegram that do not answer; the process must be alive all the same.
redis=$(free_port)
redis-server --port "$redis" --bind 127.0.0.1 --dir "$work" --appendonly yes --appendfsync always \
  --maxmemory-policy noeviction --save '' >"$work/redis.log" 2>&1 &
pids+=($!)
# The bot refuses to start without its Redis, so Redis comes first.
up=no
for _ in $(seq 50); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$redis") 2>/dev/null; then up=yes; break; fi
  sleep 0.1
done
[ "$up" = yes ] || die "redis-server does not start: $(tail -n 1 "$work/redis.log")"
key=$(head -c 32 /dev/urandom | base64)
(in_image LISTEN_ADDR=127.0.0.1:"$port" REDIS_URL=redis://127.0.0.1:"$redis"/0 ENCRYPTION_KEYS=k1:"$key" ADMIN_IDS=1 \
  TELEGRAM_BOT_TOKEN=123456789:AAEabcdefghijklmnopqrstuvwxyz0123456 TELEGRAM_WEBHOOK_SECRET=image-test-secret-0001 \
  TELEGRAM_API_URL=http://127.0.0.1:1 PUBLIC_URL=http://127.0.0.1:"$port" \
  INFINI_BASE_URL=http://127.0.0.1:1 INFINI_KEY_ID=k INFINI_SECRET_KEY=image-test-secret-0002 INFINI_WEBHOOK_SECRET=image-test-secret-0003 \
  INFINIVOUCHER_BASE_URL=http://127.0.0.1:1 INFINIVOUCHER_API_KEY=image-test-secret-0004 -- serve) >"$work/serve.log" 2>&1 &
bot=$!
pids+=("$bot")
healthy=no
for _ in $(seq 50); do
  if (in_image LISTEN_ADDR=127.0.0.1:"$port" -- health) >"$work/out" 2>&1; then healthy=yes; break; fi
  kill -0 "$bot" 2>/dev/null || break
  sleep 0.2
done
if [ "$healthy" = no ]; then
  cp "$work/serve.log" "$work/out"
  die "bot serve does not become healthy within 10 s"
fi
uids=$(awk '/^Uid:/ {print $2, $3, $4, $5}' "/proc/$bot/status")
[ "$uids" = "65532 65532 65532 65532" ] || die "the bot runs as $uids"
say "serves as user 65532 on a read-only root and is healthy"
if grep -q 'image-test-secret' "$work/serve.log"; then die "a credential is in the log"; fi
say "no credential in the log"
kill -TERM "$bot"
for _ in $(seq 75); do kill -0 "$bot" 2>/dev/null || break; sleep 0.2; done
if kill -0 "$bot" 2>/dev/null; then cp "$work/serve.log" "$work/out"; die "bot serve ignores SIGTERM for 15 s"; fi
wait "$bot" && code=0 || code=$?
[ "$code" -eq 0 ] || { cp "$work/serve.log" "$work/out"; die "bot serve ends with $code after SIGTERM"; }
say "ends cleanly on SIGTERM"
echo "image-test passed"
