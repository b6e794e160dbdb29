"""What a dataset holds, as LeRobot reads it: v3.0 through LeRobotDataset, v2.x through pyarrow and PyAV.

LeRobot 0.6.1 refuses v2.x; there the specification is followed with the same libraries below it.
"""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset


class ReadDataset:
    """`columns`: key -> [frames, ...] float64 or int64 (booleans too), one-dimensional where a frame has one number.

    `texts`: key -> one a frame. `tasks`: by task_index. `lengths`: of the episodes. `cameras`: their keys.
    """

    info: dict
    columns: dict[str, np.ndarray]
    texts: dict[str, list[str]]
    tasks: list[str]
    lengths: list[int]
    cameras: list[str]

    def picture(self, camera: str, row: int) -> np.ndarray:
        """[height, width, 3] uint8, of row `row` of all frames."""
        raise NotImplementedError

    def pictures(self, camera: str) -> Iterator[np.ndarray]:
        """Of all frames, in order."""
        return (self.picture(camera, row) for row in range(len(self)))

    def crc32(self, camera: str) -> np.ndarray:
        """[frames] int64: of each picture's bytes."""
        return np.array([zlib.crc32(picture.tobytes()) for picture in self.pictures(camera)], np.int64)

    def window(self, key: str, row: int, deltas: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """The frames `row` + deltas of a column within the row's episode, and whether each is padding."""
        raise NotImplementedError

    def __len__(self) -> int:
        return sum(self.lengths)

    def row(self, episode: int, frame: int) -> int:
        return sum(self.lengths[:episode]) + frame

    def task(self, row: int) -> str:
        return self.tasks[int(self.columns["task_index"][row])]


def read(folder: Path) -> ReadDataset:
    info = read_info(folder)
    return ReadV3(folder, info) if info["codebase_version"].startswith("v3") else ReadV2(folder, info)


def read_info(folder: Path) -> dict:
    return json.loads((folder / "meta" / "info.json").read_text())


def open_v3(folder: Path, **options) -> LeRobotDataset:
    return LeRobotDataset(repo_id="local/x", root=folder, video_backend="pyav", return_uint8=True, **options)


class ReadV3(ReadDataset):
    def __init__(self, folder: Path, info: dict):
        self.folder, self.info = folder, info
        self.dataset = open_v3(folder)
        meta = self.dataset.meta
        self.cameras = list(meta.camera_keys)
        self.lengths = [int(episode["length"]) for episode in meta.episodes]
        self.tasks = list(meta.tasks.index)
        rows = self.dataset.hf_dataset.with_format(None)
        self.columns, self.texts = _split(
            {key: rows.data.column(key) for key in rows.column_names if key not in self.cameras}
        )

    def picture(self, camera: str, row: int) -> np.ndarray:
        picture = self.dataset[row][camera]
        if picture.dtype != torch.uint8:  # pictures in Parquet come as fractions
            picture = torch.round(picture * 255).to(torch.uint8)
        return picture.permute(1, 2, 0).contiguous().numpy()

    def window(self, key: str, row: int, deltas: list[int]) -> tuple[np.ndarray, np.ndarray]:
        dataset = open_v3(self.folder, delta_timestamps={key: [delta / self.dataset.fps for delta in deltas]})
        item = dataset[row]
        return item[key].double().numpy(), item[f"{key}_is_pad"].to(torch.int64).numpy()


class ReadV2(ReadDataset):
    def __init__(self, folder: Path, info: dict):
        self.folder, self.info = folder, info
        self.cameras = [key for key, feature in info["features"].items() if feature["dtype"] in ("video", "image")]
        episodes = read_lines(folder / "meta" / "episodes.jsonl")
        self.lengths = [line["length"] for line in episodes]
        tasks = {line["task_index"]: line["task"] for line in read_lines(folder / "meta" / "tasks.jsonl")}
        self.tasks = [tasks[index] for index in range(len(tasks))]
        files = [folder / self._path("data_path", line["episode_index"]) for line in episodes]
        table = pa.concat_tables([pq.read_table(file).replace_schema_metadata(None) for file in files])
        self.columns, self.texts = _split({key: table.column(key) for key in table.column_names if key not in self.cameras})

    def _path(self, template: str, episode: int, camera: str = "") -> str:
        chunk = episode // self.info["chunks_size"]
        return self.info[template].format(episode_chunk=chunk, episode_index=episode, video_key=camera)

    def pictures(self, camera: str) -> Iterator[np.ndarray]:
        for episode in range(len(self.lengths)):
            yield from self._decode(episode, camera)

    def picture(self, camera: str, row: int) -> np.ndarray:
        episode = int(self.columns["episode_index"][row])
        return self._decode(episode, camera)[int(self.columns["frame_index"][row])]

    def _decode(self, episode: int, camera: str) -> list[np.ndarray]:
        """Frame i of the rows is the i-th that is shown, which the times of well-formed files confirm."""
        with av.open(str(self.folder / self._path("video_path", episode, camera))) as container:
            frames = list(container.decode(video=0))
        times = [float(frame.time) for frame in frames]
        wanted = np.arange(self.lengths[episode]) / self.info["fps"]
        if len(times) != len(wanted) or np.abs(np.array(times) - wanted).max() > 1e-4:
            raise ValueError(f"{camera}, episode {episode}: expected frames at {wanted}, found them at {times}")
        return [frame.to_ndarray(format="rgb24") for frame in frames]

    def window(self, key: str, row: int, deltas: list[int]) -> tuple[np.ndarray, np.ndarray]:
        episode = int(self.columns["episode_index"][row])
        first, end = self.row(episode, 0), self.row(episode + 1, 0)
        wanted = row + np.array(deltas)
        return self.columns[key][np.clip(wanted, first, end - 1)], ((wanted < first) | (wanted >= end)).astype(np.int64)


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def _split(columns: dict[str, pa.ChunkedArray]) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Numbers and texts."""
    numbers, texts = {}, {}
    for key, column in columns.items():
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            texts[key] = column.to_pylist()
            continue
        values = np.array(column.to_pylist())
        numbers[key] = values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
    return numbers, texts
