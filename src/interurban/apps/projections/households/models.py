"""The household models as the workspace runs them: tables in, pure array code, tables out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from interurban.apps.projections import contract_households as contract
from interurban.core.cube import Cube, Label
from interurban.core.errors import BadRequest
from interurban.core.model import Model, Parameter, Result, Tables, Values, Watch

from . import checks
from .categories import Array, age_group, ages_to_groups, refuse_unknown_relationships
from .dwellings import dwellings_needed, vacancy_rate
from .stage_one import GROUP, RELATIONSHIP, SEX, stage_one
from .stage_two import households_by_type

__all__ = ["DWELLINGS", "HOUSEHOLDS", "HOUSEHOLD_TYPES"]

_SOURCE = "DCLG household projections, as in witan.models.household"
_STATISTICS = ("household_population", "institutional_population", "representative_rates")


def _households(tables: Tables, _values: Values, watch: Watch) -> Result:
    """Stage 1 over the areas and years that all four tables have."""
    cubes = {name: _cube(tables, name) for name in ("population", *_STATISTICS)}
    refuse_unknown_relationships([str(r) for r in cubes[_STATISTICS[0]].along("relationship")])
    areas, warnings = _common(cubes, "area_id", "areas")
    years, _ = _common(cubes, "year", "years")
    statistics = cubes[_STATISTICS[0]]
    groups = tuple(age_group(str(group)) for group in statistics.along("age_group"))
    rest = {dim: statistics.along(dim) for dim in ("sex", "age_group", "relationship")}
    dims = ("area_id", "sex", "age_group", "relationship", "year")
    labels = {"area_id": areas, **rest, "year": years}
    household, institutional, rates = (
        _array(cubes[name], name, dims, labels)[..., None] for name in _STATISTICS
    )
    if (rates > 1).any() or (rates < 0).any():
        raise BadRequest(
            "A household representative rate is below 0 or above 1.",
            advice="It is a share of the people in households, not a percentage: 0.4, not 40.",
            part="representative_rates",
        )
    population = _with_draws(cubes["population"])
    ages = [int(age) for age in population.along("age")]
    people = _array(
        population,
        "population",
        ("area_id", "sex", "age", "year", "draw"),
        {**labels, "age": tuple(ages), "draw": population.along("draw")},
    )
    watch(1, 3)
    banded = ages_to_groups(people, ages, groups)[:, :, :, None]
    outcome = stage_one(banded, household, institutional, rates, groups)
    watch(2, 3)
    inner = (SEX, GROUP, RELATIONSHIP)
    total, in_total = outcome.households.sum(axis=inner), outcome.in_households.sum(axis=inner)
    warnings += (
        *checks.negative_population(people),
        *checks.clipped(outcome.clipped),
        *checks.unplaced(outcome.unplaced),
        *checks.size(in_total, total, [str(a) for a in areas], [int(y) for y in years]),
    )
    draws = cubes["population"].coordinates.get("draw")
    watch(3, 3)
    return Result(
        {
            "households": _cube_of(dims, labels, outcome.households, draws, "households"),
            "people_in_households": _cube_of(dims, labels, outcome.in_households, draws, "people"),
            "total_households": _cube_of(("area_id", "year"), labels, total, draws, "households"),
        },
        warnings,
    )


def _dwellings(tables: Tables, values: Values, watch: Watch) -> Result:
    """Step 7 over the areas that have households, dwellings and vacant dwellings."""
    names = ("total_households", "counted_dwellings", "vacant_dwellings")
    cubes = {name: _cube(tables, name) for name in names}
    areas, warnings = _common(cubes, "area_id", "areas")
    years = {
        name: tuple(sorted(int(y) for y in cube.along("year"))) for name, cube in cubes.items()
    }
    counted, vacant = (
        _array(cubes[name], name, ("area_id", "year"), {"area_id": areas, "year": years[name]})
        for name in names[1:]
    )
    total = _with_draws(cubes[names[0]])
    households = _array(
        total,
        names[0],
        ("area_id", "year", "draw"),
        {"area_id": areas, "year": years[names[0]], "draw": total.along("draw")},
    )
    outcome = dwellings_needed(
        households,
        years["total_households"],
        counted,
        years["counted_dwellings"],
        vacancy_rate(counted, vacant, years["counted_dwellings"], years["vacant_dwellings"]),
        float(values["second_home_rate"]),  # type: ignore[arg-type] # a number by its Parameter
    )
    watch(1, 1)
    labels: Mapping[str, tuple[Label, ...]] = {"area_id": areas, "year": outcome.years}
    draws = cubes[names[0]].coordinates.get("draw")
    return Result(
        {"dwellings": _cube_of(("area_id", "year"), labels, outcome.dwellings, draws, "dwellings")},
        warnings + checks.joint(outcome, [str(area) for area in areas]),
    )


def _household_types(tables: Tables, _values: Values, watch: Watch) -> Result:
    """Stage 2 over the areas and years that both tables have."""
    cubes = {name: _cube(tables, name) for name in ("households", "household_type_shares")}
    areas, warnings = _common(cubes, "area_id", "areas")
    years, _ = _common(cubes, "year", "years")
    shares, stage_1 = cubes["household_type_shares"], _with_draws(cubes["households"])
    groups = stage_1.along("age_group")
    labels: dict[str, tuple[Label, ...]] = {
        "area_id": areas,
        "age_group": groups,
        "household_type": shares.along("household_type"),
        "year": years,
    }
    households = _array(
        stage_1.sum("sex", "relationship"),
        "households",
        ("area_id", "age_group", "year", "draw"),
        {**labels, "draw": stage_1.along("draw")},
    )
    by_type = households_by_type(
        households, _array(shares, "household_type_shares", tuple(labels), labels)
    )
    watch(1, 1)
    draws = cubes["households"].coordinates.get("draw")
    return Result(
        {"households_by_type": _cube_of(tuple(labels), labels, by_type, draws, "households")},
        warnings,
    )


def _cube(tables: Tables, name: str) -> Cube:
    table = tables[name]
    assert isinstance(table, Cube), f"{name} has one number on a key, so it comes as a cube"
    return table


def _common(
    cubes: Mapping[str, Cube], dim: str, words: str
) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Labels that every cube has, in order, and a sentence about those that not all have."""
    found = [set(cube.along(dim)) for cube in cubes.values()]
    common = tuple(sorted(set.intersection(*found), key=lambda label: (str(type(label)), label)))
    if not common:
        raise BadRequest(
            f"The tables {', '.join(cubes)} have no {words} in common.",
            advice=f"Give tables that speak of the same {words}.",
            part=dim,
        )
    left = len(set.union(*found)) - len(common)
    some = f"{left:,} {words} are not in all of the tables {', '.join(cubes)} and are left out."
    return common, (some,) if left else ()


def _with_draws(cube: Cube) -> Cube:
    """The cube with a dimension of draws; a projection without uncertainty has one draw."""
    if "draw" in cube.dims:
        return cube
    return Cube((*cube.dims, "draw"), (*cube.labels, (0,)), cube.values[..., None], cube.unit)


def _array(
    cube: Cube, name: str, dims: Sequence[str], labels: Mapping[str, Sequence[Label]]
) -> Array:
    """The cube's numbers with these dimensions, at these labels."""
    missing = {dim: sorted(str(x) for x in set(labels[dim]) - set(cube.along(dim))) for dim in dims}
    for dim, absent in missing.items():
        if absent:
            raise BadRequest(
                f"{name} has no {dim} {', '.join(absent[:5])}.",
                advice="Give every combination of the table's key columns.",
                part=name,
            )
    for dim in dims:
        if tuple(labels[dim]) != cube.along(dim):
            cube = cube.select(dim, labels[dim])
    return np.transpose(cube.values, [cube.dims.index(dim) for dim in dims])


def _cube_of(
    dims: tuple[str, ...],
    labels: Mapping[str, tuple[Label, ...]],
    values: Array,
    draws: tuple[Label, ...] | None,
    unit: str,
) -> Cube:
    """A cube of the outcome, with a dimension of draws if the population had one."""
    if draws is None:
        return Cube(dims, tuple(labels[dim] for dim in dims), values[..., 0], unit)
    return Cube((*dims, "draw"), (*(labels[dim] for dim in dims), draws), values, unit)


HOUSEHOLDS = Model(
    id="households",
    version="1.0.0",
    title="Households",
    summary="Households by area, sex, age and relationship of their representative, from a "
    "population projection and the national household projection's rates (stage 1).",
    needs=(
        contract.POPULATION,
        contract.HOUSEHOLD_POPULATION,
        contract.INSTITUTIONAL_POPULATION,
        contract.REPRESENTATIVE_RATES,
    ),
    gives=(contract.HOUSEHOLDS, contract.PEOPLE_IN_HOUSEHOLDS, contract.TOTAL_HOUSEHOLDS),
    parameters=(),
    compute=_households,
    source=_SOURCE,
)

DWELLINGS = Model(
    id="dwellings",
    version="1.0.0",
    title="Dwellings",
    summary="Dwellings that the households need, vacant and second homes among them.",
    needs=(contract.TOTAL_HOUSEHOLDS, contract.COUNTED_DWELLINGS, contract.VACANT_DWELLINGS),
    gives=(contract.DWELLINGS,),
    parameters=(
        Parameter(
            "second_home_rate",
            "Second homes",
            "number",
            0.0,
            help="The share of dwellings that are second homes: nobody's household lives there, so "
            "more dwellings are needed for as many households.",
            unit="share of dwellings",
            minimum=0,
            maximum=0.5,
        ),
    ),
    compute=_dwellings,
    source=_SOURCE,
)

HOUSEHOLD_TYPES = Model(
    id="household_types",
    version="1.0.0",
    title="Household types",
    summary="Households by type (one person, couples and others with and without children), "
    "scaled to those of stage 1 (stage 2).",
    needs=(contract.HOUSEHOLDS, contract.HOUSEHOLD_TYPE_SHARES),
    gives=(contract.HOUSEHOLDS_BY_TYPE,),
    parameters=(),
    compute=_household_types,
    source=_SOURCE,
)
