"""LeRobot's own tools on what smolvla made, and what they leave, read by smolvla."""

from pathlib import Path

import numpy as np
from lerobot.datasets.aggregate import aggregate_datasets
from lerobot.datasets.dataset_tools import delete_episodes
from lerobot.datasets.lerobot_dataset import LeRobotDataset

from . import dataset_comparison
from .dataset_checks import Checks, chooser
from .dataset_comparison import Origin
from .dataset_content import BACKENDS, Content, open_v3, read
from .recordings import Episode

KIND = "LeRobot edits"


def check(checks: Checks, sources: dict[str, Path], loss: float, added: Episode) -> None:
    """`sources`: a v3.0 dataset of three episodes, and others of the same robot; `added` is what LeRobot records onto them."""
    first = next(iter(sources.values()))
    if checks.wants(f"{KIND} merge"):
        with checks.part(KIND, f"{KIND} merge"):
            _check_merge(checks, first)
    for name, source in sources.items():
        if not checks.wants(f"{KIND} {name}"):
            continue
        folder = checks.make(f"{KIND} {name}", "convert", source, None)
        content = read(folder)
        with checks.part(KIND, f"{KIND} {name}, delete"):
            _check_delete(checks, name, folder, content, loss)
        with checks.part(KIND, f"{KIND} {name}, record"):
            check_resume(checks, f"LeRobot records onto {name}", folder, content, added)


def _check_merge(checks: Checks, source: Path) -> None:
    one = checks.make(KIND, "convert", source, None)
    two = checks.make(KIND, "split", source, None, "--episodes", "1,2")
    parts = [(content, episode) for folder in [one, two] for content in [read(folder)] for episode in content.lengths]
    merged = checks.new_folder()
    aggregate_datasets(["local/a", "local/b"], "local/ab", [one, two], merged)
    made = read(merged)
    checks.say("LeRobot merges: numbers", dataset_comparison.numbers(made, Origin(parts), made.tasks))
    for backend in BACKENDS:
        checks.say(f"LeRobot merges: pictures, {backend}", dataset_comparison.pictures(made, Origin(parts), chooser(0), backend))
    checks.read_back("LeRobot merges", made, chooser(0))


def _check_delete(checks: Checks, name: str, folder: Path, content: Content, loss: float) -> None:
    deleted = checks.new_folder()
    delete_episodes(open_v3(folder), [1], deleted, "local/deleted")
    made, rest = read(deleted), Origin([(content, 0), (content, 2)], loss=loss)
    checks.say(f"LeRobot deletes of {name}: numbers", dataset_comparison.numbers(made, rest, made.tasks))
    checks.say(f"LeRobot deletes of {name}: pictures", dataset_comparison.pictures(made, rest, chooser(0), "pyav"))
    checks.read_back(f"LeRobot deletes of {name}", made, chooser(0))


def check_resume(checks: Checks, name: str, folder: Path, before: Content, added: Episode) -> Content | None:
    """LeRobot adds an episode; those that were there stay what they are."""
    kept = {episode: before.columns(episode) for episode in before.lengths}
    seen = {(e, c): before.picture(e, before.lengths[e] - 1, c, "pyav") for e in before.lengths for c in before.cameras}
    dataset = LeRobotDataset.resume("local/x", root=folder)
    for frame, task in enumerate(added.tasks):
        parts = [added.columns, added.texts, added.pictures]
        dataset.add_frame({key: values[frame] for part in parts for key, values in part.items()} | {"task": task})
    dataset.save_episode(parallel_encoding=False)
    dataset.finalize()

    made = checks.open(name, folder)
    if made is None:
        return None
    lines = dataset_comparison.differs("episodes", len(kept) + 1, len(made.lengths))
    for episode, columns in kept.items():
        lines += dataset_comparison.differs(f"rows of {episode}", columns, made.columns(episode))
    new = made.columns(len(kept))
    for key, values in added.columns.items():
        wanted = values[:, 0] if values.shape[1] == 1 else values
        lines += dataset_comparison.differs(f"{key} of the new episode", wanted.tolist(), new[key])
    lines += dataset_comparison.differs("sentences of the new episode", added.tasks, made.sentences(len(kept)))
    checks.say(f"{name}: numbers", lines)
    same = [np.array_equal(made.picture(e, made.lengths[e] - 1, c, "pyav"), picture) for (e, c), picture in seen.items()]
    checks.say(f"{name}: pictures", [] if all(same) else ["pictures of old episodes have changed"])
    checks.read_back(name, made, chooser(0))
    return made
