"""Home areas and flows as arrays, from a table of flows and the boundaries that it is by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from .reading_schools import Projects, Reads
from .settings import FlowSource
from .subjects import Areas, Floats, Flows, Schools

__all__ = ["bounds", "no_flows", "read_areas", "read_flows"]


def read_areas(
    read: Reads,
    source: FlowSource,
    keys: Mapping[str, str],
    project: Projects,
    unproject: Projects,
) -> Areas:
    """The home areas of a dataset of flows: those with a shape, then those that it only names.

    Parameters
    ----------
    keys: the field with the ids of each dataset of areas that is loaded.
    """
    names: dict[str, str] = {}
    shapes: dict[str, shapely.Geometry] = {}
    districts: dict[str, str] = {}
    datasets: dict[str, str] = {}
    for dataset in source.areas:
        table, key = read(dataset, ()), keys.get(dataset)
        for row in table.to_pylist() if table is not None and key is not None else ():
            area, place = str(row[key]), row["geometry"]
            if place is None or datasets.setdefault(area, dataset) != dataset:
                continue
            shape = shapely.from_wkb(place)
            shapes[area] = shapely.union(shapes[area], shape) if area in shapes else shape
            names[area] = str(row.get("name") or area)
            districts[area] = str(row.get(source.district) or "")
    flows = read(source.dataset, ("area_id", "area_name"))
    unshaped: dict[str, str] = {}
    for row in flows.to_pylist() if flows is not None else ():
        if row["area_id"] and row["area_id"] not in shapes:
            unshaped.setdefault(row["area_id"], str(row.get("area_name") or row["area_id"]))
    ids = (*sorted(shapes), *sorted(unshaped))
    outlines = np.array([shapes.get(one) for one in ids], dtype=object)
    lonlat = np.full((len(ids), 2), np.nan)
    metres, square = lonlat.copy(), np.full(len(ids), np.nan)
    if shapes:
        some = outlines[: len(shapes)]
        projected = shapely.transform(some, project)
        inside = shapely.point_on_surface(projected)
        middle = shapely.centroid(projected)
        inside = np.where(shapely.contains(projected, middle), middle, inside)
        metres[: len(shapes)] = shapely.get_coordinates(inside)
        square[: len(shapes)] = shapely.area(projected)
        lonlat[: len(shapes)] = unproject(metres[: len(shapes)])
    return Areas(
        ids=ids,
        names=tuple(names.get(one) or unshaped[one] for one in ids),
        districts=tuple(districts.get(one, "") for one in ids),
        datasets=tuple(datasets.get(one, "") for one in ids),
        shapes=outlines,
        lonlat=lonlat,
        metres=metres,
        square_metres=square,
    )


def read_flows(
    table: pa.Table,
    source: FlowSource,
    year: int,
    hidden_below: int,
    areas: Areas,
    schools: Schools,
    *,
    calendar_years: bool,
) -> Flows:
    """The flows of one school year.

    Parameters
    ----------
    table: of ``pupil_flow``; all years of the source.
    hidden_below: below what numbers are hidden, by the publisher or by policy; 0 when none is.
    areas, schools: with all that the table names.
    """
    keep = table["year"].to_numpy() == year
    if source.only:
        keep &= np.array([one in (source.only, "unknown") for one in table["stage"].to_pylist()])
    table = table.filter(pa.array(keep))
    area = np.array(
        [areas.index[one] if one else -1 for one in table["area_id"].to_pylist()],
        dtype=np.int64,
    )
    school = np.array(
        [schools.index[one] for one in table["school_id"].to_pylist()], dtype=np.int64
    )
    pupils = _column(table, "pupils")
    low, high = bounds(table, hidden_below)
    home = area >= 0
    totals = (
        _totals(area[home], _column(table, "area_total")[home], len(areas)),
        _totals(school, _column(table, "school_total"), len(schools)),
    )
    statuses = table["status"].to_pylist() if "status" in table.column_names else []
    return Flows(
        id=f"{source.dataset}:{year}",
        dataset=source.dataset,
        stage=source.stage,
        year=year,
        areas=areas,
        schools=schools,
        area=area[home],
        school=school[home],
        pupils=pupils[home],
        low=low[home],
        high=high[home],
        area_totals=totals[0],
        school_totals=totals[1],
        homeless=np.bincount(school[~home], np.nan_to_num(pupils[~home]), len(schools)).astype(
            np.float64
        ),
        hidden_below=hidden_below,
        dropped=source.dropped,
        modelled=bool(statuses) and all(one == "modelled" for one in statuses),
        calendar_years=calendar_years,
    )


def no_flows(stage: str, areas: Areas, schools: Schools, *, calendar_years: bool) -> Flows:
    """A set without pupils and without an id, of a stage whose flows nobody published."""
    none: Floats = np.empty(0)
    nowhere = np.empty(0, dtype=np.int64)
    return Flows(
        id="",
        dataset="",
        stage=stage,
        year=0,
        areas=areas,
        schools=schools,
        area=nowhere,
        school=nowhere,
        pupils=none,
        low=none,
        high=none,
        area_totals=np.full(len(areas), np.nan),
        school_totals=np.full(len(schools), np.nan),
        homeless=np.zeros(len(schools)),
        hidden_below=0,
        calendar_years=calendar_years,
    )


def bounds(table: pa.Table, hidden_below: int) -> tuple[Floats, Floats]:
    """The least and the most that each number of a table on ``pupil_flow`` can be; both (rows,).

    A number that is told is both. One that is not is at least 1, and less than ``hidden_below``;
    where nothing says below what numbers were hidden it has no upper bound.
    """
    pupils = _column(table, "pupils")
    most = hidden_below - 1.0 if hidden_below > 0 else np.inf
    low = np.where(np.isnan(pupils), _column(table, "at_least", 1.0), pupils)
    return low, np.where(np.isnan(pupils), _column(table, "at_most", most), pupils)


def _column(table: pa.Table, name: str, otherwise: float = np.nan) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, otherwise)
    values = table[name].cast(pa.float64()).to_numpy()
    return np.where(np.isnan(values), otherwise, values)


def _totals(place: np.ndarray[Any, Any], totals: Floats, size: int) -> Floats:
    """The one total that each place's rows state."""
    found = np.full(size, np.nan)
    known = ~np.isnan(totals)
    found[place[known]] = totals[known]
    return found
