"""Starts one run and waits for it: the process that the kill test kills, as a server would be."""

from __future__ import annotations

import sys

from interurban.catalog.node import Node
from interurban.workspace import Catalogue, Workspace

from .conftest import MODULE


def main(home: str, rate: str) -> None:
    with Node(home) as node, Workspace(node, Catalogue((MODULE,))) as workspace:
        print("ready", flush=True)
        values = {"rate": rate, "last_year": 2018, "pause": 0.1}
        run = workspace.start("growth", "bristol", parameters=values)
        print(run.id, workspace._workers[run.id].pid, flush=True)
        workspace.wait(run.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
