#!/usr/bin/env python3
"""Makes datasets in the variants that are found in the wild: robots, programs, versions, and what is left of a broken download.

  python=$(scripts/reference_env.sh | tail -n 1)
  "$python" scripts/make_wild_datasets.py DIR [--only NAME]

Everything is written with pyarrow and PyAV. Beside each dataset NAME.wild.json says what it is, where its rows and frames lie, and
what a reader has to make of it; scripts/check_wild_datasets.py holds smolvla to that. Takes a few seconds and two megabytes.
"""

import argparse
import os
import sys
from pathlib import Path

import av
from reference import wild_layout, wild_variants


def make(folder: Path, only: str = "") -> list[Path]:
    """The folders made: those whose name has `only` in it."""
    av.logging.set_libav_level(av.logging.ERROR)
    os.environ["SVT_LOG"] = "1"
    wanted = {name: wild for name, wild in wild_variants.all_variants().items() if only in name}
    for name, wild in wanted.items():
        wild_layout.write(folder / name, wild)
    return [folder / name for name in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that holds none of them yet")
    parser.add_argument("--only", default="", help="those whose name has this in it")
    arguments = parser.parse_args()
    made = make(arguments.folder, arguments.only)
    for path in made:
        print(path)
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main())
