#!/usr/bin/env python3
"""Makes a SmolVLA checkpoint of full size with random weights, as LeRobot writes it, and optionally records a chunk of it.

  "$python" scripts/make_full_checkpoint.py --out DIR [--layers 32] [--vlm-dir DIR] [--record golden.safetensors]

The weights have the dtypes that LeRobot constructs (text and expert bfloat16, the rest float32); the recorded chunk is
computed in float32 from them. $python is the one that scripts/reference_env.sh prints.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from reference import environment

environment.prepare(threads=os.cpu_count() or 1)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from lerobot.configs import FeatureType, PolicyFeature  # noqa: E402
from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig  # noqa: E402
from PIL import Image  # noqa: E402

from reference import checkpoint, safetensors_file, seeded  # noqa: E402
from reference.inputs import Inputs  # noqa: E402
from reference.recording import Pipeline, make_pipeline, prepare_batch, record_chunk  # noqa: E402
from reference.statistics import dataset_stats  # noqa: E402
from reference.tiny_vlm import write_vlm_directory  # noqa: E402
from reference.weights import fill_weights  # noqa: E402

PUBLISHED_VLM = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"
TASK = "Pick up the red cube and place it in the blue box."
STATE_DIM, ACTION_DIM = 6, 6
EXPERT_WIDTH_MULTIPLIER = {16: 0.75, 32: 0.5}  # by layers, as the two published families have it

# The dimensions of SmolVLM2-500M.
VLM_CONFIG = {
    "scale_factor": 4,
    "text_config": {
        "model_type": "llama",
        "vocab_size": 49280,
        "hidden_size": 960,
        "intermediate_size": 2560,
        "num_hidden_layers": 32,
        "num_attention_heads": 15,
        "num_key_value_heads": 5,
        "head_dim": 64,
        "rms_norm_eps": 1e-5,
        "rope_theta": 100000,
        "max_position_embeddings": 8192,
        "pad_token_id": 2,
        "torch_dtype": "bfloat16",
    },
    "vision_config": {
        "model_type": "smolvlm_vision",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "image_size": 512,
        "patch_size": 16,
        "layer_norm_eps": 1e-6,
    },
}


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.vlm_dir:
            vlm = arguments.vlm_dir.resolve()
        else:
            vlm = Path(scratch) / "vlm"
            write_vlm_directory(vlm, VLM_CONFIG)
        write(arguments, vlm)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint's directory")
    parser.add_argument("--layers", type=int, choices=sorted(EXPERT_WIDTH_MULTIPLIER), default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--vlm-dir", type=Path, help="configuration and tokenizer of SmolVLM2; default: its size, a small tokenizer")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write inputs and LeRobot's chunk to this safetensors file")
    parser.add_argument("--images", type=Path, nargs="+", metavar="FILE", help="one picture for each camera to record with")
    parser.add_argument("--task", default=TASK, help="the task to record with")
    arguments = parser.parse_args()
    if arguments.images and not arguments.record:
        parser.error("--images says what to record: give --record too")
    if arguments.images and len(arguments.images) != arguments.cameras:
        parser.error(f"{len(arguments.images)} pictures for {arguments.cameras} cameras")
    return arguments


def write(arguments: argparse.Namespace, vlm: Path) -> None:
    pipeline = write_checkpoint(arguments.out, arguments.layers, arguments.seed, arguments.cameras, vlm)
    if arguments.record:
        pipeline.policy.float()
        inputs = make_inputs(arguments.seed, pictures_of(arguments), arguments.task, pipeline.policy.config)
        chunk = record_chunk(pipeline, prepare_batch(pipeline, inputs), inputs)
        safetensors_file.write(arguments.record, inputs.tensors() | chunk, {"task": inputs.task})


def write_checkpoint(out: Path, layers: int, seed: int, cameras: int, vlm: Path) -> Pipeline:
    """Returns what it wrote, with the weights in the dtypes that they have in the file."""
    names = camera_names(cameras)
    pipeline = make_pipeline(make_config(layers, names, vlm), dataset_stats(seed, STATE_DIM, ACTION_DIM, names))
    fill_weights(pipeline.policy, seed, round_to_bfloat16=False)
    checkpoint.write_checkpoint(pipeline, out)
    checkpoint.rename_vlm(out, vlm, PUBLISHED_VLM)
    checkpoint.copy_vlm_files(vlm, out)
    return pipeline


def camera_names(count: int) -> list[str]:
    return [f"observation.images.camera{index + 1}" for index in range(count)]


def make_config(layers: int, cameras: list[str], vlm: Path) -> SmolVLAConfig:
    state = PolicyFeature(type=FeatureType.STATE, shape=(STATE_DIM,))
    pictures = {camera: PolicyFeature(type=FeatureType.VISUAL, shape=(3, 480, 640)) for camera in cameras}
    return SmolVLAConfig(
        input_features={"observation.state": state, **pictures},
        output_features={"action": PolicyFeature(type=FeatureType.ACTION, shape=(ACTION_DIM,))},
        device="cpu",
        push_to_hub=False,
        vlm_model_name=str(vlm),
        num_vlm_layers=layers,
        expert_width_multiplier=EXPERT_WIDTH_MULTIPLIER[layers],
    )


def pictures_of(arguments: argparse.Namespace) -> list[torch.Tensor]:
    if arguments.images:
        return [torch.from_numpy(np.array(Image.open(path).convert("RGB"))) for path in arguments.images]
    return drawn_pictures(arguments.seed, arguments.cameras)


def drawn_pictures(seed: int, count: int) -> list[torch.Tensor]:
    return [seeded.picture(seed, camera, 480, 640) for camera in camera_names(count)]


def make_inputs(seed: int, pictures: list[torch.Tensor], task: str, config: SmolVLAConfig) -> Inputs:
    state = dataset_stats(seed, STATE_DIM, ACTION_DIM, [])["observation.state"]
    return Inputs(
        pictures=dict(zip(camera_names(len(pictures)), pictures, strict=True)),
        state=state["mean"] + state["std"] * seeded.normal(seed, "state", (STATE_DIM,)),
        task=task,
        noise=seeded.normal(seed, "noise", (config.chunk_size, config.max_action_dim)),
    )


if __name__ == "__main__":
    main()
