"""Loads one file into one home: the process that the crash test kills."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node


def main(home: Path, file: Path, say: Connection) -> None:
    """Load, and tell when the file was looked at."""
    with Node(home) as node:
        look = look_at(node, file, "chicago.rounds")
        say.send("looked")
        load_file(node, look)
