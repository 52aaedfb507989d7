"""`interurban backup` and `restore` say what they did, and what to do when they could not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.usefixtures("at_home")
def test_a_backup_is_made_checked_and_restored(interurban: Run, tmp_path: Path) -> None:
    archive = tmp_path / "node.tar"
    made = interurban("backup", str(archive))
    assert made.code == 0
    assert "The node's keys are in it" in made.out
    told = json.loads(interurban("backup", "check", str(archive), "--json").out)
    assert told["audit"]["root"] in made.out
    assert f"{told['files']:,} files" in interurban("backup", "check", str(archive)).out
    restored = interurban("restore", str(archive), "--home", str(tmp_path / "home"))
    assert restored.code == 0
    assert "3 datasets are those of the catalogue" in restored.out
    assert "up to the recorded head" in restored.out
    log = interurban("audit", "log", "--kind", "backup", "--home", str(tmp_path / "home"))
    assert "restored a backup" in log.out


@pytest.mark.usefixtures("at_home")
def test_without_keys_it_says_what_that_means(interurban: Run, tmp_path: Path) -> None:
    made = interurban("backup", "--without-keys", str(tmp_path / "node.tar"))
    assert "partners must pair anew" in made.out
    restored = interurban("restore", str(tmp_path / "node.tar"), "--home", str(tmp_path / "home"))
    assert "this is another node now" in restored.out


def test_mistakes_are_one_sentence_and_a_hint(interurban: Run, tmp_path: Path) -> None:
    (tmp_path / "other.tar").write_bytes(b"no backup" * 200)
    for arguments, said in (
        (("backup", str(tmp_path / "x.tar"), "--home", str(tmp_path / "no")), "no data folder"),
        (("backup", "check", str(tmp_path / "x.tar")), "There is no file"),
        (("backup", "check", str(tmp_path / "other.tar")), "damaged or altered"),
        (("restore", str(tmp_path / "other.tar"), "--home", str(tmp_path)), "something in"),
    ):
        done = interurban(*arguments)
        assert done.code == 1
        assert said in done.err
        assert "Traceback" not in done.err
