"""Runs smolvla, compares what it makes with what it was made of, and counts and prints the outcome."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from . import dataset_comparison
from .dataset_comparison import Origin
from .dataset_content import BACKENDS, SMALL, ContentV3, read

# It would restart itself to say the same, which takes as long as most commands.
ENVIRONMENT = os.environ | {"GOMP_SPINCOUNT": "5000"}


class Checks:
    """Parts of a name that has `only` in it; what differs is printed, and a line for each part."""

    def __init__(self, smolvla: Path, scratch: Path, only: str = ""):
        self.smolvla, self.scratch, self.only = smolvla, scratch, only
        self.done, self.failed, self.parts, self.seconds = Counter(), Counter(), Counter(), Counter()
        self.made = 0
        self.kind = ""

    def wants(self, name: str) -> bool:
        return self.only in name

    @contextmanager
    def part(self, kind: str, name: str) -> Iterator[None]:
        """Whatever is said within belongs to it; what LeRobot refuses is a difference, too."""
        before, start, self.kind = (self.done[kind], self.failed[kind]), time.monotonic(), kind
        self._progress(name)
        try:
            yield
        except Exception as error:  # whatever LeRobot and its libraries throw
            self.say(name, [repr(error)])
        self.parts[kind] += 1
        self.seconds[kind] += time.monotonic() - start
        done, failed = self.done[kind] - before[0], self.failed[kind] - before[1]
        self._progress("")
        print(f"{'DIFFERS' if failed else 'equal  '} {name}: {done} checks", flush=True)

    def say(self, name: str, lines: list[str]) -> None:
        self.done[self.kind] += 1
        self.failed[self.kind] += bool(lines)
        if not lines:
            return
        self._progress("")
        print(f"DIFFERS {name}", flush=True)
        for line in lines[:5]:
            print(f"        {line[:400]}")
        if len(lines) > 5:
            print(f"        and {len(lines) - 5} more")

    def summary(self) -> str:
        lines = [f"{'':26} datasets  checks  differ  seconds"]
        for kind in self.parts:
            lines.append(f"{kind:26} {self.parts[kind]:8} {self.done[kind]:7} {self.failed[kind]:7} {self.seconds[kind]:8.0f}")
        return "\n".join(lines)

    def new_folder(self) -> Path:
        self.made += 1
        return self.scratch / f"made_{self.made}"

    def attempt(self, name: str, compare: Callable[[], list[str]]) -> None:
        try:
            self.say(name, compare())
        except Exception as error:  # as above, and the other comparisons go on
            self.say(name, [repr(error)])

    def open(self, name: str, folder: Path) -> ContentV3 | None:
        opened = []
        self.attempt(f"{name}: LeRobot opens it", lambda: opened.append(read(folder)) or [])
        return opened[0] if opened else None

    def run(self, *words: str | Path) -> subprocess.CompletedProcess:
        return subprocess.run([self.smolvla, "data", *map(str, words)], capture_output=True, text=True, env=ENVIRONMENT)

    def make(self, name: str, *words: str | Path | None) -> Path | None:
        """Runs a command, of whose words None is the folder of the new dataset."""
        folder = self.new_folder()
        self.command(name, *[folder if word is None else word for word in words])
        if not folder.exists():
            self.say(f"{name}: the new dataset", ["it is not there"])
        return folder if folder.exists() else None

    def command(self, name: str, *words: str | Path) -> bool:
        result = self.run(*words)
        said = (result.stderr or result.stdout).strip()[-350:]
        self.say(f"{name}: the command", [f"exit code {result.returncode}: {said}"] if result.returncode else [])
        return result.returncode == 0

    def compare(self, name: str, folder: Path | None, origin: Origin, decoders: list[str] = BACKENDS[:1]) -> ContentV3 | None:
        """`decoders` are those that read windows of pictures; single ones are read with both."""
        made = self.open(name, folder) if folder else None
        if made is None:
            return None
        choose = chooser(sum(made.lengths.values()))
        comparisons = {
            "metadata": lambda: dataset_comparison.metadata(made, origin),
            "features": lambda: dataset_comparison.features(made, origin),
            "numbers": lambda: dataset_comparison.numbers(made, origin),
            **{f"pictures, {b}": lambda b=b: dataset_comparison.pictures(made, origin, choose, b) for b in BACKENDS},
            "delta_timestamps": lambda: dataset_comparison.windows(made, origin, ends, decoders),
            "statistics": lambda: dataset_comparison.statistics(made, origin),
        }
        for part, compare in comparisons.items():
            self.attempt(f"{name}: {part}", compare)
        self.read_back(name, made, lambda length: [length - 1])
        return made

    def read_back(self, name: str, made: ContentV3, choose: Callable[[int], list[int]]) -> None:
        """smolvla finds nothing wrong with it, and reads the frames that LeRobot does."""
        verified = self.run("verify", made.folder, "--json")
        report = json.loads(verified.stdout) if verified.stdout.startswith("{") else {"findings": [{"code": verified.stderr}]}
        errors = [f"{found['code']}: {found}" for found in report["findings"] if found.get("severity") != "warning"]
        self.say(f"{name}: smolvla data verify", errors)
        lines = []
        for episode, length in made.lengths.items():
            columns, sentences = made.columns(episode), made.sentences(episode)
            for frame in choose(length):
                for camera in made.cameras or [None]:
                    lines += self._frame(made, columns, sentences, episode, frame, camera)
        self.say(f"{name}: smolvla data frame", lines)

    def _frame(self, made: ContentV3, columns, sentences, episode: int, frame: int, camera: str | None) -> list[str]:
        png = self.scratch / "frame.png"
        words = ["--camera", camera, "--png", png] if camera else []
        result = self.run("frame", made.folder, "--episode", episode, "--frame", frame, "--json", *words)
        if result.returncode != 0:
            return [result.stderr.strip()]
        found, where = json.loads(result.stdout), f"episode {episode}, frame {frame}"
        lines = dataset_comparison.differs(f"task of {where}", sentences[frame], found["task"])
        for key, values in columns.items():
            same = np.array_equal(np.array(values[frame]), np.array(found["values"].get(key)))
            lines += [] if same else [f"{key} of {where}: {found['values'].get(key)}, not {values[frame]}"]
        if camera and not np.array_equal(made.picture(episode, frame, camera, "pyav"), np.array(Image.open(png).convert("RGB"))):
            lines.append(f"{camera} of {where}: another picture")
        return lines

    def _progress(self, name: str) -> None:
        if sys.stderr.isatty():
            now = f"{sum(self.done.values())} checks, {sum(self.failed.values())} differ; {name}" if name else ""
            print(f"\r\x1b[K{now}", end="", file=sys.stderr, flush=True)


def chooser(frames: int) -> Callable[[int], list[int]]:
    """All frames of small datasets, else the ends and some between."""
    return (lambda length: list(range(length))) if frames <= SMALL else ends


def ends(length: int) -> list[int]:
    return sorted({0, min(1, length - 1), length // 2, length - 1})
