"""The standards themselves, and what is said of a wrong one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interurban.catalog.pack_dataset import NAME, RESERVED
from interurban.core.errors import ConfigurationError, UnknownStandard
from interurban.core.standard import Amount, Roles
from interurban.standards import (
    duckdb_type,
    find_standard,
    load_standards,
    overlay_roles,
    roles_present,
)
from interurban.standards.catalogue import amount_present, read_standard

ASKED_FOR = """service_request crime_incident food_inspection building_permit business_licence
    school boundary population transit_stop bike_station sensor_observation building_energy
    street_segment point_of_interest""".split()


def test_every_standard_the_cities_need_is_there() -> None:
    assert {f"{name}@1" for name in ASKED_FOR} <= set(load_standards())


@pytest.mark.parametrize("standard", load_standards().values(), ids=lambda s: s.id)
def test_a_standard_can_be_asked_in_every_dialect(standard) -> None:  # type: ignore[no-untyped-def]
    for field in standard.fields:
        assert NAME.fullmatch(field.name)
        assert field.name not in RESERVED
        assert field.title
        assert duckdb_type(field.type)
    assert standard.based_on
    assert standard.description.endswith(".")
    assert standard.roles.label is not None


def test_a_boundary_without_its_shape_means_nothing() -> None:
    required = {f.name for f in find_standard("boundary").fields if f.required}
    assert required == {"area_id", "geometry"}


def test_a_standard_is_found_by_name_and_by_version() -> None:
    assert find_standard("school") is find_standard("school@1")
    with pytest.raises(UnknownStandard, match=r'no standard "scool"\. Did you mean "school"'):
        find_standard("scool")
    with pytest.raises(UnknownStandard):
        find_standard("school@99")


def test_a_datasets_own_roles_stand_over_the_standards() -> None:
    roles = overlay_roles(find_standard("crime_incident").roles, Roles(category="primary_type"))
    assert (roles.category, roles.time) == ("primary_type", "occurred_at")
    assert roles_present(roles, ["occurred_at", "description"]) == Roles(
        time="occurred_at", search=("description",)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": []}, "key interurban.geometry: a standard has a field named geometry"),
        ({"titel": "x"}, 'key titel: is not a key of a standard Did you mean "title"?'),
        ({"primaryKey": "idd"}, 'key primaryKey: there is no field "idd"'),
        ({"title": None}, "key title: must be of type str"),
        ({"fields": [{"name": "a", "type": "text", "title": "A"}]}, "key fields.a.type: must be"),
        (
            {"fields": [{"name": "a", "type": "integer", "title": "A", "constraints": {"min": 1}}]},
            "key fields.a.constraints.min: is not a key",
        ),
    ],
)
def test_a_wrong_standard_is_named_with_file_and_key(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    good = {
        "name": "thing",
        "title": "Thing",
        "description": "One thing.",
        "fields": [{"name": "geometry", "type": "geometry", "title": "Place"}],
        "interurban": {"version": 1, "based_on": "x", "geometry": "point", "roles": {}},
    }
    file = tmp_path / "thing.json"
    file.write_text(json.dumps(good))
    assert read_standard(file).id == "thing@1"
    file.write_text(json.dumps(good | change))
    with pytest.raises(ConfigurationError) as raised:
        read_standard(file)
    assert str(raised.value).startswith("thing.json, ")
    assert message in str(raised.value)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"broken\.json: this is not JSON"):
        read_standard(tmp_path / "broken.json")


def test_the_documentation_describes_every_standard(repository: Path) -> None:
    page = (repository / "docs" / "standards.md").read_text()
    names = {standard.name for standard in load_standards().values()}
    assert names == {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}


def test_the_documented_standard_is_a_standard(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "standards.md").read_text()
    (tmp_path / "example.json").write_text(page.split("```json\n")[1].split("```")[0])
    assert read_standard(tmp_path / "example.json").id == "bike_station@1"


def test_how_numbers_add_up_is_said_by_the_standards_of_aggregates_only() -> None:
    kinds = {s.name: s.amount.kind for s in load_standards().values() if s.amount}
    assert kinds["crime_count"] == "flow"
    assert kinds["population"] == kinds["dwelling_stock"] == "stock"
    assert kinds["area_statistic"] == ""  # the unit of each row tells
    assert not {"crime_incident", "building_energy", "school"} & kinds.keys()
    for standard in load_standards().values():
        assert standard.amount is None or standard.roles.value


def test_an_amount_keeps_the_fields_that_a_dataset_has() -> None:
    standard = find_standard("population")
    present = amount_present(standard, standard.roles, ["area_id", "reference_date", "population"])
    assert present == Amount(kind="stock", period="reference_date", area="area_id")
    assert amount_present(standard, replace(standard.roles, value="households"), []) is None
    assert amount_present(find_standard("school"), find_standard("school").roles, []) is None


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ({"kind": "pile"}, "interurban.amount.kind: must be one of flow, stock, rate"),
        ({"period": "when"}, 'interurban.amount.period: there is no field "when"'),
        ({"apart": ["what"]}, 'interurban.amount.apart: there is no field "what"'),
        ({"sum": True}, "interurban.amount.sum: is not a key of a standard"),
    ],
)
def test_a_wrong_amount_is_named(tmp_path: Path, amount: dict[str, Any], message: str) -> None:
    file = tmp_path / "thing.json"
    document = {
        "name": "thing",
        "title": "Thing",
        "description": "One thing.",
        "fields": [{"name": "n", "type": "number", "title": "N"}],
        "interurban": {
            "version": 1,
            "based_on": "x",
            "geometry": "none",
            "roles": {"value": "n"},
            "amount": amount,
        },
    }
    file.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError) as raised:
        read_standard(file)
    assert message in str(raised.value)
