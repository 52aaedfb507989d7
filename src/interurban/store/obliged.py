"""Obligations as SQL: what a release says instead of what a snapshot says.

The order is always the same, whatever the order in a policy: rows are chosen by what is true of
them, and small counts hidden by what is true of them too; then places and times are made coarse,
numbers are capped and rounded, fields are masked and left out, and only then small groups are left
out, by what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa
from sqlglot import exp

from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, ConfigurationError
from interurban.core.pairs import HidePairs
from interurban.core.policy import (
    Capped,
    CoarsePlace,
    CoarseTime,
    Crowds,
    Masked,
    Obligation,
    OnlyAggregates,
    OnlyRows,
    Rounded,
    SmallCounts,
    Without,
)
from interurban.core.standard import Field
from interurban.query.compile import Table, where_all
from interurban.query.compile_filter import Conditions
from interurban.query.grid import MERCATOR_HALF_M, NO_PLACE, UNITS
from interurban.query.sql import DUCKDB_TYPES, Parameters
from interurban.query.sql import table as table_of

from .crowds import NOWHERE, crowded_cells
from .layout import point_columns
from .small_counts import hide_small_counts
from .stage import name_sql, number, text_sql
from .untold import UntoldBefore

__all__ = ["AREAS", "LAID", "lay_out_obliged"]

LAID = "obliged"
"""Name of the table with the rows as obligations leave them: fields, and ``_row``."""

AREAS = "release_areas"
"""Name of the table of areas that a place is moved to the middle of: ``id``, ``geometry``."""

_TELLS_PLACE = 0.9
"""A number that goes with longitude or latitude as closely as this tells where the row is."""

_COORDINATES = r"-?\d{1,3}\.\d{3,}[\s,;]+-?\d{1,3}\.\d{3,}"


def lay_out_obliged(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    snapshot: Snapshot,
    obligations: Sequence[Obligation],
    time_zone: str,
    hide: HidePairs,
    before: Callable[[SmallCounts], UntoldBefore],
    secret: str,
) -> tuple[Field, ...]:
    """Write the table ``LAID``; gives its fields.

    Parameters
    ----------
    rows: the snapshot's table: fields and house columns.
    time_zone: of the city; days, months and years are its own.
    hide: chooses which counts of a table are hidden beside small ones.
    before: the record of what earlier releases did not tell, by the rule.
    secret: of the node.

    Raises
    ------
    ConfigurationError: an obligation is about a field that is not there, or of another type.
    """
    _choose_rows(connection, rows, snapshot, obligations, time_zone)
    for obligation in obligations:
        if isinstance(obligation, SmallCounts):
            record = before(obligation)
            fields = hide_small_counts(connection, LAID, snapshot, obligation, hide, record, secret)
            snapshot = replace(snapshot, fields=fields)
    fields = _move_places(connection, snapshot, obligations)
    fields = _change_values(connection, fields, obligations, time_zone)
    for obligation in obligations:
        if isinstance(obligation, OnlyAggregates):
            fields = _leave_out_small_groups(connection, fields, obligation)
    return fields


def _choose_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    snapshot: Snapshot,
    obligations: Sequence[Obligation],
    time_zone: str,
) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW release_source AS {rows}")
    source = Table(("release_source",), snapshot, time_zone)
    parameters = Parameters()
    try:
        conditions = [
            Conditions(source, parameters).condition(obligation.where)
            for obligation in obligations
            if isinstance(obligation, OnlyRows)
        ]
    except BadRequest as error:
        raise ConfigurationError(f"A policy chooses rows wrongly: {error}") from error
    select = exp.select(exp.Star()).from_(table_of(("release_source",)))
    statement = parameters.statement(where_all(select, conditions))
    connection.execute(f"CREATE TEMP TABLE {LAID} AS {statement.sql}", statement.parameters)


# Places


def _move_places(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, obligations: Sequence[Obligation]
) -> tuple[Field, ...]:
    """Move places; fields that tell the true one go with it."""
    fields = snapshot.fields
    moves = [o for o in obligations if isinstance(o, CoarsePlace | Crowds)]
    if not moves or snapshot.geometry == "none":
        return fields
    gone = _telling(connection, fields)
    for move in moves:
        if isinstance(move, Crowds):
            _gather(connection, move.at_least)
        elif move.area is not None:
            _move_into_areas(connection)
        else:
            _move_into_cells(connection, snapshot, move.metres or 0.0)
    if gone:
        listed = ", ".join(name_sql(name) for name in gone)
        _rewrite(connection, f"SELECT * EXCLUDE ({listed}) FROM {LAID}")
    return tuple(f for f in fields if f.name not in gone)


def _telling(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> list[str]:
    """Fields that are coordinates by another name, whatever they are called."""
    found = []
    for field in fields:
        name = name_sql(field.name)
        if field.type in ("number", "integer"):
            close = connection.execute(
                f"SELECT greatest(abs(coalesce(corr({name}, _mx), 0)), "
                f"abs(coalesce(corr({name}, _my), 0))) FROM {LAID} "
                f"WHERE isfinite({name}::DOUBLE) AND _key < {NO_PLACE}"
            ).fetchone()
            if close is not None and close[0] is not None and close[0] >= _TELLS_PLACE:
                found.append(field.name)
        elif field.type == "string" and number(
            connection,
            f"SELECT count_if(regexp_matches({name}, {text_sql(_COORDINATES)})) * 2 > "
            f"count({name}) FROM {LAID}",
        ):
            found.append(field.name)
    return found


def _move_into_cells(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, metres: float
) -> None:
    """Every place to the middle of its cell of the grid, at least ``metres`` wide on the ground."""
    if not 1 <= metres <= 1_000_000:
        raise ConfigurationError(
            f"A place can't be made coarse to {metres:g} m.", advice="Give 1 m to 1,000 km."
        )
    latitude = 0.0 if snapshot.bbox is None else (snapshot.bbox[1] + snapshot.bbox[3]) / 2
    around = 2 * MERCATOR_HALF_M * math.cos(math.radians(latitude))
    level = max(1, min(31, math.floor(math.log2(around / metres))))
    _place_at(connection, f"{32 - level}", f"_key < {NO_PLACE}", LAID)


def _gather(connection: duckdb.DuckDBPyConnection, at_least: int) -> None:
    """Every place to the middle of the smallest cell with a crowd; of few rows, to nowhere."""
    keys = connection.execute(
        f"SELECT _key FROM {LAID} WHERE _key < {NO_PLACE} ORDER BY _key"
    ).fetchnumpy()["_key"]
    crowds = crowded_cells(keys, at_least)
    connection.register("crowds", pa.table({"first": crowds.first, "level": crowds.level}))
    try:
        _place_at(
            connection,
            "least(31, 32 - crowds.level::INTEGER)",
            f"_key < {NO_PLACE} AND crowds.level <> {NOWHERE}",
            f"{LAID} ASOF LEFT JOIN crowds ON _key >= crowds.first",
        )
    finally:
        connection.unregister("crowds")


def _place_at(connection: duckdb.DuckDBPyConnection, shift: str, where: str, source: str) -> None:
    """Rewrite the places to the middles of cells of ``2**shift`` units on a side."""
    middle_x, middle_y = (
        f"((({axis}::UBIGINT >> ({shift})) << ({shift})) + (1::UBIGINT << ({shift} - 1)))::DOUBLE"
        for axis in ("_mx", "_my")
    )
    lon = f"{middle_x} / {UNITS} * 360 - 180"
    lat = f"degrees(atan(sinh(pi() * (1 - 2 * {middle_y} / {UNITS}))))"
    kept = f"{LAID}.* REPLACE (CASE WHEN {where} THEN ST_Point({lon}, {lat}) END AS geometry)"
    _rewrite(connection, f"SELECT {kept} FROM {source}")
    _key_again(connection)


def _move_into_areas(connection: duckdb.DuckDBPyConnection) -> None:
    """Every place to a point inside its area; the first id where areas meet; else to nowhere."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE release_middles AS SELECT t._row AS r, "
        f"arg_min(ST_PointOnSurface(a.geometry), a.id) AS middle FROM "
        f"(SELECT _row, ST_Centroid(geometry) AS geometry FROM {LAID}) AS t "
        f"JOIN {AREAS} AS a ON ST_Intersects(a.geometry, t.geometry) GROUP BY 1"
    )
    _rewrite(
        connection,
        f"SELECT {LAID}.* REPLACE (release_middles.middle AS geometry) FROM {LAID} "
        f"LEFT JOIN release_middles ON release_middles.r = {LAID}._row",
    )
    _key_again(connection)


def _key_again(connection: duckdb.DuckDBPyConnection) -> None:
    """House columns of the moved places, for the step that comes next."""
    own = ("_key", "_mx", "_my", "_mx0", "_my0", "_mx1", "_my1")
    there = [name for name, *_ in connection.execute(f"DESCRIBE {LAID}").fetchall() if name in own]
    place = "ST_X(geometry) AS _lon, ST_Y(geometry) AS _lat"
    query = point_columns(f"SELECT * EXCLUDE ({', '.join(there)}), {place} FROM {LAID}")
    _rewrite(connection, f"SELECT * EXCLUDE (_lon, _lat) FROM ({query})")


# Values


def _change_values(
    connection: duckdb.DuckDBPyConnection,
    fields: tuple[Field, ...],
    obligations: Sequence[Obligation],
    time_zone: str,
) -> tuple[Field, ...]:
    known = {field.name: field for field in fields}
    values: dict[str, str] = {}
    parameters = Parameters()
    gone: set[str] = set()
    for kind in (CoarseTime, Capped, Rounded, Masked, Without):
        for obligation in (o for o in obligations if isinstance(o, kind)):
            match obligation:
                case CoarseTime(name, to):
                    field = _field(known, name, "datetime", "date")
                    values[name] = _coarse_time(
                        values.get(name, name_sql(name)), field, to, time_zone
                    )
                case Capped(name, low, high):
                    field = _field(known, name, "number", "integer")
                    value = values.get(name, name_sql(name))
                    value = value if low is None else f"greatest({value}, {low!r})"
                    value = value if high is None else f"least({value}, {high!r})"
                    # greatest and least pass over a missing value.
                    there = f"CASE WHEN {name_sql(name)} IS NOT NULL THEN {value} END"
                    values[name] = f"CAST({there} AS {DUCKDB_TYPES[field.type]})"
                case Rounded(name, to):
                    field = _field(known, name, "number", "integer")
                    value = f"round(({values.get(name, name_sql(name))}) / {to!r}) * {to!r}"
                    values[name] = f"CAST({value} AS {DUCKDB_TYPES[field.type]})"
                case Masked(name, value):
                    field = _field(known, name)
                    bound = parameters.bind(value, DUCKDB_TYPES[field.type])
                    values[name] = bound.sql("duckdb")
                    known[name] = replace(field, enum=(), minimum=None, maximum=None)
                case Without(names):
                    gone |= {_field(known, name).name for name in names}
    kept = [known[field.name] for field in fields if field.name not in gone]
    if not values and not gone:
        return fields
    listed = [f"{values.get(f.name, name_sql(f.name))} AS {name_sql(f.name)}" for f in kept]
    query = (
        f"SELECT _row, {', '.join(listed)} FROM {LAID}" if listed else f"SELECT _row FROM {LAID}"
    )
    _rewrite(connection, query, parameters.values)
    return tuple(kept)


def _coarse_time(value: str, field: Field, to: int | str, time_zone: str) -> str:
    """A time floored to minutes, or to the day, month or year, on the city's clocks."""
    if field.type == "date":
        return value if isinstance(to, int) else f"date_trunc({text_sql(to)}, {value})::DATE"
    zone = text_sql(time_zone)
    local = f"timezone({zone}, {value})"
    if isinstance(to, int):
        floored = f"time_bucket(INTERVAL {int(to)} MINUTE, {local}, TIMESTAMP '2000-01-01')"
    else:
        floored = f"date_trunc({text_sql(to)}, {local})"
    return f"timezone({zone}, {floored}::TIMESTAMP)"


def _field(known: dict[str, Field], name: str, *kinds: str) -> Field:
    field = known.get(name)
    if field is None:
        raise ConfigurationError(
            f"A policy is about the field {name!r}, which is not there.",
            advice="Correct the policy; until then nobody reads by that rule.",
        )
    if kinds and field.type not in kinds:
        raise ConfigurationError(
            f"A policy makes {name!r} coarser, which is {field.type}, not {' or '.join(kinds)}.",
            advice="Correct the policy; until then nobody reads by that rule.",
        )
    return field


# Groups


def _leave_out_small_groups(
    connection: duckdb.DuckDBPyConnection, fields: tuple[Field, ...], rule: OnlyAggregates
) -> tuple[Field, ...]:
    """Only rows of groups with enough rows, and of those only ``by`` and numbers to add up."""
    known = {field.name: field for field in fields}
    by = [_field(known, name).name for name in rule.by]
    kept = [f for f in fields if f.name in by or f.type in ("number", "integer")]
    same = " AND ".join(f"t.{name_sql(n)} IS NOT DISTINCT FROM g.{name_sql(n)}" for n in by)
    grouped = ", ".join(name_sql(name) for name in by)
    listed = ", ".join(["t._row", *(f"t.{name_sql(f.name)}" for f in kept)])
    groups = (
        f"SELECT {grouped} FROM {LAID} GROUP BY {grouped} HAVING count(*) >= {int(rule.at_least)}"
        if by
        else f"SELECT 1 FROM {LAID} HAVING count(*) >= {int(rule.at_least)}"
    )
    _rewrite(
        connection,
        f"SELECT {listed} FROM {LAID} AS t SEMI JOIN ({groups}) AS g ON {same or 'true'}",
    )
    return tuple(kept)


def _rewrite(
    connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, object] | None = None
) -> None:
    """Make the table anew from a query over it."""
    connection.execute(f"CREATE TEMP TABLE {LAID}_next AS {query}", values or {})
    connection.execute(f"DROP TABLE {LAID}")
    connection.execute(f"ALTER TABLE {LAID}_next RENAME TO {LAID}")
