#!/usr/bin/env bash
# What `make systemd` needs, on Debian and its kin; does nothing where it is there. No service is started.
set -euo pipefail

command -v systemd-analyze >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
  echo "systemd-analyze is needed to look at the unit, and only Debian's packages are known here: systemd" >&2
  exit 1
fi
as_root=()
((EUID == 0)) || as_root=(sudo)
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends systemd >/dev/null
