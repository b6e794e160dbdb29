"""What the robot and the caller hand to LeRobot for one chunk."""

from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Inputs:
    pictures: dict[str, torch.Tensor]  # uint8 [height, width, 3], in model order
    state: torch.Tensor  # [state_dim], robot units
    task: str
    noise: torch.Tensor  # [chunk_size, max_action_dim]
    masks: dict[str, torch.Tensor] = field(default_factory=dict)  # bool [1], by camera
    previous: torch.Tensor | None = None  # [previous_steps, action_dim], normalised: for real-time chunking

    def tensors(self) -> dict[str, torch.Tensor]:
        """As they are named in golden.safetensors; the task is in its metadata."""
        tensors = {f"input.image.{key}": picture for key, picture in self.pictures.items()}
        tensors |= {f"input.mask.{key}": mask.to(torch.uint8) for key, mask in self.masks.items()}
        tensors |= {"input.state": self.state, "input.noise": self.noise}
        if self.previous is not None:
            tensors["rtc.previous"] = self.previous
        return tensors
