#!/usr/bin/env python3
"""Makes testdata/datasets: tiny LeRobot datasets of every version, and what the reference reads in them.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/make_test_datasets.py           # writes testdata/datasets
  "$python" scripts/make_test_datasets.py --check   # compares it with a new run; exit status 1 if they differ

The v3.0 ones are written by LeRobot 0.6.1, the v2.x ones after the specification. testdata/README.md describes them.
"""

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from reference import environment

environment.prepare()

import av  # noqa: E402
import datasets  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import torch  # noqa: E402
from lerobot.datasets.dataset_metadata import LeRobotDatasetMetadata  # noqa: E402
from lerobot.datasets.lerobot_dataset import LeRobotDataset  # noqa: E402

from reference import dataset_reading, dataset_v2, recordings, safetensors_file  # noqa: E402
from reference.comparison import differences  # noqa: E402
from reference.recordings import FPS, TOP, WRIST, Camera, Episode  # noqa: E402

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"
MADE_HERE = ["datasets"]
SIZE_LIMIT = 700_000  # bytes
SEED = 1
WINDOW = {"episode": 1, "frame": 4, "deltas": list(range(-2, 9))}  # of the action


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with testdata/ and change nothing")
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    av.logging.set_libav_level(av.logging.ERROR)
    os.environ["SVT_LOG"] = "1"

    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # paths go into Hugging Face's fingerprint of the pictures: the same in each run
        made = Path("datasets")
        write_datasets(made)
        for folder in sorted(path for path in made.iterdir() if path.is_dir()):
            write_expected(folder)
        total = print_sizes(made)
        if total > SIZE_LIMIT:
            print(f"{total} bytes are more than the {SIZE_LIMIT} that the datasets may have", file=sys.stderr)
            return 1
        if arguments.check:
            lines = differences(TESTDATA, made.parent, MADE_HERE)
            print("\n".join(lines) or "testdata/datasets is what LeRobot writes and reads")
            return 1 if lines else 0
        shutil.rmtree(TESTDATA / "datasets", ignore_errors=True)
        shutil.move(made, TESTDATA / "datasets")
    return 0


def write_datasets(folder: Path) -> None:
    folder.mkdir()
    cameras = [TOP, WRIST]
    two_cameras = recordings.episodes(SEED, [7, 12, 5], cameras)
    write_v30(folder / "v30_two_cameras", two_cameras, cameras, "video")
    write_v30(folder / "v30_images", recordings.episodes(SEED + 1, [4, 6], [WRIST]), [WRIST], "image")
    many_files = recordings.episodes(SEED + 2, [4, 5, 3, 6, 4], [WRIST])
    write_v30(folder / "v30_many_files", many_files, [WRIST], "video", many_files=True)
    encodings = {TOP.key: dataset_v2.H264_WITH_B_FRAMES, WRIST.key: dataset_v2.MPEG4}
    dataset_v2.write(folder / "v21", "v2.1", two_cameras, cameras, encodings)
    dataset_v2.write(folder / "v20", "v2.0", two_cameras, cameras, encodings)
    write_odd_numbers(folder / "odd_numbers.parquet")


def write_odd_numbers(path: Path) -> None:
    """Numbers that are missing, as merging with pandas leaves them, and one that is no int64."""
    columns = {
        "whole": pa.array([1, None, 3, 4], pa.int64()),
        "later": pa.array([1, 2, 3, None], pa.int32()),
        "flags": pa.array([[True, None], [False, True], [True, True], [False, False]], pa.list_(pa.bool_())),
        "counter": pa.array([1, 2, 3, 2**63 + 5], pa.uint64()),
    }
    pq.write_table(pa.table(columns), path, row_group_size=2)


def write_v30(folder: Path, episodes: list[Episode], cameras: list[Camera], dtype: str, many_files: bool = False) -> None:
    features = recordings.features(cameras, dtype)
    dataset = LeRobotDataset.create(
        "local/x", FPS, features, root=folder, robot_type="so101", use_videos=dtype == "video", metadata_buffer_size=2
    )
    if many_files:
        dataset.meta.update_chunk_settings(chunks_size=2)
    for number, episode in enumerate(episodes):
        recordings.add_frames(dataset, episode)
        # Files of data and of video begin at other episodes: 0-1, 2, 3, 4 and 0, 1-2, 3, 4.
        with new_files(many_files and number != 1, many_files and number != 2):
            dataset.save_episode(parallel_encoding=False)
    dataset.finalize()
    shutil.rmtree(folder / "images", ignore_errors=True)


@contextmanager
def new_files(data: bool, video: bool) -> Iterator[None]:
    """Lets the next episode begin new files; LeRobot's own limits do not go below a megabyte."""
    limits = {"data_files_size_in_mb": data, "video_files_size_in_mb": video}
    with mock.patch.multiple(
        LeRobotDatasetMetadata,
        **{name: property(lambda self, limit=0 if new else 100: limit) for name, new in limits.items()},
    ):
        yield


def write_expected(folder: Path) -> None:
    """Beside the folder, what the reference reads in it."""
    dataset = dataset_reading.read(folder)
    tensors = {f"column.{key}": torch.from_numpy(column) for key, column in dataset.columns.items()}
    tensors |= {f"crc32.{camera}": torch.from_numpy(dataset.crc32(camera)) for camera in dataset.cameras}
    row = dataset.row(WINDOW["episode"], WINDOW["frame"])
    values, padding = dataset.window("action", row, WINDOW["deltas"])
    tensors |= {"window.action": torch.from_numpy(values), "window.action_is_pad": torch.from_numpy(padding)}
    metadata = {
        "tasks": dataset.tasks,
        "texts": dataset.texts,
        "lengths": dataset.lengths,
        "window": WINDOW,
    }
    path = folder.with_name(folder.name + ".expected.safetensors")
    safetensors_file.write(path, tensors, {key: json.dumps(value) for key, value in metadata.items()})


def print_sizes(folder: Path) -> int:
    """Prints what each dataset takes, and returns the sum in bytes."""
    total = 0
    for path in sorted(folder.iterdir()):
        size = sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())
        print(f"{path.name:40} {size:9,}")
        total += size
    print(f"{'total':40} {total:9,}")
    return total


if __name__ == "__main__":
    # LeRobot orders the tasks of an episode through a set.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    logging.disable(logging.INFO)
    sys.exit(main())
