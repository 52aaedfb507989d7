"""Loads one growing file again and again, until it is told to stop."""

from __future__ import annotations

import sys
from pathlib import Path

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node


def main(home: str, folder: str) -> None:
    file, stop = Path(folder) / "rounds.csv", Path(folder) / "stop"
    with Node(Path(home)) as node:
        number = 0
        while not stop.exists():
            number += 1
            rows = (f"{n},{number},{-87.9 + n / 1000},41.8" for n in range(number))
            file.write_text("id,round,longitude,latitude\n" + "\n".join(rows) + "\n")
            version = load_file(node, look_at(node, file, "bristol.rounds")).version
            print(version, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
