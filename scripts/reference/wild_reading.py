"""What LeRobot reads in a dataset that was converted from one of the wild, against what pyarrow and PyAV read in that one."""

import numpy as np

from . import environment

environment.prepare()

from .dataset_content import ContentV3, read  # noqa: E402

COUNTED = {"episode_index", "index", "task_index"}  # anew in a converted dataset


def differences(made, wild, numbers: list[int]) -> list[str]:
    """`made` is the folder, `wild` the Dataset of check_wild_datasets.py, `numbers` the episodes of it that should be there."""
    content = read(made)
    lines = _differs("episodes", [wild.episodes[number]["length"] for number in numbers], list(content.lengths.values()))
    if lines:
        return lines
    for position, number in enumerate(numbers):
        lines += _episode(content, position, wild, number)
    return lines


def _episode(content: ContentV3, position: int, wild, number: int) -> list[str]:
    rows, columns, lines = wild.rows(number), content.columns(position), []
    declared = [key for key, feature in content.info["features"].items() if feature["dtype"] not in ("video", "image")]
    lines += _differs(f"columns of {number}", sorted(declared), sorted(columns))
    for key in set(declared) - COUNTED:
        wanted = _as_declared([row[key] for row in rows], content.info["features"][key]["dtype"])
        if key == "timestamp" and np.allclose(wanted, columns[key], rtol=0, atol=1e-6):
            continue  # a double becomes the float that is declared
        lines += _differs(f"{key} of {number}", wanted, columns[key])
    task = wild.episodes[number]["task"]
    lines += _differs(f"sentences of {number}", [task] * len(rows), content.sentences(position))
    for frame in sorted({0, len(rows) - 1}):
        for camera in content.cameras:
            seen, wanted = content.picture(position, frame, camera, "pyav"), wild.picture(number, frame, camera, rows[frame])
            if seen.shape != wanted.shape or (seen != wanted).any():
                lines.append(f"{camera}, frame {frame} of {number}: LeRobot sees another picture in the converted dataset")
    return lines


def _as_declared(values: list, dtype: str) -> list:
    if dtype == "string":
        return values
    flat = np.array(values)
    if flat.ndim == 2 and flat.shape[1] == 1:
        flat = flat[:, 0]  # one number in a list is one number
    return flat.astype(dtype).tolist()


def _differs(what: str, wanted: list, found: list) -> list[str]:
    return [] if wanted == found else [f"{what}: {str(found)[:120]}, not {str(wanted)[:120]}"]
