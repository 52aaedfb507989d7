"""A run pins what it reads, keeps what it gives, and can be found, repeated and taken back."""

from __future__ import annotations

from interurban.workspace.runs import Workspace


def test_a_run_gives_datasets(workspace: Workspace) -> None:
    run = workspace.start("growth", "bristol", parameters={"rate": 0.1, "last_year": 2016})
    ended = workspace.wait(run.id, 60)
    assert ended.error == ""
    assert ended.state == "successful"
    rows = workspace.output(run.id, "projected").to_pylist()
    print(ended, rows[:2], len(rows))
