#!/usr/bin/env bash
# Install the server and the programs that transfers are measured against, where that is possible.
set -euo pipefail

declare -A packages=([nginx]=nginx-light [aria2c]=aria2 [curl]=curl [openssl]=openssl)
missing=()
for program in "${!packages[@]}"; do
    PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
else
    echo "Not installed, and left out of the tables (without nginx there are none): ${missing[*]}" >&2
fi
