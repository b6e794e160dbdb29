"""What smolvla's recorder (DatasetWriter) leaves when it is killed: read by LeRobot, gone on with by LeRobot, and by the recorder.

No command records; the child of the test KilledRecording does until it is killed, and tells of each episode with a byte. What it
records is made from the numbers of episode and frame (smolvla/curate/test_recordings.h), so that it is known here.
"""

import os
import subprocess
from pathlib import Path

import numpy as np

from . import dataset_comparison
from .dataset_checks import Checks
from .dataset_content import ContentV3
from .lerobot_edits import check_resume
from .recordings import Episode

KIND = "recorder"
SIDE = 64  # pixels
JOINTS = 2
CAMERA = "observation.images.top"
CODEC_LOSS = 3  # of 255: a picture is of one grey


def check(checks: Checks, curate_test: Path, kills: int = 2) -> None:
    for kill in range(kills):
        name = f"{KIND}, kill {kill + 1}"
        if not checks.wants(name):
            continue
        folder = checks.new_folder()
        with checks.part(KIND, name):
            saved = _record(curate_test, folder, episodes=3 + kill)
            before = _check_recorded(checks, name, folder, saved, {})
            if before is None:
                return
            numbers = {"action": (JOINTS,), "observation.state": (JOINTS,)}
            added = check_resume(checks, f"{name}: LeRobot goes on", folder, before, _episode(numbers, length=5))
            if added is None:
                return
            foreign = {len(before.lengths): added.columns(len(before.lengths))}
            again = _record(curate_test, folder, episodes=2)
            _check_recorded(checks, f"{name}: the recorder goes on", folder, len(added.lengths) + again, foreign)


def _record(curate_test: Path, folder: Path, episodes: int) -> int:
    """Kills the recorder after it has told of so many, in the middle of the next; returns how many it told of in all."""
    command = [curate_test, "--gtest_filter=KilledRecording.Child", "--gtest_brief=1"]
    environment = os.environ | {"SMOLVLA_RECORD_INTO": str(folder), "GOMP_SPINCOUNT": "5000"}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    told = b""
    while told.count(b"\1") < episodes:
        read = os.read(child.stdout.fileno(), 1)
        if not read:
            raise RuntimeError(f"the recorder ended by itself: {told.decode(errors='replace')}")
        told += read
    child.kill()
    told += child.stdout.read()
    child.wait()
    return told.count(b"\1")


def _check_recorded(checks: Checks, name: str, folder: Path, saved: int, foreign: dict[int, dict]) -> ContentV3 | None:
    """`foreign`: the rows of episodes that another program has recorded."""
    made = checks.open(name, folder)
    if made is None:
        return None
    # One may have been saved without having been told of.
    checks.say(f"{name}: episodes", [] if len(made.lengths) in (saved, saved + 1) else [f"{len(made.lengths)}, not {saved}"])
    lines = []
    for episode, length in made.lengths.items():
        columns = made.columns(episode)
        if episode in foreign:
            lines += dataset_comparison.differs(f"rows of {episode}", foreign[episode], columns)
            continue
        lines += dataset_comparison.differs(f"length of {episode}", 5 + episode % 4, length)
        numbers = [[_number(episode, frame, joint) for joint in range(JOINTS)] for frame in range(length)]
        for key in ["action", "observation.state"]:
            apart = np.abs(np.array(columns[key]) - numbers).max()
            lines += [f"{key} of {episode}: {apart} apart"] if apart > 1e-7 else []
        lines += dataset_comparison.differs(f"note of {episode}", [f"frame {f}" for f in range(length)], columns["note"])
        lines += dataset_comparison.differs(f"end of {episode}", [f + 1 == length for f in range(length)], columns["next.done"])
        lines += dataset_comparison.differs(f"task of {episode}", [f"Sort into box {episode % 3}."] * length, made.sentences(episode))
        for frame in range(length):
            grey = 40 + (episode * 31 + frame * 17) % 180
            apart = np.abs(made.picture(episode, frame, CAMERA, "pyav").astype(int) - grey).max()
            lines += [f"picture {frame} of {episode}: {apart} of 255 apart"] if apart > CODEC_LOSS else []
    checks.say(f"{name}: LeRobot reads what was recorded", lines)
    checks.attempt(f"{name}: statistics", lambda: dataset_comparison.total_statistics(made, CODEC_LOSS))
    checks.read_back(name, made, lambda length: [0, length - 1])
    return made


def _number(episode: int, frame: int, joint: int) -> float:
    return float(np.float32(np.sin(0.7 * (frame + joint) + episode)))


def _episode(numbers: dict[str, tuple[int, ...]], length: int) -> Episode:
    random = np.random.default_rng(1)
    columns = {key: random.normal(size=(length, *shape)).astype(np.float32) for key, shape in numbers.items()}
    columns["next.done"] = np.arange(length)[:, None] == length - 1
    pictures = {CAMERA: random.integers(0, 256, (length, 1, 1, 3), np.uint8).repeat(SIDE, 1).repeat(SIDE, 2)}
    return Episode(["Added by LeRobot."] * length, columns, {"note": ["x"] * length}, pictures)
