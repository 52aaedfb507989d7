"""The changes that a planner may ask about, read from JSON or a table and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape as shape_of

from interurban.core.errors import BadRequest
from interurban.standards.spelling import did_you_mean

__all__ = [
    "MOST",
    "Change",
    "Close",
    "Homes",
    "Merge",
    "Open",
    "Resize",
    "Zone",
    "change_words",
    "read_changes",
]

MOST = 20
"""Changes in one question."""

_MOST_PLACES = 20_000
_MOST_CORNERS = 5_000


@dataclass(frozen=True, slots=True)
class Close:
    """A school takes no pupils any more; all of them look for another.

    ``to``: schools that are named to take them, which draw them as the school of a zone draws the
    children of its zone.
    """

    school: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """A new school. ``like``: an existing one that it will draw like, or none."""

    name: str
    lon: float
    lat: float
    places: float
    like: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Schools become one, at the place of ``into``, and their pupils go with them."""

    schools: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True)
class Resize:
    """A school has more places, or fewer."""

    school: str
    places: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A school serves another zone; what it takes leaves the zones that had it. WGS84."""

    school: str
    zone: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Homes:
    """New homes: in an area, or at a point (WGS84) whose area is looked up."""

    homes: float
    pupils_per_home: float
    area: str = ""
    lon: float = math.nan
    lat: float = math.nan


Change = Close | Open | Merge | Resize | Zone | Homes

_MEMBERS = {
    "close": ("school", "to"),
    "open": ("name", "lon", "lat", "places", "like"),
    "merge": ("schools", "into"),
    "resize": ("school", "places"),
    "zone": ("school", "zone"),
    "homes": ("lon", "lat", "area", "homes", "pupils_per_home"),
}


def read_changes(said: object) -> tuple[Change, ...]:
    """Changes from a JSON list.

    Raises
    ------
    BadRequest: names the change by its number, and what is wrong with it.
    """
    if not isinstance(said, list) or not said:
        raise BadRequest(
            "There are no changes.",
            advice='Give a list, as in [{"do": "close", "school": "..."}].',
            part="changes",
        )
    if len(said) > MOST:
        raise BadRequest(
            f"{len(said)} changes are too many at once.",
            advice=f"Ask about at most {MOST}.",
            part="changes",
        )
    return tuple(_read(one, f"changes[{at}]") for at, one in enumerate(said))


def _read(said: object, where: str) -> Change:
    if not isinstance(said, dict):
        raise BadRequest(f"{where} is no JSON object.", part=where)
    do = said.get("do")
    if do not in _MEMBERS:
        raise BadRequest(
            f"{where} says to do {str(do)[:40]!r}.",
            advice=did_you_mean(str(do)[:40], tuple(_MEMBERS)),
            part=where,
        )
    for name in said:
        if name != "do" and name not in _MEMBERS[do]:
            raise BadRequest(
                f"{where}: to {do} has no member {str(name)[:40]!r}.",
                advice=f"It has {', '.join(_MEMBERS[do])}.",
                part=where,
            )
    match do:
        case "close":
            school = _text(said, "school", where)
            named = _schools(said["to"], school, where) if said.get("to") else ()
            return Close(school, named)
        case "open":
            return Open(
                _text(said, "name", where),
                *_point(said, where),
                _number(said, "places", where, 1, _MOST_PLACES),
                _text(said, "like", where, optional=True),
            )
        case "merge":
            into = _text(said, "into", where)
            return Merge(_schools(said.get("schools"), into, where), into)
        case "resize":
            places = _number(said, "places", where, 0, _MOST_PLACES)
            return Resize(_text(said, "school", where), places)
        case "zone":
            return Zone(_text(said, "school", where), _zone(said.get("zone"), where))
        case _:
            return _homes(said, where)


def _homes(said: Mapping[str, Any], where: str) -> Homes:
    homes = _number(said, "homes", where, 0, 1e6)
    each = _number(said, "pupils_per_home", where, 0, 10)
    if area := _text(said, "area", where, optional=True):
        return Homes(homes, each, area)
    return Homes(homes, each, "", *_point(said, where))


def _schools(said: object, into: str, where: str) -> tuple[str, ...]:
    listed = said if isinstance(said, list) else []
    others = tuple(dict.fromkeys(str(one) for one in listed if one != into))
    if not all(isinstance(one, str) for one in listed):
        others = ()
    if not others:
        raise BadRequest(
            f"{where} names no schools that merge.",
            advice="Give their ids as a list in schools, one at least beside into.",
            part=where,
        )
    return others


def _zone(said: object, where: str) -> shapely.Geometry:
    wrong = BadRequest(
        f"The zone of {where} is no polygon.",
        advice="Give a GeoJSON Polygon or MultiPolygon in WGS84.",
        part=where,
    )
    if not isinstance(said, dict) or said.get("type") not in ("Polygon", "MultiPolygon"):
        raise wrong
    try:
        zone = shapely.make_valid(shape_of(said))
    except (
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as error:
        raise wrong from error
    if zone.is_empty or zone.area == 0 or shapely.get_num_coordinates(zone) > _MOST_CORNERS:
        raise wrong
    return zone


def _text(said: Mapping[str, Any], name: str, where: str, *, optional: bool = False) -> str:
    value = said.get(name)
    if optional and value in (None, ""):
        return ""
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise BadRequest(f"{where} lacks {name}.", advice=f"Give {name} as a text.", part=where)
    return value.strip()


def _number(said: Mapping[str, Any], name: str, where: str, lowest: float, highest: float) -> float:
    value = said.get(name)
    fine = isinstance(value, int | float) and not isinstance(value, bool)
    if not fine or not lowest <= float(value or 0) <= highest:
        raise BadRequest(
            f"{where}: {name} can't be used.",
            advice=f"Give a number from {lowest:,.0f} to {highest:,.0f}.",
            part=where,
        )
    return float(value or 0)


def _point(said: Mapping[str, Any], where: str) -> tuple[float, float]:
    return _number(said, "lon", where, -180, 180), _number(said, "lat", where, -90, 90)


def change_words(change: Change, names: Mapping[str, str]) -> str:
    """A change in plain words.

    Parameters
    ----------
    names: of schools and areas by id.
    """
    match change:
        case Close(school, to):
            named = f", and {_listed(to, names)} is named to take its pupils" if to else ""
            return f"{_name(school, names)} closes{named}."
        case Open(name, _, _, places, like):
            drawing = f", drawing like {_name(like, names)}" if like else ""
            return f"{name} opens with {places:,.0f} places{drawing}."
        case Merge(schools, into):
            return f"{_listed(schools, names)} and {_name(into, names)} become one at the latter."
        case Resize(school, places):
            return f"{_name(school, names)} has {places:,.0f} places."
        case Zone(school, _):
            return f"{_name(school, names)} serves the zone that is drawn."
        case Homes(homes, each, area):
            there = _name(area, names) if area else "the point"
            return f"{homes:,.0f} homes at {there}, with {homes * each:,.0f} pupils."


def _listed(ids: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(_name(one, names) for one in ids)


def _name(one: str, names: Mapping[str, str]) -> str:
    return names.get(one, one)
