#!/usr/bin/env bash
# Every header compiles alone: it includes what it uses. Two at a time.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=$(pkg-config --cflags cairo libpng)
printf '%s\n' smolvla/*/*.h apps/*.h | xargs -P 2 -I{} \
  sh -c "g++ -std=c++20 -Wall -Wextra -Wno-pragma-once-outside-header -fsyntax-only -I. $flags -x c++ {} || { echo '{}: does not compile alone' >&2; exit 1; }"
echo "headers: each compiles alone"
