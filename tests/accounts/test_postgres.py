"""The same records in PostgreSQL, where several nodes share them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.accounts import Accounts
from interurban.core.errors import BadRequest, SignInNeeded, TooOften
from interurban.workspace.control import Control
from interurban.workspace.folder import Folder

from .conftest import GOOD

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a new PostgreSQL server."""
    pytest.importorskip("psycopg")
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("needs PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="interurban-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to be root
    if user is not None:
        try:
            shutil.chown(folder, user)
        except LookupError:
            pytest.skip("PostgreSQL needs a user of its own")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        done = subprocess.run(
            command, user=user, cwd=folder, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, command

    data = str(folder / "data")
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "interurban")
        run("pg_ctl", "-D", data, "-o", settings, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://interurban@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_nodes_share_people_and_runs(database: str, tmp_path: Path) -> None:
    """They make the tables together, each room its own, and see what the other wrote."""
    homes = [tmp_path / name for name in ("chicago", "london", "third")]
    opening = [threading.Thread(target=lambda h=h: Accounts(h, database).close()) for h in homes]
    for thread in opening:
        thread.start()
    for thread in opening:
        thread.join()
    with Accounts(homes[0], database) as here, Accounts(homes[1], database) as there:
        here.register.add_group("planners", "Planners")
        here.register.add_group("auditors", "Auditors")
        ada = here.register.add(
            "ada", name="Ada", e_mail="ada@city.example", password=GOOD,
            groups=["planners", "auditors"], purposes=["dpv:PublicBenefit"],
        )  # fmt: skip
        assert there.register.get("ada") == ada
        with pytest.raises(BadRequest, match="already"):
            there.register.add("ada", name="A", e_mail="a@city.example")
        secret = here.sessions.begin(ada, "dpv:PublicBenefit")
        found = there.sessions.find(secret)
        assert found is not None
        assert found.account == ada
        _, token = there.tokens.add(ada, "laptop", ["read"])
        assert here.tokens.find(token) == (ada, ("read",))
        here.register.change("ada", disabled=True)
        assert there.sessions.find(secret) is None
        assert there.tokens.find(token) is None
    folder = Folder(homes[0] / "workspace")
    control = Control(folder, database)
    assert control.runs() == []
    control.close()


def test_many_guesses_at_several_nodes_gain_nothing(database: str, tmp_path: Path) -> None:
    judged = []

    def guess(people: Accounts) -> None:
        try:
            people.sign_in("nobody", "a-guess-of-somebody", "192.0.2.1")
        except (SignInNeeded, TooOften) as error:
            judged.append(type(error))

    with Accounts(tmp_path / "a", database) as here, Accounts(tmp_path / "b", database) as there:
        guessing = [
            threading.Thread(target=guess, args=(people,))
            for people in (here, there)
            for _ in range(5)
        ]
        for thread in guessing:
            thread.start()
        for thread in guessing:
            thread.join()
    assert judged.count(SignInNeeded) == 5
    assert judged.count(TooOften) == 5
