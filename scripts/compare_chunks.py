#!/usr/bin/env python3
"""Prints how far two chunks in CSV files are from each other.

  compare_chunks.py OURS.csv THEIRS.csv [--most 1e-4]

Exit status 1 if they differ by more than --most of the largest number in the second.
"""

import argparse
import csv
import sys


def read(path: str) -> list[list[float]]:
    with open(path, newline="") as file:
        return [[float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--most", type=float, default=1e-4)
    arguments = parser.parse_args()
    ours, theirs = read(arguments.ours), read(arguments.theirs)
    if [len(row) for row in ours] != [len(row) for row in theirs]:
        print("the chunks have different sizes", file=sys.stderr)
        return 1
    pairs = [(a, b) for x, y in zip(ours, theirs) for a, b in zip(x, y)]
    scale = max(abs(b) for _, b in pairs)
    error = max(abs(a - b) for a, b in pairs) / scale
    print(f"largest difference from LeRobot's chunk: {error:.1e} of its largest number")
    return 0 if error <= arguments.most else 1


if __name__ == "__main__":
    sys.exit(main())
