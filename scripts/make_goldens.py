#!/usr/bin/env python3
"""Makes testdata/ by running LeRobot on small networks of random weights and recording every stage.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/make_goldens.py           # writes testdata/goldens and testdata/reference_values.*
  "$python" scripts/make_goldens.py --check   # compares them with a new run; exit status 1 if they differ

Only what this script makes is replaced or compared. testdata/README.md describes the files.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from reference import environment

environment.prepare()

from reference import safetensors_file  # noqa: E402
from reference.cases import CASES  # noqa: E402
from reference.comparison import differences  # noqa: E402
from reference.formulas import reference_values  # noqa: E402
from reference.goldens import write_goldens  # noqa: E402
from reference.tokenizer_values import tokenizer_values  # noqa: E402

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"
MADE_HERE = ["goldens", "reference_values.safetensors", "reference_values.json"]
SIZE_LIMIT = 4_000_000  # bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with testdata/ and change nothing")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made"
        write_testdata(made)
        total = print_sizes(made)
        if total > SIZE_LIMIT:
            print(f"{total} bytes are more than the {SIZE_LIMIT} that testdata may have", file=sys.stderr)
            return 1
        if arguments.check:
            return check(made)
        install(made)
    return 0


def write_testdata(folder: Path) -> None:
    write_goldens(folder / "goldens")
    safetensors_file.write(folder / "reference_values.safetensors", reference_values(), {})
    lines = ",\n".join(json.dumps(value) for value in tokenizer_values())
    (folder / "reference_values.json").write_text(f'{{"tokenizer": [\n{lines}\n]}}\n')


def print_sizes(folder: Path) -> int:
    """Prints what each case and each shared folder takes, and returns the sum in bytes."""
    architectures = {case.name: case.architecture for case in CASES}
    total = 0
    for path in sorted((folder / "goldens").iterdir()) + sorted(folder.glob("reference_values.*")):
        size = sum(file.lstat().st_size for file in [path, *path.rglob("*")] if file.is_file() and not file.is_symlink())
        print(f"{path.name:32} {architectures.get(path.name, ''):14} {size:9,}")
        total += size
    print(f"{'total':47} {total:9,}")
    return total


def check(made: Path) -> int:
    lines = differences(TESTDATA, made, MADE_HERE)
    print("\n".join(lines) or "testdata is what LeRobot computes")
    return 1 if lines else 0


def install(made: Path) -> None:
    TESTDATA.mkdir(exist_ok=True)
    for name in MADE_HERE:
        target = TESTDATA / name
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(made / name, target)


if __name__ == "__main__":
    sys.exit(main())
