"""Dataset statistics, which LeRobot normalises states and actions with."""

import torch

from . import seeded


def dataset_stats(seed: int, state_dim: int, action_dim: int, cameras: list[str]) -> dict[str, dict[str, torch.Tensor]]:
    """Statistics as a dataset would have them. One joint hardly moves, so that the normaliser's eps shows."""
    stats = {}
    for key, width in (("observation.state", state_dim), ("action", action_dim)):
        random = seeded.generator(seed, f"stats of {key}")
        mean = torch.from_numpy(random.normal(0.0, 20.0, width)).float()
        std = torch.from_numpy(random.uniform(0.5, 30.0, width)).float()
        if key == "observation.state":
            mean[3], std[3] = 0.0, 2e-6
        stats[key] = {"mean": mean, "std": std, "min": mean - 3 * std, "max": mean + 3 * std, "count": torch.tensor([1234.0])}
    for key in cameras:
        stats[key] = {
            "mean": torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1),
            "std": torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1),
            "min": torch.zeros(3, 1, 1),
            "max": torch.ones(3, 1, 1),
            "count": torch.tensor([1234.0]),
        }
    return stats
