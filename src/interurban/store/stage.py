"""Staging: mapped rows become clean ones, in temporary tables.

``clean`` is what a reader will see: rows left out are gone, broken values are blank. ``rejects``
has one row for each broken value, with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from sqlglot import exp

from interurban.core.standard import Field
from interurban.query.grid import NO_PLACE

__all__ = [
    "clean_rows",
    "content_hash_sql",
    "count_rejects",
    "create_point_table",
    "keep_last",
    "name_sql",
    "number",
    "tell_source_rows",
    "text_sql",
]


def create_point_table(
    connection: duckdb.DuckDBPyConnection, what: str, query: str, fields: Sequence[str]
) -> None:
    """Create an empty table for a query that has ``_lon`` and ``_lat`` in place of ``geometry``.

    ``geometry`` stands where ``fields`` has it, and is computed when it is asked for.

    Parameters
    ----------
    what: kind and name of the table (``TEMP TABLE mapped``).
    """
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    columns = {name: f"{name_sql(name)} {kind}" for name, kind, *_ in described}
    before = fields[fields.index("geometry") + 1 :] if "geometry" in fields else ()
    first = next((name for name in before if name in columns), None)
    geometry = "geometry GEOMETRY GENERATED ALWAYS AS (ST_Point(_lon, _lat)) VIRTUAL"
    listed = [
        part
        for name, definition in columns.items()
        for part in ((geometry, definition) if name == first else (definition,))
    ]
    if first is None:
        listed.append(geometry)
    connection.execute(f"CREATE {what} ({', '.join(listed)})")


def clean_rows(
    stage: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    key: str | None,
    from_columns: Sequence[str] = (),
    *,
    points: bool = False,
) -> bool:
    """Make ``mapped`` into ``clean``; gives whether every row has a key of its own.

    Rows left out are gone, broken values are blank, exact repeats stand only once.

    Parameters
    ----------
    from_columns: those of the reading; a repeat is told by its row in the source.
    points: the places are in ``_lon`` and ``_lat``.
    """
    stage.execute("ALTER TABLE mapped DROP COLUMN _raw")
    if number(stage, "SELECT count(*) FROM mapped WHERE _bad"):
        _leave_out_and_blank(stage, fields, points=points)
    stage.execute("ALTER TABLE mapped DROP COLUMN _bad")
    stage.execute("ALTER TABLE mapped RENAME TO clean")
    if key is None:
        return False
    if _is_unique(stage, key):
        return True
    _drop_repeats(stage, fields, key, len(from_columns))
    return _is_unique(stage, key)


def _leave_out_and_blank(
    stage: duckdb.DuckDBPyConnection, fields: Sequence[Field], *, points: bool
) -> None:
    """Take the bad rows out of ``mapped``, and put those that stay back without what broke."""
    columns = {f.name: (f.name, "NULL") for f in fields}
    if points:
        columns.pop("geometry", None)
        columns |= dict.fromkeys(("_lon", "_lat", "_mx", "_my"), ("geometry", "NULL"))
        columns["_key"] = ("geometry", f"{NO_PLACE}::UBIGINT")
    blanked = ", ".join(
        f"CASE WHEN list_contains(b.fields, {text_sql(field)}) THEN {blank} "
        f"ELSE m.{name_sql(name)} END AS {name_sql(name)}"
        for name, (field, blank) in columns.items()
    )
    stage.execute(
        f"""CREATE TEMP TABLE mended AS SELECT _row, {blanked}, false AS _bad
        FROM mapped m JOIN (
            SELECT "row", list(field) AS fields, bool_or(action = 'row') AS gone
            FROM rejects GROUP BY "row") b ON b."row" = m._row
        WHERE m._bad AND NOT b.gone"""
    )
    stage.execute("DELETE FROM mapped WHERE _bad")
    stage.execute("INSERT INTO mapped BY NAME SELECT * FROM mended")
    stage.execute("DROP TABLE mended")


def _drop_repeats(
    stage: duckdb.DuckDBPyConnection, fields: Sequence[Field], key: str, per_row: int
) -> None:
    """Of rows that share a key and are equal in every field, the first stays.

    Rows that share a key and differ all stay: a boundary in two parts is two rows.
    """
    stage.execute(
        f"""CREATE TEMP TABLE repeated AS
        SELECT {name_sql(key)} AS k FROM clean
        WHERE {name_sql(key)} IS NOT NULL GROUP BY k HAVING count(*) > 1"""
    )
    if number(stage, "SELECT count(*) FROM repeated"):
        stage.execute(
            f"""CREATE TEMP TABLE again AS SELECT * FROM (
                SELECT _row, {name_sql(key)}::VARCHAR AS k, first_value(_row) OVER (
                    PARTITION BY {name_sql(key)}, {content_hash_sql(fields)} ORDER BY _row) AS first
                FROM clean WHERE {name_sql(key)} IN (SELECT k FROM repeated))
            WHERE _row <> first"""
        )
        first = f"(first - 1) // {per_row} + 1" if per_row else "first"
        stage.execute(
            f"""INSERT INTO rejects SELECT _row, {text_sql(key)}, k,
                'repeats row ' || ({first}) || ' in every field', 'row' FROM again"""
        )
        stage.execute("DELETE FROM clean WHERE _row IN (SELECT _row FROM again)")
        stage.execute("DROP TABLE again")
    stage.execute("DROP TABLE repeated")


def keep_last(stage: duckdb.DuckDBPyConnection, key: str) -> None:
    """Of the rows that share a key, only the last in the source stays: it is the newest state."""
    stage.execute(
        f"""DELETE FROM clean WHERE _row NOT IN (
            SELECT max(_row) FROM clean GROUP BY {name_sql(key)})"""
    )


def content_hash_sql(fields: Sequence[Field]) -> str:
    """A 64-bit hash of a row's content."""
    listed = ", ".join(
        name_sql(f.name) if f.type != "geometry" else f"ST_AsWKB({name_sql(f.name)})"
        for f in fields
    )
    return f"hash({listed})"


def _is_unique(stage: duckdb.DuckDBPyConnection, key: str) -> bool:
    return not number(stage, f"SELECT count(*) - count(DISTINCT {name_sql(key)}) FROM clean")


def count_rejects(stage: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Rows left out, and values blanked in rows that were kept."""
    left_out = number(stage, "SELECT count(DISTINCT \"row\") FROM rejects WHERE action = 'row'")
    blanked = number(
        stage,
        'SELECT count(DISTINCT ("row", field)) FROM rejects WHERE action = \'value\' AND "row" '
        "NOT IN (SELECT \"row\" FROM rejects WHERE action = 'row')",
    )
    return left_out, blanked


def tell_source_rows(stage: duckdb.DuckDBPyConnection, from_columns: Sequence[str]) -> None:
    """Give each reject of a wide table the source's row and column, in place of the long row.

    Counts of rejects come before this: the cells of one row are many rows.
    """
    if not from_columns:
        return
    per_row = len(from_columns)
    header = f'list_extract(?::VARCHAR[], ("row" - 1) % {per_row} + 1)'
    stage.execute(
        f"""UPDATE rejects SET "row" = ("row" - 1) // {per_row} + 1, reason =
            CASE field WHEN '' THEN reason ELSE reason || ' (column ' || {header} || ')' END""",
        [list(from_columns)],
    )


def number(stage: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one whole number that a query gives."""
    row = stage.execute(sql).fetchone()
    return int(row[0]) if row else 0


def name_sql(name: str) -> str:
    """A quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def text_sql(value: str) -> str:
    """A quoted text constant."""
    return exp.Literal.string(value).sql("duckdb")
