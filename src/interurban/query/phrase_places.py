"""Which place a name of the search line means: kind before kind, and vintages by their years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import cos, hypot, radians

from interurban.core import query as q
from interurban.core.city import BoundarySet, City

from .distances import DEFAULT_M
from .phrase_parts import PlacePart
from .vocabulary import FoundPlace, Vocabulary

__all__ = ["ChosenPlace", "choose_place", "cities_of"]

_FAR_M = 1_000.0


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """The place that is meant, and what to say about the choice.

    Parameters
    ----------
    found: the gazetteer's; ``None`` for bare coordinates.
    """

    place: q.Near | q.InArea
    label: str
    found: FoundPlace | None = None
    hints: tuple[str, ...] = ()


def cities_of(part: PlacePart, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The cities that have the place."""
    if part.point is None:
        return tuple(dict.fromkeys(place.city for place in part.found))
    lon, lat = part.point
    return tuple(
        city.id
        for city in vocabulary.cities.values()
        if city.region[0] <= lon <= city.region[2] and city.region[1] <= lat <= city.region[3]
    )


def choose_place(
    part: PlacePart, city: City, when: datetime | None, now: datetime
) -> ChosenPlace | None:
    """The place in a city; ``None`` when it has none of the name.

    Parameters
    ----------
    when: the time that is asked about, which chooses among boundaries of different years.
    """
    metres = part.metres or DEFAULT_M
    if part.point is not None:
        near = q.Near(*part.point, metres, label=part.name)
        return ChosenPlace(near, part.name)
    found = [place for place in part.found if place.city == city.id]
    if not found:
        return None
    areas = [place for place in found if place.area is not None]
    points = [place for place in found if place.area is None]
    if part.kind == "in" and part.metres is None and areas:
        return _area(areas, city, when or now)
    best = (points or areas)[0]
    near = q.Near(best.lon, best.lat, metres, label=best.name)
    hints = [_several(best, points)] if points else []
    if part.kind == "in" and part.metres is None:
        hints.append(f"{best.name} has no boundary here; {metres:.0f} m around it are meant.")
    elif not points:
        hints.append(
            f"{best.name} is a {best.kind}; the distance is from its middle. "
            f"For all of it write “in {best.name}”."
        )
    return ChosenPlace(near, best.name, best, tuple(filter(None, hints)))


def _area(areas: Sequence[FoundPlace], city: City, when: datetime) -> ChosenPlace:
    """The area of the first kind; of its vintages, the one in force then."""
    day = when.astimezone(city.zone).date()
    kinds: dict[str, list[FoundPlace]] = {}
    for place in areas:
        kinds.setdefault(_kind(place, city), []).append(place)
    first, *others = kinds.values()
    best = max(first, key=lambda place: _fitness(place, city, day))
    assert best.area is not None
    boundary, area = best.area
    hints = []
    same = [place for place in first if place.area and place.area[0] == boundary]
    if len(same) > 1:
        hints.append(f"{len(same)} {best.kind}s are called {best.name}; one of them is taken.")
    if others:
        kinds_of_others = " and a ".join(dict.fromkeys(group[0].kind for group in others))
        if kinds_of_others != best.kind:
            hints.append(
                f"{best.name} is taken as the {best.kind}; it is also a {kinds_of_others}."
            )
    return ChosenPlace(q.InArea(boundary, area, label=best.name), best.name, best, tuple(hints))


def _sets(place: FoundPlace, city: City) -> Iterator[BoundarySet]:
    dataset = place.area[0] if place.area else ""
    return (one for one in city.boundaries if one.dataset == dataset)


def _kind(place: FoundPlace, city: City) -> str:
    """The name all vintages of a boundary set share."""
    return next((one.name for one in _sets(place, city)), place.dataset)


def _fitness(place: FoundPlace, city: City, day: date) -> tuple[bool, date]:
    """Whether its boundary set was in force that day; else the one nearest to it."""
    found = next(_sets(place, city), None)
    if found is None:
        return False, date.min
    first, last = found.valid_from or date.min, found.valid_to or date.max
    if first <= day <= last:
        return True, first
    return False, last if last < day else date.min


def _several(best: FoundPlace, points: Sequence[FoundPlace]) -> str:
    """What else has the name, farther away than one would walk."""
    far = [place for place in points if _metres(best, place) > _FAR_M and place.name == best.name]
    if not far:
        return ""
    kinds = ", ".join(dict.fromkeys(place.kind for place in far))
    more = "is 1 more" if len(far) == 1 else f"are {len(far)} more"
    return f"{best.name} is taken as the {best.kind}; there {more} ({kinds})."


def _metres(a: FoundPlace, b: FoundPlace) -> float:
    return 111_320.0 * hypot((a.lon - b.lon) * cos(radians(a.lat)), a.lat - b.lat)
