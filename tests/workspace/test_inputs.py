"""A dataset is held to the standard that a contract names; its columns are not guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interurban.apps.projections.contract import HISTORIC_DEATHS, HISTORIC_POPULATION
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.errors import InvalidInput
from interurban.core.model import Pinned, TableContract
from interurban.workspace.contracts import Checked
from interurban.workspace.inputs import check_dataset

from .conftest import DATASET

HALF = """\
id: bristol.half
title: Changes
summary: Changes without a word on what they are.
theme: people
publisher: ONS
licence: ogl
attribution: Office for National Statistics
frequency: yearly
standard: population_change@1
mirror: {type: files, path: population.csv}
mapping:
  area_id: '"GSS.Code"'
  sex: '"Sex"'
  age: whole("Age")
  year: whole("Year")
  people: number("Popn")
"""


def check(node: Node, contract: TableContract, dataset: str = "bristol.population") -> Checked:
    snapshot = node.snapshot(dataset)
    return check_dataset(node, contract, Pinned(dataset, snapshot.version, snapshot.content_hash))


def test_people_are_not_taken_for_deaths(node: Node) -> None:
    with pytest.raises(InvalidInput) as raised:
        check(node, HISTORIC_DEATHS)
    assert str(raised.value).startswith(
        "bristol.population can't be historic_deaths (Deaths): it is on the standard "
        "population_by_single_year@1, and population_change@1 of component deaths is needed."
    )
    assert raised.value.part == "historic_deaths"


def test_a_dataset_on_the_standard_is_read_by_the_names_of_its_fields(node: Node) -> None:
    checked = check(node, HISTORIC_POPULATION)
    assert {match.how for match in checked.matches} == {"the same name"}
    assert checked.table.num_rows == checked.rows


def test_a_dataset_that_does_not_say_what_is_settled_is_refused(node: Node) -> None:
    datasets = node.home.packs / "bristol" / "datasets"
    (datasets / "half.yaml").write_text(HALF)
    node.look_again()
    load(node, "bristol.half", Origin(node.home.root.parent / "mirror"))
    with pytest.raises(InvalidInput, match="it has no component, and population_change@1 of"):
        check(node, HISTORIC_DEATHS, "bristol.half")


def test_a_dataset_on_no_standard_is_matched_as_a_file_is(node: Node) -> None:
    lines = DATASET.replace("bristol.population", "bristol.own").splitlines()
    keep = [line for line in lines if not line.startswith(("standard", "mapping", "  "))]
    (node.home.packs / "bristol" / "datasets" / "own.yaml").write_text("\n".join(keep) + "\n")
    node.look_again()
    load(node, "bristol.own", Origin(node.home.root.parent / "mirror"))
    checked = check(node, HISTORIC_POPULATION, "bristol.own")
    assert {match.field for match in checked.matches} == {
        f.name for f in HISTORIC_POPULATION.fields
    }


def test_a_contract_on_no_standard_takes_any_dataset(node: Node) -> None:
    checked = check(node, replace(HISTORIC_POPULATION, standard=None))
    assert checked.table.num_rows == checked.rows
