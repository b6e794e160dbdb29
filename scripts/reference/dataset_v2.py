"""Writes datasets in the formats v2.0 and v2.1, which LeRobot 0.6.1 no longer writes."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .recordings import FPS, JOINTS, Camera, Episode

DATA_PATH = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_PATH = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
COUNTED = {"timestamp": "float32", "frame_index": "int64", "episode_index": "int64", "index": "int64", "task_index": "int64"}


@dataclass
class Encoding:
    encoder: str  # FFmpeg's name
    codec: str  # info.json's
    options: dict[str, str] = field(default_factory=dict)


H264_WITH_B_FRAMES = Encoding("libx264", "h264", {"bf": "3", "g": "8", "crf": "28", "x264-params": "b-adapt=0:threads=1"})
MPEG4 = Encoding("mpeg4", "mpeg4", {"g": "5", "q:v": "5", "threads": "1"})


def write(
    folder: Path, version: str, episodes: list[Episode], cameras: list[Camera], encodings: dict[str, Encoding]
) -> None:
    """`version` is "v2.0" or "v2.1"; `encodings` by camera."""
    tasks = list(dict.fromkeys(task for episode in episodes for task in episode.tasks))
    tables = _tables(episodes, tasks)
    for number, (episode, table) in enumerate(zip(episodes, tables)):
        _write_parquet(folder / _path(DATA_PATH, number), table, version)
        for camera in cameras:
            path = folder / _path(VIDEO_PATH, number, camera.key)
            write_video(path, episode.pictures[camera.key], FPS, encodings[camera.key])

    meta = folder / "meta"
    meta.mkdir()
    info = _info(version, episodes, tasks, cameras, encodings)
    (meta / "info.json").write_text(json.dumps(info, indent=4))
    write_lines(meta / "tasks.jsonl", [{"task_index": index, "task": task} for index, task in enumerate(tasks)])
    lines = [
        {"episode_index": number, "tasks": list(dict.fromkeys(episode.tasks)), "length": len(episode)}
        for number, episode in enumerate(episodes)
    ]
    write_lines(meta / "episodes.jsonl", lines)
    if version == "v2.0":
        everything = {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}
        pictures = {camera.key: np.concatenate([e.pictures[camera.key] for e in episodes]) for camera in cameras}
        stats = statistics(everything, pictures)
        for of in stats.values():
            del of["count"]
        (meta / "stats.json").write_text(json.dumps(stats, indent=4))
    else:
        stats = [statistics(table, episode.pictures) for table, episode in zip(tables, episodes)]
        write_lines(meta / "episodes_stats.jsonl", [{"episode_index": i, "stats": s} for i, s in enumerate(stats)])


def write_lines(path: Path, lines: list[dict]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def write_video(path: Path, pictures: np.ndarray, fps: float, encoding: Encoding) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoding.encoder, rate=int(fps), options=encoding.options)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _path(template: str, episode: int, camera: str = "") -> str:
    return template.format(episode_chunk=0, episode_index=episode, video_key=camera)


def _tables(episodes: list[Episode], tasks: list[str]) -> list[dict[str, np.ndarray]]:
    tables, first = [], 0
    for number, episode in enumerate(episodes):
        frame = np.arange(len(episode))
        counted = {
            "timestamp": (frame / FPS).astype(np.float32),
            "frame_index": frame,
            "episode_index": np.full(len(episode), number),
            "index": first + frame,
            "task_index": np.array([tasks.index(task) for task in episode.tasks]),
        }
        texts = {key: np.array(values, dtype=object) for key, values in episode.texts.items()}
        tables.append({**episode.columns, **texts, **counted})
        first += len(episode)
    return tables


def _write_parquet(path: Path, table: dict[str, np.ndarray], version: str) -> None:
    """v2.1 as LeRobot wrote it; v2.0 as pandas and other programs did: lists of any length, no note on the types."""
    fixed = version == "v2.1"
    arrays, features = {}, {}
    for key, values in table.items():
        name = "string" if values.dtype == object else str(values.dtype)
        values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
        kind = pa.from_numpy_dtype(values.dtype) if values.dtype != object else pa.string()
        features[key] = {"dtype": name, "_type": "Value"}
        if values.ndim == 2:
            kind = pa.list_(kind, values.shape[1] if fixed else -1)
            features[key] = {"feature": features[key], "length": values.shape[1], "_type": "Sequence"}
        arrays[key] = pa.array(values.tolist(), kind)
    written = pa.table(arrays)
    if fixed:
        written = written.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(written, path, compression="snappy" if fixed else "none")


def _info(
    version: str, episodes: list[Episode], tasks: list[str], cameras: list[Camera], encodings: dict[str, Encoding]
) -> dict:
    # The first camera's shape is [channels, height, width] in v2.1; v2.0 says "channel". Both are found in the wild.
    features = {}
    for key, values in episodes[0].columns.items():
        names = {"motors": JOINTS} if values.shape[1] == len(JOINTS) else None
        features[key] = {"dtype": str(values.dtype), "shape": [values.shape[1]], "names": names}
    for key in episodes[0].texts:
        features[key] = {"dtype": "string", "shape": [1], "names": None}
    for number, camera in enumerate(cameras):
        shape, names = [camera.height, camera.width, 3], ["height", "width", "channel"]
        if version == "v2.1" and number == 0:
            shape, names = [3, camera.height, camera.width], ["channels", "height", "width"]
        facts = {
            "video.fps": float(FPS),
            "video.codec": encodings[camera.key].codec,
            "video.pix_fmt": "yuv420p",
            "video.is_depth_map": False,
            "has_audio": False,
        }
        features[camera.key] = {"dtype": "video", "shape": shape, "names": names}
        features[camera.key]["info" if version == "v2.1" else "video_info"] = facts
    features |= {key: {"dtype": dtype, "shape": [1], "names": None} for key, dtype in COUNTED.items()}
    return {
        "codebase_version": version,
        "robot_type": "so101",
        "total_episodes": len(episodes),
        "total_frames": sum(len(episode) for episode in episodes),
        "total_tasks": len(tasks),
        "total_videos": len(episodes) * len(cameras),
        "total_chunks": 1,
        "chunks_size": 1000,
        "fps": float(FPS),
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": features,
    }


def statistics(table: dict[str, np.ndarray], pictures: dict[str, np.ndarray]) -> dict[str, dict]:
    stats = {}
    for key, values in table.items():
        if values.dtype != object:
            rows = values.reshape(len(values), -1)
            stats[key] = _moments(rows, rows.astype(np.float64))
    for key, values in pictures.items():
        pixels = values.reshape(-1, 3) / 255
        of = _moments(pixels, pixels)
        stats[key] = {name: [[[value]] for value in numbers] for name, numbers in of.items() if name != "count"}
        stats[key]["count"] = [len(values)]
    return stats


def _moments(rows: np.ndarray, reals: np.ndarray) -> dict[str, list]:
    return {
        "min": rows.min(0).tolist(),
        "max": rows.max(0).tolist(),
        "mean": reals.mean(0).tolist(),
        "std": reals.std(0).tolist(),
        "count": [len(rows)],
    }
