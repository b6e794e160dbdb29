"""Damage of the kinds that `smolvla data repair` mends without a guess, planted in copies of a dataset that LeRobot made."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .dataset_checks import Checks
from .dataset_comparison import Origin
from .dataset_content import Content

KIND = "repair"
VIDEO = "videos/observation.images.top/chunk-000/file-001.mp4"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"


@dataclass
class Damage:
    name: str
    plant: Callable[[Path], object]
    leaves_out: list[int]  # the episodes that cannot be saved


def _edit_info(change: Callable[[dict], object]) -> Callable[[Path], object]:
    def plant(folder: Path) -> None:
        path = folder / "meta/info.json"
        info = json.loads(path.read_text())
        change(info)
        path.write_text(json.dumps(info, indent=4))

    return plant


def _late_timestamps(folder: Path) -> None:
    for path in (folder / "data").rglob("*.parquet"):
        rows = pq.read_table(path)
        late = pa.array([seconds + 0.02 for seconds in rows["timestamp"].to_pylist()], pa.float32())
        pq.write_table(rows.set_column(rows.column_names.index("timestamp"), rows.schema.field("timestamp"), late), path)


def _cut_off(path: str) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes()[: (folder / path).stat().st_size // 2])


DAMAGES = [
    Damage("totals", _edit_info(lambda info: info.update(total_frames=1, total_episodes=99)), []),
    Damage("timestamps", _late_timestamps, []),
    Damage("no statistics", lambda folder: (folder / "meta/stats.json").unlink(), []),
    Damage("no list of tasks", lambda folder: (folder / "meta/tasks.parquet").unlink(), []),
    Damage("data file cut off", _cut_off("data/chunk-000/file-001.parquet"), [2]),
    Damage("no video", lambda folder: (folder / VIDEO).unlink(), [1, 2]),
]
# The rows tell of the episodes, but not which of their frames are where in a video that holds several.
EPISODES_LOST = Damage("list of episodes cut off", _cut_off(EPISODES), [])


def check(checks: Checks, source: Path, content: Content, episodes_lost: bool) -> None:
    """`source` is many_files of make_test_datasets.write_v30: files of data and of video begin at other episodes."""
    for damage in [*DAMAGES, *([EPISODES_LOST] if episodes_lost else [])]:
        name = f"{source.parent.name}/{source.name} repair of {damage.name}"
        if not checks.wants(name):
            continue
        with checks.part(KIND, name):
            damaged = checks.new_folder()
            shutil.copytree(source, damaged)
            damage.plant(damaged)
            found = checks.run("verify", damaged)
            checks.say(f"{name}: verify sees it", [] if found.returncode == 1 else [f"exit code {found.returncode}"])
            made = checks.make(name, "repair", damaged, None)
            kept = [(content, episode) for episode in content.lengths if episode not in damage.leaves_out]
            checks.compare(name, made, Origin(kept))
