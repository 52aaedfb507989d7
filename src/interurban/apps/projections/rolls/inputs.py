"""Tables of the workspace as arrays of the computing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.cube import Cube
from interurban.core.errors import InvalidInput
from interurban.core.model import Tables, Values

from .entry import Children
from .history import Rolls
from .parameters import number, whole
from .projection import Around
from .trend import Floats

__all__ = ["EVERYWHERE", "around_of", "children_of", "rolls_of"]

EVERYWHERE = "all"
"""The planning area of schools for which none is given."""


def rolls_of(tables: Tables, values: Values) -> Rolls:
    """Rolls from the table, from the entry year group on; what is not there is nobody.

    A school's name and planning area are those of its latest row.

    Raises
    ------
    InvalidInput: no rows of those year groups, or a year between two others is not there.
    """
    table = tables["school_rolls"]
    assert isinstance(table, pa.Table), "rolls come as records"
    first = whole(values, "entry_year_group")
    table = table.filter(pc.greater_equal(table["year_group"], first))
    if not table.num_rows:
        raise InvalidInput(
            f"The rolls have no year group from {first} on.",
            advice="Choose another entry year group.",
            part="entry_year_group",
        )
    table = table.sort_by([("school_id", "ascending"), ("year", "ascending")])
    found = [pc.unique(table[name]).to_pylist() for name in ("school_id", "year")]
    schools, years = (sorted(labels) for labels in found)
    missing = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    if missing:
        raise InvalidInput(
            f"The rolls have no row of {', '.join(map(str, missing[:5]))}.",
            advice="Give every school year between the first and the last.",
            part="school_rolls",
        )
    last = int(pc.max(table["year_group"]).as_py())
    places = (
        pc.index_in(table["school_id"], value_set=pa.array(schools)).to_numpy(),
        table["year_group"].to_numpy() - first,
        table["year"].to_numpy() - years[0],
    )
    pupils = np.zeros((len(schools), last - first + 1, len(years)))
    pupils[places] = table["pupils"].to_numpy()
    return Rolls(
        tuple(schools),
        _latest(table, "school_name", places[0], schools),
        _latest(table, "area_id", places[0], [EVERYWHERE] * len(schools)),
        tuple(range(first, last + 1)),
        tuple(years),
        pupils,
    )


def _latest(
    table: pa.Table, name: str, school: np.ndarray[tuple[int], np.dtype[np.int64]],
    otherwise: Sequence[str],
) -> tuple[str, ...]:  # fmt: skip
    """What each school's latest row says that says anything."""
    out = list(otherwise)
    for place, word in zip(school.tolist(), table[name].to_pylist(), strict=True):
        if word:
            out[place] = word
    return tuple(out)


def children_of(tables: Tables, values: Values, rolls: Rolls, by_area: bool) -> Children | None:
    """Children by region, named by the school year in which they are of entry age.

    Raises
    ------
    InvalidInput: the table has neither all planning areas nor one area for the whole city.
    """
    table = tables.get("children")
    if table is None:
        return None
    assert isinstance(table, Cube), "children are one number on a key"
    names, _ = rolls.places_of_areas()
    there = [str(area) for area in table.along("area_id")]
    if set(names) <= set(there):
        table = table.select("area_id", names)
        counts = table.values if by_area else table.values.sum(axis=0, keepdims=True)
    elif len(there) == 1 and not by_area:
        counts = table.values
    else:
        absent = sorted(set(names) - set(there))
        raise InvalidInput(
            f"The children are of other areas than the schools: {', '.join(absent[:5])} "
            f"{'is' if len(absent) == 1 else 'are'} not among them.",
            advice="Give them by planning area, or for the whole city as one area where first year "
            "groups are filled from the whole city.",
            part="children",
        )
    lag = whole(values, "entry_lag")
    order = np.argsort([int(year) for year in table.along("year")])
    years = tuple(int(table.along("year")[at]) + lag for at in order)
    return Children(years, np.asarray(counts[:, order]), lag)


def around_of(tables: Tables, values: Values, rolls: Rolls, horizon: int) -> Around:
    """All that is known beside the rolls.

    Raises
    ------
    InvalidInput: homes without child yields, or for areas without a school.
    """
    by_area = values["first_year_groups"] == "area"
    return Around(
        children_of(tables, values, rolls, by_area),
        _transfers(tables, rolls),
        _places(tables, values, rolls),
        _from_homes(tables, rolls, horizon),
        np.full(horizon, 1.0 + number(values, "entry_change")),
    )


def _transfers(tables: Tables, rolls: Rolls) -> Floats | None:
    table = tables.get("transfers")
    if table is None:
        return None
    assert isinstance(table, Cube), "transfers are one number on a key"
    names, _ = rolls.places_of_areas()
    return _spread(table, (names, names))


def _places(tables: Tables, values: Values, rolls: Rolls) -> Floats | None:
    table = tables.get("admission_numbers")
    if table is None:
        return None
    assert isinstance(table, Cube), "places are one number on a key"
    places = _spread(table, (rolls.schools, rolls.year_groups), np.inf)
    return places * (1.0 + number(values, "tolerance"))


def _from_homes(tables: Tables, rolls: Rolls, horizon: int) -> Floats | None:
    homes, yields = tables.get("new_homes"), tables.get("child_yields")
    if homes is None and yields is None:
        return None
    if homes is None or yields is None:
        raise InvalidInput(
            "New homes and child yields go together, and only one is there.",
            advice="Give both tables, or none.",
            part="child_yields" if yields is None else "new_homes",
        )
    assert isinstance(homes, Cube), "homes are one number on a key"
    assert isinstance(yields, Cube), "child yields are one number on a key"
    names, _ = rolls.places_of_areas()
    strange = [str(area) for area in homes.along("area_id") if area not in names]
    if strange:
        raise InvalidInput(
            f"New homes in {', '.join(strange[:5])}, where no school is.",
            advice=f"The planning areas are: {', '.join(names[:8])}.",
            part="new_homes",
        )
    kinds = homes.along("home_type")
    unknown = [str(kind) for kind in kinds if kind not in yields.along("home_type")]
    if unknown:
        raise InvalidInput(
            f"There is no child yield of {', '.join(unknown[:5])}.",
            advice="Give the pupils for a home of every kind.",
            part="child_yields",
        )
    years = tuple(rolls.years[-1] + h for h in range(1, horizon + 1))
    built = _spread(homes, (names, kinds, years))
    moving = _spread(yields, (kinds, rolls.year_groups))
    return np.asarray(np.einsum("aky,kg->agy", built, moving))


def _spread(table: Cube, labels: Sequence[Sequence[str | int]], otherwise: float = 0.0) -> Floats:
    """The cube at these labels, in this order; what it does not have is ``otherwise``."""
    out = np.full(tuple(len(each) for each in labels), otherwise)
    have = [
        [(at, each.index(label)) for at, label in enumerate(own) if label in each]
        for own, each in zip(table.labels, (list(each) for each in labels), strict=True)
    ]
    source = np.ix_(*([at for at, _ in pairs] for pairs in have))
    target = np.ix_(*([at for _, at in pairs] for pairs in have))
    values = table.values[source]
    out[target] = np.where(np.isnan(values), otherwise, values)
    return out
