#!/usr/bin/env bash
# Every header compiles alone: it includes what it uses. Two at a time.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  # Test headers find testdata through a definition of the build.
  # shellcheck disable=SC2046 # the flags are words
  echo "#include \"$1\"" |
    g++ -std=c++20 -Wall -Wextra -fsyntax-only -I. -DSMOLVLA_SOURCE_DIR='""' \
      $(pkg-config --cflags cairo libpng) -x c++ - || {
    echo "$1: does not compile alone" >&2
    return 1
  }
}
export -f compile
printf '%s\n' smolvla/*/*.h apps/*.h apps/*/*.h | xargs -P 2 -I{} bash -c 'compile {}'
echo "headers: each compiles alone"
