#!/usr/bin/env python3
"""Times LeRobot on a network of full size with random weights, beside `smolvla bench` in the same run.

  "$python" scripts/bench_lerobot.py [--layers 16] [--cameras 2] [--repeats 5] [--dtypes float32 bfloat16]

$python is the one that scripts/reference_env.sh prints. Both sides have pictures of 512 x 512, 48 tokens, 10 steps and a
chunk of 50; they take turns, and what is printed is milliseconds a chunk and the ratio of the medians. In bfloat16 the
whole of LeRobot's policy runs in it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reference import environment

environment.prepare(threads=os.cpu_count() or 1)

import torch  # noqa: E402

import make_full_checkpoint as full  # noqa: E402
from reference.recording import make_pipeline  # noqa: E402
from reference.statistics import dataset_stats  # noqa: E402
from reference.tiny_vlm import write_vlm_directory  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FAMILY = {16: "base", 32: "libero"}
WORDS = 48


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, choices=FAMILY, default=16)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dtypes", nargs="+", default=["float32"], choices=["float32", "bfloat16"])
    parser.add_argument("--smolvla", default=str(ROOT / "build/release/smolvla"))
    arguments = parser.parse_args()
    policy = make_policy(arguments)
    for dtype in arguments.dtypes:
        policy.to(getattr(torch, dtype))
        theirs = time_lerobot(policy, arguments)
        ours = bench(arguments)
        theirs += time_lerobot(policy, arguments)
        report = {
            "lerobot": dtype,
            "lerobot_ms": {"min": min(theirs), "median": statistics.median(theirs)},
            "smolvla": ours["dtype"],
            "smolvla_ms": {name: ours["total_ms"][name] for name in ("min", "median")},
            "ratio_of_medians": statistics.median(theirs) / ours["total_ms"]["median"],
            "layers": arguments.layers,
            "cameras": arguments.cameras,
            "machine": ours["machine"],
            "threads": ours["threads"],
            "torch": torch.__version__,
        }
        print(json.dumps(report), flush=True)
    return 0


def make_policy(arguments: argparse.Namespace):
    cameras = [f"observation.images.camera{index + 1}" for index in range(arguments.cameras)]
    with tempfile.TemporaryDirectory() as scratch:
        vlm = Path(scratch) / "vlm"
        write_vlm_directory(vlm, full.VLM_CONFIG)
        config = full.make_config(arguments.layers, cameras, vlm)
        stats = dataset_stats(0, full.STATE_DIM, full.ACTION_DIM, cameras)
        return make_pipeline(config, stats).policy


@torch.no_grad()
def time_lerobot(policy, arguments: argparse.Namespace) -> list[float]:
    """Milliseconds of each chunk, after one that is not counted."""
    model = policy.model
    dtype = model.state_proj.weight.dtype
    images = [torch.rand(1, 3, 512, 512) * 2 - 1 for _ in range(arguments.cameras)]
    masks = [torch.ones(1, dtype=torch.bool)] * arguments.cameras
    tokens = torch.arange(WORDS)[None]
    state, noise = torch.zeros(1, 32).to(dtype), torch.randn(1, 50, 32)
    hooks = []
    for module in (model.action_in_proj, model.action_out_proj):  # LeRobot hands these float32 whatever they are
        hooks.append(module.register_forward_pre_hook(lambda module, args: (args[0].to(module.weight.dtype),)))
    times = []
    for _ in range(arguments.repeats + 1):
        start = time.perf_counter()
        model.sample_actions(images, masks, tokens, torch.ones(1, WORDS, dtype=torch.bool), state, noise=noise)
        times.append((time.perf_counter() - start) * 1000)
    for hook in hooks:
        hook.remove()
    return times[1:]


def bench(arguments: argparse.Namespace) -> dict:
    command = [arguments.smolvla, "bench", "--random", FAMILY[arguments.layers], "--json"]
    command += ["--cameras", str(arguments.cameras), "--repeats", str(arguments.repeats), "--words", str(WORDS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
