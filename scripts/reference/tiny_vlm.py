"""A directory that stands for SmolVLM2: configuration and tokenizer of the same formats, everything small."""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

FIRST_SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
IMAGE_SPECIAL_TOKENS = ["<global-img>", "<fake_token_around_image>", "<image>", "<end_of_utterance>"]
VOCABULARY_SIZE = 400

# What the tokenizer learns its merges from.
SENTENCES = [
    "Pick up the red cube and place it in the blue box.",
    "Put the yellow banana on the white plate.",
    "Open the top drawer, take the screwdriver out and close the drawer again.",
    "Stack the 3 green blocks on the left side of the table.",
    "Push the button on the right, then wait until the light turns off.",
    "Grasp the handle of the cup and pour the water into the bowl.",
    "Fold the towel twice and put it next to the basket.",
    "Move the robot arm back to its home position.",
    "Insert the peg into the hole without touching the other parts.",
    "Wipe the table with the sponge from left to right.",
    "Hand the bottle over to the other gripper and screw the lid on.",
    "Sort the screws by size: small ones left, big ones right.",
    "Press the key £, then the key °, then the key «, and at last the key ».",
]


def build_tokenizer() -> Tokenizer:
    """Byte-level BPE in the layout of SmolVLM2's tokenizer.json."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE - len(IMAGE_SPECIAL_TOKENS),
        special_tokens=[_special(token) for token in FIRST_SPECIAL_TOKENS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([sentence + "\n" for sentence in SENTENCES], trainer)
    tokenizer.add_special_tokens([_special(token) for token in IMAGE_SPECIAL_TOKENS])
    assert tokenizer.get_vocab_size() == VOCABULARY_SIZE
    return tokenizer


def write_vlm_directory(directory: Path, config: dict) -> None:
    """Writes what LeRobot reads when `vlm_model_name` is a local directory; `config` has the dimensions only."""
    directory.mkdir(parents=True)
    tokenizer = build_tokenizer()
    tokenizer.save(str(directory / "tokenizer.json"))
    image_token = tokenizer.token_to_id("<image>")
    files = {
        "config.json": {
            "architectures": ["SmolVLMForConditionalGeneration"],
            "model_type": "smolvlm",
            "image_token_id": image_token,
            "tie_word_embeddings": False,
            **config,
        },
        "tokenizer_config.json": {
            "add_prefix_space": False,
            "additional_special_tokens": ["<fake_token_around_image>", "<image>", "<end_of_utterance>"],
            "bos_token": "<|im_start|>",
            "clean_up_tokenization_spaces": False,
            "eos_token": "<end_of_utterance>",
            "extra_special_tokens": {
                "image_token": "<image>",
                "fake_image_token": "<fake_token_around_image>",
                "global_image_token": "<global-img>",
                "end_of_utterance_token": "<end_of_utterance>",
            },
            "model_max_length": 8192,
            "pad_token": "<|im_end|>",
            "tokenizer_class": "GPT2Tokenizer",
            "truncation_side": "left",
            "unk_token": "<|endoftext|>",
            "vocab_size": VOCABULARY_SIZE,
        },
        "special_tokens_map.json": {
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>",
            "unk_token": "<|endoftext|>",
        },
        "preprocessor_config.json": {
            "image_processor_type": "SmolVLMImageProcessor",
            "processor_class": "SmolVLMProcessor",
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
            "max_image_size": {"longest_edge": config["vision_config"]["image_size"]},
            "size": {"longest_edge": config["vision_config"]["image_size"]},
            "video_sampling": {"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 512}},
        },
        "processor_config.json": {"image_seq_len": 64, "processor_class": "SmolVLMProcessor"},
    }
    for name, content in files.items():
        (directory / name).write_text(json.dumps(content, indent=2) + "\n")


def _special(token: str) -> AddedToken:
    return AddedToken(token, normalized=False, special=True)
