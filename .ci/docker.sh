#!/bin/sh
# Makes `docker` usable on a Debian machine, as root, and builds the image that the tests start. Run again, it does
# only what is missing. The daemon stays up.
# usage: .ci/docker.sh [MAJOR]      PostgreSQL of the image, default: 17
set -eu

here=$(cd "$(dirname "$0")" && pwd)
log=${DOCKERD_LOG:-/tmp/dockerd.log}

missing=
command -v dockerd >/dev/null || missing="docker.io iptables"
command -v busybox >/dev/null || missing="$missing busybox-static"
if [ "$missing" ]; then
  apt-get update -q
  # The packages are several words.
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi

answers() { docker info >/dev/null 2>&1; }
start() {
  echo "starting dockerd $*"
  # A session of its own, so that it outlives this script and the terminal.
  setsid dockerd "$@" >>"$log" 2>&1 </dev/null &
  daemon=$!
  tries=60
  while [ $tries -gt 0 ] && kill -0 $daemon 2>/dev/null; do
    if answers; then return 0; fi
    tries=$((tries - 1))
    sleep 0.5
  done
  if answers; then return 0; fi
  kill $daemon 2>/dev/null || true
  wait $daemon 2>/dev/null || true
  return 1
}

# First as Docker means it; then for a kernel without overlayfs, and for one without the tables of iptables.
answers || start || start --storage-driver=vfs || start --storage-driver=vfs --iptables=false --ip6tables=false || {
  echo "dockerd does not start; the end of $log:" >&2
  tail -n 20 "$log" >&2
  exit 1
}
"$here/../scripts/docker-image.sh" "${1:-17}"
