"""Starts one run and waits for it: the process that the kill test kills, as a server would be."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from interurban.catalog.node import Node
from interurban.workspace import Catalogue, Workspace

from .conftest import MODULE


def main(home: Path, rate: str, say: Connection) -> None:
    """Start a run, tell which it is and which process works it out, and wait."""
    with Node(home) as node, Workspace(node, Catalogue((MODULE,))) as workspace:
        values = {"rate": rate, "last_year": 2018, "pause": 0.1}
        run = workspace.start("growth", "bristol", parameters=values)
        say.send((run.id, workspace._workers[run.id].pid))
        workspace.wait(run.id)
