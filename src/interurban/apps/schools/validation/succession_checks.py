"""Checks of ids over the years: what became of schools, and ids that were used again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from interurban.apps.schools.card.history import changes
from interurban.apps.schools.card.links import Links
from interurban.apps.schools.card.register import Register, read_register
from interurban.apps.schools.card.settings import card_settings
from interurban.apps.schools.reading import Atlas

from .check import Check, Fault, items_by, not_applicable
from .zone_checks import city_outline

__all__ = ["succession_checks"]

_EDGE_M = 100.0
"""Nearer to the city's simplified outline than this, a school counts as of the city."""


def succession_checks(atlas: Atlas) -> Iterator[Check]:
    """Closed schools without an heir, links in circles, ids of two schools."""
    register = read_register(atlas)
    yield _resolved(atlas, register)
    yield _circles(atlas, register)
    yield _reused(atlas, register)


def _resolved(atlas: Atlas, register: Register) -> Check:
    """Schools of the flows that are closed: what they went on as."""
    title = "Every school of the flows is open, or known to have gone on as one that is"
    if not atlas.flow_ids:
        return not_applicable("succession", title, "There are no flows of pupils.")
    faults: list[Fault] = []
    named, resolved, beyond = set(), 0, 0
    outline = city_outline(atlas)
    for source in atlas.settings.flows:
        items = items_by(atlas, source.dataset, "school_id")
        for school, item in items.items():
            if school in named or register.is_open(school):
                named.add(school)
                continue
            named.add(school)
            if register.links.heirs(school, register.is_open):
                resolved += 1
                continue
            if outline is not None and _is_beyond(register, school, outline):
                beyond += 1
                continue
            name = register.names[register.index[school]]
            text = f"{name} ({school}) is not open, and no open school is known to follow it."
            faults.append(Fault(text, source.dataset, item))
    note = (
        f"{len(named):,} schools are in flows; {resolved + beyond + len(faults):,} are not among "
        f"the open schools of today: {resolved:,} went on as others, {beyond:,} lie outside the "
        f"city, whose register does not have them."
    )
    what = "Ids of schools in flows, through links of succession of any length, to open schools."
    return Check("succession", title, what, tuple(faults), note=note)


def _is_beyond(register: Register, school: str, outline: shapely.Geometry) -> bool:
    """Whether a school has a place, and it is outside the city."""
    place = register.place[register.index[school]]
    if place < 0 or np.isnan(register.described.metres[place, 0]):
        return False
    point = shapely.Point(register.described.metres[place])
    return float(shapely.distance(outline, point)) > _EDGE_M


def _circles(atlas: Atlas, register: Register) -> Check:
    title = "No links of succession go in a circle"
    if not register.links.rows:
        return not_applicable("succession-circles", title, "There are no links of succession.")
    links, faults = register.links, []
    for link in links.rows:
        if link.row >= 0 and link.before < link.after and _leads(links, link.after, link.before):
            text = f"{link.before} and {link.after} are each said to have come after the other."
            item = items_by(atlas, link.dataset, "_row").get(str(link.row), "")
            faults.append(Fault(text, link.dataset, item))
    return Check(
        "succession-circles",
        title,
        "Pairs of schools that follow each other, by whatever way.",
        tuple(faults),
        note=f"{len(links.rows):,} links.",
    )


def _leads(links: Links, first: str, last: str) -> bool:
    seen, waiting = {first}, [first]
    while waiting:
        for link in links.after(waiting.pop()):
            if link.done and link.after == last:
                return True
            if link.done and link.after not in seen:
                seen.add(link.after)
                waiting.append(link.after)
    return False


def _reused(atlas: Atlas, register: Register) -> Check:
    title = "No id stands for two schools"
    settings = card_settings(atlas.settings, atlas.node.packs)
    if not register.rolls.names.astype(bool).any():
        return not_applicable("ids-reused", title, "There are no rolls over the years.")
    items = items_by(atlas, settings.rolls[0], "school_id")
    faults = [
        Fault(f"{school}: {change.words()}", settings.rolls[0], items.get(school, ""))
        for school, found in changes(register.rolls).items()
        for change in found
        if change.kind != "renamed"
    ]
    renamed = sum(
        change.kind == "renamed" for found in changes(register.rolls).values() for change in found
    )
    return Check(
        "ids-reused",
        title,
        "Ids in the rolls with years without pupils, or whose name is another one while a school "
        "of that name ends, most pupils are gone, or far more are there.",
        tuple(faults),
        note=f"{renamed:,} times the name alone changed.",
    )
