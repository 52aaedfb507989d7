"""Loads one file into one home: the process that the crash test kills."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from interurban.catalog.node import Node


def main(home: Path, file: Path, say: Connection) -> None:
    """Load, and tell when the file was looked at."""
    with Node(home) as node:
        look = node.look_at(file, "chicago.rounds")
        say.send("looked")
        node.load_file(look)
