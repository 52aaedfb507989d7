"""Two homes with a real part of both cities' flows, alike in all but numbers that are hidden.

What nobody may learn is changed from one home to the other: along cycles of hidden pairs, so that
every total stays, or between a hidden pair and what its total leaves beside it. Both truths give
the same release, which is checked here; so whatever differs in an answer, tells.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest
from tests.apps.schools.conftest import CITIES, load
from tests.serving import served

from interurban.accounts import Accounts
from interurban.apps.schools.access.access import leaning_on
from interurban.apps.schools.places.settings import place_settings
from interurban.apps.schools.reading import open_atlas
from interurban.apps.schools.what_if.replay import replay_datasets, replay_source
from interurban.catalog import loads
from interurban.catalog.loading import Origin
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest
from interurban.core.pairs import HiddenPairs
from interurban.http import Settings
from interurban.policy.disclosure import hide_pairs
from interurban.store.home import Home
from interurban.store.small_counts import secret_number

CHICAGO, LONDON = "chicago.school_flows", "london.school_flows_2016"
PLANNERS = "school-planning"

_CHANGES = 6
"""Cycles, or pairs, that are changed in each table."""
_TRIED = 60


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a published file, and where rows, columns and totals of its tables stand in it.

    Parameters
    ----------
    tables: value of ``within`` in the file to what the rule's fields have for that table.
    """

    dataset: str
    file: str
    row: str
    column: str
    below: int
    keep: Callable[[pa.Table], pa.Array]
    tables: Mapping[str, tuple[str, ...]]
    within: str = ""
    row_total: str = ""
    column_total: str = ""


def _some_high_schools(table: pa.Table) -> pa.Array:
    """Two years of a dozen schools, with the zones of all their pupils."""
    high = pc.and_(
        pc.is_in(table["year"], pa.array(["2019-2020", "2020-2021"])),
        pc.not_equal(table["zone_cat"], "ES"),
    )
    schools = sorted(set(table.filter(high)["attend_id"].to_pylist()))
    return pc.and_(high, pc.is_in(table["attend_id"], pa.array(["609719", *schools[::12]])))


def _some_small_areas(table: pa.Table) -> pa.Array:
    """A few neighbourhoods of Camden, and every area whose total leaves one or two pupils."""
    shown = table.group_by("lsoa11cd").aggregate([("pupils", "sum"), ("lsoa_total", "max")])
    rest = pc.subtract(_whole(shown["lsoa_total_max"]), _whole(shown["pupils_sum"]))
    few = shown.filter(pc.and_(pc.greater(rest, 0), pc.less(rest, 3)))["lsoa11cd"]
    near = pc.starts_with(table["lsoa11nm"], "Camden 00")
    return pc.or_(near, pc.is_in(table["lsoa11cd"], few.combine_chunks()))


PARTS = (
    Part(
        CHICAGO,
        "schools/chicago/flows_zone_to_highschool_2019_2021.csv.gz",
        "zone_id",
        "attend_id",
        5,
        _some_high_schools,
        {"2019-2020": ("2019", "high"), "2020-2021": ("2020", "high")},
        within="year",
    ),
    Part(
        LONDON,
        "schools/london/flows_lsoa11_to_secondary_2016.csv.gz",
        "lsoa11cd",
        "urn",
        3,
        _some_small_areas,
        {"0.0": ("2015",)},
        row_total="lsoa_total",
        column_total="school_total",
    ),
)


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int64())


def part_of(shared_data: Path, part: Part) -> pa.Table:
    """The rows of a part, as they were published."""
    with gzip.open(shared_data / part.file) as file:
        names = file.readline().decode().strip().split(",")
    options = pacsv.ConvertOptions(
        column_types={name: pa.string() for name in names if name not in _COUNTS}
    )
    table = pacsv.read_csv(shared_data / part.file, convert_options=options)
    return table.filter(part.keep(table))


_COUNTS = ("pupils", "lsoa_total", "school_total")


def another_truth(table: pa.Table, part: Part, secret: str) -> pa.Table:
    """The part with other numbers where they are hidden, and the same release.

    Parameters
    ----------
    secret: of the node that makes the releases.
    """
    pupils = _whole(table["pupils"]).to_numpy().astype(np.float64)
    key = table[part.within].to_numpy(zero_copy_only=False) if part.within else np.zeros(len(table))
    for one in np.unique(key):
        rows = np.flatnonzero(key == one)
        of_table = secret_number(secret, part.tables[str(one)])
        pupils[rows] = _changed(table.take(pa.array(rows)), part, pupils[rows], of_table)
    assert (pupils != _whole(table["pupils"]).to_numpy()).sum() >= 4, "nothing could be changed"
    at = table.column_names.index("pupils")
    return table.set_column(at, "pupils", pa.array(pupils.astype(np.int64)))


def _changed(table: pa.Table, part: Part, counts: np.ndarray, secret: int) -> np.ndarray:
    row, column = (_codes(table[name]) for name in (part.row, part.column))
    of_row = _totals(table, part.row_total, row, counts)
    of_column = _totals(table, part.column_total, column, counts)

    def release(numbers: np.ndarray) -> HiddenPairs:
        return hide_pairs(row, column, numbers, of_row, of_column, part.below, None, secret)

    told, changed, done = release(counts), counts, 0
    for change in _changes(row, column, told.hidden, closed=not part.row_total):
        trial = changed + change
        if (changed != counts)[change != 0].any() or (trial[told.hidden] < 1).any():
            continue
        if _alike(release(trial), told):
            changed, done = trial, done + 1
        if done == _CHANGES:
            break
    return changed


def _changes(
    row: np.ndarray, column: np.ndarray, hidden: np.ndarray, *, closed: bool
) -> Iterator[np.ndarray]:
    """Ways to change hidden numbers that leave all that is told as it is, some forty of them."""
    at = {(int(row[i]), int(column[i])): int(i) for i in np.flatnonzero(hidden)}
    tried = 0
    if not closed:
        for i in at.values():
            for step in (1.0, -1.0):
                change = np.zeros(len(row))
                change[i] = step
                yield change
        return
    columns: dict[int, set[int]] = {}
    for r, c in at:
        columns.setdefault(r, set()).add(c)
    for first, second in combinations(sorted(columns), 2):
        shared = sorted(columns[first] & columns[second])
        if len(shared) < 2:
            continue
        change = np.zeros(len(row))
        change[[at[first, shared[0]], at[second, shared[1]]]] = 1.0
        change[[at[first, shared[1]], at[second, shared[0]]]] = -1.0
        for way in (change, -change):
            yield way
            tried += 1
        if tried > _TRIED:
            return


def _alike(one: HiddenPairs, other: HiddenPairs) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("hidden", "withheld", "row_totals_hidden")
    ) and all(
        np.array_equal(getattr(one, name)[one.hidden], getattr(other, name)[one.hidden])
        for name in ("low", "high")
    )


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    return np.unique(column.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)[
        1
    ].astype(np.int64)


def _totals(table: pa.Table, name: str, codes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    found = np.bincount(codes, counts).astype(np.float64)
    if name:
        found[codes] = _whole(table[name]).to_numpy()
    return found


# Homes


def write_part(folder: Path, part: Part, table: pa.Table) -> None:
    """A table in the place of the file that it is a part of."""
    path = folder / part.file
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb") as file:
        pacsv.write_csv(table, file, pacsv.WriteOptions(quoting_style="needed"))


def linked_home(home: Path, folder: Path) -> Path:
    """A home of one's own with the same data; what never changes is linked."""

    def linked(source: str, target: str) -> None:
        mutable = "sqlite" in Path(source).name or Path(source).suffix in (".json", ".log")
        (shutil.copy2 if mutable else os.link)(source, target)

    return Path(shutil.copytree(home, folder, copy_function=linked))


def load_parts(home: Path, files: Path, parts: Sequence[Part]) -> None:
    """Load parts of flows as the newest version, and let in a planner, ``ann``."""
    # The whole flows were never told of here.
    shutil.rmtree(home / "untold", ignore_errors=True)
    with Node(home) as node:
        for part in parts:
            loads.load(node, part.dataset, Origin(mirror=files))
    with Accounts(home) as people:
        people.register.add_group(PLANNERS, "School planning")
        people.register.add("ann", name="Ann", e_mail="ann@city.example", groups=[PLANNERS])


def planner_token(home: Path) -> dict[str, str]:
    """The header by which ``ann`` is known."""
    with Accounts(home) as people:
        scopes = ["read", "aggregate", "export", "derive"]
        _, secret = people.tokens.add(people.register.get("ann"), "test", scopes)
    return {"Authorization": f"Bearer {secret}"}


# Served


@dataclass(frozen=True)
class Twin:
    """A home with one of the truths, served, and who asks."""

    home: Path
    node: Node
    anyone: httpx.Client
    planner: httpx.Client


@dataclass(frozen=True)
class Twins:
    """Both, and in each city a pair, area and school, whose hidden number differs."""

    first: Twin
    second: Twin
    pairs: Mapping[str, tuple[str, str]]


@pytest.fixture(scope="session")
def twins(
    schools_home: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Twins]:
    """Two nodes with part of both cities' flows, alike in all that anyone may be told."""
    with _twins(schools_home, shared_data, tmp_path_factory.mktemp("truths")) as found:
        yield found


@pytest.fixture(scope="session")
def whole_twins(
    whole_home: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Twins]:
    """The same with all else that an atlas can be asked for: cards, layers, places, access."""
    folder = tmp_path_factory.mktemp("whole-truths")
    home = linked_home(whole_home, folder / "home")
    with Node(home) as node:
        for city in CITIES:
            atlas = open_atlas(node, city)
            places = place_settings(atlas.settings, node.packs)
            needed = [*leaning_on(atlas), *(places.datasets if places is not None else ())]
            with suppress(BadRequest):
                needed += replay_datasets(atlas, replay_source(atlas))
            load(node, shared_data, *needed)
    with _twins(home, shared_data, folder) as found:
        yield found


@contextmanager
def _twins(base: Path, shared_data: Path, folder: Path) -> Iterator[Twins]:
    published = {part: part_of(shared_data, part) for part in PARTS}
    secret = Home(base).secret("releases")
    other = {part: another_truth(table, part, secret) for part, table in published.items()}
    with ExitStack() as opened:
        served_ = []
        for name, tables in (("first", published), ("second", other)):
            home, files = linked_home(base, folder / name / "home"), folder / name / "files"
            for part, table in tables.items():
                write_part(files, part, table)
            load_parts(home, files, PARTS)
            served_.append(opened.enter_context(_twin(home)))
        pairs = {
            part.dataset.partition(".")[0]: _differing(published[part], other[part], part)
            for part in PARTS
        }
        yield Twins(*served_, pairs)


@contextmanager
def _twin(home: Path) -> Iterator[Twin]:
    settings = Settings(web_root=home / "no-app", requests_per_s=0)
    with ExitStack() as opened:
        node = opened.enter_context(Node(home))
        address = opened.enter_context(served(node, settings))
        anyone, planner = (
            opened.enter_context(httpx.Client(base_url=address, headers=headers, timeout=120))
            for headers in ({}, planner_token(home))
        )
        yield Twin(home, node, anyone, planner)


def _differing(one: pa.Table, other: pa.Table, part: Part) -> tuple[str, str]:
    """The last pair whose number differs, of the newest year: its row and its column."""
    at = np.flatnonzero(one["pupils"].to_numpy() != other["pupils"].to_numpy())[-1]
    area, school = one[part.row][int(at)].as_py(), one[part.column][int(at)].as_py()
    return area.removesuffix(".0"), school
