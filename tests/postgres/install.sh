#!/usr/bin/env bash
# What `make ledger` needs and pip does not bring: a PostgreSQL server; does nothing where there is one.
set -euo pipefail

command -v pg_config >/dev/null && [[ -x "$(pg_config --bindir)/postgres" ]] && exit 0
compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null && exit 0

if ! command -v apt-get >/dev/null; then
  echo "PostgreSQL's server is needed, and only Debian's package is known here: postgresql" >&2
  exit 1
fi
as_root=()
((EUID == 0)) || as_root=(sudo)
"${as_root[@]}" apt-get -qq update
# No server that runs by itself: the tests start their own.
"${as_root[@]}" mkdir -p /etc/postgresql-common
[[ -e /etc/postgresql-common/createcluster.conf ]] ||
  echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends postgresql >/dev/null
