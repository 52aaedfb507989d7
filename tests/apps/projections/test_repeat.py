"""The same run gives the same bytes: in another process, with another order of hashing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interurban.apps.projections.graphs import graphs
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters
from interurban.workspace.tables import content_hash
from interurban.workspace.uploads import check_file

DEMOGRAPHY = {
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
HOUSEHOLDS = {
    "population": "gla_test_popn_barnet",
    "household_population": "dclg_hh_popn_barnet",
    "institutional_population": "dclg_inst_popn_barnet",
    "representative_rates": "dclg_hh_repr_rates_barnet",
    "counted_dwellings": "dclg_dwellings_barnet",
    "vacant_dwellings": "dclg_vacant_dwellings_barnet",
}
SEND = {
    "send_transitions": "transitions",
    "send_population": "population",
    "send_states": "valid-states",
    "send_costs": "costs",
}
RUNS = (
    ("cohort_component", "demography", DEMOGRAPHY, {"last_year": 2018}),
    ("population_with_bands", "demography", DEMOGRAPHY, {"last_year": 2016, "draws": 50}),
    ("household_projection", "household", HOUSEHOLDS, {}),
    ("send_projection", "send", SEND, {"simulations": 50}),
)


def outputs_of(witan: Path) -> dict[str, str]:
    """Hashes of every output of every run, from the files."""
    by_id = {graph.id: graph for graph in graphs()}
    found = {}
    for model, folder, files, given in RUNS:
        graph = by_id[model]
        tables = {
            need.name: check_file(witan / folder / "inputs" / f"{files[need.name]}.csv", need)
            for need in graph.needs
        }
        plan = compile_graph(graph)
        read = {name: checked.content() for name, checked in tables.items()}
        result = execute(plan, read, read_parameters(plan.parameters, given))
        for name, given_out in result.tables.items():
            found[f"{model} {name}"] = content_hash(given_out)
    return found


@pytest.mark.slow
def test_every_output_is_the_same_bytes_in_every_process(shared_data: Path) -> None:
    told = []
    for seed, threads in (("0", "1"), ("4242", "2")):
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(shared_data / "witan")],
            env={**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(json.loads(done.stdout))
    first, second = told
    assert len(set(first.values())) == len(first) > 12
    assert first == second


if __name__ == "__main__":
    print(json.dumps(outputs_of(Path(sys.argv[1]))))
