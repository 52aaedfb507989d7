"""People on the command line: made, changed and kept out, and no password is ever seen."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interurban.accounts import Accounts

from .conftest import Done, Run

GOOD = "correct-gondola-lattice-7-plum"
OTHER = "velvet-harbour-ninety-quilt"


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without people, its tables made."""
    home = tmp_path_factory.mktemp("nobody") / "home"
    Accounts(home).close()
    return home


@pytest.fixture
def at(interurban: Run, nobody: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a home of its own; a password is piped in."""
    shutil.copytree(nobody, tmp_path / "home")

    def run(*arguments: str, password: str = GOOD) -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return interurban(*arguments, "--home", str(tmp_path / "home"))

    return run


def add(at: Run, name: str, *more: str) -> Done:
    return at("users", "add", name, "--name", name.title(), "--e-mail", f"{name}@a.example", *more)


def test_the_first_administrator_is_made_on_the_machine(at: Run) -> None:
    assert json.loads(at("users", "list", "--json").out) == []
    done = add(at, "ada", "--administrator")
    assert done.code == 0, done.err
    found = json.loads(at("users", "list", "--json").out)
    assert [(u["id"], u["administrator"], u["has_password"]) for u in found] == [
        ("ada", True, True)
    ]
    assert GOOD not in done.out + done.err
    assert "argon2" not in json.dumps(found)


def test_people_have_organisations_groups_and_purposes(at: Run) -> None:
    assert at("organisations", "add", "tfl", "--name", "Transport for London").code == 0
    assert at("groups", "add", "planners", "--name", "Planners").code == 0
    options = ("--organisation", "tfl", "--group", "planners", "--purpose", "dpv:PublicBenefit")
    made = json.loads(add(at, "alan", *options, "--json").out)[0]
    assert (made["organisation"], made["groups"]) == ("tfl", ["planners"])
    assert json.loads(at("groups", "list", "--json").out)[0]["members"] == 1
    changed = at("users", "change", "alan", "--group", "", "--administrator", "--json")
    assert json.loads(changed.out)[0]["groups"] == []
    assert "Transport for London" in at("organisations", "list").out
    assert "administrator" in at("users", "list").out


@pytest.mark.parametrize(
    ("password", "said"),
    [("short", "12 to 256"), ("", "No password was given"), ("qwertyuiop12", "easily guessed")],
)
def test_a_password_that_can_not_be_makes_no_account(at: Run, password: str, said: str) -> None:
    arguments = ("users", "add", "ada", "--name", "Ada", "--e-mail", "a@a.example")
    done = at(*arguments, password=password)
    assert done.code == 1
    assert said in done.err
    assert not password or password not in done.err
    assert json.loads(at("users", "list", "--json").out) == []


def test_no_option_takes_a_password(at: Run) -> None:
    for command in ("add", "passwd"):
        shown = at("users", command, "--help").out
        assert "--password" not in shown


def test_who_is_disabled_is_out_and_the_last_administrator_stays(at: Run) -> None:
    add(at, "ada", "--administrator")
    add(at, "grace")
    refused = at("users", "disable", "ada")
    assert refused.code == 1
    assert "Nobody would be left" in refused.err
    assert at("users", "disable", "grace").code == 0
    assert "disabled" in at("users", "list").out
    assert at("users", "enable", "grace").code == 0
    assert "disabled" not in at("users", "list").out


def test_another_password_is_another_password(at: Run, tmp_path: Path) -> None:
    add(at, "ada")
    assert at("users", "passwd", "ada", password=OTHER).code == 0
    with Accounts(tmp_path / "home") as people:
        assert people.sign_in("ada", OTHER, "192.0.2.1").id == "ada"


def test_a_token_is_shown_once(at: Run) -> None:
    add(at, "ada", "--administrator")
    made = at("tokens", "add", "ada", "--name", "prometheus", "--scope", "admin", "--days", "30")
    assert made.code == 0, made.err
    secret = made.out.split()[0]
    assert secret.startswith("iu_")
    listed = at("tokens", "list", "ada", "--json")
    assert secret not in listed.out
    token = json.loads(listed.out)[0]
    assert (token["name"], token["scopes"]) == ("prometheus", ["admin"])
    assert at("tokens", "revoke", token["id"]).code == 0
    assert json.loads(at("tokens", "list", "--json").out) == []
    assert at("tokens", "revoke", token["id"]).code == 1


def test_what_is_administered_stands_in_the_audit_log(at: Run) -> None:
    add(at, "ada", "--administrator")
    at("tokens", "add", "ada", "--name", "x", "--scope", "read")
    entries = json.loads(at("audit", "log", "--kind", "account", "--json").out)
    assert [entry["what"] for entry in entries] == ["made a token", "made an account"]
    assert GOOD not in json.dumps(entries)


def test_a_mistyped_id_is_answered_with_the_nearest(at: Run) -> None:
    add(at, "ada")
    done = at("users", "disable", "adda")
    assert done.code == 1
    assert "ada" in done.err


def test_in_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable, "-m", "interurban", "users", "add", "ada", "--name", "Ada",
        "--e-mail", "ada@a.example", "--administrator", "--home", str(tmp_path / "home"),
    ]  # fmt: skip
    started = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(theirs)
    seen, asked, end = "", 0, time.monotonic() + 60
    try:
        while started.poll() is None or select.select([ours], [], [], 0)[0]:
            assert time.monotonic() < end, seen
            if not select.select([ours], [], [], 0.05)[0]:
                continue
            try:
                seen += os.read(ours, 4096).decode()
            except OSError:  # the other end is closed: it is done
                break
            # The blank comes from what has just stopped the terminal from showing what is typed.
            if asked < 2 and seen.endswith(("Password: ", "Once more: ")[asked]):
                os.write(ours, f"{GOOD}\n".encode())
                asked += 1
        assert started.wait(timeout=30) == 0, seen
    finally:
        os.close(ours)
        if started.poll() is None:
            started.kill()
    assert asked == 2
    assert GOOD not in seen
    assert "administrator" in seen
