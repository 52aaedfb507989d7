"""What policy costs a question to open data: the same question without it, and with it.

In one process, the engine is given a permit that was made by hand, and beside it the node is asked
by the whole road: the version is found, the door decides, places are looked up. So what is measured
is more than policy, never less. Over HTTP, a server of a node that nobody has an account on stands
beside one with accounts, and beside one where rules say that everybody may have the data.

    python -m benchmarks.policy_cost --peer-rows 1000000
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from interurban.catalog.node import Node
from interurban.core.policy import ANONYMOUS, Decision, Permit
from interurban.core.query import Query
from interurban.query.parameters import Kind, read_parameters
from interurban.store.engine import Engine
from interurban.store.home import Home

from .client import Client
from .load import DATASET, loaded_home
from .options import Options, arguments
from .ours import serving
from .questions import Question, questions
from .report import Table, machine

__all__ = ["measure"]

_GOAL = 1.05
_WARM = 5
_APART = 1_000_000
"""Between the numbers of the questions of two measures: a server remembers what it counted."""
_CHOSEN: dict[str, Kind] = {
    "page of 1,000": "items",
    "count, viewport": "count",
    "tile z12": "tile",
}
"""Beginnings of the names of the questions that are asked, and what they ask for."""
_OPEN = Decision(True, "It is open data.", "open")
_RULES = "".join(
    ["policy:\n  rules:\n"]
    + [
        f"    - {{permit: [read, aggregate], to: [group:g{n}], because: One of many rules.}}\n"
        for n in range(20)
    ]
    + ["    - {permit: use, to: [anyone], because: Everybody may have them.}\n"]
)
_PEOPLE = ("ada", "grace")
_HEAD = (
    "question", "p50 without, ms", "p50 with, ms", "more, ms", "ratio", "95 % interval", "goal",
    "pairs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pairs:
    """Seconds of each pair: the question without, and the same question with."""

    without: np.ndarray
    beside: np.ndarray

    def cells(self) -> tuple[str, ...]:
        """Medians, their ratio, and in what interval it is (bootstrap of the pairs)."""
        dice = np.random.default_rng(1)
        drawn = dice.integers(0, len(self.without), (2_000, len(self.without)))
        ratios = np.median(self.beside[drawn], axis=1) / np.median(self.without[drawn], axis=1)
        low, high = np.quantile(ratios, (0.025, 0.975))
        without, beside = np.median(self.without), np.median(self.beside)
        more = np.median(self.beside - self.without)
        return (
            f"{without * 1e3:.2f}",
            f"{beside * 1e3:.2f}",
            f"{more * 1e3:+.3f}",
            f"{beside / without:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{_GOAL:g}",
            str(len(self.without)),
        )


def measure(options: Options) -> list[Table]:
    """Both tables of this part."""
    home = loaded_home(options.work, options.peer_rows)
    peopled = _with_people(home, options.work / "home-people", rules=False)
    ruled = _with_people(home, options.work / "home-rules", rules=True)
    with ExitStack() as stack:
        clients = []
        for name, served in (("open", home), ("people", peopled), ("rules", ruled)):
            work = options.work / f"serving-{name}"
            work.mkdir(exist_ok=True)
            server = stack.enter_context(serving(served, work))
            clients.append(stack.enter_context(Client(server.port)))
        asked = {
            question: kind
            for question in questions(clients[0])
            for beginning, kind in _CHOSEN.items()
            if question.name.startswith(beginning)
        }
        over_http = _over_http(clients, list(asked), options)
    return [_in_process(home, ruled, asked, options), over_http]


def _over_http(clients: Sequence[Client], asked: Sequence[Question], options: Options) -> Table:
    nobody, people, rules = clients
    rows = []
    for question in asked:
        for turn, (what, other) in enumerate((("accounts", people), ("and 21 rules", rules))):
            pairs = _paired(
                lambda n, q=question, t=turn: q.path(n + t * _APART),
                nobody.get,
                other.get,
                options,
            )
            rows.append((f"{question.name}; {what}", *pairs.cells()))
    note = (
        "Without: a node that has no account. With: an anonymous reader of a node that has. Both "
        "servers run, and take turns at the same request; which is first changes each time."
    )
    return Table(f"Policy over HTTP, {options.peer_rows:,} rows", _HEAD, rows, note)


def _in_process(home: Path, ruled: Path, asked: dict[Question, Kind], options: Options) -> Table:
    rows = []
    with ExitStack() as stack:
        for what, one in (("open", home), ("21 rules", ruled)):
            engine = Engine(Home(home))
            stack.callback(engine.close)
            node = stack.enter_context(Node(one))
            for question, kind in asked.items():
                pairs = _paired(
                    lambda n, q=question, k=kind, o=node: _query(q, n, o, k),
                    _without(engine, node, question, kind),
                    _beside(node, question, kind),
                    options,
                )
                rows.append((f"{question.name}; {what}", *pairs.cells()))
    note = "Without: the engine, with a permit made by hand. With: the node, by the whole road."
    return Table(f"Policy in one process, {options.peer_rows:,} rows", _HEAD, rows, note)


def _without(engine: Engine, node: Node, question: Question, kind: Kind) -> Callable[[Any], object]:
    """The engine itself, asked with a permit that was made by hand."""
    city = node.city(node.dataset(DATASET).city)
    table = engine.table(node.snapshot(DATASET), city, newest=True)
    match kind:
        case "tile":
            place = _tile(question)
            return lambda query: engine.tile(Permit(ANONYMOUS, query, _OPEN), table, *place)
        case "count":
            return lambda query: engine.count(Permit(ANONYMOUS, query, _OPEN), table)
        case _:
            return lambda query: engine.page(Permit(ANONYMOUS, query, _OPEN), table)


def _beside(node: Node, question: Question, kind: Kind) -> Callable[[Any], object]:
    """The node, asked as everybody asks it."""
    match kind:
        case "tile":
            place = _tile(question)
            return lambda query: node.tile(query, *place)
        case "count":
            return node.count
        case _:
            return node.page


def _paired(
    make: Callable[[int], Any],
    without: Callable[[Any], object],
    beside: Callable[[Any], object],
    options: Options,
) -> Pairs:
    """Both, one right after the other, on the same thing; which is first changes each time."""
    for n in range(_WARM):
        for ask in (without, beside):
            ask(make(-1 - n))
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + options.seconds * options.rounds
    for n in range(options.requests * options.rounds):
        if n >= _WARM and time.perf_counter() > end:
            break
        asked = make(n)
        for which in (0, 1) if n % 2 else (1, 0):
            begun = time.perf_counter()
            (without, beside)[which](asked)
            times[which].append(time.perf_counter() - begun)
    return Pairs(np.array(times[0]), np.array(times[1]))


def _query(question: Question, n: int, node: Node, kind: Kind) -> Query:
    """The question of a path, as the server reads it."""
    city = node.city(node.dataset(DATASET).city)
    given = parse_qsl(urlsplit(question.path(n)).query)
    return read_parameters(given, node.snapshot(DATASET), city, kind)


def _tile(question: Question) -> tuple[int, int, int]:
    z, y, x = map(int, urlsplit(question.path(0)).path.split("/")[-3:])
    return z, x, y


def _with_people(home: Path, copy: Path, *, rules: bool) -> Path:
    """The same data folder with people on it; what never changes is linked."""
    if copy.exists():
        return copy
    half = copy.with_name(f"{copy.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(home, half, copy_function=_link_or_copy)
    for name in _PEOPLE:
        _interurban(
            "users", "add", name, "--name", name, "--e-mail", f"{name}@city.example",
            "--administrator", "--without-password", "--home", str(half),
        )  # fmt: skip
    if rules:
        file = half / "rules.yaml"
        file.write_text(_RULES, encoding="utf-8")
        _interurban("policy", "set", DATASET, str(file), "--home", str(half))
    half.rename(copy)
    return copy


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith((".parquet", ".duckdb")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _interurban(*arguments: str) -> None:
    command = [sys.executable, "-m", "interurban", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure this part alone."""
    options = arguments(__doc__)
    print(machine(), *(table.markdown() for table in measure(options)), sep="\n")


if __name__ == "__main__":
    main()
