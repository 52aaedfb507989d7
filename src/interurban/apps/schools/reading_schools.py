"""The schools of a city, from all lists that its pack names: what an earlier one says stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from .settings import Settings
from .subjects import Floats, Schools

__all__ = ["Projects", "Reads", "read_schools"]

Reads = Callable[[str, Sequence[str]], pa.Table | None]
"""Gives some fields of a dataset, or all, as the reader may have them."""

Projects = Callable[[Floats], Floats]
"""From one CRS to another; (n, 2)."""

_WORDS = {
    "phases": "phase",
    "kinds": "school_type",
    "governances": "governance",
    "genders": "gender",
    "faiths": "faith",
    "admissions": "admissions",
    "statuses": "status",
}


def read_schools(read: Reads, settings: Settings, project: Projects) -> Schools:
    """Every school that is described, and those that only flows name.

    Parameters
    ----------
    read: gives the rows of a dataset, those of today first; ``None`` without any.
    project: WGS84 (n, 2) into metres of the working CRS.
    """
    facts: dict[str, dict[str, object]] = {}
    first: dict[str, str] = {}
    covered: set[object] = set()
    today = settings.current
    for dataset in settings.schools:
        table = read(dataset, ())
        for row in table.to_pylist() if table is not None else ():
            _coalesce(facts.setdefault(row["school_id"], {}), row)
            first.setdefault(row["school_id"], dataset)
            if dataset == today[-1]:
                covered.add(row.get("area_name"))
    if covered:
        older = [row for school, row in facts.items() if first[school] not in today]
        _close_what_is_no_more(older, covered - {None})
    for flow in settings.flows:
        table = read(flow.dataset, ("school_id", "school_name"))
        for row in table.to_pylist() if table is not None else ():
            if row["school_id"] not in facts:
                facts[row["school_id"]] = {"name": row.get("school_name")}
                first[row["school_id"]] = flow.dataset
    ids = tuple(sorted(facts))
    rows = [facts[one] for one in ids]
    lonlat = np.full((len(ids), 2), np.nan)
    for at, row in enumerate(rows):
        if (place := row.pop("geometry", None)) is not None:
            lonlat[at] = shapely.get_coordinates(shapely.from_wkb(place))[0]
    metres = project(lonlat)
    metres[np.isnan(lonlat[:, 0])] = np.nan
    words = {n: tuple(str(row.get(f) or "") for row in rows) for n, f in _WORDS.items()}
    return Schools(
        ids=ids,
        names=tuple(str(row.get("name") or one) for one, row in zip(ids, rows, strict=True)),
        lonlat=lonlat,
        metres=metres,
        pupils=_numbers(rows, "pupils"),
        capacities=_numbers(rows, "capacity"),
        datasets=tuple(first[one] for one in ids),
        facts=tuple(rows),
        **words,
    )


def _close_what_is_no_more(older: Sequence[dict[str, object]], covered: set[object]) -> None:
    """A school that only an older list calls open is closed where the list of today is whole.

    Parameters
    ----------
    older: schools that the list of today has not.
    covered: areas (boroughs) that its schools name: it is whole for them. For the whole city where
        they name none. Schools beyond it are left as the older list has them.
    """
    for row in older:
        stated_open = row.get("status") in (None, "open")
        if stated_open and (not covered or row.get("area_name") in covered):
            row["status"] = "closed"


def _coalesce(known: dict[str, object], row: dict[str, object]) -> None:
    for name, value in row.items():
        if not name.startswith("_") and value is not None and known.get(name) is None:
            known[name] = value


def _numbers(rows: Sequence[dict[str, Any]], name: str) -> Floats:
    return np.array([np.nan if (v := r.get(name)) is None else float(v) for r in rows])
