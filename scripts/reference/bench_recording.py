"""A recording as a robot with two cameras gives it, for measuring: LeRobot encodes it with its default settings."""

import shutil
from pathlib import Path

import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset

from .recordings import JOINTS

FPS = 30
WIDTH, HEIGHT = 640, 480
NOISE = 3
CAMERAS = ["observation.images.top", "observation.images.wrist"]


def write_recording(folder: Path, seed: int, episodes: int, length: int) -> None:
    """Two cameras of 640x480, AV1, `episodes` of `length` frames each."""
    camera = {"dtype": "video", "shape": (HEIGHT, WIDTH, 3), "names": ["height", "width", "channels"]}
    joints = {"dtype": "float32", "shape": (len(JOINTS),), "names": JOINTS}
    features = {"action": joints, "observation.state": joints, **dict.fromkeys(CAMERAS, camera)}
    dataset = LeRobotDataset.create("local/bench", FPS, features, root=folder, robot_type="so101", use_videos=True)
    for episode in range(episodes):
        random = np.random.default_rng([seed, episode])
        scenes = {key: Scene(random) for key in CAMERAS}
        state = np.cumsum(random.normal(0, 1, (length, len(JOINTS))), axis=0).astype(np.float32)
        for frame in range(length):
            pictures = {key: scene.picture(frame) for key, scene in scenes.items()}
            dataset.add_frame({"action": state[frame], "observation.state": state[frame], **pictures, "task": "Pick up the cube."})
        dataset.save_episode(parallel_encoding=False)
    dataset.finalize()
    shutil.rmtree(folder / "images", ignore_errors=True)


class Scene:
    """A textured wall that the camera pans over, things that move before it, and the noise of a sensor.

    So much detail that a picture takes about as many bytes as one of a real robot's recording, 10 kB.
    """

    def __init__(self, random: np.random.Generator):
        self.random = random
        self.wall = _texture(random, 2 * HEIGHT, 2 * WIDTH)
        self.things = [(random.integers(40, 160, 2), random.integers(0, 256, 3), random.uniform(-6, 6, 2)) for _ in range(6)]

    def picture(self, frame: int) -> np.ndarray:
        top, left = int(HEIGHT / 2 * (1 + np.sin(frame / 37))), int(WIDTH / 2 * (1 + np.sin(frame / 53)))
        picture = self.wall[top : top + HEIGHT, left : left + WIDTH].copy()
        for number, (size, colour, speed) in enumerate(self.things):
            y = int(70 * number + speed[0] * frame) % (HEIGHT - size[0])
            x = int(100 * number + speed[1] * frame) % (WIDTH - size[1])
            picture[y : y + size[0], x : x + size[1]] = colour
        noise = self.random.integers(-NOISE, NOISE + 1, picture.shape, dtype=np.int16)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _texture(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Noise of several scales, the coarse ones the strongest, smooth between its points."""
    texture = np.full((height, width, 3), 128.0)
    for scale in (160, 40, 10, 4):
        coarse = random.normal(0, 0.25 * scale + 8, (height // scale + 1, width // scale + 1, 3))
        texture += _stretched(_stretched(coarse, height, 0), width, 1)
    return np.clip(texture, 0, 255).astype(np.int16)


def _stretched(values: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Linear interpolation along an axis."""
    at = np.linspace(0, values.shape[axis] - 1, length)
    low = np.minimum(at.astype(int), values.shape[axis] - 2)
    shape = [1] * values.ndim
    shape[axis] = length
    share = (at - low).reshape(shape)
    return (1 - share) * values.take(low, axis) + share * values.take(low + 1, axis)
