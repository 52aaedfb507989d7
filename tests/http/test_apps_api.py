"""Apps in cities over HTTP: the same answer as the command gives, and its list as a table."""

from __future__ import annotations

import csv
import io
import json

import httpx

from interurban.catalog.node import Node
from interurban.workspace.catalogue import Catalogue
from interurban.workspace.replication import replicate
from interurban.workspace.replication_document import replication_document

APP = "/api/apps/projections/replicate"


def test_apps_name_their_models(modelling: httpx.Client) -> None:
    apps = modelling.get("/api/apps").json()["apps"]
    named = [("projections", "Projections"), ("schools", "Schools")]
    assert [(app["id"], app["title"]) for app in apps] == named
    models = [model["id"] for model in modelling.get("/api/models").json()["models"]]
    assert sorted(model["id"] for app in apps for model in app["models"]) == sorted(models)


def test_the_answer_is_the_one_of_the_command(modelling: httpx.Client, bristol: Node) -> None:
    found = replicate(bristol, Catalogue.discover("interurban.apps"), "projections", "chicago")
    document = replication_document(found, bristol.city("chicago"))
    answer = modelling.get(APP, params={"city": "chicago"})
    assert answer.json() == json.loads(json.dumps(document))
    assert answer.headers["cache-control"] == "no-store"
    assert document["headline"].startswith("Projections in Chicago: ")


def test_a_model_that_runs_lacks_nothing(modelling: httpx.Client) -> None:
    asked = {"city": "bristol", "model": "cohort_component"}
    found = modelling.get(APP, params=asked).json()
    assert found["headline"] == "Projections in Bristol: runs: 100 %."
    assert found["missing"] == []
    (model,) = found["models"]
    assert [area["area_id"] for area in model["areas"]] == ["E06000023"]


def test_the_list_can_be_passed_on_as_a_table(modelling: httpx.Client) -> None:
    document = modelling.get(APP, params={"city": "chicago"}).json()
    answer = modelling.get(APP, params={"city": "chicago", "f": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].endswith('"projections-chicago-missing.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = [
        (table["standard"], field["name"])
        for table in document["missing"]
        for field in table["fields"]
    ]
    assert [(row["standard"], row["field"]) for row in rows] == told
    (sex,) = (row for row in rows if (row["rows"], row["field"]) == ("component=deaths", "sex"))
    assert sex["codes"] == "F M"
    assert "cohort_component" in sex["models"].split()
    assert sex["situation"] == "Chicago has no dataset of it."


def test_what_is_not_known_is_named(modelling: httpx.Client) -> None:
    asked: tuple[tuple[str, dict[str, str], int, str], ...] = (
        (APP.replace("projections", "projection"), {"city": "chicago"}, 404, "projections"),
        (APP, {"city": "chicgo"}, 404, "chicago"),
        (APP, {"city": "chicago", "model": "cohort_componant"}, 404, "cohort_component"),
        (APP, {}, 404, ""),
        (APP, {"city": "chicago", "town": "x"}, 400, ""),
        (APP, {"city": "chicago", "f": "xlsx"}, 400, ""),
    )
    for path, params, status, advice in asked:
        answer = modelling.get(path, params=params)
        assert answer.status_code == status, answer.text
        assert advice in answer.json().get("advice", "")
