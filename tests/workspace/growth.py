"""A small real model: a population that grows at a rate for each age group, year by year."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import numpy as np

from interurban.core.cube import Cube
from interurban.core.model import (
    Graph,
    Loop,
    Model,
    ModelNode,
    Parameter,
    Result,
    TableContract,
    Tables,
    Values,
    Watch,
)
from interurban.core.standard import Field

CALLS: Counter[str] = Counter()
"""How often each model was really called in this process."""

AREA = Field("area_id", "string", "Area code", required=True)
SEX = Field("sex", "string", "Sex", required=True, enum=("F", "M"))
AGE = Field("age", "integer", "Age", required=True, minimum=0, maximum=3)
YEAR = Field("year", "integer", "Year", required=True)
PEOPLE = Field("population", "number", "People", unit="people", required=True, minimum=0)
KEY = ("area_id", "sex", "age", "year")

POPULATION = TableContract(
    "population", "Population", (AREA, SEX, AGE, YEAR, PEOPLE), KEY, "population", KEY,
    standard="population_by_single_year@1",
)  # fmt: skip
PROJECTED = TableContract(
    "projected", "Projected population", (AREA, SEX, AGE, YEAR, PEOPLE), KEY, "population",
    standard="population_by_single_year@1", description="People in each year to come.",
)  # fmt: skip
TOTAL = TableContract(
    "total", "All people", (AREA, YEAR, Field("people", "number", "People", unit="people")),
    ("area_id", "year"), "people",
)  # fmt: skip
START = TableContract(
    "start", "Start", PROJECTED.fields, PROJECTED.key, PROJECTED.value, description="First year."
)
GROWN = TableContract("grown", "Grown", PROJECTED.fields, PROJECTED.key, PROJECTED.value)

RATE = Parameter(
    "rate", "Growth a year", "number", 0.01, "How much more people each year.", "%", -1, 1
)
LAST_YEAR = Parameter("last_year", "Last year", "integer", 2018, minimum=2000, maximum=2100)
ROUNDED = Parameter("rounded", "Whole people", "boolean", False)
PAUSE = Parameter("pause", "Pause", "number", 0.0, "Seconds each year takes.", "s", 0, 60)


def _begin(tables: Tables, values: Values, watch: Watch) -> Result:
    CALLS["begin"] += 1
    population = tables["population"]
    assert isinstance(population, Cube)
    last = max(population.along("year"))
    return Result({"start": population.select("year", [last])})


def _grow(tables: Tables, values: Values, watch: Watch) -> Result:
    CALLS["grow"] += 1
    start = tables["start"]
    assert isinstance(start, Cube)
    rate, pause = values["rate"], values["pause"]
    assert isinstance(rate, float | int)
    assert isinstance(pause, float | int)
    time.sleep(pause)
    watch(1, 2)
    year = int(start.along("year")[-1])
    grown = start.values[..., -1:] * (1 + rate)
    labels = (*start.labels[:3], (*start.along("year"), year + 1))
    values_ = np.concatenate([start.values, grown], axis=-1)
    return Result({"grown": Cube(start.dims, labels, values_, start.unit)})


def _finish(tables: Tables, values: Values, watch: Watch) -> Result:
    CALLS["finish"] += 1
    grown = tables["grown"]
    assert isinstance(grown, Cube)
    out = grown.like(np.round(grown.values)) if values["rounded"] else grown
    warnings = ("People were rounded.",) if values["rounded"] else ()
    return Result({"projected": out, "total": out.sum("sex", "age")}, warnings)


def _over(tables: Tables, values: Values) -> bool:
    grown = tables["grown"]
    assert isinstance(grown, Cube)
    last = values["last_year"]
    assert isinstance(last, int)
    return int(grown.along("year")[-1]) >= last


BEGIN = Model("begin", "1.0.0", "Begin", "The last year.", (POPULATION,), (START,), (), _begin)
GROW = Model("grow", "1.0.0", "Grow", "One year.", (START,), (GROWN,), (RATE, PAUSE), _grow)
FINISH = Model(
    "finish", "1.0.0", "Finish", "Sums.", (GROWN,), (PROJECTED, TOTAL), (ROUNDED,), _finish
)
# The loop's end reads a parameter that no model does, so a model has to declare it.
ENDING = Model(
    "grow_until", "1.0.0", "Grow", "One year.", (START,), (GROWN,), (RATE, PAUSE, LAST_YEAR), _grow
)
YEARS = Loop("years", (ModelNode("grow", ENDING),), {"grown": "start"}, _over, ("begin",), 200)

GROWTH = Graph(
    "growth", "1.0.0", "Growth", "A population that grows.", (POPULATION,), (PROJECTED, TOTAL),
    (ModelNode("begin", BEGIN), YEARS, ModelNode("finish", FINISH, ("years",))),
    "these tests",
)  # fmt: skip


def _stop_here(tables: Tables, values: Values, watch: Watch) -> Result:
    Path(os.environ["GROWTH_FLAG"]).touch()
    while True:
        time.sleep(0.05)
        watch(0, 1)


STUCK = Graph(
    "stuck", "1.0.0", "Stuck", "It never ends by itself.", (POPULATION,), (PROJECTED,),
    (ModelNode("stuck", Model("stuck", "1.0.0", "Stuck", "", (POPULATION,), (PROJECTED,), (),
                              _stop_here)),),
)  # fmt: skip
ENDLESS = Graph(
    "endless", "1.0.0", "Endless", "Its loop never ends.", (POPULATION,), (PROJECTED, TOTAL),
    (
        ModelNode("begin", BEGIN),
        Loop("for_ever", (ModelNode("grow", GROW),), {"grown": "start"}, lambda t, v: False,
             ("begin",), 25),
        ModelNode("finish", FINISH, ("for_ever",)),
    ),
)  # fmt: skip


def graphs() -> tuple[Graph, ...]:
    return (GROWTH, STUCK, ENDLESS)


def population_csv(people: float = 100.0, areas: tuple[str, ...] = ("A", "B")) -> str:
    """A whole table: every area, sex, age 0 to 3, and two years."""
    rows = [
        f"{area},{sex},{age},{year},{people + age + 10 * (sex == 'F')}"
        for area in areas
        for sex in "FM"
        for age in range(4)
        for year in (2013, 2014)
    ]
    return "GSS.Code,Sex,Age,Year,Popn\n" + "\n".join(rows) + "\n"
