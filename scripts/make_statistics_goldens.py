#!/usr/bin/env python3
"""Writes testdata/statistics/ by running LeRobot's statistics and its order of training samples.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/make_statistics_goldens.py           # writes the two files
  "$python" scripts/make_statistics_goldens.py --check   # exit status 1 if they differ from a new run

The numbers that the statistics are of are not in the files: a case names a seed, and number i is made of the 64 bits
of SplitMix64 at seed + i, here and in the test alike.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from lerobot.datasets import compute_stats
from lerobot.datasets.sampler import EpisodeAwareSampler

FOLDER = Path(__file__).resolve().parent.parent / "testdata" / "statistics"

# dtype, frames, shape, centre, spread
ROWS = [
    ("float32", 1, [6], 3, 20),
    ("float32", 2, [6], 3, 20),
    ("float32", 300, [6], 3, 20),
    ("float32", 2999, [2], 90, 0.01),
    ("float32", 5, [1], 0, 1),
    ("float32", 127, [1], 0, 1),
    ("float32", 1000, [1], 100, 0.1),
    ("float32", 20011, [1], 10, 3),
    ("float32", 400, [14], -40, 180),
    ("float32", 40, [2, 3], 0, 1),
    ("float32", 1, [2, 2], 0, 1),
    ("float32", 60, [], 7, 0),
    ("float64", 700, [2], 1e6, 1),
    ("float64", 90, [1], 0, 1e-12),
    ("int64", 500, [1], 250, 500),
    ("int64", 33, [3], 0, 4),
    ("bool", 201, [1], 0.5, 2),
    ("bool", 1, [3], 0, 1),
    ("uint8", 77, [2], 128, 250),
    # Halves that are no multiples of 8, and of 16: where numpy cuts a long column.
    ("float32", 301, [1], 100, 0.1),
    ("float32", 2997, [1], 7, 0.3),
    ("float32", 1451, [1], -30, 2),
]
# pictures, height, width, least value, greatest value
PICTURES = [
    (1, 20, 31, 0, 255),
    (1, 120, 160, 54, 104),
    (2, 9, 7, 100, 103),
    (5, 60, 80, 0, 255),
    (3, 24, 300, 7, 7),
    (2, 310, 20, 0, 200),
    (40, 96, 128, 250, 255),
]
EPISODES = [(3, 10), (1, 11), (250, 12), (2, 13)]  # frames, seed
# seed, epoch, frames
ORDERS = [
    (1000, 0, 1), (1000, 0, 2), (1000, 0, 30), (1000, 1, 30), (0, 0, 25), (7, 3, 100),
    (2**32 - 1, 2**32, 20), (2**63 + 12345678901, 9, 20),
    (1000, 0, 623), (1000, 2, 20000), (1000, 1, 1_000_003),
]  # fmt: skip
LISTED = 100  # frames: of more only the hash is kept


def splitmix(seed: int, count: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = (np.arange(count, dtype=np.uint64) + np.uint64(seed + 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def numbers(seed: int, frames: int, shape: list, dtype: str, centre: float, spread: float) -> np.ndarray:
    count = frames * int(np.prod(shape, dtype=np.int64))
    unit = (splitmix(seed, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53 - 0.5
    values = centre + spread * unit
    if not dtype.startswith("float"):
        values = np.floor(values)
    return values.astype(dtype).reshape([frames, *shape])


def pictures(seed: int, count: int, height: int, width: int, least: int, most: int) -> np.ndarray:
    drawn = splitmix(seed, count * height * width * 3) >> np.uint64(32)
    return (least + drawn % np.uint64(most - least + 1)).astype(np.uint8).reshape(count, height, width, 3)


def plain(stats: dict) -> dict:
    return {name: np.asarray(value, dtype=None).tolist() for name, value in stats.items()}


def of_numbers(data: np.ndarray) -> dict:
    feature = {"dtype": str(data.dtype), "shape": list(data.shape[1:])}
    return compute_stats.compute_episode_stats({"x": data}, {"x": feature})["x"]


def of_pictures(images: np.ndarray) -> dict:
    compute_stats.load_image_as_numpy = lambda path, **_: images[path].transpose(2, 0, 1)
    return compute_stats.compute_episode_stats({"x": list(range(len(images)))}, {"x": {"dtype": "image"}})["x"]


def row_case(seed: int, dtype: str, frames: int, shape: list, centre: float, spread: float) -> dict:
    stats = of_numbers(numbers(seed, frames, shape, dtype, centre, spread))
    case = {"seed": seed, "dtype": dtype, "frames": frames, "shape": shape, "centre": centre, "spread": spread}
    return {**case, "stats": plain(stats)}


def picture_case(seed: int, count: int, height: int, width: int, least: int, most: int) -> dict:
    stats = of_pictures(pictures(seed, count, height, width, least, most))
    case = {"seed": seed, "pictures": count, "height": height, "width": width, "least": least, "most": most}
    return {**case, "stats": plain(stats)}


def aggregate_case() -> dict:
    """Parts as they are read from a file, in float64. The third has a feature of its own, the fourth no quantiles."""
    parts = []
    for frames, seed in EPISODES:
        state = of_numbers(numbers(seed, frames, [3], "float32", 50 + seed, 10))
        camera = of_pictures(pictures(seed, frames, 4, 5, 0, 255))
        parts.append({"observation.state": plain(state), "observation.images.top": plain(camera)})
    parts[2]["next.reward"] = plain(of_numbers(numbers(20, 250, [1], "float32", 0, 1)))
    for name in [name for name in parts[3]["observation.state"] if name.startswith("q")]:
        del parts[3]["observation.state"][name]
    arrays = [{f: {n: np.array(v) for n, v in s.items()} for f, s in part.items()} for part in parts]
    total = compute_stats.aggregate_stats(arrays)
    return {"parts": parts, "total": {feature: plain(total[feature]) for feature in sorted(total)}}


def sample_counts() -> list:
    cases = []
    for frames in [1, 2, 99, 100, 101, 463, 464, 465, 1000, 2999, 10000, 300000]:
        sampled = compute_stats.sample_indices(frames)
        cases.append({"frames": frames, "count": len(sampled), "hash": fnv(sampled), "first": sampled[:8]})
    return cases


def fnv(values: list) -> int:
    """FNV-1a over whole numbers in place of bytes."""
    state = 0xCBF29CE484222325
    for value in values:
        state = ((state ^ int(value)) * 0x100000001B3) % 2**64
    return state


def order_case(seed: int, epoch: int, frames: int) -> dict:
    sampler = EpisodeAwareSampler([0], [frames], shuffle=True, seed=seed)
    sampler.set_epoch(epoch)
    order = list(sampler)
    epoch_seed = int(np.random.SeedSequence([seed, epoch]).generate_state(1, dtype=np.uint64)[0])
    case = {"seed": seed, "epoch": epoch, "frames": frames, "epoch_seed": epoch_seed, "hash": fnv(order)}
    return {**case, "order": order} if frames <= LISTED else case


def episodes_case() -> dict:
    ranges = [[0, 5], [5, 7], [7, 20], [20, 23], [23, 40]]
    sampler = EpisodeAwareSampler(
        [r[0] for r in ranges], [r[1] for r in ranges], drop_n_first_frames=1, drop_n_last_frames=2
    )
    return {"episodes": ranges, "drop_first": 1, "drop_last": 2, "frames": list(sampler)}


def statistics() -> dict:
    return {
        "rows": [row_case(100 * i, *case) for i, case in enumerate(ROWS)],
        "pictures": [picture_case(i, *case) for i, case in enumerate(PICTURES)],
        "sampled": sample_counts(),
        "aggregate": aggregate_case(),
    }


def orders() -> dict:
    return {"orders": [order_case(*case) for case in ORDERS], "episodes": episodes_case()}


def text(values: dict) -> str:
    """One case a line."""
    parts = []
    for key, value in values.items():
        rows = ",\n".join(json.dumps(case) for case in value) if isinstance(value, list) else None
        parts.append(f'"{key}": ' + (f"[\n{rows}\n]" if rows else json.dumps(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with testdata/statistics and change nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    made = {"statistics.json": text(statistics()), "sample_order.json": text(orders())}
    if arguments.check:
        wrong = [name for name, value in made.items() if (FOLDER / name).read_text() != value]
        print("\n".join(f"{name} differs" for name in wrong) or "testdata/statistics is what LeRobot computes")
        return 1 if wrong else 0
    FOLDER.mkdir(exist_ok=True)
    for name, value in made.items():
        (FOLDER / name).write_text(value)
        print(f"{name}: {len(value)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
