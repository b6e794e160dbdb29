"""Pictures and a task out of the LeRobot datasets of a folder."""

import json
from pathlib import Path

import numpy as np
import torch

FRAME = 30  # of its video: one second in, when the arm has begun to move


def dataset_frames(datasets: Path, count: int) -> list[torch.Tensor]:
    """uint8 [height, width, 3], of as many videos as there are; none where there is no video."""
    videos = sorted(datasets.glob("*/videos/**/*.mp4"))
    if not videos:
        return []
    spread = [videos[index * len(videos) // count] for index in range(count)]
    return [_frame(video, FRAME + index) for index, video in enumerate(spread)]


def dataset_task(datasets: Path) -> str | None:
    """The first task of the first dataset that has a video."""
    for video in sorted(datasets.glob("*/videos/**/*.mp4")):
        tasks = datasets / video.relative_to(datasets).parts[0] / "meta/tasks.jsonl"
        if tasks.exists():
            return json.loads(tasks.read_text().splitlines()[0])["task"]
    return None


def _frame(video: Path, index: int) -> torch.Tensor:
    """The frame of this number, or the last."""
    import av  # comes with LeRobot

    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == index:
                break
        return torch.from_numpy(np.ascontiguousarray(frame.to_ndarray(format="rgb24")))
