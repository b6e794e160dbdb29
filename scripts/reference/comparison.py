"""Compares two folders of test data: tensors within a tolerance, all else exactly."""

from pathlib import Path

import torch

from . import safetensors_file

RELATIVE_TOLERANCE = 1e-6


def differences(expected: Path, actual: Path, parts: list[str]) -> list[str]:
    """One line for each file that differs, of the files and folders called `parts` in both."""
    expected_files, actual_files = _files(expected, parts), _files(actual, parts)
    lines = [f"{name}: only in {expected}" for name in sorted(expected_files - actual_files)]
    lines += [f"{name}: not in {expected}" for name in sorted(actual_files - expected_files)]
    for name in sorted(expected_files & actual_files):
        lines += [f"{name}: {line}" for line in _file_differences(expected / name, actual / name)]
    return lines


def _files(folder: Path, parts: list[str]) -> set[str]:
    paths = [path for part in parts for path in [folder / part, *(folder / part).rglob("*")]]
    return {str(path.relative_to(folder)) for path in paths if path.is_symlink() or path.is_file()}


def _file_differences(expected: Path, actual: Path) -> list[str]:
    if expected.is_symlink() or actual.is_symlink():
        same = expected.is_symlink() and actual.is_symlink() and expected.readlink() == actual.readlink()
        return [] if same else ["links to something else"]
    if expected.suffix != ".safetensors":
        return [] if expected.read_bytes() == actual.read_bytes() else ["differs"]

    expected_tensors, expected_metadata = safetensors_file.read(expected)
    actual_tensors, actual_metadata = safetensors_file.read(actual)
    lines = [] if expected_metadata == actual_metadata else ["metadata differs"]
    if expected_tensors.keys() != actual_tensors.keys():
        return lines + ["has other tensors"]
    for name, tensor in expected_tensors.items():
        lines += _tensor_differences(name, tensor, actual_tensors[name])
    return lines


def _tensor_differences(name: str, expected: torch.Tensor, actual: torch.Tensor) -> list[str]:
    if (expected.dtype, expected.shape) != (actual.dtype, actual.shape):
        return [f"{name} is {actual.dtype} {tuple(actual.shape)}, not {expected.dtype} {tuple(expected.shape)}"]
    if expected.numel() == 0 or torch.equal(expected, actual):
        return []
    largest = (expected.double() - actual.double()).abs().max().item()
    scale = expected.double().abs().max().item()
    if expected.is_floating_point() and largest <= RELATIVE_TOLERANCE * scale:
        return []
    return [f"{name} differs by up to {largest:.3g} at a scale of {scale:.3g}"]
