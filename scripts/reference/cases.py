"""The list of goldens: an architecture, a configuration and one observation each."""

from dataclasses import dataclass, field

import torch
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.policies.rtc.configuration_rtc import RTCAttentionSchedule, RTCConfig
from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig

from . import seeded
from .architectures import ARCHITECTURES, CAMERAS, Architecture
from .inputs import Inputs

WRIST, FRONT, SIDE = CAMERAS
LONG_TASK = (
    "Open the top drawer, take the screwdriver out, put the 2 small screws on the left side of the table, "
    "close the drawer again and move the robot arm back to its home position."
)


@dataclass(frozen=True)
class Rtc:
    """Real-time chunking: the configuration, and what the caller of predict_action_chunk hands over."""

    schedule: RTCAttentionSchedule
    inference_delay: int
    previous_steps: int  # how much of the previous chunk is left over
    execution_horizon: int | None = None  # None: the configuration's
    configured_horizon: int = 10
    max_guidance_weight: float = 10.0


@dataclass(frozen=True)
class Case:
    name: str
    architecture: str
    cameras: dict[str, tuple[int, int] | None]  # in the order of config.json; height and width, None: no picture
    task: str = "Pick up the red cube and place it in the blue box."
    policy: dict = field(default_factory=dict)  # overrides the architecture's fields of SmolVLAConfig
    masked_cameras: tuple[str, ...] = ()
    rtc: Rtc | None = None
    keep_written_weights: bool = False  # model.safetensors exactly as LeRobot wrote it


CASES = [
    Case("one_camera", "alternating", {FRONT: (20, 28)}),
    Case("two_cameras", "alternating", {WRIST: (45, 27), FRONT: (32, 32)}, task="Stack the 3 green blocks"),
    Case(
        "missing_camera",
        "alternating",
        {WRIST: (24, 32), SIDE: None, FRONT: (30, 17)},
        policy={"empty_cameras": 1},
    ),
    Case(
        "missing_camera_special_tokens",
        "alternating",
        {WRIST: (24, 32), SIDE: None, FRONT: (30, 17)},
        policy={"empty_cameras": 1, "add_image_special_tokens": True},
    ),
    Case("missing_camera_skipped", "alternating", {SIDE: None, WRIST: (24, 32), FRONT: (30, 17)}),
    Case(
        "padded_prefix",
        "alternating",
        {FRONT: (64, 48)},
        task="Push the button\n",
        policy={"pad_language_to": "max_length", "prefix_length": 60},
    ),
    Case("long_task", "alternating", {FRONT: (20, 28)}, task=LONG_TASK),
    Case(
        "masked_camera_special_tokens",
        "alternating",
        {WRIST: (32, 32), FRONT: (20, 28)},
        policy={"add_image_special_tokens": True},
        masked_cameras=(WRIST,),
    ),
    Case(
        "rtc_linear",
        "alternating",
        {FRONT: (20, 28)},
        rtc=Rtc(RTCAttentionSchedule.LINEAR, inference_delay=2, previous_steps=9, execution_horizon=7),
    ),
    Case(
        "rtc_exp",
        "alternating",
        {FRONT: (20, 28)},
        rtc=Rtc(RTCAttentionSchedule.EXP, inference_delay=3, previous_steps=8, configured_horizon=9),
    ),
    Case("self_attention", "all_self", {WRIST: (25, 33), FRONT: (16, 16)}, task="Wipe the table from left to right"),
    Case("empty_task", "all_self", {FRONT: (20, 28)}, task="", policy={"pad_language_to": "max_length"}),
    Case(
        "rtc_ones",
        "all_self",
        {FRONT: (20, 28)},
        rtc=Rtc(RTCAttentionSchedule.ONES, inference_delay=1, previous_steps=5, max_guidance_weight=3.0),
    ),
    Case("cross_attention", "all_cross", {FRONT: (20, 28)}, policy={"num_steps": 4}),
    Case("lerobot_file", "all_cross", {FRONT: (20, 28)}, keep_written_weights=True),
    Case(
        "masked_camera",
        "all_cross",
        {WRIST: (40, 52), FRONT: (28, 20)},
        task="Grasp the handle of the cup\tand pour 25 ml, bitte schön!",
        masked_cameras=(FRONT,),
    ),
    Case(
        "rtc_zeros",
        "all_cross",
        {FRONT: (20, 28)},
        rtc=Rtc(RTCAttentionSchedule.ZEROS, inference_delay=5, previous_steps=3),
    ),
    Case("odd_grid", "odd_grid", {WRIST: (42, 42), FRONT: (23, 50)}, task="Put the <image> next to the <row_1_col_1>."),
]


def make_config(case: Case, vlm_model_name: str) -> SmolVLAConfig:
    architecture = ARCHITECTURES[case.architecture]
    state = PolicyFeature(type=FeatureType.STATE, shape=(architecture.state_dim,))
    pictures = {
        key: PolicyFeature(type=FeatureType.VISUAL, shape=(3, *(size or (48, 64)))) for key, size in case.cameras.items()
    }
    rtc = case.rtc and RTCConfig(
        prefix_attention_schedule=case.rtc.schedule,
        max_guidance_weight=case.rtc.max_guidance_weight,
        execution_horizon=case.rtc.configured_horizon,
    )
    return SmolVLAConfig(
        input_features={"observation.state": state, **pictures},
        output_features={"action": PolicyFeature(type=FeatureType.ACTION, shape=(architecture.action_dim,))},
        device="cpu",
        push_to_hub=False,
        vlm_model_name=vlm_model_name,
        n_action_steps=architecture.policy["chunk_size"],
        rtc_config=rtc,
        **{**architecture.policy, **case.policy},
    )


def make_inputs(case: Case, config: SmolVLAConfig) -> Inputs:
    architecture = ARCHITECTURES[case.architecture]
    seed = architecture.seed
    stats = architecture.dataset_stats()["observation.state"]
    return Inputs(
        pictures={
            key: seeded.picture(seed, f"{case.name} {key}", *size) for key, size in case.cameras.items() if size is not None
        },
        masks={key: torch.tensor([False]) for key in case.masked_cameras},
        state=stats["mean"] + stats["std"] * seeded.normal(seed, f"{case.name} state", (architecture.state_dim,)),
        task=case.task,
        noise=seeded.normal(seed, f"{case.name} noise", (config.chunk_size, config.max_action_dim)),
        previous=_previous_chunk(case, architecture),
    )


def _previous_chunk(case: Case, architecture: Architecture) -> torch.Tensor | None:
    if case.rtc is None:
        return None
    return seeded.normal(architecture.seed, f"{case.name} previous", (case.rtc.previous_steps, architecture.action_dim))
