#!/usr/bin/env bash
# Install what the tests need beside Python: a browser, GDAL's programs, PostgreSQL with PostGIS.
# Only where this is root on a system with apt; elsewhere it says what is missing, and the tests
# that need it are skipped with the same words.
set -uo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
  command -v google-chrome >/dev/null || missing+=(chromium)
command -v ogr2ogr >/dev/null || missing+=(gdal-bin)
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
  missing+=(postgresql)
compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null || missing+=(postgis)

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not installed on this system: ${missing[*]}. The tests that need them will be skipped."
  exit 0
fi
echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null || true
for name in "${missing[@]}"; do
  package=${name/#postgis/postgresql-postgis}
  apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null ||
    echo "Could not install $package. The tests that need it will be skipped."
done
