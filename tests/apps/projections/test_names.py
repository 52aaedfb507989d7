"""Whoever knows the models these come from can run them under the names they had there."""

from __future__ import annotations

import pytest

from interurban.apps.projections.graphs import graphs
from interurban.core.model import Graph
from interurban.workspace.codes import squeezed
from interurban.workspace.graph import compile_graph
from interurban.workspace.inputs import table_named
from interurban.workspace.parameters import read_parameters

GRAPHS = {graph.id: graph for graph in graphs()}

DEMOGRAPHY = {
    ":first-proj-year": ("first_year", 2013),
    ":last-proj-year": ("last_year", 2018),
    ":fert-base-year": ("fertility_base_year", 2012),
    ":proj-asfr-variant": ("fertility_variant", "fixed"),
    ":future-fert-scenario": ("fertility_scenario", ":low-2012"),
    ":proj-asmr-variant": ("mortality_variant", ":trend-applynationaltrend"),
    ":mort-scenario": ("mortality_scenario", ":high"),
    ":in-migrant-multiplier": ("international_in_multiplier", 0.5),
    ":proportion-male-newborns": ("male_share", 0.5),
}
WINDOWS = {
    "mort": "mortality_years",
    "domin-mig": "domestic_in_years",
    "domout-mig": "domestic_out_years",
    "intin-mig": "international_in_years",
    "intout-mig": "international_out_years",
}
SEND = {
    "random-seed": ("seed", 7),
    "simulations": ("simulations", 10),
    "splice-ncy": ("recent_from", 11),
    "make-setting-invalid": ("closed_setting", "G"),
    "transitions-to-change": ("changes", "setting_2=A by 2"),
    "filter-transitions-from": ("leave_out", "calendar_year<2016, academic_year>=11"),
}
TABLES = {
    "cohort_component": {
        "historic-population": "historic_population",
        "historic-births": "historic_births",
        "historic-births-by-age-mother": "births_by_mother",
        "ons-proj-births-by-age-mother": "births_by_mother",
        "historic-deaths": "historic_deaths",
        "domestic-in-migrants": "domestic_in",
        "domestic-out-migrants": "domestic_out",
        "international-in-migrants": "international_in",
        "international-out-migrants": "international_out",
        "future-fertility-trend-assumption": "national_fertility",
        "future-mortality-trend-assumption": "national_mortality",
    },
    "household_projection": {
        "population": "population",
        "dclg-household-popn": "household_population",
        "dclg-institutional-popn": "institutional_population",
        "dclg-household-representative-rates": "representative_rates",
        "dclg-dwellings": "counted_dwellings",
        "vacancy-dwellings": "vacant_dwellings",
    },
    "send_projection": {
        "transitions": "send_transitions",
        "population": "send_population",
        "valid-states": "send_states",
        "costs": "send_costs",
    },
}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=lambda graph: graph.id)
def test_no_name_means_two_things(graph: Graph) -> None:
    parameters = compile_graph(graph).parameters
    names = [name for p in parameters for name in (p.name, *p.also, *p.ends)]
    assert len(set(map(squeezed, names))) == len(names)
    assert all(len(p.ends) in (0, 2) for p in parameters)
    tables = [
        name for need in graph.needs for name in {squeezed(n) for n in (need.name, *need.also)}
    ]
    assert len(set(tables)) == len(tables)


def test_parameters_of_the_cohort_model_have_their_old_names() -> None:
    declared = compile_graph(GRAPHS["cohort_component"]).parameters
    old = {name: value for name, (_, value) in DEMOGRAPHY.items()}
    new = {
        name: value.lstrip(":") if isinstance(value, str) else value
        for name, value in DEMOGRAPHY.values()
    }
    for short, name in WINDOWS.items():
        old |= {f"start-year-avg-{short}": "2005", f":end-year-avg-{short}": 2011}
        new[name] = (2005, 2011)
    assert read_parameters(declared, old) == read_parameters(declared, new)


def test_one_end_of_years_leaves_the_other_as_it_is() -> None:
    declared = compile_graph(GRAPHS["cohort_component"]).parameters
    assert read_parameters(declared, {"start-year-avg-mort": 2012})["mortality_years"] == (
        2012,
        2014,
    )


def test_parameters_of_households_and_send_have_their_old_names() -> None:
    declared = compile_graph(GRAPHS["household_projection"]).parameters
    assert read_parameters(declared, {":second-home-rate": "0.01"})["second_home_rate"] == 0.01
    declared = compile_graph(GRAPHS["send_projection"]).parameters
    read = read_parameters(declared, {name: value for name, (_, value) in SEND.items()})
    assert {name: read[name] for name, _ in SEND.values()} == dict(SEND.values())
    for given in (
        {"modify-transitions-date-range": "2019-2021"},
        {"modify-transitions-from": 2019, "modify-transitions-until": 2021},
    ):
        assert read_parameters(declared, given)["changes_hold"] == (2019, 2021)


@pytest.mark.parametrize(
    ("model", "old", "new"),
    [(model, old, new) for model, tables in TABLES.items() for old, new in tables.items()],
)
def test_tables_have_their_old_names(model: str, old: str, new: str) -> None:
    found = table_named(GRAPHS[model].needs, old)
    assert found is not None
    assert found.name == new
