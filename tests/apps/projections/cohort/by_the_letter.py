"""The cohort-component model once more: slowly, one number after another, from its description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .conftest import table

SEXES = ("F", "M")
AGES = range(91)
SIGNS = {"domestic_in": 1, "domestic_out": -1, "international_in": 1, "international_out": -1}
COLUMNS = dict(zip(SIGNS, ("domin", "domout", "intin", "intout"), strict=True))
SCENARIOS = ("principal", "low", "high", "principal-2012", "low-2012", "high-2012")

By = dict[tuple[str, int, int], float]
"""Sex, age, year."""


@dataclass(frozen=True)
class Past:
    """Bristol's tables, and the national ones by scenario."""

    people: By
    births: By
    mothers: By
    deaths: By
    flows: dict[str, By]
    fertility: dict[str, By]
    mortality: dict[str, By]


def read(folder: Path) -> Past:
    """The tables as they were published, rows that stand twice once."""

    def by(name: str, column: str) -> By:
        rows = table(folder / "inputs" / f"{name}.csv")
        return {
            (row.get("sex", "F"), int(row["age"]), int(row["year"])): float(row[column])
            for row in rows
        }

    return Past(
        people=by("bristol_hist_popn_mye", "popn"),
        births=by("bristol_hist_births_mye", "births"),
        mothers=by("bristol_ons_proj_births_age_mother", "births"),
        deaths=by("bristol_hist_deaths_mye", "deaths"),
        flows={f: by(f"bristol_hist_{f}migrants", c) for f, c in COLUMNS.items()},
        fertility={s: by("future_fertility_trend_assumption", s) for s in SCENARIOS},
        mortality={s: by("future_mortality_trend_assumption", s) for s in SCENARIOS[:3]},
    )


def first_value(of: Callable[[int], float], window: tuple[int, int], how: str) -> float:
    """Step 4: the mean of a window, or its straight line a year on, floored at 0."""
    years = range(window[0], window[1] + 1)
    seen = [of(year) for year in years]
    middle, mean = sum(years) / len(years), sum(seen) / len(seen)
    if how == "mean" or len(seen) == 1:
        return mean if how == "mean" else max(mean, 0.0)
    slope = sum((y - middle) * (v - mean) for y, v in zip(years, seen, strict=True))
    slope /= sum((y - middle) ** 2 for y in years)
    return max(mean + slope * (window[1] + 1 - middle), 0.0)


def rates(past: Past, chosen: dict[str, object]) -> tuple[dict[tuple[int, int], float], By]:
    """Steps 1 to 6: fertility by age and year, mortality by sex, age and year."""
    first, last = int(str(chosen["first_year"])), int(str(chosen["last_year"]))
    base, known = int(str(chosen["fertility_base_year"])), max(y for *_, y in past.mothers)
    curve = {a: past.mothers["F", a, known] / past.people["F", a, known - 1] for a in range(15, 45)}
    expected = sum(rate * past.people["F", a, base - 1] for a, rate in curve.items())
    k = sum(past.births[s, 0, base] for s in SEXES) / expected
    fertility = {(a, first): k * curve.get(a, 0.0) for a in AGES}
    variant, window = str(chosen["mortality_variant"]), chosen["mortality_years"]
    assert isinstance(window, tuple)

    def death_rate(sex: str, age: int, year: int) -> float:
        exposed = past.births[sex, 0, year] if age == 0 else past.people[sex, age - 1, year - 1]
        if age == 90:
            exposed += past.people[sex, 90, year - 1]
        return past.deaths[sex, age, year] / exposed if exposed else 0.0

    how = "mean" if variant.startswith("average") else "trend"
    mortality: By = {}
    for s in SEXES:
        for a in AGES:
            mortality[s, a, first] = first_value(
                lambda year, s=s, a=a: death_rate(s, a, year),
                window,
                how,  # type: ignore[misc]
            )
    births = past.fertility[str(chosen["fertility_scenario"])]
    deaths = past.mortality[str(chosen["mortality_scenario"])]
    for y in range(first + 1, last + 1):
        for a in AGES:
            moves = chosen["fertility_variant"] != "fixed" and ("F", a, y) in births
            change = births["F", a, y] / births["F", a, y - 1] if moves else 1.0
            fertility[a, y] = fertility[a, y - 1] * change
            for s in SEXES:
                change = 1.0
                if not variant.endswith("fixed"):
                    change = deaths[s, a - 1, y] / deaths[s, a - 1, y - 1]
                mortality[s, a, y] = mortality[s, a, y - 1] * change
    return fertility, mortality


def project(past: Past, chosen: dict[str, object]) -> dict[str, By]:
    """Steps 7 to 10, year after year: population, births, deaths and net migration."""
    first, last = int(str(chosen["first_year"])), int(str(chosen["last_year"]))
    fertility, mortality = rates(past, chosen)
    net = dict.fromkeys(((s, a) for s in SEXES for a in AGES), 0.0)
    for flow, sign in SIGNS.items():
        window, factor = chosen[f"{flow}_years"], float(str(chosen[f"{flow}_multiplier"]))
        assert isinstance(window, tuple)
        for s, a in net:
            seen = past.flows[flow]
            value = first_value(
                lambda year, s=s, a=a, seen=seen: seen[s, a, year],  # type: ignore[misc]
                window,
                str(chosen[f"{flow}_rule"]),
            )
            net[s, a] += sign * factor * value
    boys = float(str(chosen["male_share"]))
    out: dict[str, By] = {"population": {}, "births": {}, "deaths": {}, "net_migration": {}}
    now = {(s, a): past.people[s, a, first - 1] for s, a in net}
    for y in range(first, last + 1):
        born = sum(fertility[a, y] * now["F", a] for a in AGES)
        end = {("F", 0): (1 - boys) * born, ("M", 0): boys * born}
        for s in SEXES:
            out["births"][s, 0, y] = end[s, 0]
            end |= {(s, a): now[s, a - 1] for a in range(1, 91)}
            end[s, 90] += now[s, 90]
        for s, a in net:
            died = mortality[s, a, y] * now[s, a]
            out["deaths"][s, a, y] = died
            out["net_migration"][s, a, y] = net[s, a]
            out["population"][s, a, y] = end[s, a] - died + net[s, a]
        now = {(s, a): out["population"][s, a, y] for s, a in net}
    return out
