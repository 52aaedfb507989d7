"""Where an address, a postcode or a named place is, from the loaded data alone.

Areas, stations, parks and street corners come from the gazetteer. Postcodes and addresses come
from every loaded dataset of the city that states one beside a point: schools, shops, permits. What
was found is said with how exact it is, as no list here holds every door.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from interurban.catalog.gazetteer import normalised
from interurban.core.errors import InvalidPlace
from interurban.core.query import InArea

from .reading import Atlas
from .subjects import Floats
from .words import distance

__all__ = ["Located", "locate"]

_POSTCODE, _ADDRESS = "postal_code", "address"
_ROUGHEST_M = 2_000.0
"""A postcode whose like lie further apart than this is not located."""

_UNIT_M = 100.0
"""What a full postcode of the size of a street is exact to, at best."""

_FURTHEST_NUMBERS = 200
"""House numbers between which a place is worked out; one block of a grid city is 100."""

_MOST_ROWS = 200_000
_STREET, _NUMBER = r"(?P<street>.*[^\W\d_].*)", r"(?P<number>[0-9]{1,6})[a-z]?"
_NUMBERED = re.compile(rf"{_NUMBER}\s+{_STREET}")
_NUMBER_LAST = re.compile(rf"{_STREET}\s+{_NUMBER}")
_LETTER = re.compile(r"[^\W\d_]{2}")
"""Two letters: of ``12b, rue X`` the first part is a number yet."""


@dataclass(frozen=True, eq=False)
class Located:
    """A place that was asked for by name.

    Parameters
    ----------
    lon, lat: WGS84; of an area, a point in it.
    within_m: how exact that is, in metres; 0 of an area.
    area: the area's outline, WGS84, when an area was named.
    how: a sentence that says what the place was taken from; empty when it is exact.
    """

    label: str
    lon: float
    lat: float
    within_m: float
    area: shapely.Geometry | None = None
    how: str = ""


@dataclass(frozen=True, eq=False)
class _Doors:
    """Postcodes and addresses with a point, as metres of the working CRS.

    Parameters
    ----------
    codes: postcodes without blanks, sorted; at: (c, 2).
    shapes: what is a letter and what a digit in them, in any of them.
    streets: by street, house numbers in order and their points.
    number_last: most of the city's addresses have the house number after the street.
    """

    codes: tuple[str, ...]
    at: Floats
    shapes: frozenset[str]
    streets: Mapping[str, tuple[list[int], Floats]]
    number_last: bool


def locate(atlas: Atlas, text: str) -> Located:
    """The best place for a text.

    Raises
    ------
    InvalidPlace: nothing in the loaded data is called so.
    """
    asked = text.strip()
    if not asked:
        raise InvalidPlace("There is no place to look for.", advice="Write one in q.", part="q")
    named = atlas.node.places(asked, atlas.city.id, 1)
    if named and named[0].match == "exact":
        return _named(atlas, asked)
    found = _address(atlas, asked) or _any_postcode(atlas, asked)
    if found is not None:
        return found
    if named:
        return _named(atlas, asked)
    raise InvalidPlace(
        f"Nothing in the data of {atlas.city.name} is called {asked[:80]!r}.",
        advice="Write a postcode, an address, a street corner, or the name of an area or a school.",
        part="q",
    )


def _named(atlas: Atlas, asked: str) -> Located:
    place = atlas.node.places(asked, atlas.city.id, 1)[0]
    if place.area is not None:
        shape = atlas.node.area_shape(InArea(*place.area))
        return Located(place.name, place.lon, place.lat, 0.0, shape)
    return Located(place.name, place.lon, place.lat, 0.0)


# Postcodes


def _any_postcode(atlas: Atlas, asked: str) -> Located | None:
    """The text as a postcode, or the last words of it: people write it at the end."""
    words = asked.replace(",", " ").split()
    for count in (len(words), 2, 1):
        found = _postcode(atlas, " ".join(words[-count:])) if count <= len(words) else None
        if found is not None:
            return replace(found, label=found.label if count == len(words) else asked)
    return None


def _postcode(atlas: Atlas, asked: str) -> Located | None:
    """A postcode that the data know, or the middle of those that begin like it."""
    code = _plain(asked)
    if not any(letter.isdigit() for letter in code):
        return None
    doors = _doors(atlas)
    if _shape(code) not in doors.shapes:
        return None
    for length in range(len(code), max(len(code) // 2, 2), -1):
        points = _beginning(doors, code[:length])
        if not len(points):
            continue
        middle = np.median(points, axis=0)
        spread = float(np.quantile(np.hypot(*(points - middle).T), 0.9))
        whole = length == len(code)
        if len(points) < 2 and not whole:
            continue
        within = max(_UNIT_M, spread)
        if within > _ROUGHEST_M:
            return None
        lon, lat = _lonlat(atlas, middle)
        label = asked.upper()
        how = (
            f"{label} was found by {_places(len(points))} of that postcode in the loaded data; "
            f"it is exact to about {distance(within, atlas.city.units)}."
            if whole
            else f"{label} itself is not in the loaded data. The place is the middle of "
            f"{_places(len(points))} whose postcodes begin with {code[:length]}; it is exact to "
            f"about {distance(within, atlas.city.units)}."
        )
        return Located(label, lon, lat, within, how=how)
    return None


def _plain(code: str) -> str:
    """A postcode without what stands between its parts: ``NW3 2BQ``, ``100-0001``."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _shape(code: str) -> str:
    """What is a letter and what a digit: ``SE152ND`` is ``AA999AA``."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in code)


def _beginning(doors: _Doors, start: str) -> Floats:
    first = bisect_left(doors.codes, start)
    last = bisect_left(doors.codes, start + "\U0010ffff")
    return doors.at[first:last]


# Addresses


def _address(atlas: Atlas, asked: str) -> Located | None:
    """A house number on a street: as the data know it, or between two that they know."""
    doors = _doors(atlas)
    split = _numbered(asked, last=doors.number_last)
    if split is None:
        return None
    number, street = split
    known = doors.streets.get(street)
    if known is None:
        return None
    numbers, points = known
    after = bisect_left(numbers, number)
    if after < len(numbers) and numbers[after] == number:
        same = points[after : bisect_left(numbers, number + 1)]
        lon, lat = _lonlat(atlas, np.median(same, axis=0))
        return Located(asked, lon, lat, 20.0)
    near = [at for at in (after - 1, after) if 0 <= at < len(numbers)]
    near = [at for at in near if abs(numbers[at] - number) <= _FURTHEST_NUMBERS]
    if not near:
        return None
    if len(near) == 2:
        low, high = near
        part = (number - numbers[low]) / (numbers[high] - numbers[low])
        point = points[low] * (1 - part) + points[high] * part
        within = max(20.0, float(np.hypot(*(points[high] - points[low]))) / 2)
    else:
        point = points[near[0]]
        within = float(abs(numbers[near[0]] - number)) * 2 + 20.0
    if within > _ROUGHEST_M:
        return None
    said = " and ".join(f"{numbers[at]:,}".replace(",", "") for at in near)
    lon, lat = _lonlat(atlas, point)
    how = (
        f"The place was worked out from number {said} of that street in the loaded data; it is "
        f"exact to about {distance(within, atlas.city.units)}."
    )
    return Located(asked, lon, lat, within, how=how)


def _numbered(address: str, *, last: bool = False) -> tuple[int, str] | None:
    """House number and street of an address, the street as names are compared.

    Parameters
    ----------
    last: the number stands after the street.
    """
    plain = normalised(_street_line(address))
    match = (_NUMBER_LAST if last else _NUMBERED).fullmatch(plain)
    return (int(match["number"]), match["street"]) if match else None


def _street_line(address: str) -> str:
    """An address up to the comma before the town; ``12, rue X`` has one before the street."""
    found = ""
    for part in address.split(","):
        found = f"{found} {part}"
        if _LETTER.search(found):
            break
    return found


# What the data know


def _doors(atlas: Atlas) -> _Doors:
    telling = _telling(atlas)
    return atlas.cached("doors", [dataset for dataset, _ in telling], lambda: _read(atlas, telling))


def _telling(atlas: Atlas) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Datasets of the city with points that state a postcode or an address, and the fields."""

    def look() -> Iterator[tuple[str, tuple[str, ...]]]:
        for dataset, snapshot in sorted(atlas.node.snapshots().items()):
            fields = tuple(n for n in (_POSTCODE, _ADDRESS) if snapshot.field(n) is not None)
            ours = atlas.node.dataset(dataset).city == atlas.city.id
            if ours and fields and snapshot.geometry == "point" and snapshot.rows <= _MOST_ROWS:
                yield dataset, fields

    # Looking at every snapshot takes longer than everything else here: once for what is loaded.
    loaded = ("telling", atlas.city.id, atlas.node.reader, *sorted(atlas.node.held()))
    return atlas.kept.get(loaded, lambda: tuple(look()))


def _read(atlas: Atlas, telling: Iterable[tuple[str, tuple[str, ...]]]) -> _Doors:
    codes: list[str] = []
    places: list[Floats] = []
    addresses: list[tuple[str, float, float]] = []
    for dataset, fields in telling:
        table = atlas.table(dataset, fields)
        if table is None:
            continue
        lonlat = shapely.get_coordinates(
            shapely.from_wkb(table["geometry"].drop_null().to_numpy(zero_copy_only=False))
        )
        at = atlas.project(lonlat)
        there = np.flatnonzero(table["geometry"].is_valid().to_numpy(zero_copy_only=False))
        if _POSTCODE in fields:
            said = table[_POSTCODE].to_pylist()
            known = [n for n, row in enumerate(there.tolist()) if said[row]]
            codes += [_plain(str(said[there[n]])) for n in known]
            places.append(at[known])
        if _ADDRESS in fields:
            said = table[_ADDRESS].to_pylist()
            for n, row in enumerate(there.tolist()):
                if said[row]:
                    addresses.append((str(said[row]), *at[n].tolist()))
    order = sorted(range(len(codes)), key=codes.__getitem__)
    points = np.concatenate(places) if places else np.empty((0, 2))
    shapes = frozenset(_shape(code) for code in set(codes))
    number_last, streets = _streets(addresses)
    return _Doors(tuple(codes[one] for one in order), points[order], shapes, streets, number_last)


def _streets(
    addresses: Iterable[tuple[str, float, float]],
) -> tuple[bool, dict[str, tuple[list[int], Floats]]]:
    """House numbers by street, read in the order that most of the city's addresses have."""
    read = {False: dict[str, list[tuple[int, float, float]]](), True: {}}
    counts = {False: 0, True: 0}
    for address, x, y in addresses:
        for last, numbered in read.items():
            if (split := _numbered(address, last=last)) is not None:
                counts[last] += 1
                numbered.setdefault(split[1], []).append((split[0], x, y))
    number_last = counts[True] > counts[False]
    streets = {}
    for street, houses in read[number_last].items():
        houses.sort()
        streets[street] = ([h[0] for h in houses], np.array([h[1:] for h in houses]))
    return number_last, streets


def _lonlat(atlas: Atlas, point: Floats) -> tuple[float, float]:
    lon, lat = atlas.unproject(np.atleast_2d(point))[0]
    return float(lon), float(lat)


def _places(count: int) -> str:
    return "one place" if count == 1 else f"{count:,} places"
