"""Describes a dataset of the wild: what is in it, how it lies on the disk, and what a reader has to make of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from .dataset_v2 import Encoding
from .recordings import JOINTS, Camera

TOP, WRIST = Camera("observation.images.top", 64, 48), Camera("observation.images.wrist", 80, 64)
H264 = Encoding("libx264", "h264", {"g": "2", "bf": "0", "crf": "28", "x264-params": "threads=1"})


@dataclass
class Extra:
    """A feature of its own: info.json's entry, the type in the file, and the value of (episode, frame)."""

    entry: dict
    kind: pa.DataType
    value: Callable[[int, int], object]


@dataclass
class Video:
    encoding: Encoding = field(default_factory=lambda: H264)
    starts_at: int = 0  # frames
    jitter_s: float = 0
    sound: bool = False


@dataclass
class Wild:
    """A dataset; what is not said is as LeRobot 0.6.1 writes it of an SO-101 with two cameras."""

    what: str
    version: str = "v3.0"
    robot_type: str | None = "so101_follower"
    fps: float = 30
    lengths: list[int] = field(default_factory=lambda: [6, 9, 4])
    numbers: list[int] | None = None  # of the episodes; None: 0, 1, 2, ...
    state: str = "observation.state"
    action: str = "action"
    joints: int = 6
    names: object = field(default_factory=lambda: JOINTS)
    cameras: list[Camera] = field(default_factory=lambda: [TOP, WRIST])
    dtype: str = "video"  # of the cameras
    picture_format: str = "PNG"  # where dtype is "image"
    video: Video = field(default_factory=Video)
    sentences: list[str] = field(default_factory=lambda: ["Pick up the red cube.", "Open the gripper.", "Pick up the red cube."])
    extra: dict[str, Extra] = field(default_factory=dict)
    files: list[list[int]] | None = None  # v3.0: the positions of the episodes in each file; None: all in one
    chunks_size: int = 1000
    change_info: Callable[[dict], None] = lambda info: None
    change_rows: Callable[[pa.Table], pa.Table] = lambda rows: rows
    change_episodes: Callable[[list[dict]], object] = lambda rows: None
    row_group: int | None = None  # rows; None: an episode
    compression: str = "snappy"
    tasks_index: str = "task"
    afterwards: Callable[[Path], object] = lambda folder: None

    # What is to be made of it.
    refused: str = ""  # found in the message if the dataset cannot be opened
    codes: list[str] = field(default_factory=list)  # what verify finds
    lost: dict[int, str] = field(default_factory=dict)  # episodes that cannot be read, and what the message has in it
    frames_refused: str = ""  # pictures are not at their times: the message of reading one
    converts: bool = True  # with --skip-missing where files are absent
    moved: tuple[str, str] = ("", "")  # what is in the paths of videos, and what `afterwards` has made of it
    mended: bool = False  # repair makes all of it readable, lost or not
