"""What scripts/parity.py found: the errors, which of them are too large, and the tables of docs/performance.md."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

MOST_FP32 = 1e-4  # largest difference, normalised; in robot units over LeRobot's largest number
MOST_BF16 = 0.02  # relative L2
INSTRUCTION_SETS = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"]


@dataclass
class Row:
    """One network with one number of cameras."""

    layers: int
    cameras: int
    errors: dict[str, float] = field(default_factory=dict)
    lerobot_ms: dict[str, list[float]] = field(default_factory=dict)  # by dtype
    smolvla: dict[str, dict] = field(default_factory=dict)  # by dtype, what `smolvla bench --json` printed

    def __str__(self) -> str:
        return f"{self.layers} layers, {self.cameras} camera{'' if self.cameras == 1 else 's'}"

    def set_errors(self, chunks: dict[str, dict], noise: np.ndarray) -> None:
        """`chunks[dtype]["lerobot" or "smolvla"]["normalized" or "actions"]` is [chunk, action]."""
        reference, ours = chunks["fp32"]["lerobot"], chunks["fp32"]["smolvla"]
        robot_units = np.abs(ours["actions"] - reference["actions"]).max()
        self.errors = {
            "normalized": np.abs(ours["normalized"] - reference["normalized"]).max(),
            "robot": robot_units,
            "robot_share": robot_units / np.abs(reference["actions"]).max(),
        }
        if "bf16" not in chunks:
            return

        def distance(chunk: dict, exact: dict) -> float:
            moved = exact["normalized"] - noise[:, : exact["normalized"].shape[1]]
            return float(np.linalg.norm(chunk["normalized"] - exact["normalized"]) / np.linalg.norm(moved))

        bf16 = chunks["bf16"]
        self.errors |= {
            "bf16": distance(bf16["smolvla"], ours),
            "bf16_lerobot_fp32": distance(bf16["smolvla"], reference),
        }
        if "lerobot" in bf16:
            self.errors["lerobot_bf16"] = distance(bf16["lerobot"], reference)

    def times(self, whose: str, dtype: str) -> dict[str, float]:
        """Milliseconds: "min" and "median"."""
        if whose == "smolvla":
            return self.smolvla[dtype]["total_ms"]
        times = self.lerobot_ms[dtype]
        return {"min": min(times), "median": statistics.median(times)}


def broken_bounds(row: Row) -> list[str]:
    e = row.errors
    checks = [
        ("smolvla fp32 from LeRobot fp32, normalised", e["normalized"], MOST_FP32),
        ("smolvla fp32 from LeRobot fp32, robot units over the largest", e["robot_share"], MOST_FP32),
    ]
    if "bf16" in e:
        checks.append(("smolvla bf16 from smolvla fp32, relative L2", e["bf16"], MOST_BF16))
    if "lerobot_bf16" in e:
        checks.append(("smolvla bf16 from its fp32, beside LeRobot's own", e["bf16"], e["lerobot_bf16"]))
    # Not "above": NaN breaks a bound too.
    return [f"{row}: {what}: {found:.1e}, at most {most:.1e}" for what, found, most in checks if not found <= most]


def render(rows: list[Row], run: dict) -> str:
    bench = next(iter(rows[0].smolvla.values()))
    flags = cpu_flags()
    sets = ", ".join(name for name in INSTRUCTION_SETS if name in flags)
    about = [
        f"{bench['machine']} ({sets or 'none of ' + ', '.join(INSTRUCTION_SETS)}), {bench['threads']} threads on both sides, "
        f"torch {run['torch']}, smolvla {bench['commit']}, {bench['repeats']} repeats (LeRobot's before and after smolvla's), "
        f"load average {run['load']:.1f} before the run; {run['input']}.",
        f"Made by `{run['command']}`.",
    ]
    parts = ["\n".join(about), times_table(rows), ratios_table(rows), stages_table(rows), errors_table(rows)]
    return "\n\n".join(part for part in parts if part)


def times_table(rows: list[Row]) -> str:
    columns = [("lerobot", dtype) for dtype in rows[0].lerobot_ms] + [("smolvla", dtype) for dtype in rows[0].smolvla]
    names = {"lerobot": "LeRobot", "smolvla": "smolvla"}
    header = ["layers", "cameras"] + [f"{names[whose]} {dtype}" for whose, dtype in columns]
    body = []
    for row in rows:
        cells = ["{min:.0f} / {median:.0f}".format(**row.times(*column)) for column in columns]
        body.append([row.layers, row.cameras, *cells])
    return table("Milliseconds a chunk, min / median:", header, body)


def ratios_table(rows: list[Row]) -> str:
    ratios = [("fp32", "fp32"), ("bf16", "bf16"), ("fp32", "bf16")]  # LeRobot's, ours
    ratios = [(theirs, ours) for theirs, ours in ratios if theirs in rows[0].lerobot_ms and ours in rows[0].smolvla]
    header = ["layers", "cameras"] + [f"LeRobot {theirs} / smolvla {ours}" for theirs, ours in ratios]
    body = []
    for row in rows:
        cells = [
            f"{row.times('lerobot', theirs)['median'] / row.times('smolvla', ours)['median']:.2f}" for theirs, ours in ratios
        ]
        body.append([row.layers, row.cameras, *cells])
    return table("Ratios of the medians:", header, body) if ratios else ""


def stages_table(rows: list[Row]) -> str:
    header = ["layers", "cameras", "dtype", "vision", "prefix", "expert step", "GFLOP/s", "of oneDNN's", "start-up", "peak MB"]
    body = []
    for row in rows:
        for dtype, b in row.smolvla.items():
            share = f"{100 * b['onednn_share']:.0f} % ({b['onednn_dtype']})"
            stages = [f"{b[stage]['median']:.0f}" for stage in ("vision_ms", "prefix_ms", "expert_step_ms")]
            ends = [f"{b['gflops']:.0f}", share, f"{b['startup_ms']:.0f}", f"{b['peak_rss_mb']:.0f}"]
            body.append([row.layers, row.cameras, dtype, *stages, *ends])
    return table("smolvla's stages, median ms; its rate beside oneDNN's on the same products:", header, body)


def errors_table(rows: list[Row]) -> str:
    columns = {
        "normalized": "smolvla fp32 from LeRobot fp32, max",
        "robot": "in robot units, max",
        "bf16": "smolvla bf16 from smolvla fp32, L2",
        "bf16_lerobot_fp32": "smolvla bf16 from LeRobot fp32, L2",
        "lerobot_bf16": "LeRobot bf16 from LeRobot fp32, L2",
    }
    columns = {key: name for key, name in columns.items() if key in rows[0].errors}
    body = [[row.layers, row.cameras, *(f"{row.errors[key]:.1e}" for key in columns)] for row in rows]
    caption = "Differences of chunks, normalised where nothing else is said: max is the largest"
    if "bf16" in rows[0].errors:
        caption += ", L2 the norm over that of the chunk less the noise"
    return table(caption + ":", ["layers", "cameras", *columns.values()], body)


def table(caption: str, header: list[str], body: list[list]) -> str:
    lines = [header, ["---"] * len(header), *body]
    return "\n".join([caption, "", *("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)])


def cpu_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return set()
    lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")]
    return set(lines[0].split(":")[1].split()) if lines else set()


def write(path: Path, block: str, tables: str) -> None:
    """Puts the tables between the block's markers of the file, whole or not at all."""
    begin, end = f"<!-- {block}:begin -->", f"<!-- {block}:end -->"
    text = path.read_text()
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise SystemExit(f"{path}: expected {begin} and, after it, {end}, once each")
    new = text[: text.index(begin)] + f"{begin}\n{tables}\n" + text[text.index(end) :]
    part = path.with_name(path.name + ".part")
    part.write_text(new)
    part.replace(path)
