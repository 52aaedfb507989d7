"""The page on security promises nothing that no test shows, and leaves no requirement out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LAST = {
    "V1.1": 2, "V1.2": 9, "V1.3": 11, "V1.4": 3, "V1.5": 2,
    "V2.1": 3, "V2.2": 3, "V2.3": 4, "V2.4": 1,
    "V3.2": 2, "V3.3": 4, "V3.4": 6, "V3.5": 5, "V3.7": 2,
    "V4.1": 3, "V4.2": 1, "V4.3": 2, "V4.4": 4,
    "V5.1": 1, "V5.2": 3, "V5.3": 2, "V5.4": 3,
    "V6.1": 3, "V6.2": 11, "V6.3": 3, "V6.4": 4, "V6.5": 5, "V6.6": 3, "V6.8": 4,
    "V7.1": 3, "V7.2": 4, "V7.3": 2, "V7.4": 5, "V7.5": 2, "V7.6": 2,
    "V8.1": 2, "V8.2": 3, "V8.3": 1, "V8.4": 1,
    "V9.1": 3, "V9.2": 4,
    "V10.1": 2, "V10.2": 2, "V10.3": 4, "V10.4": 11, "V10.5": 5, "V10.6": 2, "V10.7": 3,
    "V11.1": 2, "V11.2": 3, "V11.3": 3, "V11.4": 4, "V11.5": 1, "V11.6": 1,
    "V12.1": 3, "V12.2": 2, "V12.3": 4,
    "V13.1": 1, "V13.2": 5, "V13.3": 2, "V13.4": 5,
    "V14.1": 2, "V14.2": 4, "V14.3": 3,
    "V15.1": 3, "V15.2": 3, "V15.3": 7,
    "V16.1": 1, "V16.2": 5, "V16.3": 4, "V16.4": 3, "V16.5": 3,
    "V17.1": 1, "V17.2": 4, "V17.3": 2,
}  # fmt: skip
"""Of each section of ASVS 5.0.0 the last requirement of level 1 or 2; those of level 3 follow."""


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "security.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| V")]


def test_every_test_that_the_page_names_exists(repository: Path, page: str) -> None:
    named = NAMED.findall(page)
    assert len(named) > 100
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (repository / file).is_file()
        or f"\ndef {name}(" not in (repository / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_requirement_stands_on_the_page_once(rows: list[str]) -> None:
    found = [
        number for row in rows for number in re.findall(r"V\d+\.\d+\.\d+", row.split(" | ")[0])
    ]
    wanted = [f"{section}.{n}" for section, last in LAST.items() for n in range(1, last + 1)]
    assert sorted(found) == sorted(wanted)


def test_every_line_is_shown_or_says_that_it_is_not_met(rows: list[str]) -> None:
    for row in rows:
        assert row.count(" | ") >= 3 or row.endswith("| |"), row
        assert NAMED.search(row) or "*not met*" in row or "not used" in row, row
