"""What a question costs that is pushed down to a partner: the same one asked where the data are.

Two nodes of their own processes on this machine, paired: one holds the rows, the other asks for
them. Three ways take turns at the same question: asked at the owner, asked at the partner, and a
greeting between the two nodes, which is a round trip with both seals and nothing in it.

    python -m benchmarks.two_nodes --peer-rows 1000000
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from interurban.alliance.joined import JoinedNode
from interurban.alliance.opened import Alliance
from interurban.catalog.node import Node
from interurban.core import query as q

from .client import Client
from .data import CITY_BOX
from .load import DATASET, loaded_home
from .options import Options, arguments
from .ours import Server, serving
from .report import Table, machine

__all__ = ["measure"]

_OWNER, _ASKER = "chicago", "london"
_WARM = 5
_GOAL = 2.0
_PATIENCE_S = 30.0
_HEAD = (
    "question", "at the owner, ms", "at the partner, ms", "greeting, ms",
    "2 x owner + greeting, ms", "partner / goal",
)  # fmt: skip


def measure(options: Options) -> list[Table]:
    """Both tables of this part."""
    loaded = loaded_home(options.work, options.peer_rows)
    owner_home = _copied(loaded, options.work / f"home-owner-{options.peer_rows}")
    asker_home = options.work / "home-partner"
    with ExitStack() as stack:
        owner = stack.enter_context(_served(owner_home, options.work / "serving-owner"))
        asker = stack.enter_context(_served(asker_home, options.work / "serving-partner"))
        _introduce(owner_home, asker_home, asker, _ASKER)
        _introduce(asker_home, owner_home, owner, _OWNER)
        node = stack.enter_context(JoinedNode(asker_home))
        _wait_until(lambda: DATASET in node.snapshots())
        local = stack.enter_context(Node(owner_home))
        here, there = (stack.enter_context(Client(one.port)) for one in (owner, asker))
        greet = _greeting(node)
        return [_in_process(local, node, greet, options), _over_http(here, there, greet, options)]


def _copied(home: Path, copy: Path) -> Path:
    """A data folder of its own to enter a partner in: the other parts measure one without."""
    if not copy.exists():
        half = copy.with_name(f"{copy.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(home, half)
        half.rename(copy)
    return copy


def _served(home: Path, work: Path) -> AbstractContextManager[Server]:
    work.mkdir(exist_ok=True)
    return serving(home, work)


def _introduce(home: Path, other: Path, server: Server, name: str) -> None:
    """Enter a node as a partner, as when both sides have said yes; servers see it in a second."""
    with Alliance(other) as there:
        public = there.key.public
    with Alliance(home) as here:
        url = f"http://127.0.0.1:{server.port}"
        here.peers.add(
            title=name.title(), url=url, public=public, standing="paired", wanted=name, who="bench"
        )
        here.peers.moved(name, title=name.title(), url=url)


def _greeting(node: JoinedNode) -> Callable[[], object]:
    calls, peers = node.alliance.calls, node.alliance.peers
    return lambda: calls.ask(peers.get(_OWNER), "hello", {})


def _in_process(
    local: Node, joined: JoinedNode, greet: Callable[[], object], options: Options
) -> Table:
    rows = [
        _row(
            name,
            lambda n, make=make: local.aggregate(make(n)),
            lambda n, make=make: joined.aggregate(make(n)),
            greet,
            options,
        )
        for name, make in _QUERIES.items()
    ]
    note = (
        "At the owner: a node opened in this process on the owner's own data folder. At the "
        "partner: a node opened in this process, which asks the served owner."
    )
    return Table(f"A pushed-down aggregate, {options.peer_rows:,} rows", _HEAD, rows, note)


def _over_http(here: Client, there: Client, greet: Callable[[], object], options: Options) -> Table:
    rows = [
        _row(
            name,
            lambda n, make=make: here.get(_path(make(n))),
            lambda n, make=make: there.get(_path(make(n))),
            greet,
            options,
        )
        for name, make in _QUERIES.items()
    ]
    note = "An answer over HTTP also says how many rows match: two questions, asked one by one."
    return Table(f"The same over HTTP, {options.peer_rows:,} rows", _HEAD, rows, note)


def _row(
    name: str,
    owner: Callable[[int], object],
    partner: Callable[[int], object],
    greet: Callable[[], object],
    options: Options,
) -> tuple[str, ...]:
    """Medians of the three, which take turns."""
    ways: tuple[Callable[[int], object], ...] = (owner, partner, lambda _: greet())
    times: tuple[list[float], ...] = ([], [], [])
    end = time.perf_counter() + options.seconds * options.rounds
    for n in range(-_WARM, options.requests * options.rounds):
        if n >= _WARM and time.perf_counter() > end:
            break
        for turn in range(len(ways)):
            which = (n + turn) % len(ways)
            begun = time.perf_counter()
            ways[which](n)
            if n >= 0:
                times[which].append((time.perf_counter() - begun) * 1e3)
    at_owner, at_partner, greeting = map(median, times)
    goal = _GOAL * at_owner + greeting
    middle = (at_owner, at_partner, greeting, goal)
    return (name, *(f"{each:.2f}" for each in middle), f"{at_partner / goal:.2f}")


# Questions; each is asked of a box of its own, so that nothing was worked out before


def _box(number: int) -> q.BBox:
    west, south, east, north = CITY_BOX
    moved = (number % 1_000 + 1) * 1e-6
    return q.BBox(west + moved, south + moved, east, north)


_COUNT = q.Measure("count")
_QUERIES: dict[str, Callable[[int], q.Query]] = {
    "count by category": lambda n: q.Query(
        DATASET, places=(_box(n),), measures=(_COUNT,), groups=(q.ByField("category"),)
    ),
    "average cost by month": lambda n: q.Query(
        DATASET,
        places=(_box(n),),
        measures=(_COUNT, q.Measure("avg", "cost")),
        groups=(q.ByTime("month"),),
    ),
    "one number": lambda n: q.Query(DATASET, places=(_box(n),), measures=(_COUNT,)),
}


def _path(query: q.Query) -> str:
    box = query.places[0]
    assert isinstance(box, q.BBox)
    words = {q.ByField: "category", q.ByTime: "time:month"}
    pairs = {
        "bbox": f"{box.west:.6f},{box.south:.6f},{box.east:.6f},{box.north:.6f}",
        "measures": ",".join(
            m.kind if m.field is None else f"{m.kind}:{m.field}" for m in query.measures
        ),
        "by": ",".join(words[type(group)] for group in query.groups),
    }
    asked = urlencode({name: value for name, value in pairs.items() if value})
    return f"/collections/{DATASET}/aggregate?{asked}"


def _wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError("the nodes did not come into step")
        time.sleep(0.1)


def main() -> None:
    """Measure this part alone."""
    options = arguments(__doc__)
    print(machine(), *(table.markdown() for table in measure(options)), sep="\n")


if __name__ == "__main__":
    main()
