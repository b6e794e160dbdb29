"""A policy of LeRobot in float32 and, as a whole, in bfloat16: its chunks and how long they take."""

import copy
import dataclasses
import time

import torch

from .inputs import Inputs
from .recording import Pipeline, prepare_batch, record_chunk

LONG_MS = 120_000  # of timed chunks, after which no more are: bfloat16 without AVX-512 takes minutes for one

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class BothTypes:
    """Takes over the pipeline and its weights."""

    def __init__(self, pipeline: Pipeline, dtypes: list[str]):
        # The copy first, while the weights are in the smaller types of the file.
        self.pipelines = {}
        if "bf16" in dtypes:
            policy = copy.deepcopy(pipeline.policy).to(torch.bfloat16)
            model = policy.model
            for module in (model.state_proj, model.action_in_proj, model.action_out_proj):  # LeRobot hands these float32
                module.register_forward_pre_hook(lambda module, args: (args[0].to(module.weight.dtype),))
            self.pipelines["bf16"] = dataclasses.replace(pipeline, policy=policy)
        pipeline.policy.float()
        self.pipelines["fp32"] = pipeline

    def chunk(self, dtype: str, inputs: Inputs) -> dict[str, torch.Tensor]:
        """As record_chunk names them, in float32 whatever the policy's type."""
        pipeline = self.pipelines[dtype]
        recorded = record_chunk(pipeline, prepare_batch(pipeline, inputs), inputs)
        return {name.removeprefix("chunk."): chunk.float() for name, chunk in recorded.items()}

    @torch.no_grad()
    def times(self, dtype: str, inputs: Inputs, words: int, repeats: int) -> list[float]:
        """Milliseconds of each chunk after one that is not counted, from prepared pictures and `words` tokens.

        Once they took LONG_MS together there are no more; what is that long alone is counted without one before it.
        """
        pipeline = self.pipelines[dtype]
        policy = pipeline.policy
        batch = prepare_batch(pipeline, inputs)
        images, masks = policy.prepare_images(batch)
        state = policy.prepare_state(batch)
        tokens, valid = torch.arange(words)[None], torch.ones(1, words, dtype=torch.bool)
        times = []
        for _ in range(repeats + 1):
            start = time.perf_counter()
            policy.model.sample_actions(images, masks, tokens, valid, state, noise=inputs.noise[None])
            times.append((time.perf_counter() - start) * 1000)
            if sum(times) > LONG_MS:
                break
        return times[1:] or times
