"""What datasets say of a school in words, and how old that is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from interurban.apps.schools.reading import Atlas

from .history import same_name

__all__ = [
    "Fact",
    "Stale",
    "Value",
    "facts_of",
    "other_names",
    "programmes_of",
    "rows_by_school",
]

_PROGRAMME = (
    *("programme", "programme_group", "grades", "admissions", "requirements", "selection"),
    "year",
)
_UNSAID = ("school_id", "name", "geometry")

Value = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a dataset says of a school.

    Parameters
    ----------
    year: the time that the dataset speaks of, in its publisher's words.
    dataset: that says it.
    """

    field: str
    label: str
    value: Value
    unit: str
    year: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Stale:
    """Something that is older than the rest, or that something newer has taken the place of."""

    what: str
    as_of: str
    why: str


def rows_by_school(atlas: Atlas, dataset: str) -> dict[str, list[dict[str, object]]]:
    """All rows of a dataset by the school they are of; kept by its snapshot."""

    def read() -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = {}
        table = atlas.table(dataset)
        for row in table.to_pylist() if table is not None else ():
            found.setdefault(str(row["school_id"]), []).append(row)
        return found

    return atlas.cached(f"rows of {dataset}", (dataset,), read)


def facts_of(
    atlas: Atlas, school: str, besides: Collection[tuple[str, str]], unsaid: Collection[str] = ()
) -> list[Fact]:
    """What is said of a school, each field by the first dataset that states it.

    A dataset that has the id under a name without a word in common with the first one's speaks of
    another school, which had the id before: nothing of it is a fact about this one.

    Parameters
    ----------
    besides: datasets and fields that stand elsewhere on the card.
    unsaid: fields that no card shows.
    """
    found: dict[str, Fact] = {}
    name = ""
    for dataset in atlas.settings.schools:
        snapshot = atlas.snapshot(dataset)
        rows = rows_by_school(atlas, dataset).get(school, ()) if snapshot is not None else ()
        if snapshot is None or not rows:
            continue
        name = name or str(rows[0].get("name") or "")
        if not same_name(name, str(rows[0].get("name") or name)):
            continue
        described = atlas.node.dataset(dataset)
        for field in snapshot.fields:
            value = rows[0].get(field.name)
            elsewhere = field.name in (*_UNSAID, *unsaid) or (dataset, field.name) in besides
            if elsewhere or value is None or field.name in found:
                continue
            shown: Value = value if isinstance(value, bool | int | float | str) else _text(value)
            found[field.name] = Fact(
                field.name,
                field.title or field.name,
                shown,
                field.unit,
                described.vintage,
                dataset,
            )
    return list(found.values())


def other_names(atlas: Atlas, school: str) -> list[tuple[str, str]]:
    """Datasets that have the id under a name of another school, and that name."""
    found: list[tuple[str, str]] = []
    name = ""
    for dataset in atlas.settings.schools:
        for row in rows_by_school(atlas, dataset).get(school, ())[:1]:
            said = str(row.get("name") or "")
            name = name or said
            if said and not same_name(name, said):
                found.append((dataset, said))
    return found


def programmes_of(
    atlas: Atlas, school: str, datasets: Sequence[str]
) -> list[dict[str, Value | None]]:
    """What a school offers, and how one gets in, each programme once."""
    found: list[dict[str, Value | None]] = []
    for dataset in datasets:
        for row in rows_by_school(atlas, dataset).get(school, ()):
            one = {name: _plain(row.get(name)) for name in _PROGRAMME} | {"source": dataset}
            if one not in found:
                found.append(one)
    return found


def _plain(value: object) -> Value | None:
    return value if isinstance(value, str | int) else None


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
