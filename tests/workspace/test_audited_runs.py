"""Runs stand in the audit log: what was worked out and how it ended, and not who asked."""

from __future__ import annotations

import json
import time
from typing import Any

from interurban.core.policy import Reader
from interurban.policy.audit import opened, verify
from interurban.workspace.runs import Workspace

PATIENCE_S = 120


def told(workspace: Workspace, run: str) -> dict[str, Any]:
    """The entry of a run, which follows its end at once."""
    root = workspace.node.home.root
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with opened(root) as log:
            for entry in log.entries(limit=20, kind="run"):
                if entry.said["facts"]["run"] == run:
                    kept = {p.name: json.loads(p.value) for p in log.particulars(entry.number)}
                    return {**entry.said, "text": entry.text, "kept": kept}
        time.sleep(0.02)
    raise AssertionError("the run is not in the log")


def test_a_run_is_recorded_with_its_inputs_and_outputs(workspace: Workspace) -> None:
    values = {"rate": 0.1, "last_year": 2015}
    ada = workspace.seen_by(Reader(account="ada-lovelace"))
    begun = ada.start("growth", "bristol", parameters=values, title="Ada's plan")
    nobodys = workspace.start("growth", "bristol", parameters=values)
    assert workspace.wait(begun.id, PATIENCE_S).state == "successful"
    assert workspace.wait(nobodys.id, PATIENCE_S).state == "successful"
    entry = told(workspace, begun.id)
    assert entry["facts"]["state"] == "successful"
    assert entry["facts"]["model"] == "growth"
    assert "lovelace" not in entry["text"].lower()  # "ada" may stand in a hash by chance
    assert "plan" not in entry["text"].lower()
    assert entry["kept"]["who"] == "ada-lovelace"
    assert entry["kept"]["title"] == "Ada's plan"
    assert {pin[0] for pin in entry["kept"]["inputs"].values()} == {"bristol.population"}
    assert set(entry["kept"]["outputs"]) == {"projected", "total"}
    assert "who" not in told(workspace, nobodys.id)["hashed"]
    assert verify(workspace.node.home.root).ok
