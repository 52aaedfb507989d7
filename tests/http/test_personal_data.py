"""What looks like personal data is told to administrators, masked, and signed off over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings
from interurban.policy.audit import opened

from .conftest import Serving
from .trust import As, readers

CLAIMS = "chicago.claims"
ONE = f"/api/personal-data/{CLAIMS}"
SIGNED = {"do": "sign-off", "reason": "Names of judges, published by law."}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("claims")
    file = folder / "claims.csv"
    with file.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["surname", "email", "amount", "ward"])
        rows.writerows(
            [("Hopper", "Lovelace")[n % 2], f"ada.x{n}@gmail.com", n * 3.5, n % 50]
            for n in range(60)
        )
    with Node(folder / "home") as node:
        load_file(node, look_at(node, file, CLAIMS))
    return folder / "home"


@pytest.fixture(scope="module")
def by(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
    with Node(home) as node, serve(node, settings) as address, readers(home, address) as found:
        yield found


def test_findings_are_for_administrators(by: As) -> None:
    for method, path in (("GET", "/api/personal-data"), ("GET", ONE), ("POST", ONE)):
        body = SIGNED if method == "POST" else None
        assert by(None).request(method, path, json=body).status_code == 401
        assert by("bob").request(method, path, json=body).status_code == 403


def test_findings_are_told_with_masked_examples(by: As) -> None:
    (listed,) = by("ada").get("/api/personal-data").json()["datasets"]
    assert (listed["dataset"], listed["state"]) == (CLAIMS, "blocked")
    assert set(listed["kinds"]) == {"name", "e-mail address"}
    found = by("ada").get(ONE)
    assert "gmail" not in found.text
    assert "Lovelace" not in found.text
    mail = next(each for each in found.json()["findings"] if each["kind"] == "e-mail address")
    assert (mail["fields"], mail["values"], mail["confidence"]) == (["email"], 60, "high")
    assert mail["waiting"]
    assert mail["examples"]


def test_a_sign_off_opens_and_its_withdrawal_closes(by: As, home: Path) -> None:
    ada, count = by("ada"), f"/collections/{CLAIMS}/count"
    assert by(None).get(count).status_code == 403
    assert ada.post(ONE, json=SIGNED | {"reason": "x"}).status_code == 400
    signed = ada.post(ONE, json=SIGNED).json()
    assert signed["state"] == "signed-off"
    assert (signed["sign_offs"][0]["who"], signed["sign_offs"][0]["reason"]) == (
        "ada",
        SIGNED["reason"],
    )
    assert by(None).get(count).json()["count"] == 60
    assert ada.post(ONE, json=SIGNED).status_code == 404, "nothing waits"
    taken = ada.post(ONE, json={"do": "withdraw"}).json()
    assert (taken["state"], taken["sign_offs"]) == ("blocked", [])
    assert by(None).get(count).status_code == 403
    assert ada.post(ONE, json={"do": "withdraw"}).status_code == 404
    assert ada.post(ONE, json={"do": "scan"}).json()["state"] == "blocked"
    with opened(home) as log:
        entries = log.entries(limit=2, kind="personal-data")
    assert [each.said["what"] for each in entries] == ["took a sign-off back", "signed off"]
    assert "judges" not in str([each.text for each in entries])


def test_wrong_requests_are_sentences(by: As) -> None:
    ada = by("ada")
    assert ada.get("/api/personal-data/london.schools").status_code == 404
    for body, part in (({"do": "open"}, "do"), ({}, "do"), ({"do": "scan", "to": 1}, "to")):
        answer = ada.post(ONE, json=body)
        assert (answer.status_code, answer.json()["part"]) == (400, part)
