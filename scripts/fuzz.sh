#!/usr/bin/env bash
# Builds the fuzz targets (clang, ASan and UBSan) and runs each for some seconds on
# seeds from testdata. Prints a line for each; exit status 1 if one finds anything.
#
#   scripts/fuzz.sh [SECONDS]      5 by default
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-5}
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -- --quiet
status=0
for source in fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  case $name in
    safetensors_fuzz) seeds="testdata/goldens/*/*processor.safetensors" ;;
    config_fuzz) seeds="testdata/goldens/*/*config.json testdata/goldens/*/policy_*.json" ;;
    tokenizer_fuzz) seeds="testdata/goldens/shared_tokenizer/*.json" ;;
    picture_fuzz) seeds="testdata/pictures/*.png testdata/pictures/*.jpg" ;;
    npy_fuzz) seeds="testdata/demo/*.npy" ;;
    dataset_info_fuzz) seeds="testdata/datasets/*/meta/info.json" ;;
    parquet_fuzz) seeds="testdata/datasets/*/meta/tasks.parquet testdata/datasets/v2*/data/*/*.parquet" ;;
    video_fuzz) seeds="testdata/videos/*.mp4" ;;
    *) seeds="" ;;
  esac
  # shellcheck disable=SC2086 # the patterns are meant to be split and expanded
  for seed in $seeds; do
    if [ -f "$seed" ]; then cp -L "$seed" "$corpus/$(echo "$seed" | tr / _)"; fi
  done
  log=build/fuzz/$name.log
  if "build/fuzz/$name" -max_total_time="$seconds" -max_len=262144 -rss_limit_mb=2048 \
      -timeout=20 -artifact_prefix=build/fuzz/ "$corpus" >"$log" 2>&1; then
    echo "fuzz $name: passed, $(grep -oE 'Done [0-9]+ runs' "$log" || echo 'no count')"
  else
    echo "fuzz $name: FAILED, see $log"
    tail -n 30 "$log"
    status=1
  fi
done
exit $status
