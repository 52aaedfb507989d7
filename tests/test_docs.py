"""The documentation leads nowhere that is not there, and says nothing of where it was written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")


def pages(repository: Path) -> list[Path]:
    return [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]


def test_every_link_between_pages_leads_somewhere(repository: Path) -> None:
    broken = [
        f"{page.relative_to(repository)}: {target}"
        for page in pages(repository)
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:"))
        and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_page_is_in_the_index(repository: Path) -> None:
    docs = repository / "docs"
    listed = set(LINK.findall((docs / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} == listed


def test_every_setting_of_the_server_is_documented(repository: Path) -> None:
    from dataclasses import fields

    from interurban.http import Settings

    page = (repository / "docs" / "running.md").read_text(encoding="utf-8")
    for field in fields(Settings):
        assert f"INTERURBAN_{field.name.upper()}" in page


def test_no_file_names_a_place_of_one_machine(repository: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("needs a git checkout")
    machine = re.compile(rb"(?<![\w.])/(root|home/\w+|Users/\w+|work)/")
    named = [
        name
        for name in listed.stdout.decode().split("\0")
        if name.endswith((".md", ".py", ".ts", ".svelte", ".toml", ".yaml", ".json", "Makefile"))
        and (repository / name).is_file()
        and machine.search((repository / name).read_bytes())
    ]
    assert named == []
