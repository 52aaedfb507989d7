"""Which column of a table holds which field of a contract, however its header is written.

``GSS.Code``, ``gss-code`` and ``Area code`` are one name; ``Popn-at-risk`` is the population when
it is the only column left. How each was found is kept, to be shown to the person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interurban.core.model import TableContract
from interurban.core.standard import Field
from interurban.standards.catalogue import load_standards

from .codes import code_of, squeezed

__all__ = ["ColumnMatch", "Matching", "match_columns", "match_same_names"]

_KNOWN_AS = {
    "area_id": (
        "gss code ward", "gss code", "gss", "area code", "ons code", "lad code", "local authority",
        "new la code", "code", "area", "geography code", "community area number", "community area",
    ),
    "area_name": ("area name", "ward name", "name", "geography name", "borough", "la name"),
    "sex": ("gender",),
    "age_group": ("age band", "ageband", "age"),
    "year": ("mid year", "calendar year", "cal year", "time period"),
    "calendar_year": ("cal year", "year"),
    "academic_year": ("ay", "nc year", "school year"),
    "origin_id": ("origin", "out la", "from", "outla"),
    "destination_id": ("destination", "in la", "to", "inla"),
}  # fmt: skip
"""Other names that publishers give a field, best first."""

_YEAR = re.compile(r"\D{0,3}(\d{4})(?:\s*[-/]\s*(?:\d{2}|\d{4}))?")


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A field, the column it is read from, and how that was found, in words."""

    field: str
    column: str
    how: str


@dataclass(frozen=True, slots=True)
class Matching:
    """How a table's columns stand for the fields of a contract.

    Parameters
    ----------
    matches: one for each field that was found.
    melted: columns that each hold the value at one label of ``melted_field``: header to label.
    missing: fields without a column.
    fixed: columns whose value the contract settles (``component`` is ``births``), where they are
        there: field to column.
    unused: columns that no field takes.
    """

    matches: tuple[ColumnMatch, ...]
    fixed: dict[str, str]
    melted: dict[str, str]
    melted_field: str
    missing: tuple[Field, ...]
    unused: tuple[str, ...]


def match_columns(contract: TableContract, columns: Sequence[str]) -> Matching:
    """Find the column of each field.

    By the same name, another spelling of it, its title or source, a name that publishers use, or,
    for the value, the only column that is left. Columns that are labels of the one key column that
    is not there (``2011-2012``; ``Principal``, ``Low``, ``High``) are the value at those labels.
    """
    matches: dict[str, ColumnMatch] = {}
    left = list(columns)
    fixed = {name: column for name in contract.where if (column := _near([name], left))}
    left = [column for column in left if column not in fixed.values()]

    def take(field: Field, column: str, how: str) -> None:
        matches[field.name] = ColumnMatch(field.name, column, how)
        left.remove(column)

    for field in contract.fields:
        if field.name in left:
            take(field, field.name, "the same name")
    for field in contract.fields:
        if field.name not in matches and (column := _near([field.name], left)):
            take(field, column, "another spelling")
    for field in contract.fields:
        names = [field.title, *re.split(r"[|;]", field.source), *_KNOWN_AS.get(field.name, ())]
        if field.name == contract.value:
            names += [contract.title, contract.name, *contract.where.values()]
        if field.name not in matches and (column := _near(names, left)):
            take(field, column, "also called so")
    missing = [f for f in contract.fields if f.name not in matches]
    keys = [f for f in missing if f.name in contract.key]
    value = next((f for f in missing if f.name == contract.value), None)
    if value is not None and len(keys) == 1:
        melted = _labels(keys[0], left)
        if melted:
            gone = {value.name, keys[0].name}
            return Matching(
                tuple(matches.values()), fixed, melted, keys[0].name,
                tuple(f for f in missing if f.name not in gone),
                tuple(c for c in left if c not in melted),
            )  # fmt: skip
    strangers = [column for column in left if not _is_known(contract, column)]
    if value is not None and not keys and len(strangers) == 1:
        take(value, strangers[0], "the only column left")
    return Matching(
        tuple(matches.values()), fixed, {}, "",
        tuple(f for f in contract.fields if f.name not in matches), tuple(left),
    )  # fmt: skip


def match_same_names(contract: TableContract, columns: Sequence[str]) -> Matching:
    """The columns of the fields' own names, of a table whose columns are a standard's fields."""
    there = set(columns)
    matches = tuple(
        ColumnMatch(f.name, f.name, "the same name") for f in contract.fields if f.name in there
    )
    known = {match.column for match in matches} | set(contract.where)
    return Matching(
        matches, {name: name for name in contract.where if name in there}, {}, "",
        tuple(f for f in contract.fields if f.name not in there),
        tuple(column for column in columns if column not in known),
    )  # fmt: skip


def _near(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """The first of the names that a column has, whatever its case and punctuation."""
    by_name = {squeezed(column): column for column in reversed(columns)}
    found = (by_name.get(squeezed(name)) for name in names if squeezed(name))
    return next((column for column in found if column is not None), None)


def _is_known(contract: TableContract, column: str) -> bool:
    """Whether a column is some other field's, by the standard or by a name that publishers use."""
    standard = load_standards().get(contract.standard or "")
    names = [f.name for f in standard.fields] if standard is not None else []
    names += [name for known in _KNOWN_AS.values() for name in known] + list(_KNOWN_AS) + ["age"]
    return _near([column], names) is not None


def _labels(field: Field, columns: Sequence[str]) -> dict[str, str]:
    """Columns whose headers are labels of a field, each with its label."""
    if field.enum:
        codes = {column: code_of(column, field.enum) for column in columns}
        return {column: code for column, code in codes.items() if code is not None}
    if field.type == "integer":
        found = {column: _YEAR.fullmatch(column.strip()) for column in columns}
        return {column: match[1] for column, match in found.items() if match is not None}
    if field.type == "string" and len(columns) > 1:
        return {column: re.sub(r"[^a-z0-9]+", "-", column.lower()).strip("-") for column in columns}
    return {}
