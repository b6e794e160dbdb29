#!/usr/bin/env python3
"""Holds the folders to their one direction: a folder includes only what it may.

Exit status 0 if every include of smolvla/ and apps/ points the right way, 1 with a
line for each that does not.
"""

import pathlib
import re
import sys

MAY_USE = {
    "base": "",
    "kernels": "base",
    "model": "base kernels",
    "policy": "base kernels model",
    "doctor": "base kernels model policy",
    "data": "base kernels model policy",
    "curate": "base kernels model policy data",
}
INCLUDE = re.compile(r'^#include "(?:smolvla/(\w+)|(apps|bench))/', re.MULTILINE)


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    wrong = []
    for file in sorted((root / "smolvla").rglob("*.*")):
        folder = file.relative_to(root).parts[1]
        if folder not in MAY_USE:
            wrong.append(f"{file.relative_to(root)}: {folder} is no known folder")
            continue
        for library, program in INCLUDE.findall(file.read_text()):
            used = library or program
            if used != folder and used not in MAY_USE[folder].split():
                wrong.append(
                    f"{file.relative_to(root)}: {folder} must not include {used}"
                )
    print("\n".join(wrong) if wrong else "layers: every include points down")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
