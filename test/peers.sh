#!/usr/bin/env bash
# Installs the programs that the tests run beside ours (Debian packages), without starting their services.
set -euo pipefail

packages=(
  prometheus
  prometheus-node-exporter
  prometheus-pushgateway
  prometheus-nginx-exporter
  nginx-light
  chromium
  btrfs-progs
  python3-prometheus-client
  jq
)

if ! command -v apt-get >/dev/null; then
  echo "npm run peers knows Debian and Ubuntu only; install these by hand: ${packages[*]}" >&2
  exit 1
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
    missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all peers are installed: ${packages[*]}"
  exit 0
fi

root=()
if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi

# Debian asks this file before it starts a service; 101 means "not now".
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod +x "$policy"
  trap '"${root[@]}" rm -f "$policy"' EXIT
fi
"${root[@]}" apt-get update
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install --yes --no-install-recommends "${missing[@]}"
