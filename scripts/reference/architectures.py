"""The networks that goldens are recorded from. Each differs from the others in something the product must read from the checkpoint."""

from dataclasses import dataclass

import torch

from .statistics import dataset_stats
from .tiny_vlm import VOCABULARY_SIZE

CAMERAS = ["observation.images.wrist", "observation.images.front", "observation.images.side"]


@dataclass(frozen=True)
class Architecture:
    name: str
    seed: int
    vision: dict  # of the VLM's config.json
    text: dict
    scale_factor: int  # of the pixel shuffle
    policy: dict  # fields of LeRobot's SmolVLAConfig that decide shapes
    state_dim: int = 6
    action_dim: int = 7

    def vlm_config(self) -> dict:
        return {
            "scale_factor": self.scale_factor,
            "text_config": {
                "model_type": "llama",
                "vocab_size": VOCABULARY_SIZE,
                "rms_norm_eps": 1e-5,
                "rope_theta": 100000,
                "max_position_embeddings": 8192,
                "pad_token_id": 2,
                "torch_dtype": "bfloat16",
                **self.text,
            },
            "vision_config": {"model_type": "smolvlm_vision", "layer_norm_eps": 1e-6, **self.vision},
        }

    def dataset_stats(self) -> dict[str, dict[str, torch.Tensor]]:
        return dataset_stats(self.seed, self.state_dim, self.action_dim, CAMERAS)


def _sizes(hidden: int, intermediate: int, layers: int, heads: int, **others) -> dict:
    return {
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        **others,
    }


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in [
        # As the published checkpoints: self and cross attention take turns, the VLM is cut after num_vlm_layers.
        Architecture(
            name="alternating",
            seed=1,
            vision=_sizes(32, 48, 2, 2, image_size=32, patch_size=4),
            text=_sizes(48, 64, 6, 3, num_key_value_heads=1, head_dim=16),
            scale_factor=2,
            policy={
                "num_vlm_layers": 4,
                "chunk_size": 10,
                "tokenizer_max_length": 24,
                "resize_imgs_with_padding": (32, 32),
            },
        ),
        # No cross attention; all VLM layers kept; head_dim is not hidden / heads; another pixel shuffle and expert width.
        Architecture(
            name="all_self",
            seed=2,
            vision=_sizes(24, 40, 1, 2, image_size=32, patch_size=4),
            text=_sizes(40, 56, 2, 4, num_key_value_heads=2, head_dim=16),
            scale_factor=4,
            policy={
                "num_vlm_layers": 0,
                "attention_mode": "self_attn",
                "expert_width_multiplier": 0.5,
                "chunk_size": 8,
                "tokenizer_max_length": 48,
                "resize_imgs_with_padding": (32, 32),
            },
        ),
        # No self attention in the expert, which has half as many layers as the VLM.
        Architecture(
            name="all_cross",
            seed=3,
            vision=_sizes(24, 40, 1, 2, image_size=32, patch_size=8),
            text=_sizes(48, 64, 4, 3, num_key_value_heads=1, head_dim=16),
            scale_factor=2,
            policy={
                "num_vlm_layers": 4,
                "num_expert_layers": 2,
                "self_attn_every_n_layers": 0,
                "chunk_size": 8,
                "tokenizer_max_length": 48,
                "resize_imgs_with_padding": (32, 32),
            },
        ),
        # 10 x 10 patches share 6 x 6 positions, and two rows and columns of pixels belong to no patch.
        Architecture(
            name="odd_grid",
            seed=4,
            vision=_sizes(32, 48, 2, 2, image_size=24, patch_size=4),
            text=_sizes(48, 64, 3, 4, num_key_value_heads=2, head_dim=12),
            scale_factor=2,
            policy={
                "num_vlm_layers": 3,
                "chunk_size": 7,
                "num_steps": 5,
                "max_state_dim": 10,
                "max_action_dim": 9,
                "min_period": 1e-2,
                "max_period": 2.0,
                "tokenizer_max_length": 48,
                "resize_imgs_with_padding": (42, 42),
            },
            state_dim=5,
            action_dim=4,
        ),
    ]
}
