"""There is one road out of the store, and the door stands on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.core.errors import Refused
from interurban.core.policy import Policy
from interurban.http import create_app
from interurban.policy.door import Door

SOURCE = Path(__file__).parents[2] / "src" / "interurban"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(SOURCE.rglob("*.py")):
        yield file.relative_to(SOURCE).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_only_the_door_makes_permits() -> None:
    makers = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "Permit"
    }
    assert makers == {"policy/door.py"}


def test_only_the_catalogue_reaches_into_the_store() -> None:
    """But for the folder itself and the control database, which hold no rows of a city."""
    without_rows = ("interurban.store.control", "interurban.store.home")
    users = {
        name.split("/")[0]
        for name, tree in modules()
        if any(
            module.startswith("interurban.store.") and not module.startswith(without_rows)
            for module in imported(tree)
        )
    }
    assert users - {"store"} == {"catalog"}


def test_only_the_node_holds_the_engine() -> None:
    holders = {
        name
        for name, tree in modules()
        if not name.startswith("store/")
        and any(module.endswith("store.engine.Engine") for module in imported(tree))
    }
    assert holders == {"catalog/node.py"}


def test_every_answer_of_the_engine_takes_a_permit() -> None:
    tree = ast.parse((SOURCE / "store" / "engine.py").read_text(encoding="utf-8"))
    engine = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Engine")
    answers = {
        method.name: [a.arg for a in method.args.args]
        for method in engine.body
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_")
    }
    without = {name for name, arguments in answers.items() if "permit" not in arguments}
    # They say where rows lie and what a snapshot is, and give none.
    known = {"close", "history", "is_being_released", "released", "table"}
    assert without == known, "an answer that asks for no permit"


@pytest.fixture
def closed_node(shared_data: Path, tmp_path: Path) -> Iterator[Node]:
    """A node whose one dataset was loaded and is not open."""
    with Node(tmp_path / "home") as node:
        look = look_at(node, shared_data / "core/chicago/speed_cameras.csv", "chicago.secret")
        load_file(node, look)
        node._door = Door(lambda dataset: Policy())
        yield node


def test_closed_data_are_refused_on_every_way_out(closed_node: Node) -> None:
    query = q.Query("chicago.secret")
    counted = q.Query("chicago.secret", measures=(q.Measure("count"),))
    for ask in (
        lambda: next(iter(closed_node.rows(query).batches)),
        lambda: closed_node.page(query),
        lambda: closed_node.feature(query, "1"),
        lambda: closed_node.count(query),
        lambda: closed_node.aggregate(counted),
        lambda: closed_node.cells(query, 12),
        lambda: closed_node.tile(query, 0, 0, 0),
        lambda: closed_node.rejects("chicago.secret"),
        lambda: closed_node["chicago.secret"],
    ):
        with pytest.raises(Refused, match=r"chicago\.secret"):
            ask()


@pytest.mark.parametrize(
    "path",
    [
        "items",
        "items/1",
        "items?f=csv",
        "items?f=parquet",
        "items?f=arrow",
        "count",
        "aggregate",
        "cells?level=12",
        "tiles/WebMercatorQuad/0/0/0",
        "rejects",
        "explain",
    ],
)
def test_closed_data_are_refused_over_http(closed_node: Node, path: str) -> None:
    with TestClient(create_app(closed_node)) as client:
        answer = client.get(f"/collections/chicago.secret/{path}")
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
