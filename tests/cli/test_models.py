"""Models from the terminal: list, check, fill in, run, compare, download."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from .conftest import Run

CITY = """\
id: bristol
name: Bristol
country: England
time_zone: Europe/London
crs: EPSG:27700
bounds: [-2.72, 51.40, -2.51, 51.54]
region: [-3.2, 51.1, -2.0, 51.8]
locale: en-GB
units: metric
suppression_threshold: 5
"""
FILES = {
    "historic_population": "bristol_hist_popn_mye",
    "historic_births": "bristol_hist_births_mye",
    "births_by_mother": "bristol_ons_proj_births_age_mother",
    "historic_deaths": "bristol_hist_deaths_mye",
    "domestic_in": "bristol_hist_domestic_inmigrants",
    "domestic_out": "bristol_hist_domestic_outmigrants",
    "international_in": "bristol_hist_international_inmigrants",
    "international_out": "bristol_hist_international_outmigrants",
    "national_fertility": "future_fertility_trend_assumption",
    "national_mortality": "future_mortality_trend_assumption",
}


@pytest.fixture
def bristol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that knows one more city."""
    pack = tmp_path / "home" / "packs" / "bristol"
    pack.mkdir(parents=True)
    (pack / "city.yaml").write_text(CITY)
    monkeypatch.setenv("INTERURBAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_models_are_listed_with_what_they_take(interurban: Run, bristol: Path) -> None:
    assert "cohort_component" in interurban("models").out
    shown = interurban("models", "cohort_component", "--city", "london").out
    assert "population_by_single_year@1" in shown
    assert "fertility_variant" in shown
    assert "does not run yet in london" in shown
    told = json.loads(interurban("models", "cohort_component", "--city", "london", "--json").out)
    assert told["coverage"]["runs"] is False
    assert told["coverage"]["missing"]
    done = interurban("models", "cohort_componant")
    assert done.code == 1
    assert 'Did you mean "cohort_component"?' in done.err


def test_a_bad_file_is_told_row_by_row(
    interurban: Run, bristol: Path, shared_data: Path, tmp_path: Path
) -> None:
    good = shared_data / "witan/demography/inputs" / f"{FILES['historic_deaths']}.csv"
    done = interurban("check", "cohort_component", "historic_deaths", str(good))
    assert done.code == 0
    assert "2,366 rows, 0 problems" in done.out
    lines = good.read_text().splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([*lines[:5], lines[5].rpartition(",")[0] + ",x", *lines[6:]]))
    out = tmp_path / "problems.csv"
    done = interurban("check", "cohort_component", "historic_deaths", str(bad), "--out", str(out))
    assert done.code == 1
    assert "x means not available" in done.out
    (row,) = csv.DictReader(out.open())
    assert (row["row"], row["field"], row["value"]) == ("5", "people", "x")


@pytest.mark.parametrize("named", ["births.csv", "folder/births", "births.XLSX"])
def test_a_file_that_is_not_there_is_no_dataset(interurban: Run, bristol: Path, named: str) -> None:
    for asked in (
        ("check", "cohort_component", "historic_births", named),
        ("run", "cohort_component", "--city", "bristol", "--input", f"historic_births={named}"),
    ):
        done = interurban(*asked)
        assert done.code == 1
        assert f"There is no file {named}." in done.err


def test_a_template_is_written(interurban: Run, bristol: Path, tmp_path: Path) -> None:
    file = tmp_path / "births.xlsx"
    done = interurban("template", "cohort_component", "births_by_mother", str(file))
    assert done.code == 0, done.err
    assert openpyxl.load_workbook(file).sheetnames == ["births_by_mother", "What goes where"]


def test_what_is_missing_is_named_in_one_list(interurban: Run, bristol: Path) -> None:
    done = interurban("run", "cohort_component", "--city", "bristol")
    assert done.code == 1
    for name in ("historic_population", "historic_births", "international_out"):
        assert name in done.err
    done = interurban("run", "cohort_component", "--city", "bristol", "--set", "male_shar=0.5")
    assert 'Did you mean "male_share"?' in done.err


def inputs_of(shared_data: Path) -> list[str]:
    folder = shared_data / "witan/demography/inputs"
    pairs = (f"{table}={folder / f'{name}.csv'}" for table, name in FILES.items())
    return [part for pair in pairs for part in ("--input", pair)]


def test_rows_that_can_not_be_run_are_told_before_any_is(
    interurban: Run, bristol: Path, shared_data: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "scenarios.csv"
    rows.write_text("title,fert-variant,last_year\nA,sometimes,\nB,,2016\nC,fixed,never\n")
    asked = ("run", "cohort_component", "--city", "bristol", "--scenarios", str(rows))
    done = interurban(*asked, *inputs_of(shared_data))
    assert done.code == 1
    assert "Row 1: fertility_variant: 'sometimes' is none of" in done.err
    assert "Row 3: last_year: 'never' is not a whole number." in done.err
    assert "Row 2" not in done.err
    assert "none was run" in done.err
    rows.write_text("title,fert-variant\n")
    assert "has no row" in interurban(*asked, *inputs_of(shared_data)).err
    assert "cohort_component" not in interurban("runs").out


@pytest.mark.slow
def test_a_table_of_scenarios_is_run_row_by_row(
    interurban: Run, bristol: Path, shared_data: Path, tmp_path: Path
) -> None:
    """Several configurations in one command, with the names of the original."""
    rows = tmp_path / "scenarios.csv"
    rows.write_text("Title,:proj-asfr-variant,last_year\nAs it is,,\n,fixed,2015\n")
    asked = ("run", "cohort_component", "--city", "bristol", "--scenarios", str(rows), "--json")
    done = interurban(*asked, *inputs_of(shared_data), "--set", ":last-proj-year=2016")
    assert done.code == 1
    assert "last_year is given twice" in done.err
    done = interurban(*asked, *inputs_of(shared_data), "--set", "last_year=2016")
    assert done.code == 0, done.err
    first, second = json.loads(done.out)
    assert [first["title"], second["title"]] == [
        "As it is",
        ":proj-asfr-variant fixed, last_year 2015",
    ]
    assert (first["parameters"]["last_year"], second["parameters"]["last_year"]) == (2016, 2015)
    assert first["parameters"]["fertility_variant"] == "applynationaltrend"
    assert second["parameters"]["fertility_variant"] == "fixed"


@pytest.mark.slow
def test_bristol_is_projected_as_witan_did(
    interurban: Run, bristol: Path, shared_data: Path, tmp_path: Path
) -> None:
    """From the files of the study to its own expected table, through the terminal alone."""
    folder = shared_data / "witan" / "demography"
    inputs = [
        part
        for table, name in FILES.items()
        for part in ("--input", f"{table}={folder / 'inputs' / f'{name}.csv'}")
    ]
    asked = ("run", "cohort_component", "--city", "bristol", "--json", *inputs)
    done = interurban(*asked, "--set", "last_year=2018", "--title", "Principal")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert any("2,366 rows repeat another" in said for said in record["warnings"])
    out = tmp_path / "population.csv"
    assert interurban("runs", record["run"], "--out", str(out), "--table", "population").code == 0
    have = {
        (row["sex"], row["age"]): float(row["population"])
        for row in csv.DictReader(out.open())
        if row["year"] == "2015"
    }
    expected = list(csv.DictReader((folder / "expected/bristol_end_population_2015.csv").open()))
    assert len(expected) == 182
    for row in expected:
        assert have[row["Sex"], row["Age"]] == pytest.approx(float(row["Popn"]), abs=1e-10)

    told = interurban("runs", record["run"]).out
    hashes = [pin["content_hash"][-16:] for pin in record["outputs"].values()]
    assert len(set(hashes)) == len(hashes)
    assert all(one in told for one in hashes)

    low = ("--set", "last_year=2018", "--set", "international_in_multiplier=0.5")
    other = json.loads(interurban(*asked, *low, "--title", "Fewer arrivals").out)
    compared = json.loads(interurban("compare", record["run"], other["run"], "--json").out)
    assert {change["name"] for change in compared["changes"]} == {
        "international_in_multiplier",
        "title",
    }
    assert compared["drivers"][0]["component"] == "international_in"
    assert compared["drivers"][0]["difference"] < 0
    book = tmp_path / "result.xlsx"
    assert interurban("runs", record["run"], "--out", str(book)).code == 0
    assert "Sources" in openpyxl.load_workbook(book).sheetnames
    assert "Principal" in interurban("runs").out
    assert "MODELLED" in interurban("datasets", "--city", "bristol").out
    assert interurban("runs", record["run"], "--delete").code == 0
    assert record["run"] in interurban("runs", "--deleted").out
