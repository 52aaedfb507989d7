"""Interurban beside PostGIS with tipg: the same rows, questions, properties and client.

Both servers run the whole time and take turns, so that both meet the same machine; the ratio is
what to look at.

    python -m benchmarks.peers --peer-rows 1000000
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from .answers import features_of_items, features_of_tile
from .client import Client, Measured, timed
from .data import make_csv
from .load import DATASET, Load, load_file, loaded_home
from .options import Options, arguments
from .ours import Server, serving
from .postgis import fill, postgis
from .processes import Unavailable, memory_mb
from .questions import (
    TILE_FEATURES,
    TILE_FIELDS,
    Tile,
    box_of,
    busiest,
    counted_tiles,
    moved,
    tiles_near,
)
from .report import Table
from .tipg import BASE as TIPG
from .tipg import tipg

__all__ = ["measure"]

_OURS = f"/collections/{DATASET}"
_VIEW_ZOOM = 13


@dataclass(frozen=True, slots=True)
class _Pair:
    """One question in both dialects, variant by variant the same."""

    name: str
    ours: Callable[[int], str]
    theirs: Callable[[int], str]
    features: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two servers, and the connection to it."""

    server: Server
    client: Client


def measure(options: Options) -> list[Table]:
    """Load both, then let them take turns; a peer that cannot run here is said to be missing."""
    try:
        return _measure(options)
    except Unavailable as why:
        return [Table("Beside PostGIS + tipg", ("work", "result"), [("all", f"not run: {why}")])]


def _measure(options: Options) -> list[Table]:
    work, rows = options.work, options.peer_rows
    file = make_csv(work, rows)
    with ExitStack() as stack:
        cluster = stack.enter_context(postgis(work))
        ours_loaded = load_file(work, rows)
        theirs_loaded = fill(cluster, file)
        theirs = stack.enter_context(tipg(cluster, work))
        ours = stack.enter_context(serving(loaded_home(work, rows), work))
        sides = tuple(
            _Side(server, stack.enter_context(Client(server.port))) for server in (ours, theirs)
        )
        pairs = _pairs(sides[0].client)
        measured = _take_turns(pairs, sides, options)
        lines = [_line(pair, sides, *both) for pair, both in zip(pairs, measured, strict=True)]
        note = "Memory afterwards (PSS): " + ", ".join(
            f"{side.server.name} {sum(map(memory_mb, side.server.pids)):,.0f} MB" for side in sides
        )
    return [
        _load_table(ours_loaded, theirs_loaded),
        Table(f"Beside {theirs.name} + PostGIS, {rows:,} rows, one reader", _HEAD, lines, note),
    ]


def _take_turns(
    pairs: list[_Pair], sides: tuple[_Side, ...], options: Options
) -> list[tuple[Measured, Measured]]:
    """Ours, theirs, ours, theirs ... of each question; gives both sums of each."""
    measured = [(Measured(), Measured()) for _ in pairs]
    for _ in range(options.rounds):
        for pair, both in zip(pairs, measured, strict=True):
            for side, path, into in zip(sides, (pair.ours, pair.theirs), both, strict=True):
                timed(
                    side.client,
                    side.server.pids,
                    path,
                    requests=max(1, options.requests // options.rounds),
                    seconds=options.seconds / options.rounds,
                    into=into,
                )
    return measured


# Questions


def _pairs(client: Client) -> list[_Pair]:
    view = box_of(busiest(counted_tiles(client, _VIEW_ZOOM)))

    def items(base: str, limit: int) -> Callable[[int], str]:
        return lambda n: f"{base}/items?bbox={moved(view, n)}&limit={limit}&f=geojson"

    pages = [
        _Pair(
            f"items by bbox, {limit:,}", items(_OURS, limit), items(TIPG, limit), features_of_items
        )
        for limit in (1_000, 10)
    ]
    return [
        *pages,
        _tile_pair(tiles_near(counted_tiles(client, 12), TILE_FEATURES)),
        _tile_pair(tiles_near(counted_tiles(client, 14), TILE_FEATURES // 10)),
    ]


def _tile_pair(tiles: list[Tile]) -> _Pair:
    def ours(n: int) -> str:
        tile = tiles[n % len(tiles)]
        return f"{_OURS}/tiles/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}?{wanted}"

    def theirs(n: int) -> str:
        tile = tiles[n % len(tiles)]
        return f"{TIPG}/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}?{wanted}"

    wanted = f"properties={TILE_FIELDS}"
    return _Pair(f"tile z{tiles[0].z}", ours, theirs, features_of_tile)


# Tables

_HEAD = (
    "work", "features", "theirs", "kB", "theirs", "p50 ms", "theirs", "req/s", "theirs",
    "times faster", "CPU ms", "theirs", "times less CPU",
)  # fmt: skip


def _line(
    pair: _Pair, sides: tuple[_Side, ...], ours: Measured, theirs: Measured
) -> tuple[str, ...]:
    features = [
        pair.features(side.client.get(path(0)))
        for side, path in zip(sides, (pair.ours, pair.theirs), strict=True)
    ]
    medians = ours.percentile_ms(0.5), theirs.percentile_ms(0.5)
    return (
        pair.name,
        *(f"{number:,}" for number in features),
        *(f"{side.kilobytes:,.1f}" for side in (ours, theirs)),
        *(f"{median:.1f}" for median in medians),
        *(f"{side.rate:.1f}" for side in (ours, theirs)),
        f"**{medians[1] / medians[0]:.1f}**",
        *(f"{side.cpu_ms:.1f}" for side in (ours, theirs)),
        f"{theirs.cpu_ms / max(ours.cpu_ms, 0.1):.1f}",
    )


def _load_table(ours: Load, theirs: tuple[float, float]) -> Table:
    seconds, cpu_s = theirs
    line = (
        f"CSV to indexed table, {ours.rows:,} rows",
        f"{ours.seconds:.1f}",
        f"{seconds:.1f}",
        f"**{seconds / ours.seconds:.1f}**",
        f"{ours.cpu_s:.1f}",
        f"{cpu_s:.1f}",
        f"{cpu_s / ours.cpu_s:.1f}",
    )
    head = ("work", "s", "theirs", "times faster", "CPU s", "theirs", "times less CPU")
    return Table("Load beside PostGIS", head, [line])


def main() -> None:
    for table in measure(arguments(__doc__)):
        print(table.markdown())


if __name__ == "__main__":
    main()
