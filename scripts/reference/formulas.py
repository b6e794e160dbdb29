"""Values of LeRobot's and transformers' own functions, for what no comparison of whole networks can see."""

from types import SimpleNamespace
from unittest import mock

import torch
from lerobot.configs import FeatureType, NormalizationMode, PolicyFeature
from lerobot.policies.common import vla_utils
from lerobot.policies.rtc.configuration_rtc import RTCAttentionSchedule, RTCConfig
from lerobot.policies.rtc.modeling_rtc import RTCProcessor
from lerobot.policies.smolvla.smolvlm_with_expert import apply_rope
from lerobot.processor import NormalizerProcessorStep, TransitionKey, UnnormalizerProcessorStep
from transformers import SmolVLMVisionConfig
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.smolvlm.modeling_smolvlm import SmolVLMVisionEmbeddings

from . import seeded

SEED = 9

PATCHES_AND_POSITIONS = [
    *[(50, 5), (50, 10), (82, 32), (18, 6), (10, 10), (25, 5), (49, 7)],
    *[(32, 32), (10, 6), (12, 8), (96, 18), (7, 7), (64, 32), (36, 18)],
]
RESIZE_TARGETS = [224, 512, 32, 90]
RESIZE_HEIGHTS = [lambda w: w, lambda w: w * 3 // 4, lambda w: w // 3, lambda w: 2 * w]  # of a picture w wide
RESIZED_PICTURES = [(3, 5, 8), (37, 23, 16), (16, 16, 16), (2, 9, 8), (5, 40, 12), (13, 12, 12)]  # height, width, target
TIME_EMBEDDINGS = [(10, 36), (10, 720), (7, 36), (7, 720), (50, 36)]  # steps, width
RTC_RANGES = [(5, 14, 25), (0, 10, 50), (3, 10, 7), (12, 10, 50), (50, 10, 50), (0, 50, 50)]  # start, end, total


def reference_values() -> dict[str, torch.Tensor]:
    return (
        _position_buckets()
        | _resize_sizes()
        | _resized_pictures()
        | _gelu()
        | _norms()
        | _rope()
        | _time_embeddings()
        | _normalization()
        | _rtc()
    )


def _position_buckets() -> dict[str, torch.Tensor]:
    """`bucket.<patches>.<positions>`: which position along one side each patch along that side takes."""
    values = {}
    for patches, positions in PATCHES_AND_POSITIONS:
        config = SmolVLMVisionConfig(hidden_size=1, num_attention_heads=1, image_size=positions, patch_size=1)
        embeddings = SmolVLMVisionEmbeddings(config)
        with torch.no_grad():
            for parameter in embeddings.patch_embedding.parameters():
                parameter.zero_()
            embeddings.position_embedding.weight.copy_(torch.arange(positions**2)[:, None])
            ids = embeddings(torch.zeros(1, 3, patches, patches), torch.ones(1, patches, patches, dtype=torch.bool))
        grid = ids.reshape(patches, patches).long()
        bucket = grid[:, 0] // positions
        assert torch.equal(grid, bucket[:, None] * positions + bucket[None, :])
        values[f"bucket.{patches}.{positions}"] = bucket
    return values


class _SizeAskedFor(Exception):
    """Carries the size out of resize_with_pad before anything is resized."""


def _raise_size(_, size: tuple[int, int], **__) -> None:
    raise _SizeAskedFor(size)


def _resize_sizes() -> dict[str, torch.Tensor]:
    """`resize.sizes`, rows of target, width, height, new width, new height: where a shorter formula would differ, and some others."""
    differing, others = [], []
    with mock.patch.object(vla_utils.F, "interpolate", _raise_size):
        for target in RESIZE_TARGETS:
            for width in range(1, 4097):
                for height in (height_of(width) for height_of in RESIZE_HEIGHTS):
                    size = _resized_size(width, height, target) if height > 0 else (0, 0)
                    if 0 in size:
                        continue
                    longer = max(width, height)
                    shorter_formula = (width * target // longer, height * target // longer)
                    row = (target, width, height, *size)
                    (others if size == shorter_formula else differing).append(row)
    chosen = seeded.generator(SEED, "resize.sizes").choice(len(others), 200, replace=False)
    return {"resize.sizes": torch.tensor(differing + [others[i] for i in sorted(chosen)], dtype=torch.int32)}


def _resized_size(width: int, height: int, target: int) -> tuple[int, int]:
    """The width and height that LeRobot's resize_with_pad asks torch for."""
    picture = SimpleNamespace(ndim=4, shape=(1, 3, height, width))
    try:
        vla_utils.resize_with_pad(picture, target, target, pad_value=0)
    except _SizeAskedFor as asked:
        new_height, new_width = asked.args[0]
        return new_width, new_height
    return target, target  # a picture of that size is returned as it is


def _resized_pictures() -> dict[str, torch.Tensor]:
    """`resize.<i>.input` and `resize.<i>.output`, [3, height, width] in 0 to 1."""
    values = {}
    for index, (height, width, target) in enumerate(RESIZED_PICTURES):
        picture = seeded.picture(SEED, f"resize {index}", height, width).permute(2, 0, 1).float() / 255
        values[f"resize.{index}.input"] = picture
        values[f"resize.{index}.output"] = vla_utils.resize_with_pad(picture[None], target, target, pad_value=0)[0]
    return values


def _gelu() -> dict[str, torch.Tensor]:
    x = torch.linspace(-8.0, 8.0, 257, dtype=torch.float64)
    return {"gelu.x": x, "gelu.y": torch.nn.functional.gelu(x, approximate="tanh")}


def _norms() -> dict[str, torch.Tensor]:
    """Rows of so little variance that an eps of 1e-5 and one of 1e-6 give different results; all float64."""
    rows, width = 4, 48
    scale = torch.tensor([1.0, 1e-2, 1e-3, 1e-4], dtype=torch.float64)[:, None]
    x = scale * seeded.normal(SEED, "norm x", (rows, width)).double()
    weight = 1 + 0.2 * seeded.normal(SEED, "norm weight", (width,)).double()
    bias = 0.2 * seeded.normal(SEED, "norm bias", (width,)).double()
    layer_norm = torch.nn.functional.layer_norm(x, (width,), weight, bias, eps=1e-6)

    rms_norm = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * weight
    module = LlamaRMSNorm(width, eps=1e-5)
    with torch.no_grad():
        module.weight.copy_(weight)
        torch.testing.assert_close(module(x.float()), rms_norm.float(), rtol=1e-6, atol=1e-7)
    return {
        **{"layernorm.x": x, "layernorm.weight": weight, "layernorm.bias": bias, "layernorm.y": layer_norm},
        **{"rmsnorm.x": x, "rmsnorm.weight": weight, "rmsnorm.y": rms_norm},
    }


def _rope() -> dict[str, torch.Tensor]:
    """`rope.<head_dim>.x` and `.y` [positions, heads, head_dim], `.positions` int64."""
    values = {}
    for head_dim, positions in ((16, torch.arange(301)), (64, torch.tensor([0, 1, 2, 3, 7, 50, 113, 177, 241, 300]))):
        x = seeded.normal(SEED, f"rope {head_dim}", (len(positions), 1, head_dim))
        values[f"rope.{head_dim}.x"] = x
        values[f"rope.{head_dim}.positions"] = positions
        values[f"rope.{head_dim}.y"] = apply_rope(x[None], positions[None])[0]
    return values


def _time_embeddings() -> dict[str, torch.Tensor]:
    """`time.t.<steps>` float32 [steps], `time.embedding.<steps>.<width>` float64 [steps, width]."""
    values = {}
    for steps, width in TIME_EMBEDDINGS:
        times = torch.tensor(_integration_times(steps), dtype=torch.float32)
        values[f"time.t.{steps}"] = times
        values[f"time.embedding.{steps}.{width}"] = vla_utils.create_sinusoidal_pos_embedding(
            times, width, min_period=4e-3, max_period=4.0, device=times.device
        )
    return values


def _integration_times(steps: int) -> list[float]:
    """As LeRobot's euler_integrate computes them."""
    dt = -1.0 / steps
    return [1.0 + step * dt for step in range(steps)]


def _normalization() -> dict[str, torch.Tensor]:
    """`normalize.y` from `normalize.x`, and `unnormalize.y` from it taken as an action; eps is 1e-8."""
    std = torch.tensor([1e-9, 1e-8, 1e-4, 1.0])
    mean = torch.tensor([0.0, 1e-6, -0.5, 20.0])
    x = mean + std * seeded.normal(SEED, "normalize", (4,))
    features = {
        "observation.state": PolicyFeature(type=FeatureType.STATE, shape=(4,)),
        "action": PolicyFeature(type=FeatureType.ACTION, shape=(4,)),
    }
    norm_map = {FeatureType.STATE: NormalizationMode.MEAN_STD, FeatureType.ACTION: NormalizationMode.MEAN_STD}
    stats = {key: {"mean": mean, "std": std} for key in features}
    normalize = NormalizerProcessorStep(features=features, norm_map=norm_map, stats=stats)
    unnormalize = UnnormalizerProcessorStep(features=features, norm_map=norm_map, stats=stats)
    observation = {TransitionKey.OBSERVATION: {"observation.state": x[None]}, TransitionKey.ACTION: None}
    normalized = normalize(observation)[TransitionKey.OBSERVATION]["observation.state"]
    restored = unnormalize({TransitionKey.OBSERVATION: None, TransitionKey.ACTION: normalized})[TransitionKey.ACTION]
    return {
        **{"normalize.mean": mean, "normalize.std": std},
        **{"normalize.x": x, "normalize.y": normalized[0], "unnormalize.y": restored[0]},
    }


def _rtc() -> dict[str, torch.Tensor]:
    """`rtc.weights.<schedule>.<start>.<end>.<total>`, and `rtc.guidance.<steps>`, the guidance weight of each integration step."""
    values = {}
    for schedule in RTCAttentionSchedule:
        processor = RTCProcessor(RTCConfig(prefix_attention_schedule=schedule))
        for start, end, total in RTC_RANGES:
            values[f"rtc.weights.{schedule.name}.{start}.{end}.{total}"] = processor.get_prefix_weights(start, end, total)

    processor = RTCProcessor(RTCConfig(prefix_attention_schedule=RTCAttentionSchedule.ONES, max_guidance_weight=10.0))
    for steps in (5, 10):
        guided = [
            processor.denoise_step(
                x_t=torch.zeros(1, 1, 1),
                prev_chunk_left_over=torch.full((1, 1, 1), -1.0),
                inference_delay=0,
                time=time,
                original_denoise_step_partial=torch.zeros_like,
            )
            for time in _integration_times(steps)
        ]
        values[f"rtc.guidance.{steps}"] = torch.cat(guided).flatten()
    return values
