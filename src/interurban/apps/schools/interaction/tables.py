"""Tables of the workspace as flows, schools and areas, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyproj import Transformer

from interurban.apps.schools.subjects import Areas, Floats, Flows, Schools
from interurban.core.errors import InvalidInput
from interurban.core.model import Tables, Values

from .fit import Fit
from .measures import Fitness
from .pairs import Matrix

__all__ = ["flows_of", "measures_table", "modelled_table", "zoned_of"]


def flows_of(tables: Tables, values: Values) -> Flows:
    """The flows of one year and stage, from a run's tables.

    Raises
    ------
    InvalidInput: there are none, or neither areas nor zones were given.
    """
    table = _table(tables, "flows")
    year = int(str(values["year"])) or int(pc.max(table["year"]).as_py() or 0)
    wanted = pc.equal(table["year"], year)
    if stage := str(values["stage"]):
        wanted = pc.and_(wanted, pc.equal(pc.fill_null(table["stage"], stage), stage))
    table = table.filter(pc.and_(wanted, pc.is_valid(table["area_id"])))
    if not table.num_rows:
        raise InvalidInput(
            f"There are no flows of {year}{f' and the stage {stage}' if stage else ''}.",
            advice="Choose another year or stage.",
            part="year",
        )
    below = int(str(values["hidden_below"]))
    areas, schools = _located(tables)
    area = pc.index_in(table["area_id"], value_set=pa.array(areas.ids))
    school = pc.index_in(table["school_id"], value_set=pa.array(schools.ids))
    known = pc.and_(pc.is_valid(area), pc.is_valid(school))
    rows = table.filter(known)
    at = area.filter(known).to_numpy().astype(np.int64)
    to = school.filter(known).to_numpy().astype(np.int64)
    pupils = _column(rows, "pupils")
    hidden = np.isnan(pupils)
    low = np.where(hidden, np.nan_to_num(_column(rows, "at_least"), nan=1.0), pupils)
    most = np.nan_to_num(_column(rows, "at_most"), nan=max(below - 1.0, 1.0))
    high = np.where(hidden, np.maximum(most, low), pupils)
    # What of an area's total goes to schools that no table places is no part of the model.
    elsewhere = np.zeros(len(areas))
    away = table.filter(pc.and_(pc.is_valid(area), pc.invert(pc.is_valid(school))))
    lost = pc.index_in(away["area_id"], value_set=pa.array(areas.ids)).to_numpy().astype(np.int64)
    np.add.at(elsewhere, lost, np.nan_to_num(_column(away, "pupils")))
    return Flows(
        id=f"flows:{year}",
        dataset="flows",
        stage=stage,
        year=year,
        areas=areas,
        schools=schools,
        area=at,
        school=to,
        pupils=pupils,
        low=low,
        high=high,
        area_totals=_stated(at, _column(rows, "area_total"), len(areas)) - elsewhere,
        school_totals=_stated(to, _column(rows, "school_total"), len(schools)),
        homeless=np.zeros(len(schools)),
        hidden_below=below,
        dropped=bool(values["dropped"]),
    )


def zoned_of(tables: Tables, flows: Flows) -> Matrix | None:
    """1 where an area is the zone of a school; (areas, schools), ``None`` without zones."""
    table = tables.get("zones")
    if not isinstance(table, pa.Table):
        return None
    found = np.zeros((len(flows.areas), len(flows.schools)), dtype=np.float32)
    for zone, school in zip(table["zone_id"].to_pylist(), _texts(table, "school_id"), strict=True):
        at, to = flows.areas.index.get(zone), flows.schools.index.get(school or zone)
        if at is not None and to is not None:
            found[at, to] = 1.0
    return found if found.any() else None


def modelled_table(flows: Flows, fit: Fit, least: float) -> pa.Table:
    """Shown pairs as they are, and hidden ones as the model expects them.

    Parameters
    ----------
    least: pairs with fewer expected pupils are left out.
    """
    pairs = fit.pairs
    shown = pairs.shown > 0
    row, column = np.nonzero(shown | (pairs.open & (fit.filled >= least)))
    told = shown[row, column]
    pupils = np.where(told, pairs.shown[row, column], fit.filled[row, column]).astype(np.float64)
    bound = dict(zip(pairs.hidden.tolist(), zip(pairs.low, pairs.high, strict=True), strict=True))
    below = max(pairs.below - 1.0, 0.0)
    flat = (row * len(pairs.school) + column).tolist()
    ends = np.array([bound.get(one, (0.0, below)) for one in flat]).reshape(-1, 2)
    area = [flows.areas.ids[at] for at in pairs.area[row].tolist()]
    school = [flows.schools.ids[at] for at in pairs.school[column].tolist()]
    return pa.table(
        {
            "area_id": area,
            "school_id": school,
            "school_name": [flows.schools.names[at] for at in pairs.school[column].tolist()],
            "year": pa.array([flows.year] * len(row), pa.int64()),
            "stage": pa.array([flows.stage or "all"] * len(row), pa.string()),
            "pupils": pupils,
            "at_least": np.where(told, pupils, ends[:, 0]),
            "at_most": np.where(told, pupils, ends[:, 1]),
            "status": np.where(told, "shown", "modelled").tolist(),
        }
    )


def measures_table(found: Mapping[str, Fitness], year: int) -> pa.Table:
    """Measures of models by name."""
    rows: list[dict[str, Any]] = []
    for name, one in found.items():
        for measure, value, unit in (
            ("Common part of commuters", one.cpc, "share"),
            ("Squared correlation", one.r2, "share"),
            ("Mean distance", one.mean_m, "m"),
        ):
            rows.append(
                {
                    "area_id": "all",
                    "measure": measure,
                    "breakdown": name,
                    "time_period": date(year, 9, 1),
                    "value": round(float(value), 4),
                    "unit": unit,
                }
            )
    return pa.Table.from_pylist(rows)


def _located(tables: Tables) -> tuple[Areas, Schools]:
    areas, schools = tables.get("areas"), _table(tables, "schools")
    key = "area_id"
    if not isinstance(areas, pa.Table):
        areas, key = tables.get("zones"), "zone_id"
    if not isinstance(areas, pa.Table):
        raise InvalidInput(
            "Neither areas nor zones are given.",
            advice="Name the boundaries or the zones that the flows are by.",
            part="areas",
        )
    first = _first_of_each(areas, key)
    areas = areas.take(pa.array(first))
    homes, places = _lonlat(areas), _lonlat(schools)
    project = _projection(np.vstack([homes, places]))
    ids = tuple(str(one) for one in areas[key].to_pylist())
    names = tuple(name or one for name, one in zip(_texts(areas, "name"), ids, strict=True))
    none = tuple("" for _ in ids)
    made = Areas(
        ids, names, none, none, np.full(len(ids), None, dtype=object), homes, project(homes),
        np.full(len(ids), np.nan),
    )  # fmt: skip
    kept = tuple(str(one) for one in schools["school_id"].to_pylist())
    blank, nothing = tuple("" for _ in kept), np.full(len(kept), np.nan)
    return made, Schools(
        ids=kept,
        names=tuple(name or one for name, one in zip(_texts(schools, "name"), kept, strict=True)),
        phases=_texts(schools, "phase"),
        kinds=_texts(schools, "school_type"),
        governances=blank,
        genders=_texts(schools, "gender"),
        faiths=_texts(schools, "faith"),
        admissions=_texts(schools, "admissions"),
        statuses=blank,
        lonlat=places,
        metres=project(places),
        pupils=nothing,
        capacities=nothing,
        datasets=blank,
        facts=tuple({} for _ in kept),
    )


def _projection(lonlat: Floats) -> Any:
    """Metres round the middle of all points: azimuthal equidistant, exact to 1 in 10,000 here."""
    lon, lat = np.nanmedian(lonlat, axis=0).tolist()
    local = f"+proj=aeqd +lon_0={lon} +lat_0={lat} +datum=WGS84 +units=m"
    forth = Transformer.from_crs("EPSG:4326", local, always_xy=True)

    def project(points: Floats) -> Floats:
        out = np.column_stack(forth.transform(points[:, 0], points[:, 1]))
        out[~np.isfinite(points).all(axis=1)] = np.nan
        return np.asarray(out, dtype=np.float64)

    return project


def _first_of_each(table: pa.Table, key: str) -> list[int]:
    seen: dict[str, int] = {}
    for at, one in enumerate(table[key].to_pylist()):
        seen.setdefault(str(one), at)
    return list(seen.values())


def _lonlat(table: pa.Table) -> Floats:
    return np.column_stack([_column(table, "longitude"), _column(table, "latitude")])


def _column(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values = pc.fill_null(pc.cast(table[name], pa.float64()), np.nan)
    return np.asarray(values.to_numpy(), dtype=np.float64)


def _texts(table: pa.Table, name: str) -> tuple[str, ...]:
    if name not in table.column_names:
        return tuple("" for _ in range(table.num_rows))
    return tuple(str(one or "") for one in table[name].to_pylist())


def _stated(place: np.ndarray[Any, np.dtype[np.int64]], totals: Floats, size: int) -> Floats:
    found = np.full(size, np.nan)
    known = ~np.isnan(totals)
    found[place[known]] = totals[known]
    return found


def _table(tables: Tables, name: str) -> pa.Table:
    table = tables[name]
    assert isinstance(table, pa.Table), f"{name} comes as records"
    return table
