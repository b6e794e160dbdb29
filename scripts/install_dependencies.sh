#!/usr/bin/env bash
# Installs what building and testing need, from Debian's packages. Does nothing, and
# needs no rights, when all of it is there. As root, or with sudo.
set -euo pipefail

# The one list.
packages=(
  g++ cmake ninja-build make pkg-config ccache mold python3
  libdnnl-dev libhwy-dev nlohmann-json3-dev libcli11-dev libpcre2-dev
  libpng-dev libturbojpeg0-dev libcairo2-dev fonts-dejavu-core
  libgtest-dev
  clang clang-format libclang-rt-14-dev  # the fuzz targets and the format check
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "to install the packages above, run this as root or install sudo" >&2
    exit 1
  }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
