#!/usr/bin/env python3
"""Holds the code to one definition of each type: two of one name in one namespace break programs without a word.

Exit status 0 if no name is defined twice, 1 with a line for each that is.
"""

import collections
import pathlib
import re
import sys

DEFINITION = re.compile(r"^(?:struct|class|enum class|enum|union) (\w+)(?!\w|::)[^;]*\{")


def definitions(file: pathlib.Path):
    """The types that a file defines outside unnamed namespaces: what stands at the beginning of a line."""
    unnamed = False
    for line in file.read_text().splitlines():
        if line.startswith("namespace {"):
            unnamed = True
        elif line.startswith("}  // namespace") and unnamed:
            unnamed = False
        elif not unnamed and (found := DEFINITION.match(line)):
            yield found[1]


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    places = collections.defaultdict(set)
    for folder in ("smolvla", "apps"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cc"):
                for name in definitions(file):
                    places[name].add(str(file.relative_to(root)))
    twice = {name: files for name, files in places.items() if len(files) > 1}
    for name, files in sorted(twice.items()):
        print(f"{name}: expected one definition, found {', '.join(sorted(files))}")
    if not twice:
        print("names: each type is defined once")
    return 1 if twice else 0


if __name__ == "__main__":
    sys.exit(main())
