#!/usr/bin/env python3
"""Makes testdata/demo: a tiny checkpoint, two drawn pictures, noise, and the chunk that LeRobot makes of them.

  "$python" scripts/make_demo.py     $python is the one that scripts/reference_env.sh prints

The weights are those of the golden architecture all_cross, and are links to them; run scripts/make_goldens.py first.
"""

import dataclasses
import sys
import tempfile
from pathlib import Path

from reference import environment

environment.prepare()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

from reference import checkpoint, seeded  # noqa: E402
from reference.architectures import ARCHITECTURES  # noqa: E402
from reference.cases import Case, make_config  # noqa: E402
from reference.inputs import Inputs  # noqa: E402
from reference.recording import make_pipeline, prepare_batch, record_chunk  # noqa: E402
from reference.tiny_vlm import write_vlm_directory  # noqa: E402
from reference.weights import fill_weights  # noqa: E402

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"
ARCHITECTURE = dataclasses.replace(ARCHITECTURES["all_cross"], state_dim=6, action_dim=6)
FRONT, WRIST = "observation.images.front", "observation.images.wrist"
STATE = [12.0, -40.0, 65.0, 30.0, -5.0, 20.0]
TASK = "Pick up the red cube and place it in the blue box."
# Of an SO-100 arm in degrees, the gripper in percent.
MEAN, STD = [0.0, -20.0, 60.0, 30.0, 0.0, 25.0], [25.0, 40.0, 30.0, 25.0, 40.0, 20.0]


def main() -> int:
    demo = TESTDATA / "demo"
    demo.mkdir(exist_ok=True)
    draw_front().save(demo / "front.png", optimize=True)
    draw_wrist().save(demo / "wrist.png", optimize=True)
    pictures = {
        FRONT: torch.from_numpy(np.array(Image.open(demo / "front.png"))),
        WRIST: torch.from_numpy(np.array(Image.open(demo / "wrist.png"))),
    }
    case = Case(
        "demo",
        "all_cross",
        {key: tuple(picture.shape[:2]) for key, picture in pictures.items()},
        policy={"chunk_size": 50, "num_steps": 10},
    )
    with tempfile.TemporaryDirectory() as scratch:
        vlm = Path(scratch) / "vlm"
        write_vlm_directory(vlm, ARCHITECTURE.vlm_config())
        config = make_config(case, str(vlm))
        config.input_features["observation.state"].shape = (6,)
        config.output_features["action"].shape = (6,)
        config.n_action_steps = 50
        values = {"mean": torch.tensor(MEAN), "std": torch.tensor(STD)}
        pipeline = make_pipeline(config, {"observation.state": values, "action": values})
        fill_weights(pipeline.policy, ARCHITECTURE.seed, round_to_bfloat16=True)
        write_checkpoint(pipeline, vlm, demo / "checkpoint")
        pipeline.policy.float()
        noise = seeded.normal(ARCHITECTURE.seed, "demo noise", (config.chunk_size, config.max_action_dim))
        inputs = Inputs(pictures=pictures, state=torch.tensor(STATE), task=TASK, noise=noise)
        chunk = record_chunk(pipeline, prepare_batch(pipeline, inputs), inputs)["chunk.actions"]
    np.save(demo / "noise.npy", noise.numpy())
    rows = ["step," + ",".join(f"joint_{i}" for i in range(6))]
    rows += [f"{i}," + ",".join(f"{value:.9g}" for value in row) for i, row in enumerate(chunk.tolist())]
    (demo / "lerobot_chunk.csv").write_text("\n".join(rows) + "\n")
    return 0


def write_checkpoint(pipeline, vlm: Path, directory: Path) -> None:
    """The checkpoint as LeRobot writes it, with what the goldens have too as links to theirs."""
    checkpoint.write_checkpoint(pipeline, directory)
    checkpoint.rename_vlm(directory, vlm, checkpoint.VLM_NAME)
    checkpoint.copy_vlm_files(vlm, directory)
    checkpoint.mix_dtypes(directory / checkpoint.WEIGHTS)
    shared = {
        "shared_all_cross": [checkpoint.WEIGHTS, "vlm_config.json"],
        "shared_tokenizer": ["tokenizer.json", "tokenizer_config.json"],
    }
    for folder, names in shared.items():
        for name in names:
            target = TESTDATA / "goldens" / folder / name
            assert target.read_bytes() == (directory / name).read_bytes(), target
            (directory / name).unlink()
            (directory / name).symlink_to(Path("../../goldens") / folder / name)


def draw_front() -> Image.Image:
    """A table from the front: an arm, a red cube, a blue box."""
    image = Image.new("RGB", (320, 240), (196, 202, 208))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 130), (320, 130), (320, 240), (0, 240)], fill=(168, 132, 96))
    draw.line([(0, 130), (320, 130)], fill=(120, 92, 66), width=2)
    draw.rectangle([214, 150, 290, 200], fill=(38, 84, 160))
    draw.rectangle([222, 158, 282, 170], fill=(22, 52, 104))
    draw.rectangle([92, 170, 118, 196], fill=(196, 40, 36))
    draw.polygon([(92, 170), (100, 162), (126, 162), (118, 170)], fill=(226, 74, 66))
    draw.rectangle([146, 196, 190, 214], fill=(40, 42, 46))
    for start, end, width in [((168, 196), (176, 120), 16), ((176, 120), (122, 78), 13), ((122, 78), (106, 128), 10)]:
        draw.line([start, end], fill=(236, 152, 28), width=width)
    for x, y in [(176, 120), (122, 78)]:
        draw.ellipse([x - 10, y - 10, x + 10, y + 10], fill=(52, 54, 60))
    draw.line([(106, 128), (94, 150)], fill=(52, 54, 60), width=5)
    draw.line([(106, 128), (118, 150)], fill=(52, 54, 60), width=5)
    return image


def draw_wrist() -> Image.Image:
    """The same cube from above, between the fingers."""
    image = Image.new("RGB", (240, 320), (168, 132, 96))
    draw = ImageDraw.Draw(image)
    for y in range(0, 320, 16):
        draw.line([(0, y), (240, y + 6)], fill=(160, 124, 90))
    draw.polygon([(84, 120), (150, 112), (160, 180), (92, 188)], fill=(196, 40, 36))
    draw.polygon([(0, 320), (0, 210), (66, 250), (78, 320)], fill=(52, 54, 60))
    draw.polygon([(240, 320), (240, 204), (178, 246), (164, 320)], fill=(52, 54, 60))
    return image


if __name__ == "__main__":
    sys.exit(main())
