"""Loads one file into one home: the process that the crash test kills."""

from __future__ import annotations

import sys
from pathlib import Path

from interurban.catalog.node import Node


def main(home: str, file: str) -> None:
    with Node(home) as node:
        look = node.look_at(Path(file), "chicago.rounds")
        print("looked", flush=True)
        node.load_file(look)
        print("loaded", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
