"""Published places of schools, as what-if holds them against pupils."""

from __future__ import annotations

from interurban.apps.schools.reading import Atlas

__all__ = ["capacity_dataset", "published_places"]


def capacity_dataset(atlas: Atlas) -> str:
    """The dataset on ``school_capacity`` that the pack names; empty without one."""
    section = atlas.settings.extra.get("places")
    return "" if section is None else section.text("capacity", default="")


def published_places(atlas: Atlas, stage: str) -> dict[str, tuple[float, int]]:
    """Places and the school year they are of, by school: the newest of the stage.

    A school's own number of places stands where no dataset tells more; its year is then not known.
    """
    found: dict[str, tuple[float, int]] = {}
    schools = atlas.schools
    for school, places in zip(schools.ids, schools.capacities.tolist(), strict=True):
        if places > 0:
            found[school] = (places, 0)
    dataset = capacity_dataset(atlas)
    table = atlas.table(dataset, ("school_id", "stage", "year", "capacity")) if dataset else None
    newest: dict[str, tuple[float, int]] = {}
    for row in table.to_pylist() if table is not None else ():
        if row.get("stage") not in (None, "", stage) or not (row["capacity"] or 0) > 0:
            continue
        year = int(row.get("year") or 0)
        if year >= newest.get(row["school_id"], (0.0, 0))[1]:
            newest[row["school_id"]] = (float(row["capacity"]), year)
    return found | newest
