"""Writes one directory per case: a checkpoint as LeRobot saves it, and golden.safetensors."""

import tempfile
from pathlib import Path

import torch

from . import checkpoint, safetensors_file
from .architectures import ARCHITECTURES
from .cases import CASES, Case, make_config, make_inputs
from .recording import make_pipeline, prepare_batch, record_chunk, record_stages
from .tiny_vlm import write_vlm_directory
from .weights import fill_weights


def write_goldens(folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for architecture in ARCHITECTURES.values():
            write_vlm_directory(Path(scratch) / architecture.name, architecture.vlm_config())
        for case in CASES:
            _write_case(case, Path(scratch) / case.architecture, folder)


def _write_case(case: Case, vlm: Path, folder: Path) -> None:
    architecture = ARCHITECTURES[case.architecture]
    config = make_config(case, str(vlm))
    pipeline = make_pipeline(config, architecture.dataset_stats())
    fill_weights(pipeline.policy, architecture.seed, round_to_bfloat16=True)

    directory = folder / case.name
    checkpoint.write_checkpoint(pipeline, directory)
    checkpoint.rename_vlm(directory, vlm, checkpoint.VLM_NAME)
    checkpoint.copy_vlm_files(vlm, directory)
    if not case.keep_written_weights:
        checkpoint.mix_dtypes(directory / checkpoint.WEIGHTS)
        checkpoint.share(directory / checkpoint.WEIGHTS, folder / f"shared_{architecture.name}")
    checkpoint.share(directory / "vlm_config.json", folder / f"shared_{architecture.name}")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        checkpoint.share(directory / name, folder / "shared_tokenizer")

    pipeline.policy.float()
    inputs = make_inputs(case, config)
    batch = prepare_batch(pipeline, inputs)
    chunk = record_chunk(pipeline, batch, inputs, case.rtc)
    stages = record_stages(pipeline.policy, batch, inputs, case.rtc)
    torch.testing.assert_close(
        stages["chunk.padded"][:, : architecture.action_dim], chunk["chunk.normalized"], rtol=0, atol=0
    )
    safetensors_file.write(directory / "golden.safetensors", inputs.tensors() | stages | chunk, _metadata(case))


def _metadata(case: Case) -> dict[str, str]:
    metadata = {"task": case.task, "architecture": case.architecture}
    if case.rtc is not None:
        metadata["rtc.inference_delay"] = str(case.rtc.inference_delay)
        if case.rtc.execution_horizon is not None:
            metadata["rtc.execution_horizon"] = str(case.rtc.execution_horizon)
    return metadata
