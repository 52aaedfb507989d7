"""Whether a file is of the city that it is brought to: its areas, its schools, and what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from interurban.apps.schools.settings import Settings
from interurban.catalog.node import Node
from interurban.core.errors import Refused, UnknownDataset, UnreadableFile
from interurban.core.query import Query

from . import gias_links
from .imported import Imported

__all__ = ["AreaMatch", "area_matches", "of_city", "warnings_of"]

_BY_SCHOOL = ("school_link@", "pupil_flow@", "school_roll@")
"""Standards of files that name schools by their ids, and state no place."""
_MIXED = 0.001
"""More of the areas than this in another vintage's codes alone are told of."""


@dataclass(frozen=True, slots=True)
class AreaMatch:
    """How well the home areas of a file fit a boundary dataset.

    Parameters
    ----------
    found: of ``areas`` different codes, those that the dataset has.
    only_here: codes that no other dataset has.
    """

    dataset: str
    areas: int
    found: int
    only_here: tuple[str, ...]


def of_city(node: Node, city: str, settings: Settings | None, imported: Imported) -> Imported:
    """What of a file is of the city: of England's links, those of its schools; else all of it.

    Raises
    ------
    UnreadableFile: it names schools, and none that the city's atlas knows, where that knows any.
    """
    if settings is None or not imported.standard.startswith(_BY_SCHOOL):
        return imported
    known, name = _known_schools(node, settings), node.city(city).name
    if imported.standard.startswith("school_link@"):
        return gias_links.of_schools(imported, known, name)
    named = set(imported.table["school_id"].to_pylist())
    if known and not named & known and not area_matches(node, settings, imported):
        raise UnreadableFile(
            f"None of the {len(named):,} schools of the file is known in {name}.",
            advice=f"It is {imported.words}: is this the right city?",
        )
    return imported


def area_matches(
    node: Node, settings: Settings | None, imported: Imported
) -> tuple[AreaMatch, ...]:
    """How well the home areas of flows fit the boundaries of the city; the best first."""
    if settings is None or "area_id" not in imported.table.column_names or not imported.stage:
        return ()
    wanted = {code for code in imported.table["area_id"].to_pylist() if code}
    named = [one for flow in settings.flows for one in flow.areas]
    named += [one for children in settings.children for one in children.areas]
    codes = {dataset: wanted & _codes(node, dataset) for dataset in dict.fromkeys(named)}
    matches = [
        AreaMatch(dataset, len(wanted), len(own), tuple(sorted(own - _others(codes, dataset))))
        for dataset, own in codes.items()
        if own
    ]
    return tuple(sorted(matches, key=lambda match: -match.found))


def _others(codes: Mapping[str, set[str]], dataset: str) -> set[str]:
    return {code for other, own in codes.items() if other != dataset for code in own}


def _codes(node: Node, dataset: str) -> set[str]:
    try:
        key = node.snapshot(dataset).roles.key
    except (Refused, UnknownDataset):
        return set()
    if key is None:
        return set()
    return _values(node, dataset, key)


def _values(node: Node, dataset: str, field: str) -> set[str]:
    try:
        batches = list(node.rows(Query(dataset, fields=(field,))).batches)
    except (Refused, UnknownDataset):
        return set()
    return {str(one) for batch in batches for one in batch[field].to_pylist()}


def warnings_of(
    imported: Imported, settings: Settings | None, matches: Sequence[AreaMatch]
) -> Iterable[str]:
    """What a person should know before it is loaded, one sentence each."""
    if settings is None:
        yield "The city has no schools atlas: the rows are loaded, and no screen of it shows them."
        return
    if not imported.stage:
        return
    if all(stage.id != imported.stage for stage in settings.stages):
        yield f"The city's atlas has no stage {imported.stage!r}: the flows are not shown in it."
    if not matches:
        yield "None of its home areas is in a dataset of areas that is loaded."
        return
    best, *others = matches
    missing = best.areas - best.found
    if missing:
        yield (
            f"{missing:,} of {best.areas:,} home areas are not in {best.dataset}: outside the "
            "city, or of another vintage."
        )
    for other in others:
        if len(other.only_here) > _MIXED * best.areas and best.only_here:
            yield (
                f"Two vintages of areas are mixed: {len(best.only_here):,} codes are only in "
                f"{best.dataset}, {len(other.only_here):,} only in {other.dataset} "
                f"({', '.join(other.only_here[:3])} ...)."
            )


def _known_schools(node: Node, settings: Settings) -> set[str]:
    """Ids in every list of schools, every set of flows and every roll that is loaded."""
    named = (*settings.schools, *(flow.dataset for flow in settings.flows), *settings.rolls)
    found: set[str] = set()
    for dataset in dict.fromkeys(named):
        found |= _values(node, dataset, "school_id")
    return found
