"""Random numbers by name: the same name and seed give the same numbers, whatever was drawn before and on every machine."""

import zlib

import numpy as np
import torch


def generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def normal(seed: int, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Standard normal numbers, float32."""
    return torch.from_numpy(generator(seed, name).standard_normal(shape, dtype=np.float32))


def picture(seed: int, name: str, height: int, width: int) -> torch.Tensor:
    """A uint8 [height, width, 3] picture: slow waves, so that a resize keeps them, under some noise, so that it must be exact."""
    random = generator(seed, name)
    y = np.linspace(0.0, 1.0, height)[:, None, None]
    x = np.linspace(0.0, 1.0, width)[None, :, None]
    frequency_y, frequency_x, phase = random.uniform(-3.0, 3.0, (3, 3))
    waves = np.sin(2 * np.pi * (frequency_y * y + frequency_x * x) + phase)
    noise = random.uniform(-0.3, 0.3, (height, width, 3))
    return torch.from_numpy(np.clip(127.5 + 100.0 * (waves + noise), 0, 255).astype(np.uint8))
