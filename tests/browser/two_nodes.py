"""Two served nodes as tests meet them: their people's sessions, and how far things have come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

GOOD = "correct-gondola-lattice-7-plum"
BY = {"name": "Somebody Else", "office": "Deputy"}
PATIENCE_S = 30.0


@dataclass
class Served:
    """One of the two nodes, and the browser sessions of its people."""

    url: str
    sessions: dict[str, httpx.Client] = field(default_factory=dict)

    def as_(self, name: str) -> httpx.Client:
        """A client in whose session somebody is signed in."""
        if name not in self.sessions:
            client = httpx.Client(base_url=self.url, timeout=30)
            told = client.post("/api/session", json={"name": name, "password": GOOD}).json()
            client.headers["X-CSRF-Token"] = told["csrf"]
            self.sessions[name] = client
        return self.sessions[name]

    def storage_of(self, name: str) -> dict[str, Any]:
        """The same session for a browser."""
        cookies = self.as_(name).cookies.jar
        kept = [
            {
                "name": cookie.name,
                "value": cookie.value,
                "domain": "127.0.0.1",
                "path": "/",
                "expires": -1,
                "httpOnly": True,
                "secure": False,
                "sameSite": "Lax",
            }
            for cookie in cookies
        ]
        return {"cookies": kept, "origins": []}

    def told(self, path: str) -> Any:
        """A document for everybody."""
        return httpx.get(self.url + path, timeout=30).json()


@dataclass
class Two:
    """Chicago asks, London owns."""

    chicago: Served
    london: Served
    stop_london: Callable[[], None]


def fingerprint_of(node: Served) -> str:
    """By which people know a node."""
    return str(node.told("/api/alliance")["node"]["fingerprint"])


def peers_of(node: Served) -> Any:
    """The partners of a node."""
    return node.told("/api/alliance")["peers"]


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def step(officer: httpx.Client, agreement: str, state: str, do: str) -> None:
    """Take a step as soon as the agreement has come so far."""
    until(lambda: state_of(officer, agreement) == state)
    done = officer.post(f"/api/agreements/{agreement}", json={"do": do, "by": BY})
    assert done.status_code == 200, done.text


def state_of(officer: httpx.Client, agreement: str) -> str:
    """How far an agreement has come at a node; empty while it knows none."""
    answer = officer.get(f"/api/agreements/{agreement}")
    return str(answer.json()["state"]) if answer.status_code == 200 else ""
