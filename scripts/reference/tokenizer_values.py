"""Token ids of texts that a byte-level BPE of one's own gets wrong first."""

import tempfile
from pathlib import Path

from transformers import AutoTokenizer

from .architectures import ARCHITECTURES
from .tiny_vlm import build_tokenizer, write_vlm_directory

TEXTS = [
    "",
    "\n",
    "Pick up the red cube and place it in the blue box.\n",
    "  two  spaces   between\n\nand line breaks \n ",
    "\ttabs\tand\r\nreturns",
    "12 blocks, 3.5 cm, 1000000",
    "don't can't we'll I'VE you're it'd 's",
    "ünïcödé straße 日本語 привет",
    "emoji 🤖👍🏽 and e\u0301 combining",
    "no-break\u00a0space, \u2003em space, \u3000ideographic space",
    "½ ² Ⅷ ٣ digits that are no ASCII",
    "<image>",
    "before<image>after <fake_token_around_image><global-img>",
    "<|im_start|>user<|im_end|> <end_of_utterance>",
    "< image > <imag",
    "snake_case __init__ a+b=c !!! ???",
    "   ",
    " leading and trailing ",
]


def tokenizer_values() -> list[dict]:
    """Texts with the ids that tokenizer.json defines, and with those that LeRobot gets, nothing added and nothing cut.

    They differ for digits that are no ASCII: transformers 5 rebuilds a GPT2Tokenizer without the Digits step of tokenizer.json.
    """
    defined = build_tokenizer()
    with tempfile.TemporaryDirectory() as scratch:
        vlm = Path(scratch) / "vlm"
        write_vlm_directory(vlm, next(iter(ARCHITECTURES.values())).vlm_config())
        lerobot = AutoTokenizer.from_pretrained(vlm)
    return [{"text": text, "ids": defined.encode(text).ids, "lerobot_ids": lerobot(text)["input_ids"]} for text in TEXTS]
