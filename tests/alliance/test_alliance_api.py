"""Partners over HTTP: what administrators do, and what everybody sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from interurban.accounts import Accounts
from interurban.alliance.opened import Alliance
from interurban.catalog.node import Node
from interurban.http import Settings
from interurban.policy.audit import opened
from tests.serving import served

from .hostile import Partner, hostile, story


@dataclass(frozen=True)
class Chicago:
    """A served node, as its administrator and as everybody reach it."""

    home: Path
    url: str
    token: str

    def get(self, path: str, *, signed_in: bool = True) -> httpx.Response:
        return httpx.get(self.url + path, headers=self._headers(signed_in), trust_env=False)

    def post(self, path: str, body: Any, *, signed_in: bool = True) -> httpx.Response:
        headers = self._headers(signed_in)
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False)

    def do(self, what: str, **more: Any) -> httpx.Response:
        return self.post("/api/alliance/peers/london", {"do": what, **more})

    def _headers(self, signed_in: bool) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if signed_in else {}


@pytest.fixture(scope="module")
def chicago(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chicago]:
    home = tmp_path_factory.mktemp("chicago") / "home"
    with Node(home) as node:
        home.mkdir(parents=True, exist_ok=True)
        with Accounts(home) as people:
            ada = people.register.add(
                "ada", name="Ada Byron", e_mail="ada@city.example", administrator=True
            )
            _, token = people.tokens.add(ada, "tests", ["admin"], 1)
        with served(node, Settings(requests_per_s=0, title="Chicago")) as url:
            yield Chicago(home, url, token)


@pytest.fixture
def london(tmp_path: Path, chicago: Chicago) -> Iterator[Partner]:
    """Another node; it is forgotten at Chicago when the test is over."""
    with hostile(tmp_path / "london") as found:
        found.says = {
            "pair": lambda _: {"standing": "asks"},
            "hello": lambda _: {"version": "0"},
            "heads": lambda _: {"head": None, "path": []},
        }
        found.tells(story("london.trees"))
        yield found
        with Alliance(chicago.home) as alliance:
            for peer in alliance.peers.all():
                alliance.peers.remove(peer.id)


@pytest.fixture
def pair(chicago: Chicago, london: Partner) -> Callable[[], dict[str, Any]]:
    """Let the two be partners."""

    def work() -> dict[str, Any]:
        body = {"url": london.url, "fingerprint": london.key.fingerprint, "id": "london"}
        london.says["pair"] = lambda _: {"standing": "paired"}
        answer = chicago.post("/api/alliance/peers", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return work


def test_everybody_sees_the_node_and_nobody_else_changes_it(chicago: Chicago) -> None:
    seen = chicago.get("/api/alliance", signed_in=False)
    assert seen.json()["node"]["title"] == "Chicago"
    assert seen.json()["node"]["url"] == chicago.url
    assert "PUBLIC KEY" in seen.json()["node"]["public_key_pem"]
    assert seen.headers["cache-control"] == "no-store"
    for path in ("/api/alliance/peers", "/api/alliance/peers/london"):
        assert chicago.post(path, {"url": "x", "do": "x"}, signed_in=False).status_code == 401


def test_a_card_is_shown_before_anything_is_stored(chicago: Chicago, london: Partner) -> None:
    card = chicago.get(f"/api/alliance/card?url={london.url}").json()
    assert (card["title"], card["fingerprint"]) == ("London", london.key.fingerprint)
    refusal = chicago.post("/api/alliance/peers", {"url": london.url})
    assert refusal.status_code == 400
    assert refusal.json()["part"] == "fingerprint"
    assert london.key.fingerprint[:4] in refusal.json()["detail"]
    assert chicago.get("/api/alliance").json()["peers"] == []


def test_a_wrong_fingerprint_a_wrong_address_and_the_own_one_are_refused(
    chicago: Chicago, london: Partner
) -> None:
    for url, fingerprint, status in (
        (london.url, "0" * 40, 403),
        (chicago.url, "0" * 40, 403),
        ("http://127.0.0.1:9", "0" * 40, 503),
        ("file:///etc/passwd", "0" * 40, 400),
        ("http://169.254.169.254/latest", "0" * 40, 400),
        (london.url, "zz", 400),
    ):
        body = {"url": url, "fingerprint": fingerprint}
        assert chicago.post("/api/alliance/peers", body).status_code == status


def test_administrators_pair_sync_freeze_resume_and_remove(
    chicago: Chicago, london: Partner, pair: Callable[[], dict[str, Any]]
) -> None:
    made = pair()
    assert (made["id"], made["standing"]) == ("london", "paired")
    synced = chicago.do("sync").json()
    assert (synced["datasets"], synced["cities"], synced["feed"]) == (1, ["london"], 2)
    assert synced["answers"]
    assert chicago.get("/api/alliance", signed_in=False).json()["peers"][0]["id"] == "london"
    frozen = chicago.do("freeze", reason="Somebody called.").json()
    assert (frozen["standing"], frozen["reason"]) == ("frozen", "Somebody called.")
    assert chicago.do("sync").status_code == 403
    assert chicago.do("resume").json()["standing"] == "paired"
    assert chicago.do("remove").json()["standing"] == "removed"
    assert chicago.get("/api/alliance").json()["peers"] == []
    with opened(chicago.home) as log:
        said = [entry.said["what"] for entry in log.entries(limit=6, kind="peer")]
    assert said[:4] == ["removed", "resumed", "frozen", "paired"]


def test_a_node_that_asked_is_accepted(chicago: Chicago, london: Partner) -> None:
    with Alliance(chicago.home) as alliance:
        alliance.peers.add(
            title="Thames", url=london.url, public=london.key.public, standing="asks", wanted="asks"
        )
    accept = {"do": "accept", "id": "thames"}
    done = chicago.post("/api/alliance/peers/asks", accept)
    assert (done.json()["id"], done.json()["standing"]) == ("thames", "paired")
    assert "hello" in london.asked


@pytest.mark.parametrize(
    ("body", "part"),
    [({}, "do"), ({"do": "marry"}, "do"), ({"do": 1}, "do"), ({"do": "sync", "x": 1}, "x")],
)
def test_what_can_not_be_done_is_said(chicago: Chicago, body: dict[str, Any], part: str) -> None:
    refusal = chicago.post("/api/alliance/peers/london", body)
    assert (refusal.status_code, refusal.json()["part"]) == (400, part)


def test_who_is_not_there_is_not_found(chicago: Chicago) -> None:
    assert chicago.post("/api/alliance/peers/nobody", {"do": "sync"}).status_code == 404
