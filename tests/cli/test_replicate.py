"""`interurban replicate`: an app in another city runs, or all that it lacks is told."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import interurban as package
from interurban.cli.output import screen

from .conftest import Run

THE_APP = ("replicate", "projections")
BARNET = (
    "london.barnet_population",
    "london.barnet_household_population",
    "london.barnet_institutional_population",
    "london.barnet_representative_rates",
)
LONDON = (
    *BARNET,
    "london.boroughs",
    "london.dwellings",
    "london.vacant_dwellings",
    "london.births",
    "london.household_population_2012",
)
CHICAGO = ("chicago.community_area_homes",)


def bristol(home: Path) -> Path:
    """A third city joins a home: by the files of its pack, nothing else."""
    pack = Path(__file__).parent.parent / "packs" / "bristol"
    return Path(shutil.copytree(pack, home / "packs" / "bristol"))


def load(home: Path, shared_data: Path, *datasets: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "interurban", "load", *datasets, "--mirror", str(shared_data)],
        env={**os.environ, "INTERURBAN_HOME": str(home)},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def three_cities(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with what can be had for the projections of three cities."""
    home = tmp_path_factory.mktemp("three-cities")
    bristol(home)
    load(home, shared_data, *LONDON, *CHICAGO, "bristol")
    return home


@pytest.fixture
def home(three_cities: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERURBAN_HOME", str(three_cities))
    return three_cities


@pytest.fixture
def narrow() -> Iterator[None]:
    """A terminal of 80 columns."""
    before = screen.width
    screen.width = 80
    yield
    screen.width = before


def test_a_third_city_runs_by_configuration_alone(interurban: Run, home: Path) -> None:
    done = interurban(*THE_APP, "--to", "bristol", "--model", "cohort_component")
    assert done.code == 0, done.err
    assert done.out.startswith("Projections in Bristol: runs: 100 %.")
    assert "missing" not in done.out
    assert "bristol.births_by_mother (taken): 1 area, 2013\n" in done.out
    ran = interurban("run", "cohort_component", "--city", "bristol", "--set", "last_year=2016",
                     "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["state"] == "successful"


def test_what_the_third_city_gets_is_what_the_study_has(
    interurban: Run, home: Path, shared_data: Path
) -> None:
    ran = interurban("run", "cohort_component", "--city", "bristol", "--set", "last_year=2015",
                     "--json")  # fmt: skip
    output = json.loads(ran.out)["outputs"]["population"]["dataset"]
    with package.open(home) as node:
        rows = node[output].filter("year = 2015").to_arrow().to_pylist()
    found = {(row["sex"], row["age"]): row["population"] for row in rows}
    expected = shared_data / "witan" / "demography" / "expected" / "bristol_end_population_2015.csv"
    with expected.open(encoding="utf-8") as file:
        wanted = {
            (row["Sex"], int(row["Age"])): float(row["Popn"])
            for row in csv.DictReader(file)
            if row["Year"] == "2015"
        }
    assert len(wanted) == 2 * 91
    assert found == pytest.approx(wanted, abs=1e-10)


def test_a_city_that_is_described_is_told_what_to_load(interurban: Run, tmp_path: Path) -> None:
    bristol(tmp_path)
    done = interurban(
        *THE_APP, "--to", "bristol", "--model", "cohort_component", "--home", str(tmp_path)
    )
    assert done.code == 3
    assert "8 tables are missing:" in done.out
    assert "2 tables would be welcome:" in done.out
    # Datasets of other components on the same standard would not serve.
    assert "Not loaded. Load it: interurban load bristol.deaths\n" in done.out


def test_fields_that_a_dataset_lacks_are_named(
    interurban: Run, shared_data: Path, tmp_path: Path
) -> None:
    deaths = bristol(tmp_path) / "datasets" / "deaths.yaml"
    kept = [
        line
        for line in deaths.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("  sex:", "  age:"))
    ]
    deaths.write_text("\n".join(kept), encoding="utf-8")
    load(tmp_path, shared_data, "bristol.deaths")
    asked = (*THE_APP, "--to", "bristol", "--model", "cohort_component", "--home", str(tmp_path))
    told = interurban(*asked, "--json")
    assert told.code == 3
    (table,) = (t for t in json.loads(told.out)["missing"] if t["where"] == {"component": "deaths"})
    assert table["incomplete"] == "bristol.deaths"
    assert [field["name"] for field in table["fields"]] == ["sex", "age"]
    assert "bristol.deaths lacks these fields." in interurban(*asked).out


def test_chicago_is_told_every_table_it_has_not_once(interurban: Run, home: Path) -> None:
    done = interurban(*THE_APP, "--to", "chicago", "--json")
    assert done.code == 3
    found = json.loads(done.out)
    missing = {(t["standard"], *t["where"].values()): t for t in found["missing"]}
    assert len(missing) == len(found["missing"])
    assert {key for key, table in missing.items() if table["required"]} == {
        ("population_by_single_year@1",),
        *(
            ("population_change@1", component)
            for component in ("births", "births_by_mother", "deaths", "domestic_in",
                              "domestic_out", "international_in", "international_out")
        ),
        ("migration_flow@1",),
        ("household_statistic@1", "household_population"),
        ("household_statistic@1", "institutional_population"),
        ("household_statistic@1", "representative_rate"),
        ("send_transition@1",),
        ("send_population@1",),
        ("send_state@1",),
        ("school_roll@1",),
    }  # fmt: skip
    assert missing[("school_roll@1",)]["not_loaded"] == ["chicago.school_rolls"]
    assert {key for key, table in missing.items() if not table["required"]} == {
        ("vital_rate@1", "fertility"),
        ("vital_rate@1", "mortality"),
        ("send_cost@1",),
    }
    people = missing[("population_by_single_year@1",)]
    assert [f["name"] for f in people["fields"]] == ["area_id", "sex", "age", "year", "population"]
    assert {"cohort_component", "household_projection"} <= set(people["models"])


def test_what_chicago_has_is_told_too(interurban: Run, home: Path) -> None:
    done = interurban(*THE_APP, "--to", "chicago", "--model", "household_projection", "--json")
    (model,) = json.loads(done.out)["models"]
    tables = {table["table"]: table for table in model["tables"]}
    for name in ("counted_dwellings", "vacant_dwellings"):
        (served,) = tables[name]["served_by"]
        assert served["dataset"] == "chicago.community_area_homes"
        assert (len(served["areas"]), served["years"]) == (77, [2017, 2017])
    assert not model["runs"]
    assert 0 < model["percent"] < 100


def test_london_runs_households_where_it_has_every_table(interurban: Run, home: Path) -> None:
    done = interurban(*THE_APP, "--to", "london")
    assert done.code == 3
    assert re.search(r"household_projection +yes +100 % +1 of 33 boroughs: Barnet", done.out), (
        done.out
    )
    assert re.search(r"household_type_projection +with a file", done.out)
    assert "Deaths (population_change@1, component deaths)\n  London has no dataset" in done.out
    assert "Births (" not in done.out


def test_the_command_that_is_offered_runs_and_gives_the_plain_steps(
    interurban: Run, home: Path, shared_data: Path
) -> None:
    offered = interurban(*THE_APP, "--to", "london", "--model", "household_projection").out
    command = offered.partition("To run household_projection:\n")[2].replace("\\\n", " ")
    words = shlex.split(command)
    assert words[0] == "interurban"
    # Two datasets hold people in households; the one of the borough that has the rest is named.
    assert "household_population=london.barnet_household_population" in words
    ran = interurban(*words[1:], "--json")
    assert ran.code == 0, ran.err
    output = json.loads(ran.out)["outputs"]["total_households"]["dataset"]
    with package.open(home) as node:
        rows = node[output].to_arrow().to_pylist()
    found = {row["year"]: row["value"] for row in rows}
    assert {row["area_id"] for row in rows} == {"E09000003"}
    assert found == pytest.approx(plain_households(shared_data), abs=1e-5)


def plain_households(shared_data: Path) -> dict[int, float]:
    """Barnet's households by the study's steps 1 to 6, row by row, straight from the files."""

    def read(name: str) -> list[dict[str, str]]:
        path = shared_data / "witan" / "household" / "inputs" / f"{name}.csv"
        with path.open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def by_relationship(name: str, value: str) -> dict[tuple[int, str, str, str], float]:
        return {
            (int(r["year"]), r["sex"], r["age-group"], r["relationship"]): float(r[value])
            for r in read(name)
        }

    people: dict[tuple[int, str, str], float] = defaultdict(float)
    for row in read("gla_test_popn_barnet"):
        start = int(row["age"]) // 5 * 5
        group = f"{start}_{start + 4}" if start < 85 else "85&"
        people[int(row["year"]), row["sex"], group] += float(row["population"])
    inside = by_relationship("dclg_hh_popn_barnet", "dclg-household-popn")
    communal = by_relationship("dclg_inst_popn_barnet", "dclg-institutional-popn")
    rates = by_relationship("dclg_hh_repr_rates_barnet", "hh-repr-rates")
    total: dict[int, float] = defaultdict(float)
    for (year, sex, group, relationship), rate in rates.items():
        of_all = {r: inside[year, sex, group, r] + communal[year, sex, group, r] for r in "CPS"}
        of_one = of_all[relationship]
        if not of_one:
            continue
        residents = people[year, sex, group] * of_one / sum(of_all.values())
        away = communal[year, sex, group, relationship]
        if group in ("75_79", "80_84", "85&"):
            away *= residents / of_one
        total[year] += max(residents - away, 0) * rate
    return dict(total)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("city", ["london", "chicago", "bristol"])
def test_it_can_be_read_in_80_columns(interurban: Run, home: Path, city: str) -> None:
    lines = interurban(*THE_APP, "--to", city).out.splitlines()
    assert [line for line in lines if len(line.rstrip()) > 80] == []


def test_every_code_and_bound_of_a_missing_field_is_told(interurban: Run, home: Path) -> None:
    said = interurban(*THE_APP, "--to", "chicago", "--model", "household_projection").out
    assert "    age_group     one of 18 codes: 0_4, 5_9 ... 85&\n" in said
    assert "    relationship  C, P, S\n" in said
    assert "    age         whole number from 0 to 90, years\n" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replicate", "projection", "--to", "london"), 'Did you mean "projections"?'),
        (("replicate", "projections", "--to", "londn"), 'Did you mean "london"?'),
        (("replicate", "projections", "--to", "london", "--model", "cohort"), "There is no model"),
    ],
)
def test_what_is_not_known_is_said_with_code_1(
    interurban: Run, home: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = interurban(*arguments)
    assert done.code == 1
    assert said in done.err
