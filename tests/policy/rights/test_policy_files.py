"""Policies that administrators set: whole, versioned, seen soon, and never passed over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interurban.core.errors import ConfigurationError, NotFound
from interurban.policy.rights import policy_files
from interurban.policy.rights.policy_files import (
    read_policy,
    read_version,
    save_policy,
    versions,
)
from interurban.policy.rights.rules import Known

OPEN = "rules: [{id: all, permit: use}]"
CLOSED = "rules: []"
KNOWN = Known()


def test_nothing_is_said_where_nobody_set_a_policy(tmp_path: Path) -> None:
    assert read_policy(tmp_path, "chicago.crimes") is None
    assert versions(tmp_path, "chicago.crimes") == ()


def test_the_newest_version_is_in_force_and_all_are_kept(tmp_path: Path) -> None:
    for text in (OPEN, CLOSED, OPEN):
        save_policy(tmp_path, "chicago.crimes", text, KNOWN)
    policy = read_policy(tmp_path, "chicago.crimes")
    assert policy is not None
    assert (policy.version, policy.rules[0].id) == (3, "all")
    assert [kept.version for kept in versions(tmp_path, "chicago.crimes")] == [3, 2, 1]
    assert read_version(tmp_path, "chicago.crimes", 2, KNOWN).rules == ()
    with pytest.raises(NotFound):
        read_version(tmp_path, "chicago.crimes", 9, KNOWN)
    assert read_policy(tmp_path, "chicago.licences") is None


def test_the_same_object_is_given_until_a_change(tmp_path: Path) -> None:
    save_policy(tmp_path, "chicago.crimes", OPEN, KNOWN)
    assert read_policy(tmp_path, "chicago.crimes") is read_policy(tmp_path, "chicago.crimes")


def test_what_another_process_sets_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_policy(tmp_path, "chicago.crimes", OPEN, KNOWN)
    assert read_policy(tmp_path, "chicago.crimes") is not None
    (tmp_path / "policies/chicago.crimes/2.yaml").write_text(CLOSED)
    monkeypatch.setattr(policy_files, "_LOOK_AGAIN_S", 0.0)
    policy = read_policy(tmp_path, "chicago.crimes")
    assert policy is not None
    assert policy.rules == ()


def test_a_broken_newest_version_is_an_error_and_not_an_open_door(tmp_path: Path) -> None:
    save_policy(tmp_path, "chicago.crimes", OPEN, KNOWN)
    (tmp_path / "policies/chicago.crimes/2.yaml").write_text("rules: [{permit: reed}]")
    policy_files._watched.cache_clear()
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"policies/chicago\.crimes/2\.yaml, line 1"):
            read_policy(tmp_path, "chicago.crimes")


def test_a_wrong_policy_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        save_policy(tmp_path, "chicago.crimes", "rules: [{}]", KNOWN)
    assert versions(tmp_path, "chicago.crimes") == ()


@pytest.mark.parametrize("name", ["../etc", "chicago", "chicago/crimes", "a.b.c", "", "A.B"])
def test_a_name_that_is_no_dataset_reaches_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        read_policy(tmp_path, name)


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        saved = list(
            threads.map(lambda _: save_policy(tmp_path, "a.b", OPEN, KNOWN).version, range(12))
        )
    assert sorted(saved) == list(range(1, 13))
    assert [file.name for file in (tmp_path / "policies/a.b").glob(".*.new")] == []
