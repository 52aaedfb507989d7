"""Whether obligations fit the fields they are about, and what tells a place beside the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from interurban.core import policy as p
from interurban.core.query import Value

__all__ = ["misfits", "telling_places"]

_NUMBERS = ("number", "integer")
_TIMES = ("datetime", "date")
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "an instant with its zone",
    "geometry": "blank: leave the field out instead",
}

_TELLING = frozenset(
    """addr address block building coordinate coordinates easting geohash geom gridref hex house
    lat latitude lng location lon long longitude lsoa northing oa parcel pin plot postal postcode
    premises street uprn usrn zip zipcode""".split()
)
_AREAS = frozenset("beat ward precinct tract".split())


def misfits(
    obligations: Sequence[p.Obligation], types: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What can't be done to a field of its type: what (as ``makes age blank``), and advice.

    Parameters
    ----------
    types: field to type, as standards have them; others are passed over.
    """
    for one in obligations:
        match one:
            case p.Masked(field, value):
                kind = types.get(field)
                if kind is not None and not _is(value, kind):
                    yield (
                        f'gives "{field}" the value {value!r} in every row, which it can\'t have',
                        f"It has to be {_KINDS.get(kind, kind)}.",
                    )
            case p.CoarseTime(field):
                if types.get(field, "datetime") not in _TIMES:
                    yield (
                        f'makes "{field}" coarse in time, which is no time',
                        "Name a field that holds a date or an instant.",
                    )
            case p.SmallCounts(field):
                if types.get(field, "number") not in _NUMBERS:
                    yield (
                        f'hides small counts of "{field}", which is no number',
                        "Name the field that holds the counts.",
                    )
            case p.Capped(field) | p.Rounded(field):
                if types.get(field, "number") not in _NUMBERS:
                    what = "caps" if isinstance(one, p.Capped) else "rounds"
                    yield (
                        f'{what} "{field}", which is no number',
                        "Name a field that holds numbers.",
                    )


def telling_places(obligations: Sequence[p.Obligation], fields: Collection[str]) -> tuple[str, ...]:
    """Fields that by their names tell where, though places are made coarse; none if they are not.

    Wards and beats tell no more than an area that places are told to.
    """
    moves = [one for one in obligations if isinstance(one, p.CoarsePlace | p.Crowds)]
    if not moves:
        return ()
    by_area = any(isinstance(one, p.CoarsePlace) and one.area is not None for one in moves)
    words = _TELLING if by_area else _TELLING | _AREAS
    hidden = {"geometry"}
    for one in obligations:
        if isinstance(one, p.Without):
            hidden.update(one.fields)
        elif isinstance(one, p.Masked):
            hidden.add(one.field)
    return tuple(
        name for name in sorted(fields) if name not in hidden and not words.isdisjoint(_words(name))
    )


def _words(name: str) -> Iterator[str]:
    """The words of a field's name: ``homeAddress``, ``grid_ref``, ``X Coordinate``."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    found = re.split(r"[^a-z]+", apart)
    yield from found
    yield from (one + two for one, two in pairwise(found))


def _is(value: Value, kind: str) -> bool:
    """Whether a value can stand in a field of a type; nothing can stand in any."""
    if value is None:
        return True
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return _reads(value, date) and not isinstance(value, datetime)
        case "datetime":
            return _reads(value, datetime)
        case _:
            return False


def _reads(value: Value, kind: type[date]) -> bool:
    """Whether a value is a date or an instant, or a text that is one."""
    try:
        read = kind.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return False
    if isinstance(read, datetime):
        return read.tzinfo is not None
    return isinstance(read, date) and kind is date
