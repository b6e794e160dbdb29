"""Every command of `smolvla data` that makes a dataset of others or changes one, held to what it was made of."""

import json
import shutil
from pathlib import Path

import numpy as np

from . import dataset_comparison
from .dataset_checks import Checks
from .dataset_comparison import Origin
from .dataset_content import BACKENDS, SMALL, Content, read

SHARE = 0.6  # of the episodes, in the first of two parts


class Source:
    """A dataset, and the checks of what is made of it."""

    def __init__(self, checks: Checks, folder: Path, loss: float):
        self.checks, self.folder, self.loss = checks, folder, loss
        self.name = f"{folder.parent.name}/{folder.name}"
        self.content: Content = read(folder)
        self.every = [(self.content, episode) for episode in self.content.lengths]
        self.lost = ["--skip-missing"] if len(self.every) != self.content.info["total_episodes"] else []

    def made(self, command: str, words: list, origin: Origin, decoders: list[str] = BACKENDS[:1]) -> None:
        """The first word of `command` is the kind of check."""
        name = f"{self.name} {command}"
        if self.checks.wants(name):
            with self.checks.part(command.split()[0], name):
                self.checks.compare(name, self.checks.make(name, *words, *self.lost), origin, decoders)

    def check(self, briefly: bool) -> None:
        # Windows are read with both decoders once a source: what is copied, is copied alike.
        self.made("convert", ["convert", self.folder, None], Origin(self.every), BACKENDS)
        if briefly:
            return
        if len(self.every) > 1:
            self._choose()
        if self.content.cameras:
            self._rename(self.content.cameras[0])
            self.made("stats", ["stats", self.folder, None], Origin(self.every, pictures_anew=True))
        small = sum(self.content.lengths.values()) <= SMALL
        if small and not self.lost:
            self._in_place()
            self._write_statistics()
        if small and any(feature["dtype"] == "video" for feature in self.content.info["features"].values()):
            for codec in ["h264", "av1"]:
                self.made(f"encode {codec}", ["convert", self.folder, None, "--encode", codec], Origin(self.every, loss=self.loss))

    def _choose(self) -> None:
        first, second = self.every[0], self.every[1]
        numbers = f"{second[1]},{first[1]}"
        self.made("split", ["split", self.folder, None, "--episodes", numbers], Origin([second, first]))
        rest = [pair for pair in self.every if pair != second]
        self.made("delete", ["delete", self.folder, None, "--episodes", str(second[1])], Origin(rest))
        if self.lost:
            return
        name = f"{self.name} merge"
        if self.checks.wants(name):
            part = self.checks.make(name, "split", self.folder, None, "--episodes", numbers)
            two = [(read(part), episode) for episode in (0, 1)]
            two = [(two[0][0], episode) for _, episode in two]
            self.made("merge", ["merge", None, part, self.folder], Origin([*two, *self.every]))
        self._into()

    def _into(self) -> None:
        name = f"{self.name} into"
        if not self.checks.wants(name):
            return
        with self.checks.part("into", name):
            stem = self.checks.new_folder()
            shares = ["--into", f"train={SHARE}", "--into", f"test={1 - SHARE:.1f}"]
            self.checks.command(name, "split", self.folder, stem, *shares)
            parts = [stem.with_name(f"{stem.name}_{part}") for part in ("train", "test")]
            sizes = [len(read(part).lengths) for part in parts]
            wanted = [round(SHARE * len(self.every)), len(self.every) - round(SHARE * len(self.every))]
            self.checks.say(f"{name}: sizes", dataset_comparison.differs("episodes", wanted, sizes))
            self.checks.compare(f"{name} train", parts[0], Origin(self.every[: sizes[0]]))
            self.checks.compare(f"{name} test", parts[1], Origin(self.every[sizes[0] :]))

    def _rename(self, camera: str) -> None:
        renames = {camera: "observation.images.renamed", "next.reward": "next.gain"}
        renames = {key: to for key, to in renames.items() if key in self.content.info["features"]}
        words = [word for old, new in renames.items() for word in ["--feature", f"{old}={new}"]]
        self.made("rename", ["rename", self.folder, None, *words], Origin(self.every, renames))
        self.made("drop", ["rename", self.folder, None, "--drop", camera], Origin(self.every, drops=[camera]))

    def _in_place(self) -> None:
        name = f"{self.name} in-place"
        if not self.checks.wants(name):
            return
        with self.checks.part("in-place", name):
            copy = self._copy()
            self.checks.command(name, "convert", copy, "--in-place")
            kept = copy.with_name(copy.name + "_old")
            self.checks.say(f"{name}: what it was", _other_files(self.folder, kept))
            self.checks.compare(name, copy, Origin(self.every))

    def _write_statistics(self) -> None:
        """Into a copy whose statistics are wrong; nothing else of it changes."""
        name = f"{self.name} stats --write"
        if not self.checks.wants(name):
            return
        with self.checks.part("stats", name):
            copy = self._copy()
            changed = {"stats.json"}
            if self.content.info["codebase_version"] == "v2.1":
                changed = {"stats.json", "episodes_stats.jsonl"}
            for file in (copy / "meta" / file for file in changed):
                if file.exists():
                    file.write_text(file.read_text().replace("0.", "1."))
            self.checks.command(name, "stats", copy, "--write")
            same = [line for line in _other_files(self.folder, copy) if not any(file in line for file in changed)]
            self.checks.say(f"{name}: other files", same)
            # LeRobot does not read v2.x, but what is converted keeps the statistics of pictures.
            made = copy if self.content.info["codebase_version"] == "v3.0" else None
            if made:
                self.checks.attempt(f"{name}: statistics", lambda: dataset_comparison.total_statistics(read(made)))
            else:
                self.checks.say(f"{name}: statistics", _statistics_of_v2(copy, self.content))

    def _copy(self) -> Path:
        copy = self.checks.new_folder()
        shutil.copytree(self.folder, copy)
        return copy


def check(checks: Checks, folder: Path, loss: float, briefly: bool) -> None:
    """`loss`: of pictures encoded anew. Briefly: only what reads each version, as what makes datasets of it is the same."""
    source = Source(checks, folder, loss)
    if not source.every:
        print(f"left out {source.name}: no episode has all its files")
        return
    source.check(briefly)


def check_merge(checks: Checks, folders: list[Path]) -> None:
    """Of datasets that LeRobot made, one after another."""
    name = "made by LeRobot merge"
    if checks.wants(name):
        with checks.part("merge", name):
            contents = [read(folder) for folder in folders]
            origin = Origin([(content, episode) for content in contents for episode in content.lengths])
            checks.compare(name, checks.make(name, "merge", None, *folders), origin, BACKENDS)


def _other_files(wanted: Path, found: Path) -> list[str]:
    """The files of two folders that are not the same, byte for byte."""
    names = {path.relative_to(folder) for folder in (wanted, found) for path in folder.rglob("*") if path.is_file()}
    pairs = {name: (wanted / name, found / name) for name in sorted(names)}
    return [
        f"{name} is not what it was"
        for name, (a, b) in pairs.items()
        if not (a.exists() and b.exists() and a.read_bytes() == b.read_bytes())
    ]


def _statistics_of_v2(folder: Path, content: Content) -> list[str]:
    """meta/stats.json of v2.0 and v2.1 against numpy's of the rows."""
    stats, lines = json.loads((folder / "meta/stats.json").read_text()), []
    for key in ("action", "observation.state", "timestamp"):
        rows = np.concatenate([np.array(content.columns(episode)[key], float) for episode in content.lengths])
        for name, wanted in {"mean": rows.mean(0), "std": rows.std(0), "min": rows.min(0), "max": rows.max(0)}.items():
            found = np.array(stats[key][name]).ravel()
            if np.abs(found - wanted).max() > 1e-5 * np.abs(rows).max():
                lines.append(f"{name} of {key}: {found}, not {wanted}")
    return lines
