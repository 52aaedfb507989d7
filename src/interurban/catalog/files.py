"""Files of people's own, and portals' datasets by address: looked at, corrected, described.

What was agreed is written as a pack of the home (``packs/<city>/datasets/<name>.yaml``), so that it
can be read, corrected by hand and loaded again. A file of a place no pack describes gets a city of
its own, whose bounds and working CRS come from the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import yaml
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from interurban.core.city import NOT_STATED, City
from interurban.core.dataset import Dataset, Expression, SourceFacts, SourceSpec, Unpivot
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import BadRequest
from interurban.core.standard import Field
from interurban.sources import ROW_COLUMN, Fetching, open_source
from interurban.sources.discovery import is_address, parse_address
from interurban.sources.guess import (
    GuessedColumn,
    guess,
    mapping_of,
    roles_of,
    suggest_unpivot,
)
from interurban.sources.unpivot import check_unpivot, unpivoted
from interurban.standards.mapping import GEOMETRY, compile_mapping
from interurban.standards.yaml_file import read_yaml
from interurban.store import duck
from interurban.store.home import Home
from interurban.store.lake import is_dataset_id

from .node import Node
from .pack_dataset import NAME, RESERVED, read_dataset

__all__ = ["ELSEWHERE", "Look", "describe", "look_at", "plain_name", "write_pack"]

ELSEWHERE = "elsewhere"
"""Id of the city that files of no known place belong to."""

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_SAMPLE = 10_000

Box = tuple[float, float, float, float]
Guess = tuple[GuessedColumn, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a file was taken for, to be shown and corrected before anything is stored.

    Parameters
    ----------
    name: what it is called where it comes from: the file's name, or the address.
    dataset: id it will have.
    city: the city it will belong to; ``new_city`` when no pack describes that city yet.
    facts: how the bytes were understood (encoding, delimiter, CRS ...).
    columns: one for each field, with its expression, its part and why.
    """

    name: str
    source: SourceSpec
    dataset: str
    city: City
    new_city: bool
    facts: SourceFacts
    columns: tuple[GuessedColumn, ...]


def look_at(
    node: Node,
    what: Path | str,
    dataset: str | None = None,
    *,
    options: Mapping[str, str | int | bool] | None = None,
    types: Mapping[str, str] | None = None,
    expressions: Mapping[str, str] | None = None,
    unpivot: Unpivot | None = None,
    wide: bool = False,
    tokens: Mapping[str, str] | None = None,
) -> Look:
    """What a file, or a portal's dataset, is taken for by its first rows; nothing is stored.

    Parameters
    ----------
    what: a file; the URL of one; or an address such as ``socrata:<domain>/<id>``.
    dataset: ``<city>.<name>``; without it the city is found by where the rows lie.
    options: how it is to be read, where what is found out is wrong: those of the source, such as
        ``layer``, ``sheet``, ``crs`` or ``encoding``.
    types: column to field type, where the guess is wrong.
    expressions: field to mapping expression; an empty one leaves the field out.
    unpivot: columns that become rows; without it, those whose headers look like months or years.
    wide: leave the columns as they are, whatever their headers look like.
    tokens: app tokens by host name.

    Raises
    ------
    UnreadableFile, TooMuch: it can't be read.
    BadRequest: a correction names what is not there, or a name or id can't be one or is taken.
    ConfigurationError: ``unpivot`` can't be done, or an option is not known.
    MappingError: a corrected expression may not stand there; columns of ``unpivot`` are not there.
    """
    if unpivot is not None:
        check_unpivot(unpivot)
    home, cities = node.home, node.cities
    home.create()
    _expect_names(expressions or {})
    spec, shown = _source(what)
    spec = replace(spec, options={**spec.options, **(options or {})})
    with TemporaryDirectory(dir=home.scratch_folder(), prefix="look-") as work:
        reading = open_source(spec, Fetching(work=Path(work), tokens=tokens or {}))
        if reading is None:
            raise BadRequest(f"{shown} gave nothing to read.", part="file")
        if unpivot is None and not wide:
            unpivot = suggest_unpivot(reading.schema.names)
        if unpivot is not None:
            reading, spec = unpivoted(reading, unpivot), replace(spec, unpivot=unpivot)
        with reading:
            sample = reading.sample(_SAMPLE)
            facts = replace(reading.facts(), kind="file")
    crs = facts.reading.get("crs", "EPSG:4326")
    wanted, _, name = (dataset or "").rpartition(".")
    with _opened(home, sample, crs, unpivot) as rows:
        city, columns = _place(rows, cities, wanted, types)
        corrected = _corrected(columns, expressions or {}, rows, city)
    dataset_id = f"{city.id}.{name or plain_name(shown)}"
    if not is_dataset_id(dataset_id):
        raise BadRequest(
            f"{dataset_id!r} can't be a dataset.",
            advice="Give it an id such as chicago.trees with --as.",
            part="as",
        )
    taken = node.packs.datasets.get(dataset_id)
    if taken is not None and not (home.packs / taken.city / "datasets").is_dir():
        raise BadRequest(
            f"{dataset_id} is already {taken.title!r}.",
            advice="Choose another id with --as.",
            part="as",
        )
    return Look(shown, spec, dataset_id, city, city.id not in cities, facts, corrected)


def describe(look: Look) -> Dataset:
    """The look as a dataset, ready to load."""
    name = look.dataset.partition(".")[2]
    return Dataset(
        id=look.dataset,
        city=look.city.id,
        title=name.replace("_", " ").capitalize(),
        summary=f"Loaded from {look.name}.",
        theme="services",
        publisher="Not stated",
        licence=NOT_STATED.id,
        attribution="Not stated",
        frequency="once",
        live=replace(look.source, mapping=mapping_of(look.columns)),
        roles=roles_of(look.columns),
        notes="Described by a guess that a person agreed to.",
    )


def write_pack(home: Home, look: Look) -> Path:
    """Keep the description in the home's packs; gives the file.

    Raises
    ------
    ConfigurationError: it would be no pack; nothing is written then, since a broken pack would
        keep the whole home from being opened.
    """
    folder = home.packs / look.city.id
    (folder / "datasets").mkdir(parents=True, exist_ok=True)
    if look.new_city:
        _write(folder / "city.yaml", _city_document(look.city))
    dataset = describe(look)
    roles = dataset.roles
    document: dict[str, Any] = {
        key: getattr(dataset, key)
        for key in (
            "id", "title", "summary", "theme", "publisher", "licence", "attribution",
            "frequency", "notes",
        )
    }  # fmt: skip
    if roles is not None:
        document["roles"] = {
            key: list(value) if isinstance(value, tuple) else value
            for key in ("key", "time", "category", "label", "value", "search")
            if (value := getattr(roles, key))
        }
    document["live"] = {"type": look.source.type, **look.source.options}
    if look.source.unpivot is not None:
        document["live"]["unpivot"] = _unpivot_document(look.source.unpivot)
    document["extra"] = {
        column.name: {
            "sql": column.expression,
            "type": column.type,
            "title": column.sources[0] if len(column.sources) == 1 else column.name,
        }
        for column in look.columns
    }
    file = folder / "datasets" / f"{dataset.name}.yaml"
    described = {key: value for key, value in document.items() if value}
    _write(file, described, lambda new: _expect_dataset(new, look.city))
    return file


def _expect_dataset(file: Path, city: City) -> None:
    read_dataset(read_yaml(file, "its description"), {city.id: city}, own=None)


def _expect_names(expressions: Mapping[str, str]) -> None:
    """Refuse names of fields that could never stand in a question."""
    for name, sql in expressions.items():
        if sql and (not NAME.fullmatch(name) or name in RESERVED):
            raise BadRequest(
                f"A field can't be called {name!r}.",
                advice="Use small letters, digits and _, and none of the words of a question: "
                f"{', '.join(sorted(RESERVED))}.",
                part="map",
            )


def _source(what: Path | str) -> tuple[SourceSpec, str]:
    """How to open a file, a URL or an address, and what to call it."""
    if isinstance(what, str) and is_address(what):
        return parse_address(what), what
    if isinstance(what, str) and what.startswith(("https://", "http://")):
        return SourceSpec("files", {"url": what}), what
    file = Path(what)
    return SourceSpec("files", {"path": str(file.resolve())}), file.name


def plain_name(shown: str) -> str:
    """A dataset's name from a file's, a URL's or an address's: lower case, without endings."""
    last = shown.rstrip("/").rpartition("/")[2].partition("?")[0]
    name = re.sub(r"[^a-z0-9]+", "_", last.partition(".")[0].lower()).strip("_")[:60]
    return name if name and name[0].isalpha() else f"file_{name}".rstrip("_")


@dataclass(frozen=True, slots=True)
class _Rows:
    """The sample in DuckDB, as table ``sample``; ``unpivot`` made it long, if anything did."""

    connection: duckdb.DuckDBPyConnection
    table: pa.Table
    types: Mapping[str, str]
    crs: str
    unpivot: Unpivot | None

    def guess(self, city: City | None, types: Mapping[str, str] | None) -> Guess:
        """What the columns are, for a city if one is known."""
        region = city.region if city is not None else None
        return guess(
            self.table, crs=self.crs, region=region, grid=city.crs if city is not None else "",
            types=types, unpivot=self.unpivot, reserved=RESERVED,
        )  # fmt: skip

    def points(self, columns: Guess, city: City) -> list[tuple[float, float]]:
        """Where the rows lie (longitude, latitude), as the guess reads them."""
        places = [c for c in columns if c.type == GEOMETRY]
        if not places:
            return []
        compiled = compile_mapping(mapping_of(places), None, self.types, city, self.crs)
        value = compiled.fields[0].value.sql("duckdb")
        found: list[tuple[float, float]] = self.connection.execute(
            # The middle of its box: an outline that crosses itself may have no other.
            "SELECT x, y FROM (SELECT (ST_XMin(g) + ST_XMax(g)) / 2 AS x, "
            "(ST_YMin(g) + ST_YMax(g)) / 2 AS y FROM "
            f"(SELECT TRY({value}) AS g FROM sample)) WHERE isfinite(x) AND isfinite(y)"
        ).fetchall()
        return found

    def type_of(self, name: str, sql: str, city: City) -> str:
        """Type of a field that a person described by its expression alone."""
        kind = GEOMETRY if name == GEOMETRY else ""
        mapping = MappingLines({name: Expression(sql, field=Field(name, kind, extra=True))})
        compiled = compile_mapping(mapping, None, self.types, city, self.crs)
        return next(f.field.type for f in compiled.fields if f.field.name == name)


@contextmanager
def _opened(home: Home, sample: pa.Table, crs: str, unpivot: Unpivot | None) -> Iterator[_Rows]:
    with duck.connect(memory_mb=500, scratch=home.scratch_folder()) as connection:
        connection.register("sample", sample)
        described = connection.execute("DESCRIBE sample").fetchall()
        types = {name: kind for name, kind, *_ in described if name != ROW_COLUMN}
        yield _Rows(connection, sample, types, crs, unpivot)


def _place(
    rows: _Rows, cities: Mapping[str, City], wanted: str, types: Mapping[str, str] | None
) -> tuple[City, Guess]:
    """The city a file belongs to, and the guess made for it.

    A city that is asked for is taken; else the one that most rows lie in; else elsewhere.
    """
    if wanted in cities:
        return cities[wanted], rows.guess(cities[wanted], types)
    for city in () if wanted else cities.values():
        columns = rows.guess(city, types)
        west, south, east, north = city.region
        points = rows.points(columns, city)
        within = sum(west <= x <= east and south <= y <= north for x, y in points)
        if points and within > len(points) / 2:
            return city, columns
    columns = rows.guess(None, types)
    return _new_city(wanted or ELSEWHERE, rows, columns), columns


def _corrected(columns: Guess, expressions: Mapping[str, str], rows: _Rows, city: City) -> Guess:
    """The guess with a person's own expressions in place; new fields come last."""
    kept = [c for c in columns if c.name not in expressions]
    before = {c.name: c for c in columns}
    for name, sql in expressions.items():
        if not sql:
            continue
        kind = rows.type_of(name, sql, city)
        same = name in before and before[name].type == kind
        kept.append(
            GuessedColumn(
                name=name,
                sources=before[name].sources if same else (),
                type=kind,
                expression=sql,
                reason="as you said",
                role=before[name].role if same else "",
            )
        )
    return tuple(kept)


def _new_city(city: str, rows: _Rows, columns: Guess) -> City:
    """A city that no pack describes: bounds and working CRS from the rows, UTC for its clocks."""
    blank = City(
        id=city, name=city.replace("_", " ").title(), country="unknown", time_zone="UTC",
        crs="EPSG:3857", bounds=_WORLD, region=_WORLD, locale="en-GB", units="metric",
        suppression_threshold=5, licences=(NOT_STATED,),
    )  # fmt: skip
    points = [
        (x, y)
        for x, y in rows.points(columns, blank)
        if abs(x) <= 180 and abs(y) <= 90 and (x or y)
    ]
    if city == ELSEWHERE or not points:
        return blank
    xs, ys = sorted(x for x, _ in points), sorted(y for _, y in points)
    low, high = len(points) // 100, len(points) - 1 - len(points) // 100
    west, east, south, north = xs[low], xs[high], ys[low], ys[high]
    margin = max(0.3, east - west, north - south)
    zones = query_utm_crs_info("WGS 84", AreaOfInterest(west, south, east, north))
    return replace(
        blank,
        bounds=_grown((west, south, east, north), 0.02),
        region=_grown((west, south, east, north), margin),
        crs=f"EPSG:{zones[0].code}" if zones else blank.crs,
    )


def _grown(box: Box, by: float) -> Box:
    west, south, east, north = box
    return max(-180, west - by), max(-90, south - by), min(180, east + by), min(90, north + by)


def _city_document(city: City) -> dict[str, Any]:
    return {
        "id": city.id,
        "name": city.name,
        "country": city.country,
        "time_zone": city.time_zone,
        "crs": city.crs,
        "bounds": [round(v, 4) for v in city.bounds],
        "region": [round(v, 4) for v in city.region],
        "locale": city.locale,
        "units": city.units,
        "suppression_threshold": city.suppression_threshold,
    }


def _unpivot_document(unpivot: Unpivot) -> dict[str, Any]:
    written = {
        "columns": list(unpivot.columns),
        "pattern": unpivot.pattern,
        "name": unpivot.name,
        "value": unpivot.value,
        "blanks": unpivot.blanks,
    }
    return {key: value for key, value in written.items() if value}


def _write(
    file: Path, document: Mapping[str, Any], check: Callable[[Path], None] | None = None
) -> None:
    """Write a file in one stroke, after a look at what it will say."""
    scratch = file.with_name(f".{file.name}.new")
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=100)
    scratch.write_text(text, encoding="utf-8")
    try:
        if check is not None:
            check(scratch)
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)
