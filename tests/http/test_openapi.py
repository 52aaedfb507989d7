"""The OpenAPI document says what the server does: no more, no less, in both versions."""

from __future__ import annotations

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interurban.http.app import routes
from interurban.http.openapi import document
from interurban.http.openapi_30 import as_openapi_30

DRAFT = "https://json-schema.org/draft/2020-12/schema"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
OPERATIONS = [
    (path, method.upper())
    for path, methods in document("http://localhost", [])["paths"].items()
    for method in methods
]


@pytest.fixture(scope="module")
def api(server: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server}/api")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_as_described(api: schemathesis.BaseSchema, path: str, method: str) -> None:
    """Requests made up from the document, sound ones and others, meet no defect."""
    operation = api[path][method]

    @settings(
        max_examples=60,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )
    )
    def asked(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, timeout=60)

    asked()


def test_every_route_is_described() -> None:
    described = set(document("http://localhost", [])["paths"])
    served = {route.path.replace(":path}", "}") for route in routes()} - {"/{path}"}
    assert described == served


@pytest.mark.parametrize("name", ["3.1", "3.0"])
def test_every_schema_is_sound(name: str) -> None:
    described = document("http://localhost", ["london.schools"])
    if name == "3.0":
        described = as_openapi_30(described)
        text = str(described)
        assert "'const'" not in text
        assert "'null'" not in text
        assert described["openapi"] == "3.0.3"
        return
    for schema_ in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema_
        )


def test_every_reference_leads_somewhere() -> None:
    described = document("http://localhost", ["london.schools"])

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [ref for value in node.values() for ref in references(value)]
        if isinstance(node, list):
            return [ref for value in node for ref in references(value)]
        return []

    found = references(described)
    assert found
    for reference in found:
        _, *path = reference.split("/")
        target = described
        for step in path:
            target = target[step]


def test_the_api_in_words_names_every_path_and_problem(client) -> None:
    page = client.get("/api", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    for path, method in OPERATIONS:
        assert f"{method} {path}" in page.text
    problem = client.get("/collections/nothing.here").json()
    anchor = problem["type"].partition("#")[2]
    assert f'id="{anchor}"' in page.text
