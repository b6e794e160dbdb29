"""Writes datasets as the many programs of the world do, with pyarrow and PyAV alone: nothing of LeRobot, nothing of smolvla.

`write` makes what a Wild describes, and beside the folder a NAME.wild.json that says where each episode's rows and frames were put
and what a reader has to make of it.
"""

import json
import zlib
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from . import dataset_v2
from .dataset_v2 import COUNTED, DATA_PATH, VIDEO_PATH, write_lines
from .recordings import moving_square
from .wild import Video, Wild

DATA_PATH_V3 = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH_V3 = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
TICKS = 90_000  # a second, where frames are shown at odd times
SOUND_RATE = 48_000
EXPECTATIONS = ["dtype", "refused", "codes", "lost", "frames_refused", "converts", "moved", "mended"]  # of Wild, handed on


def write(folder: Path, wild: Wild) -> None:
    folder.mkdir(parents=True)
    episodes = [_episode(folder.name, wild, position) for position in range(len(wild.lengths))]
    tables = [_rows(wild, episode) for episode in episodes]
    places = (_write_v3 if wild.version.startswith("v3") else _write_v2)(folder, wild, episodes, tables)
    (folder / "meta").mkdir(exist_ok=True)
    info = _info(wild)
    wild.change_info(info)
    (folder / "meta/info.json").write_text(json.dumps(info, indent=4, ensure_ascii=False))
    wild.afterwards(folder)
    for place, episode in zip(places, episodes):
        place |= {"episode": episode["number"], "length": len(episode["frame"]), "task": episode["sentence"]}
    expected = {"what": wild.what, "episodes": places, "cameras": [c.key for c in wild.cameras]}
    expected |= {key: getattr(wild, key) for key in EXPECTATIONS}
    folder.with_name(folder.name + ".wild.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False))


def _episode(name: str, wild: Wild, position: int) -> dict:
    length, number = wild.lengths[position], (wild.numbers or range(len(wild.lengths)))[position]
    random = np.random.default_rng([zlib.crc32(name.encode()), position])
    state = random.uniform(-60, 60, wild.joints) + np.cumsum(random.normal(0, 3, (length, wild.joints)), axis=0)
    action = state + random.normal(0, 1, state.shape)
    return {
        "number": number,
        "position": position,
        "frame": np.arange(length),
        "first": sum(wild.lengths[:position]),
        "sentence": wild.sentences[position % len(wild.sentences)],
        "columns": {wild.action: action.astype(np.float32), wild.state: state.astype(np.float32)},
        "pictures": {camera.key: moving_square(random, length, camera) for camera in wild.cameras},
    }


def _rows(wild: Wild, episode: dict) -> pa.Table:
    length = len(episode["frame"])
    fixed = wild.version != "v2.0"
    arrays = {
        key: pa.array(values.tolist(), pa.list_(pa.float32(), wild.joints if fixed else -1))
        for key, values in episode["columns"].items()
    }
    if wild.dtype == "image":
        arrays |= {key: _embedded(pictures, wild.picture_format) for key, pictures in episode["pictures"].items()}
    for key, extra in wild.extra.items():
        arrays[key] = pa.array([extra.value(episode["number"], frame) for frame in range(length)], extra.kind)
    counted = {
        "timestamp": (episode["frame"] / wild.fps).astype(np.float32),
        "frame_index": episode["frame"],
        "episode_index": np.full(length, episode["number"]),
        "index": episode["first"] + episode["frame"],
        "task_index": np.full(length, _tasks(wild).index(episode["sentence"])),
    }
    return wild.change_rows(pa.table({**arrays, **{key: pa.array(values) for key, values in counted.items()}}))


def _embedded(pictures: np.ndarray, form: str) -> pa.Array:
    def encoded(picture: np.ndarray) -> bytes:
        stream = BytesIO()
        Image.fromarray(picture).save(stream, form)
        return stream.getvalue()

    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.array([{"bytes": encoded(p), "path": f"frame-{i:06d}.png"} for i, p in enumerate(pictures)], kind)


def _tasks(wild: Wild) -> list[str]:
    used = [wild.sentences[position % len(wild.sentences)] for position in range(len(wild.lengths))]
    return list(dict.fromkeys(used))


def _write_v2(folder: Path, wild: Wild, episodes: list[dict], tables: list[pa.Table]) -> list[dict]:
    places, lines, stats = [], [], []
    for episode, table in zip(episodes, tables):
        fields = {"episode_chunk": episode["number"] // wild.chunks_size, "episode_index": episode["number"]}
        place = {"data": DATA_PATH.format(**fields), "row": 0, "videos": {}}
        write_table(folder / place["data"], [table], wild)
        for camera in wild.cameras if wild.dtype == "video" else []:
            path = VIDEO_PATH.format(**fields, video_key=camera.key)
            write_video(folder / path, episode["pictures"][camera.key], wild.fps, wild.video)
            place["videos"][camera.key] = {"file": path, "first": 0}
        places.append(place)
        lines.append({"episode_index": episode["number"], "tasks": [episode["sentence"]], "length": len(table)})
        stats.append({"episode_index": episode["number"], "stats": _statistics(table, episode["pictures"], v3=False)})
    wild.change_episodes(lines)
    write_lines(_made(folder / "meta/episodes.jsonl"), lines)
    write_lines(folder / "meta/tasks.jsonl", [{"task_index": i, "task": task} for i, task in enumerate(_tasks(wild))])
    if wild.version == "v2.0":
        (folder / "meta/stats.json").write_text(json.dumps(_of_all(episodes, tables, v3=False)))
    else:
        write_lines(folder / "meta/episodes_stats.jsonl", stats)
    return places


def _write_v3(folder: Path, wild: Wild, episodes: list[dict], tables: list[pa.Table]) -> list[dict]:
    places, lines = [{} for _ in episodes], [{} for _ in episodes]
    for number, positions in enumerate(wild.files or [list(range(len(episodes)))]):
        fields = {"chunk_index": number // wild.chunks_size, "file_index": number % wild.chunks_size}
        data = DATA_PATH_V3.format(**fields)
        write_table(folder / data, [tables[position] for position in positions], wild)
        videos = {}
        for camera in wild.cameras if wild.dtype == "video" else []:
            videos[camera.key] = VIDEO_PATH_V3.format(**fields, video_key=camera.key)
            pictures = np.concatenate([episodes[position]["pictures"][camera.key] for position in positions])
            write_video(folder / videos[camera.key], pictures, wild.fps, wild.video)
        row = 0
        for position in positions:
            lines[position] = _episode_line(wild, episodes[position], tables[position], fields, row)
            places[position] = {"data": data, "row": row, "videos": {key: {"file": file, "first": row} for key, file in videos.items()}}
            row += wild.lengths[position]
    wild.change_episodes(lines)
    pq.write_table(pa.Table.from_pylist(lines), _made(folder / "meta/episodes/chunk-000/file-000.parquet"))
    tasks = _tasks(wild)
    pq.write_table(pa.table({"task_index": range(len(tasks)), wild.tasks_index: tasks}), folder / "meta/tasks.parquet")
    (folder / "meta/stats.json").write_text(json.dumps(_of_all(episodes, tables, v3=True)))
    return places


def _episode_line(wild: Wild, episode: dict, table: pa.Table, fields: dict, row: int) -> dict:
    line = {
        "episode_index": episode["number"],
        "tasks": [episode["sentence"]],
        "length": len(table),
        "data/chunk_index": fields["chunk_index"],
        "data/file_index": fields["file_index"],
        "dataset_from_index": episode["first"],
        "dataset_to_index": episode["first"] + len(table),
    }
    for camera in wild.cameras if wild.dtype == "video" else []:
        line |= {f"videos/{camera.key}/{key}": value for key, value in fields.items()}
        for name, frames in {"from": row, "to": row + len(table)}.items():
            line[f"videos/{camera.key}/{name}_timestamp"] = (frames + wild.video.starts_at) / wild.fps
    for key, of in _statistics(table, episode["pictures"], v3=True).items():
        line |= {f"stats/{key}/{name}": value for name, value in of.items()}
    return line | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}


def write_table(path: Path, tables: list[pa.Table], wild: Wild) -> None:
    with pq.ParquetWriter(_made(path), tables[0].schema, compression=wild.compression) as writer:
        for table in [pa.concat_tables(tables)] if wild.row_group else tables:
            writer.write_table(table, wild.row_group or len(table))


def write_video(path: Path, pictures: np.ndarray, fps: float, video: Video) -> None:
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(_made(path)), "w") as container:
        sound = container.add_stream("aac", rate=SOUND_RATE) if video.sound else None  # the first stream
        stream = container.add_stream(video.encoding.encoder, rate=rate, options=video.encoding.options)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        if video.jitter_s:
            stream.codec_context.time_base = Fraction(1, TICKS)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number + video.starts_at
            if video.jitter_s:
                frame.pts = int((number / fps + (number % 3) * video.jitter_s) * TICKS)
                frame.time_base = Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound:
            _write_sound(container, sound, len(pictures) / fps)


def _write_sound(container, stream, seconds: float) -> None:
    samples = np.zeros((1, int(seconds * SOUND_RATE)), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts = SOUND_RATE, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _info(wild: Wild) -> dict:
    v3 = wild.version.startswith("v3")
    joints = {"dtype": "float32", "shape": [wild.joints], "names": wild.names}
    features = {wild.action: dict(joints), wild.state: dict(joints)}
    for camera in wild.cameras:
        shape = [camera.height, camera.width, 3]
        features[camera.key] = {"dtype": wild.dtype, "shape": shape, "names": ["height", "width", "channels"]}
        if wild.dtype == "video":
            facts = {"video.fps": wild.fps, "video.codec": wild.video.encoding.codec, "video.pix_fmt": "yuv420p"}
            facts |= {"video.height": camera.height, "video.width": camera.width, "video.channels": 3}
            features[camera.key]["info"] = facts | {"video.is_depth_map": False, "has_audio": wild.video.sound}
    features |= {key: dict(extra.entry) for key, extra in wild.extra.items()}
    features |= {key: {"dtype": dtype, "shape": [1], "names": None} for key, dtype in COUNTED.items()}
    episodes = len(wild.lengths)
    info = {"codebase_version": wild.version, "robot_type": wild.robot_type, "total_episodes": episodes}
    info |= {"total_frames": sum(wild.lengths), "total_tasks": len(_tasks(wild)), "chunks_size": wild.chunks_size, "fps": wild.fps}
    info |= {"splits": {"train": f"0:{episodes}"}, "data_path": DATA_PATH_V3 if v3 else DATA_PATH}
    info["video_path"] = (VIDEO_PATH_V3 if v3 else VIDEO_PATH) if wild.dtype == "video" else None
    sizes = {"data_files_size_in_mb": 100, "video_files_size_in_mb": 200}
    counts = {"total_videos": episodes * len(wild.cameras), "total_chunks": 1}
    return info | (sizes if v3 else counts) | {"features": features}


def _statistics(table: pa.Table, pictures: dict[str, np.ndarray], v3: bool) -> dict[str, dict]:
    columns = {}
    for key in table.column_names:
        kind = table.schema.field(key).type
        while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            columns[key] = np.array(table[key].to_pylist(), kind.to_pandas_dtype())
    stats = dataset_v2.statistics(columns, pictures)
    for key in (key for key, values in columns.items() if values.ndim > 2):
        # Of every number of a matrix up to LeRobot 0.3, of its columns since.
        rows = columns[key].reshape(-1, columns[key].shape[-1]) if v3 else columns[key]
        moments = {"min": rows.min(0), "max": rows.max(0), "mean": rows.mean(0, float), "std": rows.std(0, float)}
        stats[key] = {name: values.tolist() for name, values in moments.items()} | {"count": [len(columns[key])]}
    return stats


def _of_all(episodes: list[dict], tables: list[pa.Table], v3: bool) -> dict[str, dict]:
    pictures = {key: np.concatenate([episode["pictures"][key] for episode in episodes]) for key in episodes[0]["pictures"]}
    return _statistics(pa.concat_tables(tables), pictures, v3)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
