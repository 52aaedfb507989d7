"""The shared demography tables, whatever their line ends, headers and doubled rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections.cohort.assumptions import Settings
from interurban.apps.projections.cohort.axes import AGES, FLOWS, SEXES, Floats
from interurban.apps.projections.cohort.history import History, National
from interurban.apps.projections.cohort.migration import FlowRule

BRISTOL = "E06000023"


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a file, exact repeats once, names in lower case with hyphens."""
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(text))
    head = [
        name.strip().lower().replace(".", "-").replace(" ", "-").replace("_", "-")
        for name in next(reader)
    ]
    rows = dict.fromkeys(tuple(row) for row in reader if any(row))
    return [dict(zip(head, row, strict=True)) for row in rows]


def by_age(rows: Iterable[dict[str, str]], column: str, years: Iterable[int]) -> Floats:
    """``sex x age x year`` of one area's rows; NaN where there is none."""
    at = {year: place for place, year in enumerate(years)}
    values = np.full((len(SEXES), len(AGES), len(at)), np.nan)
    for row in rows:
        year = int(row["year"]) if "year" in row else next(iter(at))
        values[SEXES.index(row["sex"]), int(row["age"]), at[year]] = float(row[column])
    return values


@pytest.fixture(scope="session")
def demography(shared_data: Path) -> Path:
    folder = shared_data / "witan" / "demography"
    if not folder.is_dir():
        pytest.skip("needs the demography tables of the shared data")
    return folder


@pytest.fixture(scope="session")
def bristol(demography: Path) -> History:
    inputs = demography / "inputs"
    flow_years, people_years = range(2002, 2015), range(2001, 2015)
    births = by_age(table(inputs / "bristol_hist_births_mye.csv"), "births", flow_years)
    mothers = np.zeros((1, len(AGES)))
    for row in table(inputs / "bristol_ons_proj_births_age_mother.csv"):
        mothers[0, int(row["age"])] = float(row["births"])
    columns = ("domin", "domout", "intin", "intout")
    flows = {
        name: by_age(table(inputs / f"bristol_hist_{name}migrants.csv"), column, flow_years)[
            np.newaxis
        ]
        for name, column in zip(FLOWS, columns, strict=True)
    }
    population = by_age(table(inputs / "bristol_hist_popn_mye.csv"), "popn", people_years)[
        np.newaxis
    ]
    return History(
        areas=(BRISTOL,),
        first_population=2001,
        first_flow=2002,
        population=population,
        births=births[np.newaxis, :, 0, :],
        deaths=by_age(table(inputs / "bristol_hist_deaths_mye.csv"), "deaths", flow_years)[
            np.newaxis
        ],
        flows=flows,
        births_by_mother=mothers,
        mothers_women=population[:, 0, :, 2012 - 2001],
    )


def national(folder: Path, fertility_scenario: str, mortality_scenario: str) -> National:
    """National rates of two scenarios, as the arrays that the model takes."""
    fertility = np.full((114, len(AGES)), np.nan)
    for row in table(folder / "inputs" / "future_fertility_trend_assumption.csv"):
        fertility[int(row["year"]) - 2001, int(row["age"])] = float(row[fertility_scenario]) / 1e3
    mortality = np.full((50, len(SEXES), len(AGES)), np.nan)
    for row in table(folder / "inputs" / "future_mortality_trend_assumption.csv"):
        age = int(row["age"]) + 1
        if age in AGES:
            sex = SEXES.index(row["sex"])
            mortality[int(row["year"]) - 2001, sex, age] = float(row[mortality_scenario]) / 1e5
    return National(2001, 2001, fertility, mortality)


@pytest.fixture(scope="session")
def principal(demography: Path) -> National:
    return national(demography, "principal-2012", "principal")


def settings(last_year: int = 2018, **changes: object) -> Settings:
    """The default parameters of the original."""
    given: dict[str, object] = {
        "first_year": 2015,
        "last_year": last_year,
        "fertility_base_year": 2014,
        "mortality_window": (2010, 2014),
        "flows": {name: FlowRule((2003, 2014)) for name in FLOWS},
    }
    return Settings(**(given | changes))  # type: ignore[arg-type]
