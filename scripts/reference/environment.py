"""Prepares the process for running LeRobot: offline, on the CPU, repeatable."""

import importlib.util
import os
import sys


def prepare(threads: int = 1) -> None:
    """Must be called before anything imports torch or LeRobot. Exits with advice if LeRobot is missing."""
    if importlib.util.find_spec("lerobot") is None:
        sys.exit(
            "LeRobot is not installed in this Python. Run\n"
            "  python=$(scripts/reference_env.sh | tail -n 1)\n"
            "and then this script with \"$python\"."
        )
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
