"""Policies over HTTP: terms are public, names in them are not, administrators change them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.node import Node
from interurban.http import Settings
from interurban.policy.audit import opened

from .conftest import Serving
from .trust import As, readers

TREES = "london.trees"
ONE = f"/api/policies/{TREES}"
YAML = {"Content-Type": "application/yaml"}

POLICY = """
licence: ogl-3
rules:
  - id: joint
    permit: use
    to: [organisation:acme]
    for: [dpv:ResearchAndDevelopment]
    because: Acme counts the trees.
    duties: [{attribute: Greater London Authority}]
    with:
      - only_rows: "name = 'Secret oak'"
      - coarse_place: {to: 200 m}
  - id: ours
    permit: use
    to: [account:ann, signed-in]
    for: [dpv:AcademicResearch]
    until: 2130-01-01T00:00:00Z
  - id: public
    permit: aggregate
    with: [{without: [name]}]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policies") / "home"


@pytest.fixture(scope="module")
def by(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
    with Node(home) as node, serve(node, settings) as address, readers(home, address) as found:
        yield found


@pytest.fixture(scope="module")
def policy(by: As) -> None:
    answer = by("ada").put(ONE, content=POLICY, headers=YAML)
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] >= 1
    assert answer.json()["origin"] == "set"


def test_everybody_sees_what_they_may_have_of_each_dataset(by: As, policy: None) -> None:
    found = {each["dataset"]: each for each in by(None).get("/api/policies").json()["policies"]}
    assert found["london.schools"]["origin"] == "nothing"
    assert found["london.schools"]["access"]["kind"] == "open"
    trees = found[TREES]
    assert (trees["origin"], trees["rules"]) == ("set", 3)
    assert trees["access"]["kind"] == "statistics"
    assert trees["access"]["conditions"] == ["Left out: name."]
    research = {"Interurban-Purpose": "dpv:AcademicResearch"}
    mine = by("bob").get("/api/policies", headers=research).json()["policies"]
    assert next(e for e in mine if e["dataset"] == TREES)["access"]["kind"] == "open"


def test_terms_are_public_and_names_in_them_are_not(by: As, policy: None) -> None:
    for name, told in ((None, False), ("bob", False), ("ann", True), ("ada", True)):
        document = by(name).get(ONE).json()
        joint, ours, public = document["terms"]
        assert public["words"] == "Lets anyone ask for counts and statistics."
        assert joint["purposes"][0]["id"] == "dpv:ResearchAndDevelopment"
        assert joint["duties"] == [{"action": "attribute", "words": "Greater London Authority"}]
        assert ("organisation acme" in joint["words"]) is told
        assert (joint["because"] == "Acme counts the trees.") is told
        assert joint["to"] == (["organisation:acme"] if told else [])
        assert ("account:ann" in ours["to"]) is told
        if name != "ada":
            assert "Secret oak" not in str(document)
            assert document["yaml"] is None
            assert document["versions"] == []
            assert by(name).get(ONE, params={"f": "jsonld"}).status_code == 403
    assert (
        by(None)
        .get(ONE)
        .json()["terms"][0]["words"]
        .startswith("Lets people of certain organisations use it for research and development")
    )
    whole = by("ada").get(ONE).json()
    assert "Secret oak" in whole["yaml"]
    assert whole["versions"][0]["version"] == whole["version"]
    odrl = by("ada").get(ONE, params={"f": "jsonld"})
    assert odrl.headers["content-type"] == "application/ld+json"
    assert odrl.json()["uid"] == f"urn:interurban:policy:{TREES}:{whole['version']}"


def test_a_policy_that_names_nobody_is_public_to_the_letter(by: As) -> None:
    document = by(None).get("/api/policies/london.schools").json()
    assert "permit" in document["yaml"]
    odrl = by(None).get("/api/policies/london.schools", headers={"Accept": "application/ld+json"})
    assert odrl.json()["permission"][0]["action"] == ["use"]


def test_reasons_name_nobody_but_the_reader(by: As, policy: None) -> None:
    for address in (f"{ONE}/explain?action=export", "/api/policies", "/api/datasets"):
        assert "acme" not in by("bob").get(address).text
    mine = by("ann").get(f"{ONE}/explain?action=export").json()
    assert not mine["permitted"]
    assert mine["reason"].endswith("but you state no purpose.")
    assert "people of the organisation acme" in mine["reason"]


def test_a_decision_is_explained_with_its_rule(by: As, policy: None) -> None:
    one = by(None).get(f"{ONE}/explain", params={"action": "aggregate"}).json()
    assert one["permitted"]
    assert one["rule"] == {"id": "public", "words": "Lets anyone ask for counts and statistics."}
    assert one["conditions"] == ["without name"]
    ada = by("ada")
    about_ann = {"to": "account:ann", "purpose": "dpv:CommercialResearch", "action": "export"}
    told = ada.get(f"{ONE}/explain", params=about_ann).json()
    assert (told["permitted"], told["rule"]["id"]) == (True, "joint")
    assert "Secret oak" in told["conditions"][0]
    somebody = {"to": ["organisation:acme", "group:press"], "purpose": "dpv:AcademicResearch"}
    assert ada.get(f"{ONE}/explain", params=somebody).json()["rule"]["id"] == "ours"
    signed_in = {"to": "signed-in", "purpose": "dpv:AcademicResearch"}
    for at, permitted in (("2129-12-31T23:59:59Z", True), ("2130-01-01T00:00:00Z", False)):
        then = ada.get(f"{ONE}/explain", params=signed_in | {"at": at}).json()
        assert (then["permitted"], then["at"]) == (permitted, at)
    partner = ada.get(f"{ONE}/explain", params={"to": "peer:london", "action": "read"}).json()
    assert not partner["permitted"]


def test_what_may_be_asked_about_others_is_for_administrators(by: As, policy: None) -> None:
    about = {"to": "account:ann"}
    assert by(None).get(f"{ONE}/explain", params=about).status_code == 401
    assert by("bob").get(f"{ONE}/explain", params=about).status_code == 403
    assert by("ada").get(f"{ONE}/explain", params={"to": "account:eve"}).status_code == 404
    for wrong in ({"to": "eve"}, {"action": "steal"}, {"at": "2026-01-01"}, {"who": "me"}):
        answer = by("ada").get(f"{ONE}/explain", params=wrong)
        assert answer.status_code == 400
        assert answer.json()["part"] == next(iter(wrong))


@pytest.mark.parametrize(("method", "path"), [("PUT", ONE), ("POST", f"{ONE}/check")])
def test_policies_are_changed_by_administrators(by: As, method: str, path: str) -> None:
    for name, status in ((None, 401), ("bob", 403)):
        answer = by(name).request(method, path, content=POLICY, headers=YAML)
        assert answer.status_code == status
    version = {"version": "1"}
    assert by("bob").get(ONE, params=version).status_code == 403


def test_findings_are_told_before_and_at_a_refusal(by: As, policy: None, home: Path) -> None:
    ada = by("ada")
    wrong = "rules:\n- {id: a, permit: read}\n- {id: b, forbid: read}\n"
    checked = ada.post(f"{ONE}/check", content=wrong, headers=YAML).json()
    assert not checked["can_be_set"]
    assert checked["findings"][0]["severity"] == "error"
    assert checked["findings"][0]["where"] == 'rule "a" and rule "b"'
    before = ada.get(ONE).json()["version"]
    refused = ada.put(ONE, content=wrong, headers=YAML)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["findings"] == checked["findings"]
    unread = ada.post(f"{ONE}/check", content="rules:\n- permit: reed\n", headers=YAML).json()
    assert unread["findings"][0]["line"] == 2
    assert unread["findings"][0]["advice"] == 'Did you mean "read"?'
    unknown = ada.post(
        f"{ONE}/check", content="rules:\n- {permit: read, to: 'account:eve'}\n", headers=YAML
    ).json()
    assert unknown["can_be_set"]
    assert unknown["findings"][0]["severity"] == "warning"
    in_force = ada.post(f"{ONE}/check").json()
    assert in_force["can_be_set"]
    (warned,) = in_force["findings"]
    assert "leaves address and postal_code" in warned["what"]
    assert ada.get(ONE).json()["version"] == before
    with opened(home) as log:
        kinds = [each.said["what"] for each in log.entries(limit=50, kind="policy")]
    assert "rules refused" in kinds
    assert "rules set" in kinds


def test_odrl_is_taken_as_it_is_given(by: As, policy: None) -> None:
    ada = by("ada")
    odrl = ada.get(ONE, params={"f": "jsonld"}).content
    before = ada.get(ONE).json()
    answer = ada.put(ONE, content=odrl, headers={"Content-Type": "application/ld+json"})
    assert answer.status_code == 200, answer.text
    after = ada.get(ONE).json()
    assert after["version"] == before["version"] + 1
    assert after["terms"] == before["terms"]
    older = ada.get(ONE, params={"version": before["version"]}).json()
    assert older["version"] == before["version"]


def test_the_reasons_of_the_law_are_told(by: As) -> None:
    told = by(None).get("/api/legal-bases").json()["legal_bases"]
    assert {"term": "dpv:PublicInterest", "words": "a task in the public interest"} in told


def test_only_texts_of_a_policy_are_read(by: As) -> None:
    ada = by("ada")
    assert ada.put(ONE, content="a", headers={"Content-Type": "text/html"}).status_code == 415
    assert ada.put(ONE).status_code == 400
    assert ada.put(ONE, content=b"\xff", headers=YAML).status_code == 400
    assert ada.put(ONE, content="#" * 300_000, headers=YAML).status_code == 413
    deep = ada.put(ONE, content="rules: " + "[" * 200_000, headers=YAML)
    assert deep.status_code == 422
    assert ada.put("/api/policies/london.tree", content="a", headers=YAML).status_code == 404
