"""What a policy lets somebody have, they get by session and by token, and nobody else does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from interurban.accounts import Accounts
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.http import Settings

from .conftest import Serving

GOOD = "correct-gondola-lattice-7-plum"
POLICY = """\
policy:
  rules:
    - permit: [read, aggregate, export]
      to: [group:planners]
      for: [dpv:PublicBenefit]
      because: The planners of both cities agreed on it.
"""
BOTH = ("items?limit=2", "count")
PURPOSE = {"Interurban-Purpose": "dpv:PublicBenefit"}


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one dataset that only planners may have, for the public's benefit."""
    folder = tmp_path_factory.mktemp("readers")
    with Node(folder / "home") as node:
        load(node, "chicago.libraries", Origin(mirror=shared_data))
    with Accounts(folder / "home") as people:
        people.register.add_group("planners", "Planners")
        for name, groups in (("ada", ["planners"]), ("grace", []), ("boss", [])):
            people.register.add(
                name, name=name, e_mail=f"{name}@city.example", password=GOOD, groups=groups,
                purposes=["dpv:PublicBenefit"], administrator=name == "boss",
            )  # fmt: skip
    (folder / "policy.yaml").write_text(POLICY)
    subprocess.run(
        [
            sys.executable, "-m", "interurban", "policy", "set", "chicago.libraries",
            str(folder / "policy.yaml"), "--home", str(folder / "home"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "home"


@pytest.fixture(scope="module")
def address(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), timeout_s=120)
    with Node(home) as node, serve(node, settings) as found:
        yield found


def asked(address: str, headers: dict[str, str]) -> list[int]:
    """What the two questions are answered with."""
    urls = (f"{address}/collections/chicago.libraries/{path}" for path in BOTH)
    return [httpx.get(url, headers=headers, timeout=120).status_code for url in urls]


def bearer(home: Path, account: str, *scopes: str) -> dict[str, str]:
    with Accounts(home) as people:
        _, secret = people.tokens.add(people.register.get(account), "test", scopes)
    return {"Authorization": f"Bearer {secret}"}


def test_the_anonymous_get_nothing(address: str) -> None:
    assert asked(address, {}) == [403, 403]


def test_a_planner_gets_it_for_that_purpose_alone(address: str, home: Path) -> None:
    ada = bearer(home, "ada", "read", "aggregate")
    assert asked(address, ada) == [403, 403]
    assert asked(address, ada | PURPOSE) == [200, 200]


def test_a_token_gives_no_more_than_it_is_for(address: str, home: Path) -> None:
    assert asked(address, bearer(home, "ada", "aggregate") | PURPOSE) == [403, 200]
    assert asked(address, bearer(home, "ada", "derive") | PURPOSE) == [403, 403]


@pytest.mark.parametrize("other", ["grace", "boss"])
def test_nobody_else_gets_it_not_even_an_administrator(
    address: str, home: Path, other: str
) -> None:
    assert asked(address, bearer(home, other, "read", "aggregate") | PURPOSE) == [403, 403]


def test_a_browser_gets_it_and_its_cache_gives_it_to_nobody(address: str) -> None:
    with httpx.Client(base_url=address, timeout=120) as browser:
        said = {"name": "ada", "password": GOOD, "purpose": "dpv:PublicBenefit"}
        me = browser.post("/api/session", json=said)
        browser.headers["X-CSRF-Token"] = me.json()["csrf"]
        url = "/collections/chicago.libraries/items?limit=2"
        answer = browser.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-cache"
        held = {"If-None-Match": answer.headers["etag"]}
        assert browser.get(url, headers=held).status_code == 304
        browser.delete("/api/session")
        assert browser.get(url, headers=held).status_code == 403


def test_who_leaves_the_group_gets_nothing_any_more(address: str, home: Path) -> None:
    ada = bearer(home, "ada", "read", "aggregate") | PURPOSE
    assert asked(address, ada) == [200, 200]
    with Accounts(home) as people:
        people.register.change("ada", groups=[])
    assert asked(address, ada) == [403, 403]
