"""Every variant, scenario, window and rule gives what the description says, to the letter."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

from interurban.apps.projections.cohort.axes import FLOWS
from interurban.apps.projections.cohort.graphs import COHORT_COMPONENT
from interurban.core.cube import Cube
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters
from interurban.workspace.uploads import check_file

from .by_the_letter import SCENARIOS, Past, project, read
from .test_files import FILES

FERTILITY = [("fixed", SCENARIOS[0]), *(("applynationaltrend", s) for s in SCENARIOS)]
MORTALITY = [
    *((f"{how}-fixed", SCENARIOS[0]) for how in ("average", "trend")),
    *product(("average-applynationaltrend", "trend-applynationaltrend"), SCENARIOS[:3]),
]
Chosen = dict[str, object]


@pytest.fixture(scope="module")
def past(demography: Path) -> Past:
    return read(demography)


@pytest.fixture(scope="module")
def inputs(demography: Path) -> dict[str, Cube]:
    tables = {}
    for need in COHORT_COMPONENT.needs:
        content = check_file(demography / "inputs" / f"{FILES[need.name]}.csv", need).content()
        assert isinstance(content, Cube)
        tables[need.name] = content
    return tables


def variants() -> list[Chosen]:
    """All variants with the years of the original, and thirty others drawn from all knobs."""
    names = ("fertility_variant", "fertility_scenario", "mortality_variant", "mortality_scenario")
    every = [dict(zip(names, (*f, *m), strict=True)) for f, m in product(FERTILITY, MORTALITY)]
    plain: list[Chosen] = [{**one, "last_year": 2018} for one in every]
    draw = random.Random(7)

    def window() -> tuple[int, int]:
        first, last = sorted(draw.randint(2002, 2014) for _ in range(2))
        return first, last

    others: list[Chosen] = []
    for _ in range(30):
        first = draw.randint(2004, 2015)
        one: Chosen = {
            **draw.choice(every),
            "first_year": first,
            "last_year": first + draw.randint(0, 30),
            "fertility_base_year": draw.randint(2002, 2014),
            "mortality_years": window(),
            "male_share": draw.random(),
        }
        for flow in FLOWS:
            one[f"{flow}_years"] = window()
            one[f"{flow}_rule"] = draw.choice(("mean", "trend"))
            one[f"{flow}_multiplier"] = draw.choice((0.0, 0.5, 1.0, 2.5))
        others.append(one)
    return plain + others


def test_every_variant_is_that_of_the_description(past: Past, inputs: dict[str, Cube]) -> None:
    plan = compile_graph(COHORT_COMPONENT)
    for given in variants():
        chosen = read_parameters(plan.parameters, given)
        tables = execute(plan, inputs, chosen).tables
        for name, expected in project(past, dict(chosen)).items():
            cube = tables[name]
            assert isinstance(cube, Cube)
            sexes, years = cube.along("sex"), cube.along("year")
            places = {(s, y): (i, j) for i, s in enumerate(sexes) for j, y in enumerate(years)}
            nearly = 1e-12 * max(1.0, *map(abs, expected.values()))
            for (sex, age, year), value in expected.items():
                i, j = places[sex, year]
                place = (0, i, j) if name == "births" else (0, i, age, j)
                assert abs(cube.values[place] - value) <= nearly, (given, name, sex, age, year)
