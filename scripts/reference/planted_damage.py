"""Damage of the kinds that `smolvla data repair` mends without a guess, planted in copies of a dataset that LeRobot made."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from lerobot.datasets.lerobot_dataset import LeRobotDataset

from . import recordings
from .dataset_checks import Checks
from .dataset_comparison import Origin
from .dataset_content import Content
from .recordings import FPS, Camera, Episode

KIND = "repair"
DATA = "data/chunk-000/file-001.parquet"
VIDEO = "videos/observation.images.top/chunk-000/file-001.mp4"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"


@dataclass
class Damage:
    name: str
    plant: Callable[[Path], object]
    leaves_out: list[int]  # the episodes that cannot be saved
    pictures_anew: bool = False  # their statistics are lost, too


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


def _cut_off(path: str, share: float = 0.5) -> Callable[[Path], object]:
    def plant(folder: Path) -> None:
        whole = (folder / path).read_bytes()
        (folder / path).write_bytes(whole[: int(share * len(whole))])

    return plant


DAMAGES = [
    Damage("totals", _edit_info(lambda info: info.update(total_frames=1, total_episodes=99)), []),
    Damage("timestamps", _late_timestamps, []),
    Damage("no statistics", lambda folder: (folder / "meta/stats.json").unlink(), []),
    Damage("no list of tasks", lambda folder: (folder / "meta/tasks.parquet").unlink(), []),
    Damage("data file cut off behind its rows", _cut_off(DATA), []),
    Damage("data file cut off in its rows", _cut_off(DATA, share=0.1), [2]),
    Damage("no video", lambda folder: (folder / VIDEO).unlink(), [1, 2]),
    Damage("list of episodes cut off", _cut_off(EPISODES), [], pictures_anew=True),
]


def check(checks: Checks, source: Path, content: Content) -> None:
    """`source` is many_files of make_test_datasets.write_v30: files of data and of video begin at other episodes."""
    for damage in DAMAGES:
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
            checks.compare(name, made, Origin(kept, pictures_anew=damage.pictures_anew))


def check_killed(checks: Checks, content: Content, episodes: list[Episode], cameras: list[Camera]) -> None:
    """LeRobot is killed in the middle of an episode; `content` is what it makes of the same episodes if it is not."""
    for buffered in (10, 2):  # episodes that LeRobot keeps before it writes their metadata: its default, and fewer
        name = f"made/killed repair, LeRobot killed with metadata of {buffered}"
        if not checks.wants(name):
            continue
        with checks.part(KIND, name):
            recorded, left = checks.new_folder(), checks.new_folder()
            features = recordings.features(cameras, "video")
            options = {"root": recorded, "robot_type": "so101", "metadata_buffer_size": buffered}
            dataset = LeRobotDataset.create("local/x", FPS, features, use_videos=True, **options)
            for episode in episodes:
                recordings.add_frames(dataset, episode)
                dataset.save_episode(parallel_encoding=False)
            recordings.add_frames(dataset, episodes[0])
            shutil.copytree(recorded, left)  # what is on the disk at this moment is what a killed process leaves
            dataset.clear_episode_buffer()
            dataset.finalize()
            made = checks.make(name, "repair", left, None)
            origin = Origin([(content, episode) for episode in content.lengths], pictures_anew=True)
            checks.compare(name, made, origin)
