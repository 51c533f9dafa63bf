#!/usr/bin/env bash
# Installs what the tests and the benchmarks drive from Debian's packages; what is there already is left alone.
set -euo pipefail

packages=(chromium nginx curl redis-server)
PATH="$PATH:/usr/sbin:/sbin"

missing=()
for package in "${packages[@]}"; do
  command -v "$package" >/dev/null || missing+=("$package")
done

# The benchmarks' load client is written in C, and nchan is one of those they compare with.
packages+=(gcc libc6-dev libnginx-mod-nchan)
command -v cc >/dev/null || missing+=(gcc)
[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || missing+=(libnginx-mod-nchan)

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: everything is there (${packages[*]})"
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "setup: there is no apt-get here; please install by hand: ${missing[*]}" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: installing needs root; please install as root: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
