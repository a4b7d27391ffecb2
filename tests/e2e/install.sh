#!/usr/bin/env bash
# What `make e2e` needs and pip does not bring, on Debian and its kin; does nothing where it is all there.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v npm >/dev/null || missing+=(npm)
# Without the first, emoji are boxes in the pictures; the node that playwright brings needs the last.
for package in fonts-noto-color-emoji fonts-liberation libatomic1; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ! command -v apt-get >/dev/null; then
  echo "Needed to drive a browser, and only Debian's packages are known here: ${missing[*]}" >&2
  exit 1
fi
as_root=()
((EUID == 0)) || as_root=(sudo)
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null
