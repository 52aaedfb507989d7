"""What opens something stands in no log, no counter and no database: from a whole day of a node."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from interurban.accounts import Accounts
from interurban.policy.audit import node_key

GOOD, NEXT, WRONG = (
    "correct-gondola-lattice-7-plum",
    "wholesome-turnip-9-meridian",
    "a-guess-that-is-wrong-41",
)
START_S = 60.0


def free_port() -> int:
    """One that was free a moment ago: a node has to know its address before it is served."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def start(home: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A node as an operator starts it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, "-m", "interurban", "serve", "--port", str(port), "--home", str(home)],
            env={**os.environ, "INTERURBAN_PUBLIC_URL": url, "INTERURBAN_TITLE": home.name},
            stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.STDOUT,
        )  # fmt: skip
    return process, url


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            httpx.get(f"{url}/healthz", timeout=5)
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, str]:
    """What was secret; what two nodes wrote down and counted; and what they keep."""
    folder = tmp_path_factory.mktemp("secrets")
    homes = [folder / name for name in ("here", "there")]
    for home in homes:
        with Accounts(home) as people:
            people.register.add(
                "ada", name="Ada", e_mail="ada@city.example", password=GOOD, administrator=True
            )
    logs = [folder / f"{home.name}.log" for home in homes]
    served = [start(home, log) for home, log in zip(homes, logs, strict=True)]
    try:
        for (process, url), log in zip(served, logs, strict=True):
            wait(url, process, log)
        secrets, counted = go_through(*(url for _, url in served))
    finally:
        for process, _ in served:
            process.terminate()
            process.wait(30)
    for home in homes:
        lines = (home / "keys" / "node.pem").read_text().splitlines()
        secrets[f"key of {home.name}"] = lines[1]
        assert node_key(home)
    kept = b"".join(file.read_bytes() for home in homes for file in home.rglob("*.sqlite*"))
    told = "\n".join(log.read_text() for log in logs) + counted
    return secrets, told, kept.decode("latin-1")


def go_through(here: str, there: str) -> tuple[dict[str, str], str]:
    """Sign in, use and end a token, change a password, pair with another node, ask by a link."""
    secrets = {"password": GOOD, "new password": NEXT, "wrong password": WRONG}
    with httpx.Client(base_url=here, timeout=60) as browser:
        wrong = browser.post("/api/session", json={"name": "ada", "password": WRONG})
        assert wrong.status_code == 401
        me = browser.post("/api/session", json={"name": "ada", "password": GOOD}).json()
        browser.headers["X-CSRF-Token"] = me["csrf"]
        secrets["form secret"] = me["csrf"]
        secrets["session"] = browser.cookies["interurban-session"]
        made = browser.post("/api/tokens", json={"name": "a program", "scopes": ["read", "admin"]})
        assert made.status_code == 201, made.text
        secrets["token"] = made.json()["secret"]
        bearer = {"Authorization": f"Bearer {secrets['token']}"}
        assert httpx.get(f"{here}/api/me", headers=bearer).json()["signed_in"]
        secrets["wrong token"] = "iu_" + "not-a-token-of-anybody" * 2
        refused = {"Authorization": f"Bearer {secrets['wrong token']}"}
        assert httpx.get(f"{here}/api/me", headers=refused).status_code == 401
        secrets["share link"] = "a-link-that-somebody-shared-8271"
        browser.get(f"/api/shared/{secrets['share link']}")
        asked = browser.post("/api/alliance/peers", json={"url": there})
        assert asked.status_code in (200, 201, 202, 400), asked.text
        card = browser.get(f"/api/alliance/card?url={there}").json()
        added = browser.post(
            "/api/alliance/peers", json={"url": there, "fingerprint": card["fingerprint"]}
        )
        assert added.is_success, added.text
        changed = browser.post("/api/me/password", json={"old": GOOD, "new": NEXT})
        assert changed.is_success, changed.text
        browser.headers["X-CSRF-Token"] = changed.json()["csrf"]
        secrets["next form secret"] = changed.json()["csrf"]
        secrets["next session"] = browser.cookies["interurban-session"]
        counted = httpx.get(f"{here}/metrics", headers=bearer)
        assert counted.status_code == 200, counted.text
        ended = browser.delete("/api/session?everywhere=true")
        assert ended.is_success, ended.text
    return secrets, counted.text


def test_the_day_was_written_down(day: tuple[dict[str, str], str, str]) -> None:
    _, told, _ = day
    for path in ("/api/session", "/api/tokens", "/api/alliance/peers", "/api/me/password"):
        assert path in told
    assert "/alliance/card" in told, "the other node was not asked"
    assert "http_requests" in told or "interurban_requests" in told


def test_no_secret_stands_in_a_log_or_a_counter(day: tuple[dict[str, str], str, str]) -> None:
    secrets, told, _ = day
    assert len(set(secrets.values())) == len(secrets) >= 11
    assert {name for name, secret in secrets.items() if secret in told} == set()


def test_no_secret_can_be_read_from_a_database(day: tuple[dict[str, str], str, str]) -> None:
    """Only hashes are kept, in the control database and in the audit log, and the journals."""
    secrets, _, kept = day
    assert "SQLite format 3" in kept
    assert {name for name, secret in secrets.items() if secret in kept} == set()
