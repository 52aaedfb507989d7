"""The page on security promises nothing that no test shows."""

from __future__ import annotations

import re
from pathlib import Path

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_that_the_page_names_exists(repository: Path) -> None:
    page = (repository / "docs" / "security.md").read_text(encoding="utf-8")
    named = NAMED.findall(page)
    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (repository / file).is_file()
        or f"\ndef {name}(" not in (repository / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_chapter_of_the_standard_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| V")]
    assert {int(found) for row in rows for found in re.findall(r"^\| V(\d+)", row)} == set(
        range(1, 18)
    )
    for row in rows:
        shown = NAMED.search(row) is not None
        assert shown or "*not yet*" in row or "not used" in row, row
