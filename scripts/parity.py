#!/usr/bin/env python3
"""Puts LeRobot and smolvla side by side on networks of full size: how far apart their chunks are, and how long they take.

  make parity [PARITY="--layers 16 --cameras 2"]
  "$python" scripts/parity.py [--layers 16 32] [--cameras 1 2 3] [--dtypes fp32 bf16] [--repeats 3] [--quick]

$python is the one that scripts/reference_env.sh prints. LeRobot writes a checkpoint of seeded random weights into a
temporary folder, which goes when this ends. Where SMOLVLA_SHARED_DATA names a folder, the pictures and the task are those
of its datasets/ and the tokenizer is that of its vlm/; else they are generated. All times are of one run, LeRobot's before
and after smolvla's, without resizing and tokenizing, on 48 tokens. Prints tables of Markdown and writes them into
docs/performance.md, between the markers named by --block; --quick (16 layers, two pictures, one repeat) writes nothing. Exit status 1 if a
chunk is further from the reference than it may be. Without AVX-512 LeRobot needs minutes for a chunk in bf16:
--lerobot-dtypes fp32 leaves that out, and smolvla's bf16 is then held against fp32 alone. Needs 10 GB of memory and 2 GB of disk.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reference import environment

environment.prepare(threads=os.cpu_count() or 1)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

import make_full_checkpoint as full  # noqa: E402
import parity_tables  # noqa: E402
from reference.both_types import DTYPES, LONG_MS, BothTypes  # noqa: E402
from reference.frames import dataset_frames, dataset_task  # noqa: E402
from reference.inputs import Inputs  # noqa: E402
from reference.tiny_vlm import write_vlm_directory  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SEED = 0
WORDS = 48


def main() -> int:
    arguments = parse_arguments()
    torch.use_deterministic_algorithms(False)  # which fills every new tensor, and would count as LeRobot's time
    source = Source(arguments.shared_data, max(arguments.cameras))
    load = os.getloadavg()[0]
    rows = []
    with tempfile.TemporaryDirectory(prefix="smolvla-parity-") as scratch:
        source.write_pictures(Path(scratch))
        vlm = source.vlm_directory(Path(scratch))
        for layers in arguments.layers:
            rows += compare_network(arguments, layers, Path(scratch), source, vlm)
    run = {"command": command_line(), "torch": torch.__version__, "load": load, "input": source.describe()}
    tables = parity_tables.render(rows, run)
    print(tables)
    if not arguments.quick:
        parity_tables.write(arguments.docs, arguments.block, tables)
    broken = [words for row in rows for words in parity_tables.broken_bounds(row)]
    for words in broken:
        print(f"error: {words}", file=sys.stderr)
    return 1 if broken else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, nargs="+", choices=sorted(full.EXPERT_WIDTH_MULTIPLIER), default=[16, 32])
    parser.add_argument("--cameras", type=int, nargs="+", choices=range(1, 5), default=[1, 2, 3])
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=list(DTYPES))
    parser.add_argument("--lerobot-dtypes", nargs="+", choices=DTYPES, help="of LeRobot alone; default: as --dtypes")
    parser.add_argument("--repeats", type=int, default=3, help="timed chunks; twice as many of LeRobot")
    parser.add_argument("--quick", action="store_true", help="16 layers, two pictures, one repeat; no file is written")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/performance.md", help="the file with the markers")
    parser.add_argument("--block", default="parity", help="the markers' name")
    parser.add_argument("--smolvla", type=Path, default=ROOT / "build/release/smolvla")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats: at least 1")
    if arguments.quick:
        arguments.layers, arguments.cameras, arguments.repeats = [16], [2], 1
    # fp32 is what all are held against.
    arguments.lerobot_dtypes = list(dict.fromkeys(["fp32", *(arguments.lerobot_dtypes or arguments.dtypes)]))
    if not arguments.smolvla.exists():
        parser.error(f"{arguments.smolvla} is not there: run make build")
    shared = os.environ.get("SMOLVLA_SHARED_DATA")
    arguments.shared_data = Path(shared) if shared else None
    return arguments


def command_line() -> str:
    options = shlex.join(sys.argv[1:])
    return f'make parity PARITY="{options}"' if options else "make parity"


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


class Source:
    """Where pictures, task and tokenizer come from."""

    def __init__(self, shared_data: Path | None, pictures: int):
        datasets = shared_data / "datasets" if shared_data else None
        frames = dataset_frames(datasets, pictures) if datasets else []
        self.real_frames = bool(frames)
        self.pictures = frames or full.drawn_pictures(SEED, pictures)
        self.task = (dataset_task(datasets) if datasets else None) or full.TASK
        self.vlm = shared_data / "vlm" if shared_data and (shared_data / "vlm/tokenizer.json").exists() else None

    def describe(self) -> str:
        pictures = "frames of a dataset" if self.real_frames else "generated pictures"
        tokenizer = "SmolVLM2's tokenizer" if self.vlm else "a small tokenizer"
        return f"{pictures}, {tokenizer}"

    def write_pictures(self, folder: Path) -> None:
        for name, picture in zip(full.camera_names(len(self.pictures)), self.pictures, strict=True):
            Image.fromarray(picture.numpy()).save(folder / f"{name}.png")

    def vlm_directory(self, scratch: Path) -> Path:
        if self.vlm:
            return self.vlm.resolve()
        write_vlm_directory(scratch / "vlm", full.VLM_CONFIG)
        return scratch / "vlm"


@dataclass
class Ours:
    """smolvla on one checkpoint and one set of pictures."""

    program: Path
    folder: Path  # of the checkpoint's folder, the pictures and the noise
    inputs: Inputs

    def chunk(self, dtype: str) -> dict[str, np.ndarray]:
        command = ["predict", self.folder / "checkpoint", "--json", "--dtype", dtype, "--task", self.inputs.task]
        command += ["--noise", self.folder / "noise.npy"]
        command += ["--state=" + ",".join(repr(float(value)) for value in self.inputs.state)]
        for name in self.inputs.pictures:
            command += ["--image", f"{name}={self.folder / name}.png"]
        plan = self._run(command)
        return {name: np.array(plan[name]) for name in ("normalized", "actions")}

    def bench(self, dtype: str, repeats: int) -> dict:
        command = ["bench", self.folder / "checkpoint", "--json", "--dtype", dtype, "--words", str(WORDS)]
        return self._run(command + ["--cameras", str(len(self.inputs.pictures)), "--repeats", str(repeats)])

    def _run(self, command: list) -> dict:
        done = subprocess.run([self.program, *command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"smolvla {command[0]} failed:\n{done.stderr}")
        return json.loads(done.stdout)


def compare_network(arguments: argparse.Namespace, layers: int, scratch: Path, source: Source, vlm: Path) -> list:
    """A row for each number of cameras. The checkpoint is one for all: a camera without a picture is left out by both."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        say(f"{layers} layers: LeRobot writes a checkpoint")
        out = Path(folder) / "checkpoint"
        pipeline = full.write_checkpoint(out, layers, SEED, max(arguments.cameras), vlm)
        config = pipeline.policy.config
        theirs = BothTypes(pipeline, arguments.lerobot_dtypes)
        for picture in scratch.glob("*.png"):
            (Path(folder) / picture.name).symlink_to(picture)
        rows = []
        for cameras in arguments.cameras:
            inputs = full.make_inputs(SEED, source.pictures[:cameras], source.task, config)
            np.save(Path(folder) / "noise.npy", inputs.noise.numpy())
            ours = Ours(arguments.smolvla, Path(folder), inputs)
            row = parity_tables.Row(layers, cameras)
            compare_chunks(row, arguments, theirs, ours)
            compare_times(row, arguments, theirs, ours)
            rows.append(row)
        return rows


def compare_chunks(row, arguments: argparse.Namespace, theirs: BothTypes, ours: Ours) -> None:
    chunks = {}
    for dtype in dict.fromkeys(["fp32", *arguments.dtypes]):
        say(f"{row}: chunks of smolvla and LeRobot, {dtype}")
        chunks[dtype] = {"smolvla": ours.chunk(dtype)}
        if dtype in arguments.lerobot_dtypes:
            lerobot = theirs.chunk(dtype, ours.inputs)
            chunks[dtype]["lerobot"] = {name: chunk.numpy() for name, chunk in lerobot.items()}
    row.set_errors(chunks, ours.inputs.noise.numpy())


def compare_times(row, arguments: argparse.Namespace, theirs: BothTypes, ours: Ours) -> None:
    def time_lerobot() -> None:
        for dtype in arguments.lerobot_dtypes:
            if sum(row.lerobot_ms.get(dtype, [])) > LONG_MS:
                continue
            say(f"{row}: time of LeRobot, {dtype}")
            row.lerobot_ms.setdefault(dtype, []).extend(theirs.times(dtype, ours.inputs, WORDS, arguments.repeats))

    time_lerobot()
    for dtype in arguments.dtypes:
        say(f"{row}: time of smolvla, {dtype}")
        row.smolvla[dtype] = ours.bench(dtype, arguments.repeats)
    time_lerobot()


if __name__ == "__main__":
    sys.exit(main())
