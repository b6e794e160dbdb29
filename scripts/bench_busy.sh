#!/usr/bin/env bash
# How much longer a chunk takes while another process holds one of the cores: bench alone, then beside a loop that is
# bound to the first core. Prints both medians and their ratio.
#
#   scripts/bench_busy.sh [options of smolvla bench; default: --random base --dtype bf16 --repeats 5]
set -euo pipefail
cd "$(dirname "$0")/.."

bench() { build/release/smolvla bench "$@" --json | python3 -c 'import json, sys; print(round(json.load(sys.stdin)["total_ms"]["median"]))'; }

if [[ $# -eq 0 ]]; then set -- --random base --dtype bf16 --repeats 5; fi
alone=$(bench "$@")
taskset -c 0 bash -c 'while :; do :; done' &
readonly other=$!
trap 'kill $other' EXIT
busy=$(bench "$@")
echo "alone $alone ms, with one of $(nproc) cores taken $busy ms, ratio $(python3 -c "print(round($busy / $alone, 2))")"
