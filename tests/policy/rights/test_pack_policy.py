"""A pack says who may do what with a dataset, in the same words as an administrator."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.catalog.packs import load_packs
from interurban.core.errors import ConfigurationError

DATASET = """
id: london.own
title: Own
summary: A file of one's own.
theme: services
publisher: Somebody
licence: ogl-3
attribution: Somebody
frequency: once
mirror:
  type: files
  path: own.csv
  extra: {name: Name, opened: to_date(Opened)}
"""


def pack(folder: Path, policy: str) -> Path:
    (folder / "datasets").mkdir()
    (folder / "datasets/own.yaml").write_text(DATASET + policy)
    return folder


def test_a_dataset_of_which_nothing_is_said_is_open(tmp_path: Path) -> None:
    assert load_packs([pack(tmp_path, "")]).datasets["london.own"].policy.is_open


def test_the_policy_of_a_pack_is_read_on_the_clock_of_its_city(tmp_path: Path) -> None:
    said = "policy: {rules: [{permit: read, from: 2026-07-01, with: [{without: [name]}]}]}"
    (rule,) = load_packs([pack(tmp_path, said)]).datasets["london.own"].policy.rules
    assert rule.not_before is not None
    assert rule.not_before.isoformat() == "2026-07-01T00:00:00+01:00"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("policy: {rules: [{permit: reed}]}", "line 14, key policy.rules[0].permit"),
        ("policy:\n  licence: mine\n  rules: []", "line 15, key policy.licence"),
        (
            "policy: {rules: [{permit: read, with: [{without: [nam]}]}]}",
            'the dataset has no field "nam". Did you mean "name"?',
        ),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_key(
    tmp_path: Path, said: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_packs([pack(tmp_path, said)])
    assert expected in str(raised.value)
    assert "own.yaml" in str(raised.value)
