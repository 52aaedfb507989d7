"""The cohort-component projection as it is usually written: pandas frames, merges and groups.

Every step is the one of ``interurban.apps.projections.cohort``, in the original's mode, and so are
the numbers; only the tools differ. Nothing was slowed down: keys are categories or whole numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from interurban.apps.projections.cohort.advance import MALE_SHARE
from interurban.apps.projections.cohort.assumptions import Settings
from interurban.apps.projections.cohort.axes import AGES, FLOWS, SEXES, Floats
from interurban.apps.projections.cohort.history import History, National

__all__ = ["frames", "project"]

_CELL = ["area", "sex", "age"]
Frames = dict[str, Any]


def frames(history: History, national: National) -> Frames:
    """The inputs as long tables, as they would be read from files."""

    def long(values: Floats, first: int, name: str) -> pd.DataFrame:
        years = range(first, first + values.shape[-1])
        index = pd.MultiIndex.from_product(
            [range(len(history.areas)), SEXES, AGES, years], names=[*_CELL, "year"]
        )
        return pd.DataFrame({name: values.ravel()}, index=index).reset_index()

    births = pd.DataFrame(
        {"births": history.births.ravel()},
        index=pd.MultiIndex.from_product(
            [range(len(history.areas)), SEXES, history.flow_years], names=["area", "sex", "year"]
        ),
    ).reset_index()
    mothers = pd.DataFrame(
        {"births": history.births_by_mother.ravel()},
        index=pd.MultiIndex.from_product([range(len(history.areas)), AGES], names=["area", "age"]),
    ).reset_index()
    rates = range(national.first_fertility, national.first_fertility + len(national.fertility))
    fertility = pd.DataFrame(
        {"national": national.fertility.ravel()},
        index=pd.MultiIndex.from_product([rates, AGES], names=["year", "age"]),
    ).reset_index()
    mortality = pd.DataFrame(
        {"national": national.mortality.ravel()},
        index=pd.MultiIndex.from_product([rates, SEXES, AGES], names=["year", "sex", "age"]),
    ).reset_index()
    return {
        "population": long(history.population, history.first_population, "people"),
        "births": births,
        "deaths": long(history.deaths, history.first_flow, "deaths"),
        "mothers": mothers,
        "fertility": fertility.dropna(),
        "mortality": mortality,
        **{name: long(history.flows[name], history.first_flow, "people") for name in FLOWS},
    }


def project(given: Frames, chosen: Settings) -> pd.DataFrame:
    """The population of every projected year, one row a cell."""
    fertility = _fertility(given, chosen)
    mortality = _mortality(given, chosen)
    net = _net(given, chosen)
    everyone = given["population"]
    now = everyone[everyone["year"] == chosen.first_year - 1].drop(columns="year")
    out = []
    for year in chosen.years:
        rates = mortality[mortality["year"] == year].drop(columns="year")
        dead = now.merge(rates, on=_CELL)
        dead["deaths"] = dead["people"] * dead["rate"]
        women = now[now["sex"] == "F"].merge(
            fertility[fertility["year"] == year], on=["area", "age"]
        )
        born = (women["people"] * women["rate"]).groupby(women["area"]).sum()
        aged = now.assign(age=(now["age"] + 1).clip(upper=AGES[-1]))
        aged = aged.groupby(_CELL, as_index=False)["people"].sum()
        infants = pd.concat(
            [
                pd.DataFrame({"area": born.index, "sex": sex, "age": 0, "people": born * share})
                for sex, share in (("F", 1 - MALE_SHARE), ("M", MALE_SHARE))
            ]
        )
        end = pd.concat([infants, aged], ignore_index=True)
        end = end.merge(dead[[*_CELL, "deaths"]], on=_CELL).merge(net, on=_CELL)
        end["people"] = end["people"] - end["deaths"] + end["net"]
        now = end[[*_CELL, "people"]]
        out.append(now.assign(year=year))
    return pd.concat(out, ignore_index=True)


def _fertility(given: Frames, chosen: Settings) -> pd.DataFrame:
    people, base = given["population"], chosen.fertility_base_year
    women = people[people["sex"] == "F"]
    before = women[women["year"] == base - 2][["area", "age", "people"]]
    curve = given["mothers"].merge(before, on=["area", "age"])
    curve["f0"] = np.where(curve["people"] > 0, curve["births"] / curve["people"], 0.0)
    latest = women[women["year"] == base - 1][["area", "age", "people"]]
    scaled = curve[["area", "age", "f0"]].merge(latest, on=["area", "age"])
    expected = (scaled["f0"] * scaled["people"]).groupby(scaled["area"]).sum()
    births = given["births"]
    actual = births[births["year"] == base].groupby("area")["births"].sum()
    scaled["rate"] = scaled["f0"] * scaled["area"].map(actual / expected)
    now = scaled[["area", "age", "rate"]]
    return _chained(now, given["fertility"], chosen, ["age"])


def _mortality(given: Frames, chosen: Settings) -> pd.DataFrame:
    people = given["population"]
    aged = people.assign(age=(people["age"] + 1).clip(upper=AGES[-1]), year=people["year"] + 1)
    exposed = aged.groupby([*_CELL, "year"], as_index=False)["people"].sum()
    infants = given["births"].rename(columns={"births": "people"}).assign(age=0)
    at_risk = pd.concat([exposed, infants], ignore_index=True)
    rates = given["deaths"].merge(at_risk, on=[*_CELL, "year"])
    rates["rate"] = np.where(rates["people"] > 0, rates["deaths"] / rates["people"], 0.0)
    first, last = chosen.mortality_window
    window = rates[rates["year"].between(first, last)]
    now = window.groupby(_CELL, as_index=False)["rate"].mean()
    return _chained(now, given["mortality"], chosen, ["sex", "age"])


def _chained(
    now: pd.DataFrame, national: pd.DataFrame, chosen: Settings, by: list[str]
) -> pd.DataFrame:
    out = [now.assign(year=chosen.first_year)]
    for year in chosen.years[1:]:
        before = national[national["year"] == year - 1].drop(columns="year")
        after = national[national["year"] == year].drop(columns="year")
        change = before.merge(after, on=by, suffixes=("_before", "_after"))
        change["change"] = change["national_after"] / change["national_before"]
        moved = now.merge(change[[*by, "change"]], on=by, how="left")
        moved["rate"] = moved["rate"] * moved["change"].fillna(1.0)
        now = moved.drop(columns="change")
        out.append(now.assign(year=year))
    return pd.concat(out, ignore_index=True)


def _net(given: Frames, chosen: Settings) -> pd.DataFrame:
    total = None
    for name in FLOWS:
        first, last = chosen.flows[name].window
        seen = given[name]
        mean = seen[seen["year"].between(first, last)].groupby(_CELL)["people"].mean()
        signed = -mean if name.endswith("_out") else mean
        total = signed if total is None else total + signed
    assert total is not None
    return total.rename("net").reset_index()
