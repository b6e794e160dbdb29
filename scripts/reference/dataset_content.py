"""What a dataset of any version holds, episode by episode, with both of LeRobot's decoders.

v3.0 is read through LeRobotDataset. LeRobot 0.6.1 refuses v2.x: there pyarrow reads the rows, and LeRobot's decoders the videos.
Episodes of v2.x whose files are missing are left out.
"""

import copy
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from lerobot.datasets.feature_utils import check_delta_timestamps, get_delta_indices
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.datasets.video_utils import decode_video_frames

from .dataset_reading import read_info, read_lines

BACKENDS = ["pyav", "torchcodec"]
TOLERANCE_S = 1e-4
SMALL = 200  # frames: of such a dataset everything decoded is kept, and every picture is compared
Columns = dict[str, list]  # one value a frame


class Content:
    """`lengths`: by episode_index. `cameras`: their keys. `tasks`: by task_index."""

    folder: Path
    info: dict
    lengths: dict[int, int]
    cameras: list[str]
    tasks: list[str]

    def columns(self, episode: int) -> Columns:
        """The numbers and texts of an episode's rows, pictures left out."""
        raise NotImplementedError

    def picture(self, episode: int, frame: int, camera: str, backend: str) -> np.ndarray:
        """[height, width, 3] uint8."""
        raise NotImplementedError

    def statistics(self, episode: int) -> dict[str, dict[str, np.ndarray]]:
        """Those kept of the episode, by feature."""
        raise NotImplementedError

    def sentences(self, episode: int) -> list[str]:
        """The task of each row."""
        return [self.tasks[index] for index in self.columns(episode)["task_index"]]


def read(folder: Path) -> Content:
    info = read_info(folder)
    return ContentV3(folder, info) if info["codebase_version"].startswith("v3") else ContentV2(folder, info)


def open_v3(folder: Path, backend: str = "pyav", **options) -> LeRobotDataset:
    return LeRobotDataset("local/x", root=folder, video_backend=backend, return_uint8=True, **options)


def with_reader(opened: LeRobotDataset, backend: str, deltas: dict[str, list[float]] | None = None) -> LeRobotDataset:
    """As if opened once more with another decoder and delta_timestamps: LeRobot takes half a second to read the metadata again."""
    again = copy.copy(opened)
    again.reader = copy.copy(opened.reader)
    again._video_backend = again.reader._video_backend = backend
    if deltas is not None:
        check_delta_timestamps(deltas, opened.meta.fps, TOLERANCE_S)
        again.delta_timestamps, again.reader.delta_indices = deltas, get_delta_indices(deltas, opened.meta.fps)
    return again


class ContentV3(Content):
    def __init__(self, folder: Path, info: dict):
        self.folder, self.info = folder, info
        opened = open_v3(folder, BACKENDS[0])
        self.datasets = {backend: with_reader(opened, backend) for backend in BACKENDS}
        self.cameras = list(opened.meta.camera_keys)
        self.tasks = list(opened.meta.tasks.index)
        self.episodes = list(opened.meta.episodes)
        self.lengths = {int(episode["episode_index"]): int(episode["length"]) for episode in self.episodes}
        pictures = [key for key in self.cameras if key not in opened.meta.video_keys]
        self.rows = opened.hf_dataset.with_format(None).remove_columns(pictures)
        self.items = {}  # by backend and row: all cameras come at once

    def columns(self, episode: int) -> Columns:
        return self.rows[self.episodes[episode]["dataset_from_index"] : self.episodes[episode]["dataset_to_index"]]

    def picture(self, episode: int, frame: int, camera: str, backend: str) -> np.ndarray:
        return as_bytes(self._item(episode, frame, backend)[camera])

    def sentences(self, episode: int) -> list[str]:
        return [self._item(episode, frame, "pyav")["task"] for frame in range(self.lengths[episode])]

    def statistics(self, episode: int) -> dict[str, dict[str, np.ndarray]]:
        return self._all_statistics[episode]

    @cached_property
    def _all_statistics(self) -> dict[int, dict[str, dict[str, np.ndarray]]]:
        files = sorted((self.folder / "meta/episodes").rglob("*.parquet"))
        rows = [row for file in files for row in pq.read_table(file).to_pylist()]
        start = len("stats/")
        return {
            row["episode_index"]: _nested({key[start:]: value for key, value in row.items() if key.startswith("stats/")})
            for row in rows
        }

    def _item(self, episode: int, frame: int, backend: str) -> dict:
        asked = (backend, self.episodes[episode]["dataset_from_index"] + frame)
        if asked not in self.items:
            if sum(self.lengths.values()) > SMALL:
                self.items.clear()
            self.items[asked] = self.datasets[backend][asked[1]]
        return self.items[asked]


class ContentV2(Content):
    def __init__(self, folder: Path, info: dict):
        self.folder, self.info = folder, info
        self.cameras = [key for key, feature in info["features"].items() if feature["dtype"] == "video"]
        tasks = {line["task_index"]: line["task"] for line in read_lines(folder / "meta/tasks.jsonl")}
        self.tasks = [tasks[index] for index in sorted(tasks)]
        lengths = {line["episode_index"]: line["length"] for line in read_lines(folder / "meta/episodes.jsonl")}
        self.lengths = {episode: length for episode, length in lengths.items() if self._is_whole(episode)}
        kept = folder / "meta/episodes_stats.jsonl"
        self.kept = {line["episode_index"]: line["stats"] for line in read_lines(kept)} if kept.exists() else {}
        self.decoded = (None, None)

    def columns(self, episode: int) -> Columns:
        return pq.read_table(self._file("data_path", episode)).to_pydict()

    def picture(self, episode: int, frame: int, camera: str, backend: str) -> np.ndarray:
        asked = (episode, frame, camera, backend)
        if self.decoded[0] != asked:
            file = self._file("video_path", episode, camera)
            time = float(np.float32(frame / self.info["fps"]))
            self.decoded = (asked, decode_video_frames(file, [time], TOLERANCE_S, backend, return_uint8=True)[0])
        return as_bytes(self.decoded[1])

    def statistics(self, episode: int) -> dict[str, dict[str, np.ndarray]]:
        of = self.kept.get(episode, {})
        return {key: {name: np.array(value) for name, value in stats.items()} for key, stats in of.items()}

    def _is_whole(self, episode: int) -> bool:
        videos = [self._file("video_path", episode, camera) for camera in self.cameras]
        return all(file.exists() for file in [self._file("data_path", episode), *videos])

    def _file(self, template: str, episode: int, camera: str = "") -> Path:
        chunk = episode // self.info["chunks_size"]
        path = self.info[template].format(episode_chunk=chunk, episode_index=episode, video_key=camera)
        return self.folder / path


def as_bytes(picture: torch.Tensor) -> np.ndarray:
    """Pictures in Parquet come as fractions."""
    if picture.dtype != torch.uint8:
        picture = torch.round(picture * 255).to(torch.uint8)
    return picture.permute(1, 2, 0).contiguous().numpy()


def _nested(flat: dict[str, list]) -> dict[str, dict[str, np.ndarray]]:
    nested = {}
    for key, value in flat.items():
        feature, name = key.rsplit("/", 1)
        if value is not None:
            nested.setdefault(feature, {})[name] = np.array(value)
    return nested
