"""Every expected table of the original model is met, at the tolerance its own tests had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections.cohort.advance import births_by_mother
from interurban.apps.projections.cohort.assumptions import (
    Assumptions,
    assume,
    historic_fertility,
    historic_mortality,
)
from interurban.apps.projections.cohort.axes import FEMALE, FLOWS, SEXES, Floats, age_on
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import FlowRule, project_flow
from interurban.apps.projections.cohort.projection import Projection, project

from .conftest import by_age, settings, table


@pytest.fixture(scope="module")
def assumed(bristol: History, principal: National) -> Assumptions:
    return assume(bristol, principal, settings(2040))


@pytest.fixture(scope="module")
def run(assumed: Assumptions) -> Projection:
    return project(assumed)


def expected(folder: Path, name: str, column: str, years: range) -> Floats:
    values = by_age(table(folder / "expected" / name), column, years)
    assert not np.isnan(values).any()
    return values


def off(ours: Floats, theirs: Floats) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max())


def test_births_by_age_of_mother_are_read_as_the_original_had_them(
    demography: Path, bristol: History
) -> None:
    for row in table(demography / "expected" / "bristol_births_data.csv"):
        assert bristol.births_by_mother[0, int(row["age"])] == float(row["births"])
        assert int(row["year"]) == 2013


def test_historic_fertility(demography: Path, bristol: History) -> None:
    theirs = expected(demography, "bristol_historic_asfr.csv", "fert-rate", range(2014, 2015))
    assert off(historic_fertility(bristol, 2014)[0], theirs[FEMALE, :, 0]) < 1e-10
    assert not theirs[1 - FEMALE].any()


def test_fixed_fertility(demography: Path, bristol: History, principal: National) -> None:
    theirs = expected(
        demography,
        "bristol_initial_proj_asfr_finalyrfixed_2015_2016.csv",
        "fert-rate",
        range(2015, 2017),
    )
    ours = assume(bristol, principal, settings(2016, fertility_variant="fixed")).fertility
    assert off(ours[:, 0].T, theirs[FEMALE]) < 1e-10


def test_fertility_with_the_national_trend(demography: Path, assumed: Assumptions) -> None:
    theirs = expected(
        demography,
        "bristol_initial_proj_asfr_finalyrapplynationaltrend_2015_2018.csv",
        "fert-rate",
        range(2015, 2019),
    )
    assert off(assumed.fertility[:4, 0].T, theirs[FEMALE]) < 1e-10


def test_historic_mortality(demography: Path, bristol: History) -> None:
    theirs = expected(demography, "bristol_historic_asmr.csv", "death-rate", range(2002, 2015))
    assert off(historic_mortality(bristol)[0], theirs) < 1e-10


def test_mean_mortality_with_the_national_trend(demography: Path, assumed: Assumptions) -> None:
    theirs = expected(
        demography,
        "bristol_projected_asmr_avg_applynationaltrend_r_output_2015_2017.csv",
        "death-rate",
        range(2015, 2018),
    )
    assert off(np.moveaxis(assumed.mortality[:3, 0], 0, -1), theirs) < 1e-7


@pytest.mark.parametrize(
    ("flow", "column"),
    [
        ("domestic_in", "domin"),
        ("domestic_out", "domout"),
        ("international_in", "intin"),
        ("international_out", "intout"),
    ],
)
def test_mean_flows(demography: Path, assumed: Assumptions, flow: str, column: str) -> None:
    kind, way = flow.split("_")
    theirs = expected(
        demography,
        f"bristol_proj_{kind}_{way}migrants_valuesavgfixed.csv",
        column,
        range(2015, 2016),
    )
    assert off(assumed.flows[flow][0, 0], theirs[..., 0]) < 1e-10


def test_the_straight_line_through_domestic_arrivals(demography: Path, bristol: History) -> None:
    theirs = expected(
        demography, "bristol_trends_domestic_inmigrants.csv", "domestic-in", range(2015, 2016)
    )
    ours = project_flow(
        bristol.flows["domestic_in"],
        bristol.flow_years,
        FlowRule((2003, 2014), "trend"),
        range(2015, 2041),
        "domestic_in_years",
    )
    assert off(ours[0, 0], theirs[..., 0]) < 1e-7


def test_births_by_age_of_mother(demography: Path, assumed: Assumptions) -> None:
    theirs = expected(
        demography, "bristol_proj_births_age_sex_mother_2015.csv", "births", range(2015, 2016)
    )
    ours = births_by_mother(
        assumed.population[..., np.newaxis], assumed.fertility[0][..., np.newaxis]
    )
    assert off(ours[0, :, 0], theirs[FEMALE, :, 0]) < 1e-5


def test_births_by_sex_of_child(demography: Path, run: Projection) -> None:
    rows = table(demography / "expected" / "bristol_fertility_module_r_output_2015.csv")
    theirs = {row["sex"]: float(row["births"]) for row in rows}
    for at, sex in enumerate(SEXES):
        assert abs(run.births[0, 0, at] - theirs[sex]) < 1e-8
    assert abs(run.births[0, 0].sum() - sum(theirs.values())) < 1e-4
    assert run.births[0, 0] == pytest.approx([3189.57438270303, 3349.05310183818], abs=1e-8)


def test_the_population_at_risk_is_last_years_and_not_aged(
    demography: Path, assumed: Assumptions
) -> None:
    theirs = expected(
        demography, "bristol_popn_at_risk_2015.csv", "popn-at-risk", range(2015, 2016)
    )
    assert (assumed.population[0] == theirs[..., 0]).all()


def test_deaths(demography: Path, run: Projection) -> None:
    theirs = expected(
        demography, "bristol_mortality_module_r_output_2015.csv", "deaths", range(2015, 2016)
    )
    assert off(run.deaths[0, 0], theirs[..., 0]) < 1e-7


def test_net_migration(demography: Path, run: Projection) -> None:
    rows = table(demography / "expected" / "bristol_migration_module_r_output_2015.csv")
    assert len(rows) == 182
    theirs = by_age(rows, "net-mig", range(2015, 2016))
    assert off(run.net_migration[0, 0], theirs[..., 0]) < 1e-6


def test_the_population_of_2015(demography: Path, run: Projection) -> None:
    theirs = expected(demography, "bristol_end_population_2015.csv", "popn", range(2015, 2016))
    assert off(run.population[0, 0], theirs[..., 0]) < 1e-10
    assert abs(run.population[0, 0, 1, 21] - 4645.734788600881) < 1e-10
    assert round(float(run.population[0].sum()), 1) == 448_364.6


def test_the_loop_to_2040_keeps_its_accounts(run: Projection) -> None:
    assert run.years == range(2015, 2041)
    before = np.concatenate([run.start[np.newaxis], run.population[:-1]])
    aged = age_on(before[..., np.newaxis], run.births[..., np.newaxis])[..., 0]
    assert off(run.population, aged - run.deaths + run.net_migration) < 1e-9
    people = run.population.sum(axis=(1, 2, 3))
    change = (
        run.births.sum(axis=(1, 2))
        - run.deaths.sum(axis=(1, 2, 3))
        + run.net_migration.sum(axis=(1, 2, 3))
    )
    assert np.abs(people - before.sum(axis=(1, 2, 3)) - change).max() < 1e-9
    assert set(run.flows) == set(FLOWS)
