#!/usr/bin/env python3
"""Holds the datasets that smolvla makes to LeRobot, and those that LeRobot makes of them to smolvla.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/check_datasets.py [--datasets DIR ...]

LeRobot makes datasets in a temporary folder (v2.x are written after the specification); testdata/datasets and those of
--datasets come beside them. Every command of `smolvla data` that makes a dataset is run on each (on testdata/datasets only
convert), and LeRobot opens the outcome with PyAV and with TorchCodec: numbers, sentences, pictures, features, tasks, episodes,
statistics and delta_timestamps must be those of the source, to the bit where they are copied. Then LeRobot merges, shortens and
goes on recording what smolvla wrote, and smolvla reads that. Prints a line a check; exit status 1 if anything differs. Takes about
three minutes. TorchCodec needs Debian's libavdevice59.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SCRATCH = tempfile.TemporaryDirectory(prefix="smolvla-check-")
os.environ["HF_DATASETS_CACHE"] = str(Path(SCRATCH.name) / "cache")
os.environ["TQDM_DISABLE"] = "1"

from reference import environment  # noqa: E402

environment.prepare()

import av  # noqa: E402
import numpy as np  # noqa: E402
from lerobot.datasets.aggregate import aggregate_datasets  # noqa: E402
from lerobot.datasets.dataset_tools import delete_episodes  # noqa: E402
from lerobot.datasets.lerobot_dataset import LeRobotDataset  # noqa: E402
from make_test_datasets import write_v30  # noqa: E402
from PIL import Image  # noqa: E402

from reference import dataset_comparison, dataset_v2, recordings  # noqa: E402
from reference.dataset_comparison import Origin  # noqa: E402
from reference.dataset_content import BACKENDS, Content, ContentV3, open_v3, read  # noqa: E402
from reference.recordings import Camera  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SMALL = 200  # frames: every picture of such a dataset is compared
LOSS = 8  # of 255, of pictures encoded anew
SEED = 100
# No smaller: Debian's SVT-AV1 takes 64 pixels at least.
TOP, WRIST = Camera("observation.images.top", 96, 64), Camera("observation.images.wrist", 64, 80)


class Checks:
    """Counts and prints them."""

    def __init__(self, smolvla: Path, scratch: Path):
        self.smolvla, self.scratch = smolvla, scratch
        self.done = self.failed = self.made = 0

    def say(self, name: str, lines: list[str]) -> None:
        self.done += 1
        self.failed += bool(lines)
        print(f"{'DIFFERS' if lines else 'equal  '} {name}", flush=True)
        for line in lines[:5]:
            print(f"        {line[:400]}")
        if len(lines) > 5:
            print(f"        and {len(lines) - 5} more")

    def new_folder(self) -> Path:
        self.made += 1
        return self.scratch / f"made_{self.made}"

    def attempt(self, name: str, compare: Callable[[], list[str]]) -> None:
        """What LeRobot refuses is a difference, too."""
        try:
            self.say(name, compare())
        except Exception as error:  # whatever LeRobot and its libraries throw
            self.say(name, [repr(error)])

    def open(self, name: str, folder: Path) -> ContentV3 | None:
        opened = []
        self.attempt(f"{name}: LeRobot opens it", lambda: opened.append(read(folder)) or [])
        return opened[0] if opened else None

    def run(self, *words: str | Path) -> subprocess.CompletedProcess:
        return subprocess.run([self.smolvla, "data", *map(str, words)], capture_output=True, text=True)

    def make(self, name: str, *words: str | Path) -> Path | None:
        """Runs a command, of whose words None is the folder of the new dataset."""
        folder = self.new_folder()
        result = self.run(*[folder if word is None else word for word in words])
        if result.returncode != 0 or not folder.exists():
            said = (result.stderr or result.stdout).strip()[-350:]
            self.say(f"{name}: the command", [f"exit code {result.returncode}: {said}"])
        return folder if folder.exists() else None

    def compare(self, name: str, folder: Path | None, origin: Origin) -> ContentV3 | None:
        if folder is None:
            return None
        made = self.open(name, folder)
        if made is None:
            return None
        choose = chooser(sum(made.lengths.values()))
        parts = {
            "metadata": lambda: dataset_comparison.metadata(made, origin),
            "features": lambda: dataset_comparison.features(made, origin),
            "numbers": lambda: dataset_comparison.numbers(made, origin),
            **{f"pictures, {b}": lambda b=b: dataset_comparison.pictures(made, origin, choose, b) for b in BACKENDS},
            "delta_timestamps": lambda: dataset_comparison.windows(made, origin, ends, self.backends(name)),
            "statistics": lambda: dataset_comparison.statistics(made, origin),
        }
        for part, compare in parts.items():
            self.attempt(f"{name}: {part}", compare)
        self.read_back(name, made, lambda length: [length - 1])
        return made

    def backends(self, name: str) -> list[str]:
        """Opening datasets takes most of the time: windows with both decoders only once a source."""
        return BACKENDS if name.endswith(" convert") else BACKENDS[:1]

    def read_back(self, name: str, made: ContentV3, choose) -> None:
        """smolvla finds nothing wrong with it, and reads the frames that LeRobot does."""
        verified = self.run("verify", made.folder, "--json")
        report = json.loads(verified.stdout) if verified.stdout.startswith("{") else {"findings": [{"code": verified.stderr}]}
        errors = [f"{found['code']}: {found}" for found in report["findings"] if found.get("severity") != "warning"]
        self.say(f"{name}: smolvla data verify", errors)
        lines = []
        for episode, length in made.lengths.items():
            columns, sentences = made.columns(episode), made.sentences(episode)
            for frame in choose(length):
                for camera in made.cameras or [None]:
                    lines += self._frame(made, columns, sentences, episode, frame, camera)
        self.say(f"{name}: smolvla data frame", lines)

    def _frame(self, made: ContentV3, columns, sentences, episode: int, frame: int, camera: str | None) -> list[str]:
        png = self.scratch / "frame.png"
        words = ["--camera", camera, "--png", png] if camera else []
        result = self.run("frame", made.folder, "--episode", episode, "--frame", frame, "--json", *words)
        if result.returncode != 0:
            return [result.stderr.strip()]
        found, where = json.loads(result.stdout), f"episode {episode}, frame {frame}"
        lines = dataset_comparison.differs(f"task of {where}", sentences[frame], found["task"])
        for key, values in columns.items():
            same = np.array_equal(np.array(values[frame]), np.array(found["values"].get(key)))
            lines += [] if same else [f"{key} of {where}: {found['values'].get(key)}, not {values[frame]}"]
        if camera and not np.array_equal(made.picture(episode, frame, camera, "pyav"), np.array(Image.open(png).convert("RGB"))):
            lines.append(f"{camera} of {where}: another picture")
        return lines


def chooser(frames: int):
    """All frames of small datasets, else the ends and some between."""
    return (lambda length: list(range(length))) if frames <= SMALL else ends


def ends(length: int) -> list[int]:
    return sorted({0, min(1, length - 1), length // 2, length - 1})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, nargs="+", default=[], help="folders of other datasets")
    parser.add_argument("--only", default="", help="sources whose name has this in it, and LeRobot's tools if it is \"tools\"")
    parser.add_argument("--smolvla", type=Path, default=ROOT / "build/release/smolvla")
    arguments = parser.parse_args()
    if not arguments.smolvla.exists():
        parser.error(f"{arguments.smolvla} is not there: run make build")
    av.logging.set_libav_level(av.logging.ERROR)
    os.environ["SVT_LOG"] = "1"
    logging.disable(logging.WARNING)

    start, scratch = time.monotonic(), Path(SCRATCH.name)
    checks = Checks(arguments.smolvla.resolve(), scratch)
    made = write_sources(scratch / "made")
    tested = sorted(path for path in (ROOT / "testdata/datasets").iterdir() if path.is_dir())
    for folder in [*made, *tested, *(path.resolve() for path in arguments.datasets)]:
        name = f"{folder.parent.name}/{folder.name}"
        if arguments.only in name:
            check_source(checks, name, folder, briefly=folder in tested)
    if arguments.only in "tools":
        check_tools(checks, scratch / "made/v30_videos", scratch / "made/v21")
    seconds = time.monotonic() - start
    print(f"{checks.done} checks, {checks.failed} differ, {seconds:.0f} s")
    return 1 if checks.failed else 0


def write_sources(folder: Path) -> list[Path]:
    folder.mkdir()
    cameras = [TOP, WRIST]
    two_cameras = recordings.episodes(SEED, [9, 3, 14], cameras)
    write_v30(folder / "v30_videos", two_cameras, cameras, "video")
    write_v30(folder / "v30_pictures", recordings.episodes(SEED + 1, [5, 8, 3], cameras), cameras, "image")
    write_v30(folder / "v30_files", recordings.episodes(SEED + 2, [3, 6, 4, 5, 4], cameras), cameras, "video", many_files=True)
    for version, encodings in {
        "v21": dict.fromkeys([TOP.key, WRIST.key], dataset_v2.H264_WITH_B_FRAMES),
        "v20": {TOP.key: dataset_v2.MPEG4, WRIST.key: dataset_v2.H264_WITH_B_FRAMES},
    }.items():
        dataset_v2.write(folder / version, f"v2.{version[-1]}", two_cameras, cameras, encodings)
    return sorted(folder.iterdir())


def check_source(checks: Checks, name: str, folder: Path, briefly: bool) -> None:
    """Briefly: only what reads each version, as what makes datasets of it is the same."""
    source = read(folder)
    every = [(source, episode) for episode in source.lengths]
    lost = ["--skip-missing"] if len(every) != source.info["total_episodes"] else []
    if not every:
        print(f"left out {name}: no episode has all its files")
        return
    camera = source.cameras[0] if source.cameras else None

    def check(command: str, words: list, origin: Origin) -> Path | None:
        folder = checks.make(f"{name} {command}", *words, *lost)
        checks.compare(f"{name} {command}", folder, origin)
        return folder

    check("convert", ["convert", folder, None], Origin(every))
    if briefly:
        return
    if len(every) > 1:
        first, second = every[0], every[1]
        chosen = f"{second[1]},{first[1]}"
        part = check("split", ["split", folder, None, "--episodes", chosen], Origin([second, first]))
        rest = [pair for pair in every if pair != second]
        check("delete", ["delete", folder, None, "--episodes", str(second[1])], Origin(rest))
        if part and not lost:
            check("merge", ["merge", None, part, folder], Origin([(read(part), 0), (read(part), 1), *every]))
    if camera:
        renames = {camera: "observation.images.renamed", "next.reward": "next.gain"}
        renames = {key: to for key, to in renames.items() if key in source.info["features"]}
        words = [word for old, new in renames.items() for word in ["--feature", f"{old}={new}"]]
        check("rename", ["rename", folder, None, *words], Origin(every, renames))
        check("drop", ["rename", folder, None, "--drop", camera], Origin(every, drops=[camera]))
        check("stats", ["stats", folder, None], Origin(every, pictures_anew=True))
    if camera and source.info["features"][camera]["dtype"] == "video" and sum(source.lengths.values()) <= SMALL:
        for codec in ["h264", "av1"]:
            check(f"encode {codec}", ["convert", folder, None, "--encode", codec], Origin(every, loss=LOSS))


def check_tools(checks: Checks, source: Path, older: Path) -> None:
    """LeRobot's own, on what smolvla made: and what they leave, read by smolvla."""
    one = checks.make("tools", "convert", source, None)
    two = checks.make("tools", "split", source, None, "--episodes", "1,2")
    old = checks.make("tools", "convert", older, None)
    parts = [(content, episode) for folder in [one, two] for content in [read(folder)] for episode in content.lengths]

    merged = checks.new_folder()
    aggregate_datasets(["local/a", "local/b"], "local/ab", [one, two], merged)
    made = read(merged)
    checks.say("LeRobot merges: numbers", dataset_comparison.numbers(made, Origin(parts), made.tasks))
    for backend in BACKENDS:
        checks.say(f"LeRobot merges: pictures, {backend}", dataset_comparison.pictures(made, Origin(parts), chooser(0), backend))
    checks.read_back("LeRobot merges", made, chooser(0))

    for name, folder in {"v30": one, "v21": old}.items():
        content = read(folder)
        deleted = checks.new_folder()
        delete_episodes(open_v3(folder), [1], deleted, "local/deleted")
        made, rest = read(deleted), Origin([(content, 0), (content, 2)], loss=LOSS)
        checks.say(f"LeRobot deletes of {name}: numbers", dataset_comparison.numbers(made, rest, made.tasks))
        checks.say(f"LeRobot deletes of {name}: pictures", dataset_comparison.pictures(made, rest, chooser(0), "pyav"))
        checks.read_back(f"LeRobot deletes of {name}", made, chooser(0))
        check_resume(checks, f"LeRobot records onto {name}", folder, content)


def check_resume(checks: Checks, name: str, folder: Path, before: Content) -> None:
    kept = {episode: before.columns(episode) for episode in before.lengths}
    seen = {(e, c): before.picture(e, before.lengths[e] - 1, c, "pyav") for e in before.lengths for c in before.cameras}
    added = recordings.episodes(SEED + 9, [6], [TOP, WRIST])[0]
    dataset = LeRobotDataset.resume("local/x", root=folder)
    for frame, task in enumerate(added.tasks):
        parts = [added.columns, added.texts, added.pictures]
        dataset.add_frame({key: values[frame] for part in parts for key, values in part.items()} | {"task": task})
    dataset.save_episode(parallel_encoding=False)
    dataset.finalize()

    made = checks.open(name, folder)
    if made is None:
        return
    lines = dataset_comparison.differs("episodes", len(kept) + 1, len(made.lengths))
    for episode, columns in kept.items():
        lines += dataset_comparison.differs(f"rows of {episode}", columns, made.columns(episode))
    new = made.columns(len(kept))
    for key, values in added.columns.items():
        wanted = values[:, 0] if values.shape[1] == 1 else values
        lines += dataset_comparison.differs(f"{key} of the new episode", wanted.tolist(), new[key])
    lines += dataset_comparison.differs("sentences of the new episode", added.tasks, made.sentences(len(kept)))
    checks.say(f"{name}: numbers", lines)
    same = [np.array_equal(made.picture(e, made.lengths[e] - 1, c, "pyav"), picture) for (e, c), picture in seen.items()]
    checks.say(f"{name}: pictures", [] if all(same) else ["pictures of old episodes have changed"])
    checks.read_back(name, made, chooser(0))


if __name__ == "__main__":
    sys.exit(main())
