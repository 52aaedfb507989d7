"""What a table of rows is, as the snapshot it will be: counted and measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from interurban.core.dataset import Snapshot, SourceFacts
from interurban.core.errors import StoreError
from interurban.core.standard import Field, Roles

from .stage import content_hash_sql, name_sql

__all__ = ["content_hash", "describe_rows", "playable_roles"]


def describe_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    *,
    dataset: str,
    standard: str | None,
    fields: tuple[Field, ...],
    roles: Roles,
    geometry: str,
    facts: SourceFacts,
    mapping_hash: str,
    left_out: int,
    blanked: int,
    unique_key: bool,
) -> Snapshot:
    """Count and measure the rows; the version is the commit's to give."""
    if geometry == "none":
        fields = tuple(f for f in fields if f.type != "geometry")
    time = (
        f"min({name_sql(roles.time)}), max({name_sql(roles.time)})" if roles.time else "NULL, NULL"
    )
    box = (
        "min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), "
        "max(ST_YMax(geometry)), count(geometry)"
        if geometry != "none"
        else "NULL, NULL, NULL, NULL, 0"
    )
    row = connection.execute(
        f"SELECT count(*), bit_xor(h), sum(h), {box}, {time} "
        f"FROM (SELECT *, {content_hash_sql(fields)} AS h FROM {rows})"
    ).fetchone()
    if row is None:
        raise StoreError("The rows could not be counted.", advice="Load again.")
    count, xor, total, west, south, east, north, placed, first, last = row
    return Snapshot(
        dataset=dataset,
        version=0,
        committed_at=datetime.now(UTC),
        rows=count,
        placed=placed,
        left_out=left_out,
        blanked=blanked,
        fields=fields,
        roles=roles,
        geometry=geometry,
        bbox=None if west is None else (west, south, east, north),
        time_extent=None if first is None else (_instant(first), _instant(last)),
        standard=standard,
        source=facts,
        mapping_hash=mapping_hash,
        content_hash=content_hash(count, xor, total),
        unique_key=unique_key,
    )


def playable_roles(roles: Roles, fields: Sequence[Field]) -> Roles:
    """The roles whose field is there and of a type that can play the part."""
    types = {f.name: f.type for f in fields}

    def keep(name: str | None, *kinds: str) -> str | None:
        return name if name is not None and types.get(name) in kinds else None

    return Roles(
        key=keep(roles.key, "string", "integer"),
        time=keep(roles.time, "date", "datetime"),
        category=keep(roles.category, "string", "integer", "boolean"),
        label=keep(roles.label, "string", "integer"),
        value=keep(roles.value, "number", "integer"),
        search=tuple(n for n in roles.search if types.get(n) == "string"),
    )


def content_hash(count: int, xor: int | None, total: int | None) -> str:
    """A hash of rows in any order, from how many they are, and the XOR and sum of their hashes."""
    return f"{count:x}-{xor or 0:016x}-{(total or 0) % 2**64:016x}"


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(f"{value}").replace(tzinfo=UTC)
