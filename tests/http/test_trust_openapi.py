"""What administrators do about trust is as the document says, for requests that are let in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings
from interurban.http.openapi_disclosure import DISCLOSURE_OPERATIONS
from interurban.http.openapi_personal_data import PERSONAL_DATA_OPERATIONS
from interurban.http.openapi_policies import POLICY_OPERATIONS
from interurban.http.openapi_privacy import PRIVACY_OPERATIONS

from .conftest import Serving
from .test_openapi import CHECKS
from .trust import readers

VISITS = "chicago.visits"
OPERATIONS = [
    (each.path, each.method.upper())
    for each in (
        *POLICY_OPERATIONS,
        *PERSONAL_DATA_OPERATIONS,
        *PRIVACY_OPERATIONS,
        *DISCLOSURE_OPERATIONS,
    )
]


@dataclass(frozen=True)
class Office:
    """The document of a node, and the header that an administrator sends."""

    api: schemathesis.BaseSchema
    headers: dict[str, str]


@pytest.fixture(scope="module")
def office(serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with (folder / "visits.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["rider", "kind", "cost"])
        rows.writerows((f"R{n % 50}", "bus" if n % 4 else "tram", n % 90) for n in range(200))
    app_root = tmp_path_factory.mktemp("no-app")
    with Node(folder / "home") as node:
        load_file(node, look_at(node, folder / "visits.csv", VISITS))
        with serve(node, Settings(web_root=app_root)) as url, readers(folder / "home", url) as by:
            ada = by("ada")
            ada.post(f"/api/privacy/{VISITS}/grant", json={"reader": "ada", "rho": 1000})
            yield Office(
                schemathesis.openapi.from_url(f"{url}/api"),
                {"Authorization": ada.headers["Authorization"]},
            )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_administrator_is_answered_as_described(office: Office, path: str, method: str) -> None:
    operation = office.api[path][method]
    seen: set[int] = set()

    @settings(
        max_examples=12,
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
        answer = case.call_and_validate(checks=CHECKS, headers=office.headers, timeout=60)
        seen.add(answer.status_code)

    asked()
    assert seen - {401}, "it was let in"
