#!/usr/bin/env bash
# What `make alerts` needs, on Debian and its kin; does nothing where it is there.
set -euo pipefail

command -v promtool >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
  echo "promtool is needed to check the alerts, and only Debian's package is known here: prometheus" >&2
  exit 1
fi
as_root=()
((EUID == 0)) || as_root=(sudo)
# The package starts a server by itself, and nobody needs that here.
[[ ! -d /run/systemd/system ]] || "${as_root[@]}" systemctl mask --quiet prometheus.service
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends prometheus >/dev/null
