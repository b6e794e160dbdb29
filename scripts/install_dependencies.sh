#!/usr/bin/env bash
# Installs what building and testing need: Debian's packages (as root, or with sudo) and,
# into the user's cache, the one wheel from PyPI that Apache Arrow is taken from. Does
# nothing, and needs no rights, when all of it is there.
set -euo pipefail

# The one list.
packages=(
  g++ cmake ninja-build make pkg-config ccache mold python3
  libdnnl-dev libhwy-dev nlohmann-json3-dev libcli11-dev libpcre2-dev
  libpng-dev libturbojpeg0-dev libcairo2-dev fonts-dejavu-core
  libavcodec-dev libavformat-dev libswscale-dev libssl-dev
  libgtest-dev
  python3-pip  # fetches the wheel
  clang clang-format libclang-rt-14-dev  # the fuzz targets and the format check
)

# cmake/FindArrowWheel.cmake unpacks it.
arrow=26.0.1
wheel=pyarrow-$arrow-cp311-cp311-manylinux_2_28_x86_64.whl
sha256=39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
cache=${XDG_CACHE_HOME:-$HOME/.cache}/smolvla

install_packages() {
  local package missing=() as_root=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi

  echo "installing: ${missing[*]}"
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
}

is_the_wheel() {
  echo "$sha256  $1" | sha256sum --check --status 2>/dev/null
}

# Fetched beside its place and moved there whole, so that a broken download is never
# taken for the wheel.
fetch_wheel() {
  if [ -f "$cache/$wheel" ] && is_the_wheel "$cache/$wheel"; then return; fi
  echo "fetching: $wheel (55 MB)"
  mkdir -p "$cache"
  local folder
  folder=$(mktemp -d "$cache/fetch.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$folder'" EXIT
  # Debian's own Python: another one in front of it may have no pip.
  /usr/bin/python3 -m pip download --quiet --no-deps --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 -d "$folder" "pyarrow==$arrow"
  is_the_wheel "$folder/$wheel" || {
    echo "$wheel: the file served is not the one expected (SHA-256 differs)" >&2
    exit 1
  }
  rm -rf "$cache/arrow-$arrow"
  mv "$folder/$wheel" "$cache/$wheel"
}

install_packages
fetch_wheel
