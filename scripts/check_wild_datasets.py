#!/usr/bin/env python3
"""Holds what smolvla makes of datasets of the wild to pyarrow, PyAV and LeRobot.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/check_wild_datasets.py [--only NAME] [--keep DIR] [--without-lerobot]

scripts/make_wild_datasets.py makes them. Each is opened or refused with the reason; `data verify` finds what is wrong with
it and nothing else; `data frame` gives the numbers that pyarrow reads and the pictures that PyAV decodes, to the bit;
`data convert` and, where there are errors, `data repair` make a dataset of it that holds the same, which LeRobot opens and
reads. Prints a line for each dataset; exit status 1 if anything differs. Takes about a minute.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from make_wild_datasets import make
from PIL import Image
from reference.wild_truth import WildDataset

ROOT = Path(__file__).resolve().parent.parent
# It would restart itself to say the same, which takes as long as most commands.
ENVIRONMENT = os.environ | {"GOMP_SPINCOUNT": "5000"}


class Check:
    """Of one dataset; `lines` says what differs."""

    def __init__(self, smolvla: Path, folder: Path, scratch: Path):
        self.smolvla, self.scratch = smolvla, scratch
        self.dataset, self.folder = WildDataset(folder), folder
        self.lines: list[str] = []
        self.commands = self.errors = 0
        self.declared: list[str] = []

    def run(self, *words) -> subprocess.CompletedProcess:
        self.commands += 1
        return subprocess.run([self.smolvla, "data", *map(str, words)], capture_output=True, text=True, env=ENVIRONMENT)

    def expect(self, what: str, wanted, found) -> bool:
        if repr(wanted) != repr(found):
            self.lines.append(f"{what}: {found!r}, not {wanted!r}")
        return repr(wanted) == repr(found)

    def refusal(self, what: str, result: subprocess.CompletedProcess, says: str) -> None:
        """One line that says why, and nothing on the standard output."""
        said = result.stderr.strip()
        if result.returncode != 1 or says not in said or "\n" in said or result.stdout:
            self.lines.append(
                f"{what}: exit code {result.returncode}, {said[-300:]!r}, where {says!r} was to be refused"
            )

    def all(self, lerobot: bool) -> None:
        refused = self.dataset.about["refused"]
        self.verify(refused)
        if refused:
            self.refusal("info", self.run("info", self.folder, "--json"), refused)
            self.refusal("frame", self.run("frame", self.folder, "--episode", 0, "--frame", 0), refused)
            self.refusal("convert", self.run("convert", self.folder, self.scratch / "refused"), refused)
            self.expect("a folder is left", False, (self.scratch / "refused").exists())
            return
        self.info()
        for number in self.dataset.episodes:
            self.episode(number)
        self.statistics()
        self.expect(
            "exit code of show", 0, self.run("show", self.folder, "--html", self.scratch / "seen.html").returncode
        )
        self.convert(lerobot)
        if self.errors:
            self.repair(lerobot)

    def verify(self, refused: str) -> None:
        result = self.run("verify", self.folder, "--json")
        if not result.stdout:
            self.refusal("verify", result, refused or "nothing")
            return
        found = json.loads(result.stdout)["findings"]
        self.expect(
            "findings", sorted(set(self.dataset.about["codes"])), sorted({finding["code"] for finding in found})
        )
        self.expect("exit code of verify", int(bool(found)), result.returncode)
        self.errors = sum(finding["severity"] == "error" for finding in found)

    def info(self) -> None:
        result = self.run("info", self.folder, "--json")
        if not self.expect("exit code of info", 0, result.returncode):
            self.lines.append(result.stderr.strip()[-300:])
            return
        found, about = json.loads(result.stdout), self.dataset.about
        lengths = [place["length"] for place in about["episodes"]]
        self.expect("episodes", len(lengths), found["episodes"])
        self.expect("frames", sum(lengths), found["frames"])
        self.declared = list(json.loads((self.folder / "meta/info.json").read_text())["features"])
        self.expect("features", self.declared, [feature["key"] for feature in found["features"]])
        self.expect(
            "tasks",
            sorted({place["task"] for place in about["episodes"]}),
            sorted(task["task"] for task in found["tasks"]),
        )

    def episode(self, number: int) -> None:
        lost, place = self.dataset.lost.get(number), self.dataset.episodes[number]
        if lost:
            camera = self.dataset.about["cameras"][0]
            png = self.scratch / "lost.png"
            result = self.run("frame", self.folder, "--episode", number, "--frame", 0, "--camera", camera, "--png", png)
            self.refusal(f"frame 0 of {number}", result, lost)
            self.expect(f"a picture of {number} is left", False, png.exists())
            return
        rows = self.dataset.rows(number)
        for frame in sorted({0, place["length"] // 2, place["length"] - 1}):
            for camera in self.dataset.about["cameras"]:
                self.frame(number, frame, camera, rows[frame])

    def frame(self, number: int, frame: int, camera: str, row: dict) -> None:
        where, png = f"frame {frame} of {number}, {camera}", self.scratch / "frame.png"
        words = [
            "frame",
            self.folder,
            "--episode",
            number,
            "--frame",
            frame,
            "--json",
            "--camera",
            camera,
            "--png",
            png,
        ]
        result = self.run(*words)
        shifted = self.dataset.about["frames_refused"]
        if shifted and result.returncode != 0:
            self.refusal(where, result, shifted)
            result = self.run(*words, "--tolerance", 1)
            shifted = ""  # now any frame is taken: the numbers are compared, and the size of the picture
        if not self.expect(f"exit code of {where}", 0, result.returncode):
            self.lines.append(result.stderr.strip()[-300:])
            return
        found = json.loads(result.stdout)
        self.expect(f"task of {where}", self.dataset.episodes[number]["task"], found["task"])
        wanted = {key: value for key, value in row.items() if key in self.declared and not isinstance(value, dict)}
        self.expect(f"columns of {where}", sorted(wanted), sorted(found["values"]))
        for key in wanted.keys() & found["values"].keys():
            self.value(f"{key} of {where}", wanted[key], found["values"][key])
        picture, seen = self.dataset.picture(number, frame, camera, row), np.array(Image.open(png))
        self.expect(f"size of {where}", picture.shape, seen.shape)
        if not self.dataset.about["frames_refused"] and picture.shape == seen.shape and (picture != seen).any():
            self.lines.append(f"picture of {where}: {np.abs(picture.astype(int) - seen).max()} of 255 apart")

    def value(self, what: str, wanted, found) -> None:
        """To the bit; JSON does not tell 1 from 1.0, nor true from 1 where numbers are meant, and has null for NaN."""
        if wanted is None and found == "":
            return  # a text that is missing
        if isinstance(wanted, str) != isinstance(found, str) or without_nan(wanted) != found:
            self.lines.append(f"{what}: {found!r}, not {wanted!r}")

    def statistics(self) -> None:
        """Of the numbers, against numpy's."""
        if self.dataset.lost:
            return  # refused, or of other episodes
        result = self.run("stats", self.folder, "--no-pictures", "--json")
        if "numbers-not-finite" in self.dataset.about["codes"]:
            self.refusal("stats", result, "finite")
            return
        if not self.expect("exit code of stats", 0, result.returncode):
            self.lines.append(result.stderr.strip()[-300:])
            return
        found = json.loads(result.stdout)["stats"]
        rows = [row for number in self.dataset.episodes for row in self.dataset.rows(number)]
        for key in self.declared:
            first = np.array(rows[0].get(key))
            if first.dtype.kind not in "fiub" or first.ndim > 1:
                continue  # a text or a picture; of a matrix they are those of its columns
            values = np.array([row[key] for row in rows], float)
            for name, wanted in {
                "min": values.min(0),
                "max": values.max(0),
                "mean": values.mean(0),
                "std": values.std(0),
            }.items():
                seen = np.array(found[key][name], float).reshape(wanted.shape)
                # LeRobot takes the variance as a difference of means of squares, in float where that is the column's type.
                if (np.abs(seen - wanted) > 1e-3 * max(1, np.abs(values).max())).any():
                    self.lines.append(f"{name} of {key}: {seen}, not {wanted}")

    def convert(self, lerobot: bool) -> None:
        made, lost = self.scratch / "converted", self.dataset.lost
        absent = ["--skip-missing"] if lost and self.dataset.about["converts"] else []
        if lost or not self.dataset.about["converts"]:
            says = next(iter(lost.values()), self.dataset.about["frames_refused"])
            self.refusal("convert", self.run("convert", self.folder, made), says)
            self.expect("a folder is left", False, made.exists())
        if not self.dataset.about["converts"]:
            return
        result = self.run("convert", self.folder, made, "--json", *absent)
        if not self.expect("exit code of convert", 0, result.returncode):
            self.lines.append(result.stderr.strip()[-300:])
        self.holds("converted", made, self.dataset.whole, lerobot)

    def repair(self, lerobot: bool) -> None:
        """What it leaves has the episodes that can be read, or all of them, and no errors."""
        made, mended = self.scratch / "repaired", self.dataset.about["mended"]
        result = self.run("repair", self.folder, made, "--json")
        if not result.stdout.startswith("{"):
            self.lines.append(f"repair: exit code {result.returncode}, {result.stderr.strip()[-300:]}")
            return
        report = json.loads(result.stdout)
        self.expect("repair has written", bool(report["mended"]), made.exists())
        self.expect("exit code of repair", int(not report["mended"]), result.returncode)
        if mended or report["mended"]:
            self.holds("repaired", made, list(self.dataset.episodes) if mended else self.dataset.whole, lerobot)

    def holds(self, what: str, made: Path, numbers: list[int], lerobot: bool) -> None:
        result = self.run("info", made, "--json")
        if result.returncode != 0:
            self.lines.append(f"{what}: {result.stderr.strip()[-300:]}")
            return
        frames = sum(self.dataset.episodes[number]["length"] for number in numbers)
        found = json.loads(result.stdout)
        self.expect(f"episodes and frames, {what}", (len(numbers), frames), (found["episodes"], found["frames"]))
        if lerobot:
            from reference import wild_reading

            self.lines += [f"{what}: {line}" for line in wild_reading.differences(made, self.dataset, numbers)]


def without_nan(value):
    if isinstance(value, list):
        return [without_nan(element) for element in value]
    return None if value != value else value


def report(place: str, check: Check) -> None:
    outcome = "DIFFERS" if check.lines else "equal  "
    print(f"{place} {outcome} {check.folder.name}: {check.dataset.about['what']}", flush=True)
    for line in check.lines[:5]:
        print(f"        {line[:400]}")
    if len(check.lines) > 5:
        print(f"        and {len(check.lines) - 5} more")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="datasets whose name has this in it")
    parser.add_argument("--keep", type=Path, help="a new folder that the datasets are made in, and left in")
    parser.add_argument("--without-lerobot", action="store_true", help="do not open with it what convert makes")
    parser.add_argument("--smolvla", type=Path, default=ROOT / "build/release/smolvla")
    arguments = parser.parse_args()
    if not arguments.smolvla.exists():
        parser.error(f"{arguments.smolvla} is not there: run make build")

    start, failed, commands = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="smolvla-wild-") as scratch:
        os.environ["HF_DATASETS_CACHE"] = str(Path(scratch) / "cache")
        folders = make(arguments.keep or Path(scratch) / "wild", arguments.only)
        for number, folder in enumerate(folders, 1):
            (Path(scratch) / folder.name).mkdir()
            check = Check(arguments.smolvla.resolve(), folder, Path(scratch) / folder.name)
            try:
                check.all(not arguments.without_lerobot)
            except Exception as error:  # whatever LeRobot and its libraries throw
                check.lines.append(repr(error))
            failed, commands = failed + bool(check.lines), commands + check.commands
            report(f"{number:2}/{len(folders)}", check)
    print(f"{len(folders)} datasets, {failed} differ, {commands} commands, {time.monotonic() - start:.0f} s")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main())
