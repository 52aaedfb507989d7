"""Source columns to a standard: the lines of a mapping, checked and made into DuckDB trees.

A line is read (``expressions``), its house functions are rewritten (``house_functions``), DuckDB
tells its type (``binding``), and it is cast to the type of its field. What comes out is data: the
store runs it. A mistake is a ``MappingError`` with the file, the line and the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from interurban.core.city import City
from interurban.core.dataset import Expression
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import MappingError
from interurban.core.standard import Field, Standard

from .binding import Binder
from .checks import Check, field_checks, place_checks
from .expressions import columns_of, parse_expression, resolve_columns
from .field_types import as_field_type, field_type_of
from .house import Setting, is_geometry, is_text, note_type
from .house_functions import rewrite
from .house_geometry import WGS84, source_geometry
from .house_values import blank_to_null
from .spelling import did_you_mean
from .trees import column

__all__ = ["GEOMETRY", "CompiledField", "CompiledMapping", "check_mapping", "compile_mapping"]

GEOMETRY = "geometry"
"""Name of the source's geometry column and of the field it becomes."""

_POINT_FUNCTIONS = ("point", "point_in")


@dataclass(frozen=True, slots=True)
class CompiledField:
    """One output column.

    Parameters
    ----------
    field: the field; its type is settled also where the pack left it to the expression.
    value: tree over the source's columns, of the DuckDB type of the field (``string`` VARCHAR,
        ``integer`` BIGINT, ``number`` DOUBLE, ``boolean`` BOOLEAN, ``date`` DATE, ``datetime``
        TIMESTAMP WITH TIME ZONE, ``geometry`` GEOMETRY in WGS84, longitude first, as valid as
        the source's). It raises at run time for a value that cannot be read, and is NULL only
        where there is none; inside TRY, DuckDB's optimizer ``common_subexpressions`` must be off.
        It needs the extensions spatial, icu and json.
    columns: the source columns it reads.
    """

    field: Field
    value: exp.Expr
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready to run.

    Parameters
    ----------
    fields: the output columns, those of the standard first and in its order.
    checks: what may be wrong with them, in the order in which reasons are shown.
    hash: SHA-256 over everything that shapes the output, hex.
    only_points: the geometry can be nothing but a point on the plane, or missing.
    """

    fields: tuple[CompiledField, ...]
    checks: tuple[Check, ...]
    hash: str
    only_points: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every source column the mapping reads."""
        return tuple(dict.fromkeys(name for field in self.fields for name in field.columns))


def check_mapping(mapping: MappingLines, standard: Standard | None) -> None:
    """Check what can be checked without the source: the fields' names, and what each line holds.

    Raises
    ------
    MappingError: names the file, the line and the key.
    """
    for name, line in mapping.expressions.items():
        with _Place(mapping, name, line):
            _target(name, line, standard)
            parse_expression(line.sql)


def compile_mapping(
    mapping: MappingLines,
    standard: Standard | None,
    columns: Mapping[str, str],
    city: City,
    crs: str = WGS84,
) -> CompiledMapping:
    """Make a mapping ready to run on one source.

    Parameters
    ----------
    standard: ``None`` when every line describes a field of the city's own.
    columns: name and DuckDB type of every source column. One named ``geometry`` of a binary or
        geometry type is the source's own geometry; it is mapped when no line speaks of it.
    city: gives the time zone of naive times and the region that coordinates must lie in.
    crs: of the source's own geometry, as PROJ knows it (``EPSG:27700``).

    Raises
    ------
    MappingError: names the file, the line and the key, and the columns or fields that are near.
    """
    lines = dict(mapping.expressions)
    if GEOMETRY not in lines and _has_geometry(columns) and _takes_geometry(standard):
        lines[GEOMETRY] = Expression(GEOMETRY, field=Field(GEOMETRY, GEOMETRY, extra=True))
    with Binder(columns) as binder:
        setting = Setting(city.time_zone, binder.type_of)
        compiled: list[CompiledField] = []
        checks: list[Check] = []
        only_points = False
        for name, line in _in_order(lines, standard):
            with _Place(mapping, name, line):
                tree = resolve_columns(parse_expression(line.sql, columns), columns)
                readers = {c: _reader(c, binder.types[c], crs) for c in columns_of(tree)}
                output = _compile_line(tree, _target(name, line, standard), readers, setting)
            compiled.append(output)
            checks += field_checks(output.field)
            if output.field.type == GEOMETRY:
                kind = standard.geometry if standard is not None else "any"
                only_points = _makes_points(tree)
                checks += place_checks(output.field, kind, city, only_points=only_points)
        if not binder.can_run([output.value for output in compiled]):
            for output in compiled:
                with _Place(mapping, output.field.name, lines[output.field.name]):
                    binder.type_of(output.value)
    return CompiledMapping(tuple(compiled), tuple(checks), _hash(compiled, checks), only_points)


class _Place:
    """Gives a ``MappingError`` raised inside the block its file, line and key."""

    def __init__(self, mapping: MappingLines, name: str, line: Expression) -> None:
        self._file, self._line = mapping.file or None, line.line
        self._part = f"{'extra' if line.field is not None else 'mapping'}.{name}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MappingError):
            raise MappingError(
                error.what, advice=error.advice, part=self._part, file=self._file, line=self._line
            ) from error


def _compile_line(
    tree: exp.Expr, field: Field, readers: Mapping[str, exp.Expr], setting: Setting
) -> CompiledField:
    value = rewrite(tree, readers, setting)
    if not field.type:
        field = replace(field, type=field_type_of(setting.type_of(value)))
    is_plain = isinstance(tree, exp.Column)
    typed = as_field_type(value, field.type, setting, settled=is_plain)
    return CompiledField(field, typed, columns_of(tree))


def _target(name: str, line: Expression, standard: Standard | None) -> Field:
    """The field a line fills: of the standard, or the city's own."""
    known = {field.name: field for field in standard.fields} if standard is not None else {}
    if name in known:
        return known[name]
    if line.field is not None:
        return line.field
    if standard is None:
        raise MappingError(
            "a mapping to fields of a standard, and the dataset names no standard.",
            advice="Name one under standard:, or move the line under extra:.",
        )
    raise MappingError(
        f'the standard {standard.id} has no field "{name}".',
        advice=did_you_mean(name, known, otherwise=f"It has {', '.join(known)}."),
    )


def _in_order(
    lines: Mapping[str, Expression], standard: Standard | None
) -> Iterator[tuple[str, Expression]]:
    names = [field.name for field in standard.fields] if standard is not None else []
    first = [name for name in names if name in lines]
    for name in (*first, *(name for name in lines if name not in names)):
        yield name, lines[name]


def _reader(name: str, kind: str, crs: str) -> exp.Expr:
    """The tree that reads a source column: text without blanks, geometry in WGS84."""
    if is_text(kind):
        return note_type(blank_to_null(column(name)), "VARCHAR")
    if name == GEOMETRY and _is_shape(kind):
        return note_type(source_geometry(column(name), kind, crs), "GEOMETRY")
    return note_type(column(name), kind)


def _makes_points(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Anonymous) and tree.name.casefold() in _POINT_FUNCTIONS


def _has_geometry(columns: Mapping[str, str]) -> bool:
    return _is_shape(columns.get(GEOMETRY, ""))


def _is_shape(kind: str) -> bool:
    return is_geometry(kind) or kind == "BLOB"


def _takes_geometry(standard: Standard | None) -> bool:
    return standard is None or standard.geometry != "none"


def _hash(fields: Collection[CompiledField], checks: Collection[Check]) -> str:
    digest = hashlib.sha256()
    for compiled in fields:
        digest.update(f"{compiled.field!r}\n{compiled.value.sql(dialect='duckdb')}\n".encode())
    for check in checks:
        digest.update(f"{check.action}\n{check.condition.sql(dialect='duckdb')}\n".encode())
    return digest.hexdigest()
