#!/usr/bin/env python3
"""Makes a seeded checkpoint of full size with LeRobot, runs it through `smolvla predict` and compares the chunks.

  "$python" scripts/check_full_size.py [--layers 32] [--images FILE FILE] [--vlm-dir DIR] [--keep DIR]

$python is the one that scripts/reference_env.sh prints. Prints the largest difference over the largest number of
LeRobot's fp32 chunk, normalised and in robot units; exit status 1 if one is above 1e-4. Needs 8 GB of memory and 2 GB
of disk. The pictures default to generated ones, the tokenizer to a small one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import safe_open

ROOT = Path(__file__).resolve().parent.parent
MOST = 1e-4
IMAGE = "input.image."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", default="16", choices=["16", "32"])
    parser.add_argument("--seed", default="0")
    parser.add_argument("--images", nargs="+", default=[], metavar="FILE", help="one picture for each camera")
    parser.add_argument("--vlm-dir", help="configuration and tokenizer of SmolVLM2")
    parser.add_argument("--keep", type=Path, help="make the checkpoint here, or use the one that is here")
    parser.add_argument("--smolvla", default=str(ROOT / "build/release/smolvla"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        if not (folder / "golden.safetensors").exists():
            make(arguments, folder)
        return compare(arguments.smolvla, folder)


def make(arguments: argparse.Namespace, folder: Path) -> None:
    command = [sys.executable, ROOT / "scripts/make_full_checkpoint.py", "--layers", arguments.layers]
    command += ["--seed", arguments.seed, "--out", folder / "checkpoint", "--record", folder / "golden.safetensors"]
    if arguments.images:
        command += ["--cameras", str(len(arguments.images)), "--images", *arguments.images]
    if arguments.vlm_dir:
        command += ["--vlm-dir", arguments.vlm_dir]
    subprocess.run(command, check=True)


def compare(smolvla: str, folder: Path) -> int:
    with safe_open(folder / "golden.safetensors", "np") as golden:
        task = golden.metadata()["task"]
        tensors = {name: golden.get_tensor(name) for name in golden.keys()}
    np.save(folder / "noise.npy", tensors["input.noise"])
    command = [smolvla, "predict", folder / "checkpoint", "--json", "--task", task, "--noise", folder / "noise.npy"]
    command += ["--state=" + ",".join(repr(float(value)) for value in tensors["input.state"])]
    for name, picture in tensors.items():
        if name.startswith(IMAGE):
            key = name.removeprefix(IMAGE)
            Image.fromarray(picture).save(folder / f"{key}.png")
            command += ["--image", f"{key}={folder / key}.png"]
    plan = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    worst = 0.0
    for key, name in [("normalized", "chunk.normalized"), ("actions", "chunk.actions")]:
        expected = tensors[name]
        error = np.abs(np.array(plan[key]) - expected).max() / np.abs(expected).max()
        print(f"{key}: largest difference {error:.1e} of LeRobot's largest number")
        worst = max(worst, error)
    print("milliseconds: " + ", ".join(f"{stage} {time:.0f}" for stage, time in plan["timings_ms"].items()))
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
