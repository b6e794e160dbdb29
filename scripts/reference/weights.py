"""Random weights with which a network can be told from one with two of them swapped."""

import torch

from . import seeded


def fill_weights(policy: torch.nn.Module, seed: int, *, round_to_bfloat16: bool) -> None:
    """Gives every weight a value of its own, such that activations stay near 1 and no bias or norm is neutral."""
    with torch.no_grad():
        for name, weight in policy.named_parameters():
            value = seeded.normal(seed, name, tuple(weight.shape)) * _spread(name, weight)
            if weight.ndim == 1 and name.endswith("weight"):
                value += 1.0  # a norm
            weight.copy_(value.bfloat16() if round_to_bfloat16 else value)


def _spread(name: str, weight: torch.Tensor) -> float:
    """The standard deviation of the weights in one tensor."""
    if weight.ndim == 1:
        return 0.1
    if "position_embedding" in name:
        return 0.5
    outputs, inputs = weight.shape[0], weight[0].numel()
    if "embed_tokens" in name:  # multiplied by sqrt(width) later
        return inputs**-0.5
    if "modality_projection" in name:  # multiplied by sqrt(width) later
        return (inputs * outputs) ** -0.5
    if "q_proj" in name or "k_proj" in name:  # attention that prefers some tokens, but is not so sharp that it magnifies rounding
        return 0.6 * inputs**-0.5
    if any(part in name for part in ("out_proj", "o_proj", "fc2", "down_proj")):  # end of a residual branch
        return 0.3 * inputs**-0.5
    return inputs**-0.5
