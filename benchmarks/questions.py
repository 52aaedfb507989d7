"""The questions that are timed, chosen by looking at the rows: where they are dense, and where a
tile holds about ten thousand of them.

No question is asked twice: each differs a little from the last one, as when a person moves a map.
Tiles have no such freedom, so several take turns.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from .answers import features_of_items, features_of_tile
from .client import Client
from .data import CATEGORIES, CITY_BOX, FIRST_DAY, LAST_DAY, WORDS
from .load import DATASET

__all__ = [
    "TILE_FEATURES",
    "TILE_FIELDS",
    "Box",
    "Question",
    "Tile",
    "box_of",
    "busiest",
    "counted_tiles",
    "moved",
    "questions",
    "tiles_near",
]

Box = tuple[float, float, float, float]

TILE_FEATURES = 10_000
TILE_FIELDS = "id,category,status"

_BASE = f"/collections/{DATASET}"
_TURNS, _NEAR = 6, 1.5
_VIEW_ZOOM = 13
_START = FIRST_DAY.item()
_DAYS = (LAST_DAY.item() - _START).days


@dataclass(frozen=True, slots=True)
class Tile:
    """One XYZ tile, and how many rows lie in it."""

    z: int
    x: int
    y: int
    rows: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question in many variants.

    Parameters
    ----------
    path: the variant of a number; negative ones warm the server up.
    features: counts what is in an answer; ``None`` where it is not made of features.
    goal_ms: what the design asks of the median on ten million rows.
    """

    name: str
    path: Callable[[int], str]
    features: Callable[[bytes], int] | None = None
    goal_ms: float | None = None


def questions(client: Client) -> list[Question]:
    """All questions to the large table."""
    view = box_of(busiest(counted_tiles(client, _VIEW_ZOOM)))
    return [
        *_tiles(client),
        Question("page of 1,000, viewport + year + category", _page(view), features_of_items, 25),
        Question("count, viewport + 30 days", _count(view), goal_ms=15),
        Question("cells, whole city", _cells, goal_ms=150),
        Question("counts by month and category, whole city", _aggregate),
        Question("text search, first 100 of the city", _search, features_of_items),
    ]


def _tiles(client: Client) -> list[Question]:
    found = []
    for zoom in (10, 12, 14):
        tiles = tiles_near(counted_tiles(client, zoom), TILE_FEATURES)
        path = _tile_path(tiles)
        found.append(Question(f"tile z{zoom}", path, features_of_tile, 15))
    dense = busiest(counted_tiles(client, 10))
    filtered = _tile_filter(client, dense)
    found.append(
        Question(f"tile z10 by category + time, of {dense.rows:,}", filtered, features_of_tile)
    )
    found.append(
        Question(f"tile z10 as a grid, all {dense.rows:,}", _tile_path([dense]), features_of_tile)
    )
    return found


# Choosing


def counted_tiles(client: Client, zoom: int, filters: str = "") -> list[Tile]:
    """Every tile of a zoom that holds rows: the cells of that level are its tiles."""
    answer = json.loads(client.get(f"{_BASE}/cells?level={zoom}{filters}"))
    return [Tile(zoom, x, y, rows) for x, y, rows in answer["cells"]]


def tiles_near(tiles: Sequence[Tile], rows: int) -> list[Tile]:
    """The few tiles whose number of rows is nearest to one; those far from it only if alone."""

    def distance(tile: Tile) -> float:
        return abs(math.log(tile.rows / rows))

    nearest = sorted(tiles, key=distance)[:_TURNS]
    return [tile for tile in nearest if distance(tile) < math.log(_NEAR)] or nearest[:1]


def busiest(tiles: Sequence[Tile]) -> Tile:
    """The tile with the most rows."""
    return max(tiles, key=lambda tile: tile.rows)


def box_of(tile: Tile) -> Box:
    """West, south, east, north of a tile in degrees."""
    side = 2**tile.z

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    west, east = (tile.x + step for step in (0, 1))
    return (
        west / side * 360 - 180,
        latitude(tile.y + 1),
        east / side * 360 - 180,
        latitude(tile.y),
    )


# Asking


def moved(box: Box, n: int) -> str:
    """A box moved by up to a hundredth of its size, another way for each number, as a bbox."""
    dice = random.Random(n)
    west, south, east, north = box
    dx, dy = ((east - west) * _shift(dice), (north - south) * _shift(dice))
    return ",".join(f"{value:.6f}" for value in (west + dx, south + dy, east + dx, north + dy))


def _shift(dice: random.Random) -> float:
    return dice.uniform(-0.01, 0.01)


def _tile_path(tiles: Sequence[Tile], filters: str = "") -> Callable[[int], str]:
    def path(n: int) -> str:
        tile = tiles[n % len(tiles)]
        place = f"WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}"
        return f"{_BASE}/tiles/{place}?properties={TILE_FIELDS}{filters}"

    return path


def _tile_filter(client: Client, tile: Tile) -> Callable[[int], str]:
    """The tile with as long a time of one category as gives about ten thousand features."""
    chosen = f"&category={quote(CATEGORIES[3])}"
    here = (tile.x, tile.y)
    held = sum(one.rows for one in counted_tiles(client, tile.z, chosen) if (one.x, one.y) == here)
    days = min(_DAYS, math.ceil(_DAYS * TILE_FEATURES / max(1, held)))

    def path(n: int) -> str:
        return _tile_path([tile], f"{chosen}&datetime={_time(n, days)}")(0)

    return path


def _page(view: Box) -> Callable[[int], str]:
    def path(n: int) -> str:
        category = quote(CATEGORIES[n % 4])
        where = f"bbox={moved(view, n)}&datetime={_time(n, 365)}&category={category}"
        return f"{_BASE}/items?{where}&limit=1000&f=geojson"

    return path


def _count(view: Box) -> Callable[[int], str]:
    return lambda n: f"{_BASE}/count?bbox={moved(view, n)}&datetime={_time(n, 30)}"


def _cells(n: int) -> str:
    return f"{_BASE}/cells?zoom=11&bbox={moved(CITY_BOX, n)}"


def _aggregate(n: int) -> str:
    return f"{_BASE}/aggregate?by=time:month,category&bbox={moved(CITY_BOX, n)}"


def _search(n: int) -> str:
    where = f"q={WORDS[n % len(WORDS)]}%20ashland&bbox={moved(CITY_BOX, n)}"
    return f"{_BASE}/items?{where}&limit=100&f=geojson"


def _time(n: int, days: int) -> str:
    """An interval of so many days, at another time for each number."""
    first = _START + timedelta(days=random.Random(n).randint(0, max(0, _DAYS - days)))
    end = first + timedelta(days=days)
    return f"{first:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"
