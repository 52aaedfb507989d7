"""Which way distances go: along streets where these can be trusted, else by straight lines.

A reader may ask for either. Who asks for neither gets streets where some are named in the pack,
loaded, whole enough and near enough to the homes, and no further off than straight lines from
every distance that the pack has to check them against. Whatever decides is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.core.errors import BadRequest

from .checks import Check, checks_of
from .homes import homes_of
from .streets.found import LIMIT_M, StreetsFound, streets_of
from .streets.network import doors_of
from .streets.routes import Routes, routes_of
from .ways import STRAIGHT, STREETS, WAYS, StraightWay, StreetWay, Way

__all__ = ["Choice", "choose"]

_NEAR = 0.9
"""The least share of areas with a street near, for streets to be taken unasked."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The way that is taken.

    Parameters
    ----------
    why: why it is straight lines though streets are named, as a sentence; empty without a reason.
    streets: what the pack names; ``None`` where it names nothing.
    checks: of both ways, the way that is taken first; of streets only where they can be gone along.
    """

    way: Way
    why: str
    streets: StreetsFound | None
    checks: tuple[Check, ...]


def choose(atlas: Atlas, stage: Stage, asked: str, leaning: tuple[str, ...]) -> Choice:
    """The way to schools of a stage.

    Parameters
    ----------
    asked: one of ``WAYS``; empty for the better one.
    leaning: datasets that access leans on.

    Raises
    ------
    BadRequest: there is no such way, or the streets that are asked for can't be gone along.
    """
    if asked and asked not in WAYS:
        raise BadRequest(
            f"There is no way {asked[:40]!r}.", advice=f"There are: {', '.join(WAYS)}.", part="way"
        )
    straight = StraightWay(atlas.schools.metres, atlas.settings.walking_factor)
    found = streets_of(atlas)
    against = "No streets are named for ways." if found is None else found.against
    if asked == STREETS and against:
        raise BadRequest(
            f"No way goes along streets in {atlas.city.name}. {against}",
            advice="Load streets that hang together, and name them in the pack under access.",
            part="way",
        )
    if found is None or against:
        why = "" if found is None or asked else against
        return Choice(straight, why, found, _checked(atlas, straight, leaning))
    streets = _street_way(atlas, found, straight, leaning)
    by_streets, by_lines = _checked(atlas, streets, leaning), _checked(atlas, straight, leaning)
    doubt = found.doubt or _too_few(atlas, stage, streets) or _worse(by_streets, by_lines)
    if asked == STRAIGHT or (doubt and asked != STREETS):
        return Choice(straight, "" if asked else doubt, found, (*by_lines, *by_streets))
    return Choice(streets, "", found, (*by_streets, *by_lines))


def _street_way(
    atlas: Atlas, found: StreetsFound, straight: StraightWay, leaning: tuple[str, ...]
) -> StreetWay:
    network = found.network
    assert network is not None, "streets that can be gone along are loaded"

    def make() -> Routes:
        return routes_of(network, doors_of(network, straight.metres, LIMIT_M))

    routes = atlas.cached(f"routes {found.source}", leaning, make)
    return StreetWay(atlas, routes, straight, leaning, LIMIT_M)


def _checked(atlas: Atlas, way: Way, leaning: tuple[str, ...]) -> tuple[Check, ...]:
    return atlas.cached(f"checks by {way.name}", leaning, lambda: checks_of(atlas, way))


def _too_few(atlas: Atlas, stage: Stage, way: StreetWay) -> str:
    """A sentence if streets are near too few homes; empty if not."""
    areas = homes_of(atlas, stage).areas
    near = float(way.homes(areas).near[areas.shaped].mean())
    return "" if near >= _NEAR else f"Streets are near {near:.0%} of the areas only."


def _worse(by_streets: tuple[Check, ...], by_lines: tuple[Check, ...]) -> str:
    """A sentence if streets are further off than lines from any distance; empty if not."""
    for ours, lines in zip(by_streets, by_lines, strict=True):
        if ours.what == "metres" and ours.median_error > lines.median_error:
            return (
                f"Against {ours.against} the median error along streets is "
                f"{ours.median_error:.1%}, and that of straight lines {lines.median_error:.1%}."
            )
    return ""
