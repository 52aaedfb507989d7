"""A file of one's own with personal data stays closed until somebody signs it off with a reason."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from interurban.core.errors import BadRequest, NotFound
from interurban.policy.audit import opened, verify
from interurban.policy.personal_data import (
    Finding,
    Report,
    blocked,
    keep_report,
    read_report,
    reports,
    sign_off,
)

DATASET = "chicago.claims"
NAMES = Finding(("surname",), "name", 90, 100, "high", ("L•••",), "the field's name says so")
MAIL = replace(NAMES, fields=("mail",), kind="e-mail address")
PHONES = replace(NAMES, fields=("phone",), kind="phone number", confidence="low")
REASON = "Published by law in the register of claims."


def report(*findings: Finding, version: int = 3, own: bool = True, failed: str = "") -> Report:
    at = "2026-01-02T03:04:05+00:00"
    return Report(DATASET, version, 100, 100, own, at, findings, failed=failed)


def test_a_finding_of_high_confidence_closes_a_file_of_ones_own(tmp_path: Path) -> None:
    assert blocked(tmp_path, DATASET) is None
    keep_report(tmp_path, report(NAMES, PHONES))
    closed = blocked(tmp_path, DATASET, 3)
    assert closed is not None
    assert closed.findings == (NAMES,)
    assert "name" in closed.reason
    assert "sign-off chicago.claims" in closed.advice


def test_what_a_city_has_published_itself_is_only_warned_of(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES, own=False))
    assert blocked(tmp_path, DATASET, 3) is None
    known = read_report(tmp_path, DATASET)
    assert known is not None
    assert known.warnings == (NAMES,)


def test_low_confidence_closes_and_warns_of_nothing(tmp_path: Path) -> None:
    kept = keep_report(tmp_path, report(PHONES))
    assert blocked(tmp_path, DATASET, 3) is None
    assert kept.warnings == ()


def test_a_sign_off_needs_a_reason_and_opens(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    with pytest.raises(BadRequest, match="needs its reason"):
        sign_off(tmp_path, DATASET, "  ok  ", "local:ada")
    assert blocked(tmp_path, DATASET) is not None
    sign_off(tmp_path, DATASET, REASON, "local:ada")
    assert blocked(tmp_path, DATASET, 3) is None
    with pytest.raises(NotFound, match="is waiting to be signed off"):
        sign_off(tmp_path, DATASET, REASON, "local:ada")
    with pytest.raises(NotFound, match="was not looked at"):
        sign_off(tmp_path, "chicago.other", REASON, "local:ada")


def test_a_sign_off_holds_for_the_next_version_but_not_for_something_new(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    sign_off(tmp_path, DATASET, REASON, "local:ada")
    keep_report(tmp_path, report(NAMES, version=4))
    assert blocked(tmp_path, DATASET, 4) is None
    keep_report(tmp_path, report(NAMES, MAIL, version=5))
    closed = blocked(tmp_path, DATASET, 5)
    assert closed is not None
    assert closed.findings == (MAIL,)


def test_a_version_that_was_not_or_could_not_be_looked_at_is_closed(tmp_path: Path) -> None:
    keep_report(tmp_path, report())
    assert blocked(tmp_path, DATASET, 3) is None
    closed = blocked(tmp_path, DATASET, 4)
    assert closed is not None
    assert "not been looked at" in closed.reason
    keep_report(tmp_path, report(version=4, failed="IOException"))
    closed = blocked(tmp_path, DATASET, 4)
    assert closed is not None
    assert "could not be looked at" in closed.reason


def test_a_damaged_report_closes(tmp_path: Path) -> None:
    keep_report(tmp_path, report())
    (tmp_path / "personal-data" / f"{DATASET}.json").write_text("{")
    assert blocked(tmp_path, DATASET) is not None
    keep_report(tmp_path, report())
    assert blocked(tmp_path, DATASET) is None


def test_a_change_by_another_process_is_seen_at_once(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    assert blocked(tmp_path, DATASET) is not None
    file = tmp_path / "personal-data" / f"{DATASET}.json"
    aside = file.with_suffix(".other")
    aside.write_text(file.read_text().replace('"high"', '"medium"'))
    aside.replace(file)
    assert blocked(tmp_path, DATASET) is None


def test_asking_costs_next_to_nothing(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    blocked(tmp_path, DATASET)
    each = []
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(50):
            blocked(tmp_path, DATASET)
        each.append((time.perf_counter() - started) / 50)
    assert min(each) < 0.000_2


def test_findings_and_sign_offs_are_in_the_audit_log_without_their_words(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    keep_report(tmp_path, report(NAMES, version=4))
    sign_off(tmp_path, DATASET, REASON, "local:ada")
    with opened(tmp_path) as log:
        told = [entry.said for entry in log.entries(limit=9)]
        texts = "".join(entry.text for entry in log.entries(limit=9))
    assert [entry["what"] for entry in told] == ["signed off", "found what looks like it"]
    assert "local" not in texts  # "ada" may stand in a hash by chance
    assert "register" not in texts
    assert verify(tmp_path).ok


def test_reports_are_for_the_owner_of_the_folder_and_listed_in_order(tmp_path: Path) -> None:
    keep_report(tmp_path, report(NAMES))
    keep_report(tmp_path, replace(report(MAIL), dataset="chicago.a"))
    assert [each.dataset for each in reports(tmp_path)] == ["chicago.a", DATASET]
    assert stat.S_IMODE((tmp_path / "personal-data").stat().st_mode) == 0o700
    assert [path.suffix for path in (tmp_path / "personal-data").iterdir()] == [".json"] * 2
