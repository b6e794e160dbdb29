"""Safetensors files whose bytes depend on their content only; the library writes metadata in random order."""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save


def write(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    content = save({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, metadata)
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"] = dict(sorted(metadata.items()))
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + content[8 + size :])


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors by name, and the metadata."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
