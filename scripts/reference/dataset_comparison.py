"""Whether a v3.0 dataset is what it was made of. Each function returns a line for each difference."""

from collections.abc import Callable
from dataclasses import dataclass, field
from unittest import mock

import datasets
import numpy as np
from lerobot.datasets import compute_stats
from lerobot.datasets.feature_utils import get_hf_features_from_features
from lerobot.datasets.video_utils import get_video_info
from lerobot.utils.utils import SuppressProgressBars

from .dataset_content import Content, ContentV3, as_bytes, with_reader

NUMBERS_TOLERANCE = 1e-6  # relative
PICTURES_TOLERANCE = 1 / 255
STEPS = [-2, -1, 0, 1, 5]
ALL_STATISTICS = {"min", "max", "mean", "std", "q01", "q10", "q50", "q90", "q99", "count"}
COUNTED = ["timestamp", "frame_index", "episode_index", "index", "task_index"]


@dataclass
class Origin:
    """What a dataset should hold: episodes of others in a row, some features under other names, some left out."""

    episodes: list[tuple[Content, int]]
    renames: dict[str, str] = field(default_factory=dict)
    drops: list[str] = field(default_factory=list)
    pictures_anew: bool = False  # their statistics
    loss: float = 0  # mean difference that pictures may have, of 255: more than 0 where they were encoded anew

    def name(self, key: str) -> str:
        return self.renames.get(key, key)

    def features(self) -> dict[str, dict]:
        of = self.episodes[0][0].info["features"]
        return {self.name(key): feature for key, feature in of.items() if key not in self.drops}

    def cameras(self) -> list[str]:
        """As the source calls them."""
        return [key for key in self.episodes[0][0].cameras if key not in self.drops]

    def tasks(self) -> list[str]:
        """Source after source, those that its rows name, in the order of their old numbers."""
        used: dict[int, tuple[Content, set]] = {}
        for content, episode in self.episodes:
            used.setdefault(id(content), (content, set()))[1].update(content.columns(episode)["task_index"])
        return list(dict.fromkeys(content.tasks[index] for content, indices in used.values() for index in sorted(indices)))


def metadata(made: ContentV3, origin: Origin) -> list[str]:
    source, tasks = origin.episodes[0][0].info, origin.tasks()
    lengths = [content.lengths[episode] for content, episode in origin.episodes]
    meta = made.datasets["pyav"].meta
    wanted = {
        "codebase_version": "v3.0",
        "fps": int(source["fps"]),
        "robot_type": source["robot_type"],
        "total_episodes": len(lengths),
        "total_frames": sum(lengths),
        "total_tasks": len(tasks),
        "splits": {"train": f"0:{len(lengths)}"},
    }
    lines = [line for key, value in wanted.items() for line in differs(key, value, made.info.get(key))]
    lines += differs("tasks", tasks, made.tasks)
    lines += differs("task_index", list(range(len(tasks))), [int(index) for index in meta.tasks["task_index"]])
    lines += differs("frames of LeRobot", sum(lengths), len(made.datasets["pyav"]))
    ends = np.cumsum(lengths).tolist()
    for number, row in enumerate(made.episodes):
        content, episode = origin.episodes[number]
        lines += differs("episode_index", number, row["episode_index"])
        lines += differs(f"length of {number}", lengths[number], row["length"])
        lines += differs(f"start of {number}", ends[number] - lengths[number], row["dataset_from_index"])
        lines += differs(f"end of {number}", ends[number], row["dataset_to_index"])
        lines += differs(f"tasks of {number}", sorted(set(content.sentences(episode))), sorted(row["tasks"]))
        for camera in meta.video_keys:
            span = row[f"videos/{camera}/to_timestamp"] - row[f"videos/{camera}/from_timestamp"]
            if abs(span - lengths[number] / made.info["fps"]) > 1e-3:
                lines.append(f"{camera} of {number} takes {span} s for {lengths[number]} frames")
    return lines


def features(made: ContentV3, origin: Origin) -> list[str]:
    """Also that the data files say their types without the help of info.json, and what is said of videos."""
    wanted, found = origin.features(), made.info["features"]
    lines = differs("features", [key for key in wanted if key not in COUNTED], [key for key in found if key not in COUNTED])
    for key in wanted.keys() & found.keys():
        for part in ["dtype", "shape", "names"]:
            lines += differs(f"{part} of {key}", wanted[key][part], found[key][part])
    files = sorted(str(file) for file in (made.folder / "data").rglob("*.parquet"))
    with SuppressProgressBars():
        as_noted = datasets.Dataset.from_parquet(files).features
    lines += differs("types in the data files", get_hf_features_from_features(made.datasets["pyav"].meta.features), as_noted)
    meta = made.datasets["pyav"].meta
    for camera in meta.video_keys:
        for key, value in get_video_info(made.folder / meta.get_video_file_path(0, camera)).items():
            lines += differs(f"{key} of {camera}", value, (found[camera].get("info") or {}).get(key))
    return lines


def numbers(made: ContentV3, origin: Origin, tasks: list[str] | None = None) -> list[str]:
    """`tasks`: by the new task_index, where their order does not matter; LeRobot's is that of a set."""
    lines, first, tasks = [], 0, tasks or origin.tasks()
    for number, (content, episode) in enumerate(origin.episodes):
        length = content.lengths[episode]
        left_out = origin.drops + content.cameras
        wanted = {origin.name(key): values for key, values in content.columns(episode).items() if key not in left_out}
        wanted |= {
            "episode_index": [number] * length,
            "index": list(range(first, first + length)),
            "task_index": [tasks.index(content.tasks[index]) for index in wanted["task_index"]],
        }
        found = made.columns(number)
        lines += differs(f"columns of {number}", sorted(wanted), sorted(found))
        lines += [line for key in wanted.keys() & found.keys() for line in differs(f"{key} of {number}", wanted[key], found[key])]
        lines += differs(f"sentences of {number}", content.sentences(episode), made.sentences(number))
        first += length
    return lines


def pictures(made: ContentV3, origin: Origin, choose: Callable[[int], list[int]], backend: str) -> list[str]:
    """Of the frames that `choose` picks out of so many."""
    lines = []
    for number, (content, episode) in enumerate(origin.episodes):
        for frame in choose(content.lengths[episode]):
            for camera in origin.cameras():
                wanted = content.picture(episode, frame, camera, backend)
                found = made.picture(number, frame, origin.name(camera), backend)
                if wanted.shape != found.shape:
                    lines.append(f"{camera}, episode {number}, frame {frame}: {found.shape}, not {wanted.shape}")
                    continue
                apart = np.abs(wanted.astype(int) - found).mean()
                if apart > origin.loss:
                    lines.append(f"{camera}, episode {number}, frame {frame}: {apart:.3g} of 255 apart on average")
    return lines


def windows(made: ContentV3, origin: Origin, choose: Callable[[int], list[int]], backends: list[str]) -> list[str]:
    """delta_timestamps of the action and of a camera, against the rows of the source and the pictures of single frames."""
    key = "action"
    deltas = {key: [step / made.info["fps"] for step in STEPS]}
    camera = origin.cameras()[0] if origin.cameras() else None
    if camera:
        deltas[origin.name(camera)] = deltas[key]
    lines = []
    for backend in backends:
        dataset = with_reader(made.datasets["pyav"], backend, deltas)
        for number, (content, episode) in enumerate(origin.episodes):
            length, values = content.lengths[episode], content.columns(episode)[key]
            for frame in choose(length):
                item = dataset[made.episodes[number]["dataset_from_index"] + frame]
                at = [min(max(frame + step, 0), length - 1) for step in STEPS]
                padded = [not 0 <= frame + step < length for step in STEPS]
                where = f"of episode {number}, frame {frame}, {backend}"
                lines += differs(f"{key} {where}", [values[i] for i in at], item[key].tolist())
                lines += differs(f"padding {where}", padded, item[f"{key}_is_pad"].tolist())
                if camera and origin.loss == 0:
                    for i, picture in zip(at, item[origin.name(camera)]):
                        found = made.picture(number, i, origin.name(camera), backend)
                        if not np.array_equal(found, as_bytes(picture)):
                            lines.append(f"{camera} {where}: the picture of frame {i} is another one")
    return lines


def statistics(made: ContentV3, origin: Origin) -> list[str]:
    """Of each episode and of all, against what LeRobot computes of the same rows and pictures."""
    lines, all_found = [], []
    for number, (content, episode) in enumerate(origin.episodes):
        found = made.statistics(number)
        all_found.append(found)
        dtypes = {key: feature["dtype"] for key, feature in made.info["features"].items()}
        rows = made.columns(number).items()
        columns = {key: np.array(values, dtypes[key]) for key, values in rows if dtypes[key] != "string"}
        wanted = compute_stats.compute_episode_stats(columns, made.info["features"])
        lines += differs(f"features with statistics, episode {number}", sorted([*wanted, *made.cameras]), sorted(found))
        for key in wanted.keys() & found.keys():
            lines += _apart(f"{key}, episode {number}", wanted[key], found[key], NUMBERS_TOLERANCE)
        for camera in origin.cameras():
            whole = all(ALL_STATISTICS <= c.statistics(e).get(camera, {}).keys() for c, e in origin.episodes)
            kept = whole and not (origin.pictures_anew or origin.loss)
            if kept:
                of = content.statistics(episode)[camera]
            elif origin.loss:  # taken before they are encoded, as LeRobot does
                of = of_pictures(content, episode, camera)
            else:
                of = of_pictures(made, number, origin.name(camera))
            tolerance = NUMBERS_TOLERANCE if kept else PICTURES_TOLERANCE
            lines += _apart(f"{camera}, episode {number}", of, found[origin.name(camera)], tolerance, absolute=not kept)
    total = compute_stats.aggregate_stats(all_found)
    stored = made.datasets["pyav"].meta.stats
    lines += differs("features of stats.json", sorted(total), sorted(stored))
    for key in total.keys() & stored.keys():
        lines += _apart(f"{key} of stats.json", total[key], stored[key], NUMBERS_TOLERANCE)
    return lines


def total_statistics(made: ContentV3, loss: float = 1) -> list[str]:
    """Those of meta/stats.json alone, against what LeRobot computes of the rows and of the pictures as they are decoded.

    `loss`, of 255, is what encoding has changed in pictures whose statistics were taken before.
    """
    dtypes = {key: feature["dtype"] for key, feature in made.info["features"].items()}
    episodes = []
    for episode in made.lengths:
        columns = {key: np.array(of, dtypes[key]) for key, of in made.columns(episode).items() if dtypes[key] != "string"}
        of_columns = compute_stats.compute_episode_stats(columns, made.info["features"])
        episodes.append(of_columns | {camera: of_pictures(made, episode, camera) for camera in made.cameras})
    total, stored = compute_stats.aggregate_stats(episodes), made.datasets["pyav"].meta.stats
    lines = differs("features of stats.json", sorted(total), sorted(stored))
    for key in total.keys() & stored.keys():
        of_camera = key in made.cameras
        tolerance = loss * PICTURES_TOLERANCE if of_camera else NUMBERS_TOLERANCE
        lines += _apart(f"{key} of stats.json", total[key], stored[key], tolerance, absolute=of_camera)
    return lines


def of_pictures(content: Content, episode: int, camera: str) -> dict[str, np.ndarray]:
    def load(frame: int, **_) -> np.ndarray:
        return content.picture(episode, frame, camera, "pyav").transpose(2, 0, 1)

    with mock.patch.object(compute_stats, "load_image_as_numpy", load):
        frames = {camera: list(range(content.lengths[episode]))}
        return compute_stats.compute_episode_stats(frames, {camera: {"dtype": "image"}})[camera]


def _apart(what: str, wanted: dict, found: dict, tolerance: float, absolute: bool = False) -> list[str]:
    lines = differs(f"statistics of {what}", sorted(wanted), sorted(found))
    scale = 1 if absolute else np.maximum(np.abs(wanted["min"]), np.abs(wanted["max"]))
    for name in wanted.keys() & found.keys():
        a, b = np.asarray(wanted[name], float), np.asarray(found[name], float)
        if a.shape != b.shape:
            lines.append(f"{name} of {what}: {b.shape}, not {a.shape}")
        elif name == "count":
            lines += differs(f"count of {what}", a.tolist(), b.tolist())
        elif (np.abs(a - b) > tolerance * scale).any():
            lines.append(f"{name} of {what}: {b.ravel()[:6]}, not {a.ravel()[:6]}")
    return lines


def differs(what: str, wanted, found) -> list[str]:
    """To the bit and the type: repr tells 1 from 1.0, and NaN is like NaN."""
    if repr(wanted) == repr(found) or (not isinstance(wanted, (list, float)) and wanted == found):
        return []
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        at = next(i for i, (a, b) in enumerate(zip(wanted, found)) if repr(a) != repr(b))
        what, wanted, found = f"{what} [{at}]", wanted[at], found[at]
    return [f"{what}: {found!r}, not {wanted!r}"]
