"""Small made-up recordings: what an SO-101 arm, two cameras and a reward might have given."""

from dataclasses import dataclass

import numpy as np

JOINTS = ["shoulder_pan.pos", "shoulder_lift.pos", "elbow_flex.pos", "wrist_flex.pos", "wrist_roll.pos", "gripper.pos"]
FPS = 10
TASKS = ["Pick up the red cube and place it in the blue box.", "Open the gripper – slowly."]  # not all of it ASCII
PHASES = ["reach", "grasp", "", "lägg ned"]  # a text may be empty


@dataclass(frozen=True)
class Camera:
    key: str
    width: int
    height: int


TOP = Camera("observation.images.top", 64, 48)
WRIST = Camera("observation.images.wrist", 48, 32)


@dataclass
class Episode:
    tasks: list[str]  # of each frame
    columns: dict[str, np.ndarray]  # what is recorded, without the columns that LeRobot counts itself
    texts: dict[str, list[str]]
    pictures: dict[str, np.ndarray]  # [frames, height, width, 3] uint8

    def __len__(self) -> int:
        return len(self.tasks)


def episodes(seed: int, lengths: list[int], cameras: list[Camera]) -> list[Episode]:
    """The second episode changes its task midway; the others have the first or the second task."""
    return [_episode(seed, number, length, cameras) for number, length in enumerate(lengths)]


def _episode(seed: int, number: int, length: int, cameras: list[Camera]) -> Episode:
    random = np.random.default_rng([seed, number])
    state = random.uniform(-60, 60, len(JOINTS)) + np.cumsum(random.normal(0, 3, (length, len(JOINTS))), axis=0)
    done = np.zeros((length, 1), bool)
    done[-1] = True
    columns = {
        "action": (state + random.normal(0, 1, state.shape)).astype(np.float32),
        "observation.state": state.astype(np.float32),
        "next.reward": random.uniform(0, 1, (length, 1)).astype(np.float32),
        "next.done": done,
    }
    if number == 1:
        tasks = [TASKS[0] if frame < length // 2 else TASKS[1] for frame in range(length)]
    else:
        tasks = [TASKS[number // 2 % 2]] * length
    phases = [PHASES[frame % len(PHASES)] for frame in range(length)]
    pictures = {camera.key: moving_square(random, length, camera) for camera in cameras}
    return Episode(tasks, columns, {"phase": phases}, pictures)


def moving_square(random: np.random.Generator, length: int, camera: Camera) -> np.ndarray:
    """A square that moves over a slope of colour, so that no two frames are alike."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width]
    slope = np.stack([4 * x, 5 * y, 128 + 2 * x - 2 * y], axis=-1) * random.uniform(0.3, 0.9)
    side = camera.height // 3
    start, colour = random.integers(0, side, 2), random.integers(100, 256, 3)
    pictures = []
    for frame in range(length):
        picture = np.clip(slope, 0, 255).astype(np.uint8)
        top = (start[0] + 2 * frame) % (camera.height - side)
        left = (start[1] + 3 * frame) % (camera.width - side)
        picture[top : top + side, left : left + side] = colour
        pictures.append(picture)
    return np.stack(pictures)


def features(cameras: list[Camera], dtype: str) -> dict[str, dict]:
    """info.json's, as LeRobotDataset.create takes them; `dtype` of the cameras: "video" or "image"."""
    pictures = {
        camera.key: {"dtype": dtype, "shape": (camera.height, camera.width, 3), "names": ["height", "width", "channels"]}
        for camera in cameras
    }
    return {
        "action": {"dtype": "float32", "shape": (len(JOINTS),), "names": JOINTS},
        "observation.state": {"dtype": "float32", "shape": (len(JOINTS),), "names": JOINTS},
        **pictures,
        "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
        "next.done": {"dtype": "bool", "shape": (1,), "names": None},
        "phase": {"dtype": "string", "shape": (1,), "names": None},
    }
