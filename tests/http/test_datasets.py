"""What /api/datasets gives is what the OpenAPI document says, to the last key."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs

from interurban.http.openapi import document

DESCRIBED = document("http://localhost", [])["components"]["schemas"]


def sound(name: str, answer: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": DESCRIBED}}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(answer)


def exact(name: str, answer: dict[str, Any]) -> None:
    assert set(answer) == set(DESCRIBED[name]["properties"])
    assert set(DESCRIBED[name]["required"]) == set(answer)


def test_every_dataset_is_as_described_loaded_or_not(client: httpx.Client) -> None:
    answer = client.get("/api/datasets").json()
    sound("Datasets", answer)
    for dataset in answer["datasets"]:
        exact("Dataset", dataset)
        if dataset["loaded"]:
            exact("DatasetSource", dataset["source"])
    assert {each["loaded"] for each in answer["datasets"]} == {True, False}


def test_what_a_model_gave_is_said_to_be_modelled_in_every_document(
    modelling: httpx.Client, plan: dict[str, Any]
) -> None:
    listed = {each["id"]: each for each in modelling.get("/api/datasets").json()["datasets"]}
    given = plan["outputs"]["population"]["dataset"]
    sound("Dataset", listed[given])
    assert (listed[given]["modelled"], listed[given]["source"]["kind"]) == (True, "modelled")
    people = listed["bristol.population"]
    assert (people["modelled"], people["source"]["kind"]) == (False, "mirror")
    source = modelling.get(f"/collections/{given}?f=json").json()["source"]
    sound("Source", source)
    assert (source["modelled"], source["kind"]) == (True, "modelled")
