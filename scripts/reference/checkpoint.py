"""Checkpoint directories: what LeRobot writes, made small, free of paths of this machine, and shared where equal."""

import json
import shutil
from pathlib import Path

import torch

from . import safetensors_file
from .recording import Pipeline

VLM_NAME = "tiny-vlm"  # stands in the files where LeRobot wrote the path of the VLM's directory
WEIGHTS = "model.safetensors"


def write_checkpoint(pipeline: Pipeline, directory: Path) -> None:
    """Everything that LeRobot's training writes into `pretrained_model` and inference reads."""
    pipeline.policy.save_pretrained(directory)
    pipeline.preprocessor.save_pretrained(directory)
    pipeline.postprocessor.save_pretrained(directory)


def rename_vlm(directory: Path, vlm: Path, name: str) -> None:
    """Writes `name` where the files of a checkpoint say which VLM they were made with."""
    for path in directory.glob("*.json"):
        path.write_text(path.read_text().replace(json.dumps(str(vlm)), json.dumps(name)))


def copy_vlm_files(vlm: Path, directory: Path) -> None:
    """Puts what is read of the VLM beside the weights: the tokenizer, and the configuration as vlm_config.json."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(vlm / name, directory / name)
    shutil.copyfile(vlm / "config.json", directory / "vlm_config.json")


def mix_dtypes(path: Path) -> None:
    """Rewrites weights that bfloat16 holds exactly: language side BF16, what float16 also holds of the vision side F16, the rest F32."""
    tensors, metadata = safetensors_file.read(path)
    safetensors_file.write(path, {name: _narrowed(name, tensor) for name, tensor in tensors.items()}, metadata)


def _narrowed(name: str, tensor: torch.Tensor) -> torch.Tensor:
    exact = tensor.float()
    if any(part in name for part in ("text_model", "lm_head", "lm_expert")):
        narrow = tensor.bfloat16()
        assert torch.equal(narrow.float(), exact), name
        return narrow
    if "vision_model" in name and torch.equal(exact.half().float(), exact):
        return exact.half()
    return exact


def share(path: Path, folder: Path) -> None:
    """Moves a file into a folder beside its own, or checks that an equal one is there, and leaves a link."""
    target = folder / path.name
    if target.exists():
        assert target.read_bytes() == path.read_bytes(), f"{path} is not the file that {target} is"
        path.unlink()
    else:
        folder.mkdir(exist_ok=True)
        path.rename(target)
    path.symlink_to(Path("..") / folder.name / path.name)
