#!/usr/bin/env python3
"""Holds the datasets that smolvla makes to LeRobot, and those that LeRobot makes of them to smolvla.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/check_datasets.py [--datasets DIR ...] [--only PART] [--keep DIR]

LeRobot makes datasets in a temporary folder (v2.x are written after the specification); testdata/datasets and those of
--datasets come beside them. Every command of `smolvla data` that makes or changes a dataset is run on each (on testdata/datasets
only convert), and LeRobot opens the outcome with PyAV and with TorchCodec: numbers, sentences, pictures, features, tasks, episodes,
statistics and delta_timestamps must be those of the source, to the bit where they are copied. Damage is planted and repaired. Then
LeRobot merges, shortens and goes on recording what smolvla wrote, and smolvla reads that; so it does with what the recorder left
when it was killed, for which the test program curate_test records. Prints a line a part and what differs; exit status 1 if
anything does. Takes two minutes. TorchCodec needs Debian's libavdevice59.

Parts are named "SOURCE COMMAND", "SOURCE repair of DAMAGE", "LeRobot edits SOURCE" and "recorder, kill N".
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

CACHE = tempfile.TemporaryDirectory(prefix="smolvla-check-cache-")
os.environ["HF_DATASETS_CACHE"] = CACHE.name
os.environ["TQDM_DISABLE"] = "1"

from reference import environment  # noqa: E402

environment.prepare()

import av  # noqa: E402
from make_test_datasets import write_v30  # noqa: E402

from reference import dataset_commands, dataset_v2, killed_recordings, lerobot_edits, planted_damage, recordings  # noqa: E402
from reference.dataset_checks import Checks  # noqa: E402
from reference.dataset_content import read  # noqa: E402
from reference.recordings import Camera  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
LOSS = 8  # of 255, of pictures encoded anew
SEED = 100
# No smaller: Debian's SVT-AV1 takes 64 pixels at least.
TOP, WRIST = Camera("observation.images.top", 96, 64), Camera("observation.images.wrist", 64, 80)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, nargs="+", default=[], help="folders of other datasets")
    parser.add_argument("--only", default="", metavar="PART", help="parts whose name has this in it")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder for all datasets that are made, which are left in it")
    parser.add_argument("--episodes-lost", action="store_true", help="also repair a dataset whose list of episodes is cut off")
    parser.add_argument("--smolvla", type=Path, default=ROOT / "build/release/smolvla")
    arguments = parser.parse_args()
    if not arguments.smolvla.exists():
        parser.error(f"{arguments.smolvla} is not there: run make build")
    if arguments.keep:
        arguments.keep.mkdir(parents=True)
    av.logging.set_libav_level(av.logging.ERROR)
    os.environ["SVT_LOG"] = "1"
    logging.disable(logging.WARNING)

    start = time.monotonic()
    with nullcontext(arguments.keep) if arguments.keep else tempfile.TemporaryDirectory(prefix="smolvla-check-") as scratch:
        checks = Checks(arguments.smolvla.resolve(), Path(scratch).resolve(), arguments.only)
        run(checks, [path.resolve() for path in arguments.datasets], arguments.episodes_lost)
    done, failed = sum(checks.done.values()), sum(checks.failed.values())
    print(f"{checks.summary()}\n{done} checks, {failed} differ, {time.monotonic() - start:.0f} s")
    if not done:
        print(f"no part has {arguments.only!r} in its name", file=sys.stderr)
    return 1 if failed or not done else 0


def run(checks: Checks, others: list[Path], episodes_lost: bool) -> None:
    made = checks.scratch / "made"
    sources = write_sources(made)
    tested = sorted(path for path in (ROOT / "testdata/datasets").iterdir() if path.is_dir())
    for folder in [*sources, *tested, *others]:
        dataset_commands.check(checks, folder, LOSS, briefly=folder in tested)
    dataset_commands.check_merge(checks, [made / "v30_videos", made / "v30_files"])
    planted_damage.check(checks, made / "v30_files", read(made / "v30_files"), episodes_lost)
    edited = {"v30_videos": made / "v30_videos", "v21": made / "v21"}
    lerobot_edits.check(checks, edited, LOSS, recordings.episodes(SEED + 9, [6], [TOP, WRIST])[0])
    curate_test = checks.smolvla.with_name("curate_test")
    if curate_test.exists():
        killed_recordings.check(checks, curate_test)
    else:
        print(f"left out recorder: {curate_test} is not there")


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


if __name__ == "__main__":
    sys.exit(main())
