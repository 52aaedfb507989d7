"""Files that commands write: each whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.cli.saving import save, whole_file
from interurban.core.errors import StoreError


def test_a_file_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"before")
    save(file, b"after")
    assert file.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_was_not_finished_leaves_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"before")

    def begin() -> None:
        with whole_file(file) as scratch:
            scratch.write_bytes(b"aft")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        begin()
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", ["nowhere/rows.csv", "file/rows.csv"])
def test_what_cant_be_written_is_said_in_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written") as refused:
        save(tmp_path / place, b"rows", "out")
    assert refused.value.part == "out"
