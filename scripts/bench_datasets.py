#!/usr/bin/env python3
"""Puts LeRobot and smolvla side by side on reading a dataset: random frames, frames in order, batches with the 3 frames before.

  "$python" scripts/bench_datasets.py [--dataset DIR] [--rounds 5] [--seconds 4] [--quick]

$python is the one that scripts/reference_env.sh prints; TorchCodec needs Debian's libavdevice59 too. LeRobot makes the dataset in a
temporary folder: two cameras of 640x480 with moving pictures, AV1 with its default settings. --dataset names another one (v3.0).
LeRobot reads it with both of its decoders, PyAV and TorchCodec, pictures as bytes as lerobot-train has them: dataset[i], whose
cameras are decoded in threads of their own, and a DataLoader for the batches. All take turns, in as many rounds as are asked
for. Prints a table of Markdown and writes it into docs/performance.md, between the markers named by --block; --quick writes
nothing.
"""

import argparse
import contextlib
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reference import environment

environment.prepare()

import av  # noqa: E402
import datasets  # noqa: E402
import torch  # noqa: E402

try:
    import torchcodec.decoders  # noqa: E402, F401
except (ImportError, RuntimeError) as error:
    sys.exit(f"TorchCodec cannot be loaded; it needs all libraries of FFmpeg (Debian: libavdevice59).\n{error}"[:300])
from lerobot.datasets.lerobot_dataset import LeRobotDataset  # noqa: E402

from reference.bench_recording import write_recording  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SEED = 0
BACKENDS = {"pyav": "LeRobot, PyAV", "torchcodec": "LeRobot, TorchCodec"}
OURS = "smolvla"
STEPS = [-3, -2, -1, 0]
BATCH = 8
# What `smolvla data bench` calls it, and what a reader does.
READINGS = {
    "random": "random frames",
    "sequential": "frames in order",
    "delta_batches": "shuffled batches of 8, with the 3 frames before",
    "random_batches": "shuffled batches of 8",
}


def main() -> int:
    arguments = parse_arguments()
    datasets.disable_progress_bars()
    os.environ["SVT_LOG"] = "1"
    load = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        folder = arguments.dataset
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smolvla-bench-"))) / "recording"
            say("LeRobot makes a dataset")
            write_recording(folder, SEED, episodes=5, length=80)
        folder = folder.resolve()
        readers = [LeRobotReader(folder, backend, arguments.threads) for backend in BACKENDS]
        rates = {reading: {} for reading in READINGS}
        floor = []
        for round_ in range(arguments.rounds):
            for reader in readers:
                for reading, rate in reader.measure(arguments.seconds).items():
                    rates[reading].setdefault(reader.name, []).append(rate)
            floor.append(decoding_rate(folder, arguments.seconds))
            say(f"round {round_ + 1}: {OURS}")
            ours = bench(arguments, folder)
            for reading in READINGS:
                # A loader reads batches only: random frames are batches of random frames.
                key = "random" if reading == "random_batches" else reading
                rates[reading].setdefault(OURS, []).extend(ours[f"{key}_frames_per_s"]["rounds"])
        table = render(arguments, rates, floor, ours, load)
    print(table)
    if not arguments.quick:
        write(arguments.docs, arguments.block, table)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="folder of another dataset, v3.0")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each reading in each round")
    parser.add_argument("--threads", type=int, default=2, help="of smolvla's loader, and workers of LeRobot's DataLoader")
    parser.add_argument("--quick", action="store_true", help="one round of a second; no file is written")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/performance.md", help="the file with the markers")
    parser.add_argument("--block", default="datasets", help="the markers' name")
    parser.add_argument("--smolvla", type=Path, default=ROOT / "build/release/smolvla")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.threads < 1 or arguments.seconds <= 0:
        parser.error("--rounds, --threads and --seconds: more than 0")
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 1
    if not arguments.smolvla.exists():
        parser.error(f"{arguments.smolvla} is not there: run make build")
    return arguments


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


class LeRobotReader:
    """LeRobot's dataset with one of its decoders. What has been opened stays open from one round to the next."""

    def __init__(self, folder: Path, backend: str, workers: int):
        self.name = BACKENDS[backend]
        options = {"root": folder, "video_backend": backend, "return_uint8": True}
        self.dataset = LeRobotDataset("local/bench", **options)
        deltas = {key: [step / self.dataset.fps for step in STEPS] for key in self.dataset.meta.camera_keys}
        windowed = LeRobotDataset("local/bench", delta_timestamps=deltas, **options)
        self.batches = {"random_batches": _batches(self.dataset, workers), "delta_batches": _batches(windowed, workers)}
        self.prefetched = 2 * workers
        self.random = torch.Generator().manual_seed(SEED)
        self.next = 0

    def measure(self, seconds: float) -> dict[str, float]:
        """Frames a second, by reading. A frame is all that belongs to it: both pictures, all numbers."""
        say(self.name)
        rates = {
            "random": _rate(self._random_frame, seconds),
            "sequential": _rate(self._next_frame, seconds),
        }
        for reading, batches in self.batches.items():
            for _ in range(2 * self.prefetched):  # what was read while others were measured
                next(batches)
            rates[reading] = BATCH * _rate(lambda batches=batches: next(batches), seconds)
        return rates

    def _random_frame(self) -> None:
        self.dataset[int(torch.randint(len(self.dataset), (1,), generator=self.random))]

    def _next_frame(self) -> None:
        self.dataset[self.next]
        self.next = (self.next + 1) % len(self.dataset)


def _batches(dataset: LeRobotDataset, workers: int):
    """Shuffled batches without end, from processes that live as long as they are asked."""
    sampler = torch.utils.data.RandomSampler(dataset, num_samples=10**9, replacement=True)
    return iter(
        torch.utils.data.DataLoader(
            dataset, BATCH, sampler=sampler, num_workers=workers, prefetch_factor=2, multiprocessing_context="spawn"
        )
    )


def _rate(read, seconds: float) -> float:
    """Calls a second."""
    read()
    start, calls = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds:
        read()
        calls += 1
    return calls / taken


def decoding_rate(folder: Path, seconds: float) -> float:
    """Pictures a second that one thread of the decoder gives in order, none made RGB: what no reader can exceed by much."""
    say("the decoder alone")

    def pictures():
        while True:
            for file in sorted(folder.glob("videos/*/*/*.mp4")):
                with av.open(str(file)) as video:
                    stream = video.streams.video[0]
                    stream.codec_context.thread_count = 1
                    yield from video.decode(stream)

    decoded = pictures()
    return _rate(lambda: next(decoded), seconds)


def bench(arguments: argparse.Namespace, folder: Path) -> dict:
    command = [arguments.smolvla, "data", "bench", folder, "--json", "--rounds", "1", "--batch", str(BATCH)]
    command += ["--threads", str(arguments.threads), "--seconds", str(arguments.seconds)]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"smolvla data bench failed:\n{done.stderr}")
    return json.loads(done.stdout)


def render(arguments: argparse.Namespace, rates: dict, floor: list, ours: dict, load: float) -> str:
    cameras = ", ".join(f"{c['width']}x{c['height']} {c['codec']}" for c in ours["cameras"])
    lines = [
        f"{ours['machine']}, {os.cpu_count()} cores, {arguments.threads} threads of smolvla and workers of LeRobot's DataLoader, "
        f"torch {torch.__version__}, smolvla {ours['commit']}, load average {load:.1f} before the run; "
        f"cameras {cameras}; {arguments.rounds} rounds of {arguments.seconds:g} s.",
        f"Made by `{command_line(arguments.dataset)}`.",
        "",
        "Frames a second, min / median; a frame has the pictures of all cameras:",
        "",
    ]
    names = [*BACKENDS.values(), OURS]
    lines += row(["reading", *names, "over the better, min", "median"])
    lines += row(["---"] * (len(names) + 3))
    for reading, words in READINGS.items():
        found = rates[reading]
        ratios = [
            ours_ / max(theirs)
            for ours_, *theirs in zip(*(found[name] for name in [OURS, *BACKENDS.values()]), strict=True)
        ]
        cells = [f"{min(found[name]):.0f} / {statistics.median(found[name]):.0f}" for name in names]
        lines += row([words, *cells, f"{min(ratios):.2f}", f"{statistics.median(ratios):.2f}"])
    pictures = arguments.threads * statistics.median(floor)
    in_order = len(ours["cameras"]) * statistics.median(rates["sequential"][OURS])
    lines += [
        "",
        f"The decoder alone (PyAV's, one thread, in order, none made RGB) gave {min(floor):.0f} / {statistics.median(floor):.0f} pictures "
        f"a second; smolvla's pictures in order are {100 * in_order / pictures:.0f} % of what {arguments.threads} such threads give.",
    ]
    return "\n".join(lines)


def row(cells: list[str]) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]


def command_line(dataset: Path | None) -> str:
    """Names the dataset by its folder alone: where that lies says nothing on another machine."""
    words = [dataset.name if dataset and word == str(dataset) else word for word in sys.argv[1:]]
    return f'"$python" scripts/bench_datasets.py {shlex.join(words)}'.strip()


def write(docs: Path, block: str, table: str) -> None:
    begin, end = f"<!-- {block}:begin -->", f"<!-- {block}:end -->"
    text = docs.read_text()
    if begin not in text or end not in text:
        sys.exit(f"{docs} lacks the markers {begin} and {end}")
    before, after = text.split(begin)[0], text.split(end)[1]
    docs.write_text(f"{before}{begin}\n{table}\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
