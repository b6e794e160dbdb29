#!/usr/bin/env bash
# The main job on what the project ships: two pictures, a state and a sentence go
# through a tiny SmolVLA checkpoint of random weights, and a chunk comes out.
set -euo pipefail
cd "$(dirname "$0")/.."

smolvla=build/release/smolvla
checkpoint=testdata/demo/checkpoint
mkdir -p demo

echo "== what the checkpoint is: smolvla info $checkpoint"
"$smolvla" info "$checkpoint"

echo
echo "== one chunk: smolvla predict $checkpoint --image front=... --image wrist=..."
"$smolvla" predict "$checkpoint" \
  --image front=testdata/demo/front.png --image wrist=testdata/demo/wrist.png \
  --state 12,-40,65,30,-5,20 --task "Pick up the red cube and place it in the blue box." \
  --noise testdata/demo/noise.npy --out demo/chunk.csv --plot demo/chunk.png
python3 scripts/compare_chunks.py demo/chunk.csv testdata/demo/lerobot_chunk.csv

cat <<'END'

The picture is demo/chunk.png. The weights are random, so the plan means nothing; the
numbers are LeRobot's. Next, with a policy of your own:

  build/release/smolvla info DIR        DIR as lerobot-train left it
  build/release/smolvla predict DIR --image KEY=FILE ... --state ... --task ... --plot chunk.png
  build/release/smolvla predict --help
END
