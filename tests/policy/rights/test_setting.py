"""What is given to be set is read, checked against the dataset and its city, and kept whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.node import Node
from interurban.catalog.policies import check_text, in_force, set_policy
from interurban.core.errors import InterurbanError, NotFound, UnknownDataset
from interurban.policy.audit import opened
from interurban.policy.rights.policy_files import versions
from interurban.policy.rights.writing import to_yaml

TREES = "london.trees"
TERMS = "@prefix o: <http://www.w3.org/ns/odrl/2/> . <urn:p> a o:Set ; o:permission <urn:p#x> . "


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "rules: [{permit: reed}]", "a.yaml, line 1, key rules[0].permit"),
        ("a.yaml", "rules: [{permit: read, with: [{without: [nam]}]}]", 'no field "nam"'),
        ("a.yaml", "licence: ogl\nrules: []", '"ogl" is not one of'),
        ("a.json", '{"rules": [{"permit": "reed"}]}', "a.json, line 1"),
        ("a.yaml", "rules: [{id: a, permit: read}, {id: b, forbid: read}]", "never applies"),
        ("a.jsonld", "{", "not JSON"),
        ("a.ttl", "<a>", "not Turtle"),
        ("a.ttl", TERMS + "<urn:p#x> o:action o:sell .", "the action odrl:sell"),
        ("a.ttl", TERMS + "<urn:p> o:prohibition <urn:p#y> .", "makes the policy void"),
        ("a.ttl", TERMS + "<urn:p> o:inheritFrom <urn:p> .", "leads back to itself"),
    ],
)
def test_a_mistake_is_a_sentence_and_nothing_is_kept(
    node: Node, name: str, text: str, said: str
) -> None:
    with pytest.raises(InterurbanError) as raised:
        set_policy(node, "london.boroughs", text, name)
    assert said in str(raised.value)
    assert versions(node.home.root, "london.boroughs") == ()
    with opened(node.home.root) as log:
        assert log.entries(limit=1, kind="policy")[0].said["what"] == "rules refused"


def test_a_policy_of_another_city_or_of_nothing_is_not_found(node: Node) -> None:
    with pytest.raises(UnknownDataset):
        check_text(node, "london.tree", "rules: []", "a.yaml")
    with pytest.raises(NotFound, match="no version 7"):
        in_force(node, TREES, version=7)


def test_what_was_set_comes_before_the_pack_on_the_clock_of_the_city(node: Node) -> None:
    assert in_force(node, TREES).origin == "nothing"
    set_policy(node, TREES, "rules: [{permit: read, from: 2026-07-01}]", "a.yaml")
    found = in_force(node, TREES)
    assert (found.origin, found.policy.version) == ("set", 1)
    assert found.policy.rules[0].not_before is not None
    assert found.policy.rules[0].not_before.isoformat() == "2026-07-01T00:00:00+01:00"
    assert node.decide(TREES, "read").rule == "rule-1"
    assert not node.decide(TREES, "export").permitted


def test_odrl_is_kept_as_rules(node: Node) -> None:
    checked = set_policy(node, TREES, TERMS + "<urn:p#x> o:action o:read .", "terms.ttl")
    assert [rule.id for rule in checked.policy.rules] == ["x"]
    kept = versions(node.home.root, TREES)[0]
    assert kept.file.read_text() == to_yaml(checked.policy)


def test_what_is_worth_a_second_look_is_told_and_kept(node: Node) -> None:
    text = "rules: [{id: a, permit: use}, {id: b, forbid: export, to: [group:press]}]"
    checked = set_policy(node, TREES, text, "a.yaml")
    assert [each.severity for each in checked.findings] == ["warning"]
    assert checked.can_be_set


def test_a_policy_file_is_read_from_a_path_with_folders(node: Node, tmp_path: Path) -> None:
    name = str(tmp_path / "terms.json")
    assert check_text(node, TREES, '{"rules": []}', name).policy.rules == ()
