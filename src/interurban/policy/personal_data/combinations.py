"""Rare combinations: rows that few traits of a person together single out.

The measure is k-anonymity (Samarati and Sweeney, 1998): how many rows share their combination of
traits with fewer than k - 1 others. Tables of counts are no such thing: there each row is a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from interurban.core.standard import Field

from .columns import person_trait, place_trait, words_of
from .findings import Finding

__all__ = ["rare_combinations"]

SMALL = 5
"""A combination that fewer rows share is a rare one."""

_WHOLE_ROWS = 2_000_000
_SHARE = 0.05
_COUNTS = frozenset(
    "count counts population persons people number numbers total totals value rate percent "
    "percentage births deaths jobs estimate estimates households dwellings share mean "
    "median".split()
)


def rare_combinations(
    connection: duckdb.DuckDBPyConnection, table: str, fields: Sequence[Field], rows: int
) -> Iterator[Finding]:
    """Where age or birth, with another trait, single out many rows.

    Parameters
    ----------
    table: name of the table in SQL; each row a record.
    rows: how many it has.
    """
    if any(f.type in ("integer", "number") and words_of(f.name) & _COUNTS for f in fields):
        return
    traits: dict[str, Field] = {}
    for field in fields:
        trait = person_trait(field)
        if trait and field.type != "geometry":
            traits.setdefault(trait, field)
    if "birth" not in traits or len(traits) < 2:
        return
    places = sorted(
        (place_trait(f), f.name) for f in fields if place_trait(f) >= 0 and f.type != "geometry"
    )
    names = [f.name for f in traits.values()] + [name for _, name in places[:1]]
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    part = max(1, -(-rows // _WHOLE_ROWS))
    only = f"WHERE hash({quoted}) % {part} = 0" if part > 1 else ""
    found = connection.execute(
        f"SELECT sum(n), coalesce(sum(n) FILTER (n = 1), 0), coalesce(sum(n) FILTER (n < {SMALL}), "
        f"0), count(*) FROM (SELECT count(*) AS n FROM {table} {only} GROUP BY {quoted})"
    ).fetchone()
    if found is None or not found[0]:
        return
    looked_at, single, rare, groups = map(int, found)
    # A table with one row for each combination is a table of groups, not of persons.
    if rare < _SHARE * looked_at or (groups == looked_at and _is_full(connection, table, names)):
        return
    yield Finding(
        tuple(names),
        "rare combinations",
        rare,
        looked_at,
        "high" if single >= _SHARE * looked_at else "medium",
        (),
        f"{single:,} rows are alone with their combination, and {rare:,} share it with fewer than "
        f"{SMALL - 1} others",
    )


def _is_full(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> bool:
    """Whether half of all combinations that could be are there, each once."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    counts = connection.execute(
        f"SELECT count(*), {', '.join(f'count(DISTINCT {name})' for name in quoted)} FROM {table}"
    ).fetchone()
    assert counts is not None
    possible = 1
    for distinct in counts[1:]:
        possible *= max(1, distinct)
    return bool(counts[0] >= 0.5 * possible)
