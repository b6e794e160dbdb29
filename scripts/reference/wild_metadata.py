"""Datasets whose lists, statistics and info.json are written otherwise, or in parts."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from .wild import TOP, V21, Wild, each_feature, with_value


def without(*keys: str):
    return lambda info: [info.pop(key, None) for key in keys]


def sentence_alone(lines: list[dict]) -> None:
    for line in lines:
        line["tasks"] = line["tasks"][0]


def an_episodes_file_each(folder: Path) -> None:
    """One file an episode, in chunk folders of two, the columns of every second in another order."""
    file = folder / "meta/episodes/chunk-000/file-000.parquet"
    rows = pq.read_table(file)
    file.unlink()
    for number in range(len(rows)):
        path = folder / f"meta/episodes/chunk-{number // 2:03d}/file-{number % 2:03d}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(rows.slice(number, 1).select(rows.column_names[:: -1 if number % 2 else 1]), path)


def as_windows_writes(folder: Path) -> None:
    for name in ("tasks.jsonl", "episodes.jsonl"):
        path = folder / "meta" / name
        path.write_bytes(b"\r\n".join(path.read_bytes().splitlines()) + b"\r\n\r\n\r\n")


def tasks_in_disorder(folder: Path) -> None:
    path = folder / "meta/tasks.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.take(list(reversed(range(len(rows))))), path)


def nan_in_statistics(folder: Path) -> None:
    path = folder / "meta/stats.json"
    stats = json.loads(path.read_text())
    stats[TOP.key]["std"] = [[[float("nan")]]] * 3
    path.write_text(json.dumps(stats))


def variants() -> dict[str, Wild]:
    return {
        "few_keys_v30": Wild(
            "info.json without chunks_size, splits, total_* and file sizes",
            cameras=[TOP],
            codes=["totals-wrong"],
            change_info=without(
                "chunks_size",
                "splits",
                "total_episodes",
                "total_frames",
                "total_tasks",
                "data_files_size_in_mb",
                "video_files_size_in_mb",
            ),
        ),
        "null_keys_v30": Wild(
            "info.json with null for total_*, splits and robot_type",
            cameras=[TOP],
            robot_type=None,
            change_info=with_value(None, "total_episodes", "total_frames", "total_tasks", "splits"),
            codes=["totals-wrong"],
        ),
        "few_keys_v21": Wild(
            "the same of v2.1",
            **V21,
            cameras=[TOP],
            codes=["totals-wrong"],
            change_info=without(
                "chunks_size",
                "splits",
                "total_episodes",
                "total_frames",
                "total_tasks",
                "total_videos",
                "total_chunks",
                "robot_type",
            ),
        ),
        "no_video_info": Wild(
            "nothing is said of the videos", change_info=each_feature(lambda key, f: f.pop("info", None)), cameras=[TOP]
        ),
        "unnamed_tasks": Wild(
            "tasks.parquet with its sentences under __index_level_0__", tasks_index="__index_level_0__", cameras=[TOP]
        ),
        "unicode_tasks": Wild(
            "sentences of other alphabets, with quotation marks, line ends, and more",
            cameras=[TOP],
            sentences=["把红色方块放进盒子里。", 'Lege den "Würfel"\nin die Kiste\t🤖\n', "ضع المكعب"],
        ),
        "unicode_tasks_v21": Wild(
            "the same of v2.1",
            **V21,
            cameras=[TOP],
            sentences=["把红色方块放进盒子里。", 'Lege den "Würfel"\nin die Kiste\t🤖\n', "a\u2028b\u0085c"],
        ),
        "empty_task": Wild(
            "a sentence without words",
            sentences=["Pick up the red cube.", "", "Wait."],
            cameras=[TOP],
            codes=["task-empty"],
        ),
        "sentence_alone": Wild(
            '"tasks" of an episode as a text, not a list', **V21, cameras=[TOP], change_episodes=sentence_alone
        ),
        "windows_lines": Wild(
            "lists with Windows' line ends and empty lines", **V21, cameras=[TOP], afterwards=as_windows_writes
        ),
        "episodes_in_files": Wild(
            "meta/episodes in many files and chunk folders",
            lengths=[4, 5, 3, 6, 4],
            cameras=[TOP],
            afterwards=an_episodes_file_each,
        ),
        "frames_of_one": Wild("episodes of one frame", lengths=[1, 5, 1], cameras=[TOP], codes=["episode-short"]),
        "lines_in_disorder": Wild(
            "lines of episodes.jsonl in another order",
            **V21,
            cameras=[TOP],
            change_episodes=lambda lines: lines.reverse(),
        ),
        "without_tasks": Wild(
            "episodes that name no task; their rows do",
            cameras=[TOP],
            change_episodes=lambda lines: [line.pop("tasks") for line in lines],
        ),
        "chunks_v21": Wild("chunk folders of two episodes", **V21, cameras=[TOP], chunks_size=2, lengths=[4, 5, 3]),
        "tasks_in_disorder": Wild(
            "rows of tasks.parquet not in the order of task_index",
            cameras=[TOP],
            afterwards=tasks_in_disorder,
            codes=["tasks-not-positional"],
            mended=True,
        ),
        "nan_in_statistics": Wild(
            "NaN in meta/stats.json, as Python writes it, of a camera",
            cameras=[TOP],
            afterwards=nan_in_statistics,
            codes=["statistics-unreadable"],
        ),
        "numbered_with_gaps": Wild(
            "episodes 0, 2 and 7: the others were deleted by hand",
            **V21,
            numbers=[0, 2, 7],
            cameras=[TOP],
            codes=["episode-gap"],
        ),
        "ntsc": Wild("29.97 frames a second", fps=29.97, cameras=[TOP], lengths=[40, 6]),
    }
