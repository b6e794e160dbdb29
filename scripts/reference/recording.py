"""Runs LeRobot's SmolVLA and keeps what every stage of it computes."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from lerobot.policies.common.flow_matching import euler_integrate
from lerobot.policies.common.vla_utils import make_att_2d_masks
from lerobot.policies.factory import make_pre_post_processors
from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig
from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy
from lerobot.utils.constants import OBS_LANGUAGE_ATTENTION_MASK, OBS_LANGUAGE_TOKENS

from .cases import Rtc
from .inputs import Inputs

VELOCITY_TIMES = [1.0, 0.7, 0.3, 0.1]


@dataclass(frozen=True)
class Pipeline:
    """LeRobot's three parts, from robot units to robot units."""

    preprocessor: Any
    policy: SmolVLAPolicy
    postprocessor: Any


def make_pipeline(config: SmolVLAConfig, stats: dict) -> Pipeline:
    """A policy with the weights that its constructors gave it."""
    with contextlib.redirect_stdout(io.StringIO()):  # it reports the number of layers
        policy = SmolVLAPolicy(config)
    policy.eval()
    preprocessor, postprocessor = make_pre_post_processors(config, dataset_stats=stats)
    return Pipeline(preprocessor, policy, postprocessor)


def prepare_batch(pipeline: Pipeline, inputs: Inputs) -> dict[str, Any]:
    """A batch of one observation, as LeRobot's preprocessor makes it."""
    observation: dict[str, Any] = {
        key: picture.permute(2, 0, 1).float() / 255 for key, picture in inputs.pictures.items()
    }
    observation |= {f"{key}_padding_mask": mask for key, mask in inputs.masks.items()}
    return pipeline.preprocessor(observation | {"observation.state": inputs.state.clone(), "task": inputs.task})


def record_chunk(pipeline: Pipeline, batch: dict[str, Any], inputs: Inputs, rtc: Rtc | None = None) -> dict[str, torch.Tensor]:
    """The way a robot calls LeRobot: the chunk, normalised and in robot units."""
    normalized = pipeline.policy.predict_action_chunk(dict(batch), noise=inputs.noise[None], **_rtc_arguments(inputs, rtc))
    return {"chunk.normalized": normalized[0], "chunk.actions": pipeline.postprocessor(normalized)[0]}


@torch.no_grad()
def record_stages(policy: SmolVLAPolicy, batch: dict[str, Any], inputs: Inputs, rtc: Rtc | None = None) -> dict[str, torch.Tensor]:
    """The same computation with the policy's own parts called one after the other."""
    model = policy.model
    images, image_masks = policy.prepare_images(batch)
    tokens, token_mask = batch[OBS_LANGUAGE_TOKENS], batch[OBS_LANGUAGE_ATTENTION_MASK]
    stages = {"tokens": tokens[0], "token_mask": token_mask[0].to(torch.uint8)}

    with _vision_outputs(policy) as (vision, connector):
        embeddings, valid, attention = model.embed_prefix(
            images, image_masks, tokens, token_mask, state=policy.prepare_state(batch)
        )
    for index in range(len(inputs.pictures)):  # the pictures of missing cameras come after these
        stages[f"pixels.{index}"] = images[index][0]
        stages[f"vision.{index}"] = vision[index]
        stages[f"connector.{index}"] = connector[index]

    _, cache = model.vlm_with_expert.forward(
        attention_mask=make_att_2d_masks(valid, attention),
        position_ids=torch.cumsum(valid, dim=1) - 1,
        past_key_values=None,
        inputs_embeds=[embeddings, None],
        use_cache=True,
    )
    for index, layer in enumerate(cache.layers):  # [batch, heads, tokens, head_dim]
        stages[f"prefix.k.{index}"] = layer.keys[0].transpose(0, 1)[valid[0]]
        stages[f"prefix.v.{index}"] = layer.values[0].transpose(0, 1)[valid[0]]

    def velocity(actions: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return model.denoise_step(x_t=actions, prefix_pad_masks=valid, past_key_values=cache, timestep=time)

    stages["velocity.t"] = torch.tensor(VELOCITY_TIMES, dtype=torch.float32)
    for index, time in enumerate(stages["velocity.t"]):
        stages[f"velocity.{index}"] = velocity(inputs.noise[None], time[None])[0]
    stages["chunk.padded"] = euler_integrate(
        velocity,
        inputs.noise[None],
        policy.config.num_steps,
        rtc_processor=policy.rtc_processor,
        rtc_enabled=rtc is not None,
        **_rtc_arguments(inputs, rtc),
    )[0]
    return stages


def _rtc_arguments(inputs: Inputs, rtc: Rtc | None) -> dict[str, Any]:
    if rtc is None:
        return {}
    arguments = {"inference_delay": rtc.inference_delay, "prev_chunk_left_over": inputs.previous}
    if rtc.execution_horizon is not None:
        arguments["execution_horizon"] = rtc.execution_horizon
    return arguments


@contextlib.contextmanager
def _vision_outputs(policy: SmolVLAPolicy) -> Iterator[tuple[list[torch.Tensor], list[torch.Tensor]]]:
    """Collects what the vision tower and the connector return for each picture, in the order of the calls."""
    vlm = policy.model.vlm_with_expert.get_vlm_model()
    vision: list[torch.Tensor] = []
    connector: list[torch.Tensor] = []
    hooks = [
        vlm.vision_model.register_forward_hook(lambda _, __, output: vision.append(output.last_hidden_state[0])),
        vlm.connector.register_forward_hook(lambda _, __, output: connector.append(output[0])),
    ]
    try:
        yield vision, connector
    finally:
        for hook in hooks:
            hook.remove()
