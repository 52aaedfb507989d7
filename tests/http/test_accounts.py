"""Accounts over HTTP: one's own, and what administrators do with others'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from interurban.accounts import Accounts
from interurban.catalog.node import Node
from interurban.http import Settings

from .conftest import Serving

GOOD = "correct-gondola-lattice-7-plum"
OTHER = "velvet-harbour-ninety-quilt"
As = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people") / "home"


@pytest.fixture(scope="module")
def address(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
    with Node(home) as node, serve(node, settings) as found:
        yield found


@pytest.fixture(scope="module")
def people(home: Path, address: str) -> Iterator[Accounts]:
    with Accounts(home) as opened:
        for name, administrator in (("ada", True), ("grace", False)):
            opened.register.add(
                name, name=name.title(), e_mail=f"{name}@city.example", password=GOOD,
                administrator=administrator,
            )  # fmt: skip
        yield opened


@pytest.fixture
def signed_in(address: str, people: Accounts) -> Iterator[As]:
    """Browsers in which somebody is signed in."""
    opened: list[httpx.Client] = []

    def sign_in(name: str, password: str = GOOD) -> httpx.Client:
        browser = httpx.Client(base_url=address, timeout=60)
        opened.append(browser)
        answer = browser.post("/api/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return browser

    yield sign_in
    for browser in opened:
        browser.close()


ADMINISTRATION = [
    ("GET", "/api/users", None),
    ("POST", "/api/users", {"id": "eve", "name": "Eve", "e_mail": "eve@city.example"}),
    ("GET", "/api/users/ada", None),
    ("PATCH", "/api/users/grace", {"administrator": True}),
    ("DELETE", "/api/users/ada/sessions", None),
    ("GET", "/api/organisations", None),
    ("POST", "/api/organisations", {"id": "eve", "name": "Eve's"}),
    ("GET", "/api/groups", None),
    ("POST", "/api/groups", {"id": "eve", "name": "Eve's"}),
    ("GET", "/api/tokens?account=ada", None),
    ("GET", "/api/tokens?everybody=true", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMINISTRATION)
def test_administration_is_for_administrators(
    address: str, signed_in: As, people: Accounts, method: str, path: str, body: object
) -> None:
    before = people.register.all()
    anonymous = httpx.request(method, f"{address}{path}", json=body)
    assert anonymous.status_code == 401
    assert signed_in("grace").request(method, path, json=body).status_code == 403
    ada = people.register.get("ada")
    token, secret = people.tokens.add(ada, "reader", ["read", "export"])
    bearer = {"Authorization": f"Bearer {secret}"}
    answer = httpx.request(method, f"{address}{path}", json=body, headers=bearer)
    assert answer.status_code == 403, "not by a token that is not for it"
    people.tokens.revoke(token.id)
    assert people.register.all() == before
    assert people.register.organisations() == []
    assert people.register.groups() == []


def test_an_administrator_makes_changes_and_disables_accounts(
    signed_in: As, people: Accounts
) -> None:
    ada = signed_in("ada")
    assert ada.post("/api/organisations", json={"id": "tfl", "name": "TfL"}).status_code == 201
    assert ada.post("/api/groups", json={"id": "planners", "name": "P"}).status_code == 201
    made = ada.post(
        "/api/users",
        json={
            "id": "alan", "name": "Alan", "e_mail": "Alan@tfl.example", "password": OTHER,
            "organisation": "tfl", "groups": ["planners"], "purposes": ["dpv:PublicBenefit"],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert "password" not in made.json()
    alan = signed_in("alan", OTHER)
    me = alan.get("/api/me").json()
    assert me["account"]["groups"] == ["planners"]
    assert me["organisation"] == {"id": "tfl", "name": "TfL"}
    changed = ada.patch("/api/users/alan", json={"organisation": None, "groups": []})
    assert (changed.json()["organisation"], changed.json()["groups"]) == (None, [])
    assert alan.get("/api/me").json()["account"]["groups"] == [], "at once, in every session"
    ada.patch("/api/users/alan", json={"disabled": True})
    assert alan.get("/api/me").json()["signed_in"] is False
    assert ada.get("/api/users/alan").json()["disabled_at"] is not None
    ada.patch("/api/users/alan", json={"disabled": False})
    again = signed_in("alan", OTHER)
    assert ada.delete("/api/users/alan/sessions").status_code == 204
    assert again.get("/api/me").json()["signed_in"] is False
    assert {"ada", "alan", "grace"} <= {
        user["id"] for user in ada.get("/api/users").json()["users"]
    }


def test_the_last_administrator_can_not_leave(signed_in: As) -> None:
    ada = signed_in("ada")
    for change in ({"administrator": False}, {"disabled": True}):
        answer = ada.patch("/api/users/ada", json=change)
        assert answer.status_code == 400
        assert "Nobody would be left" in answer.json()["detail"]


def test_half_a_change_is_no_change(signed_in: As, people: Accounts) -> None:
    ada = signed_in("ada")
    answer = ada.patch("/api/users/grace", json={"name": "Eve", "groups": ["nobody"]})
    assert answer.status_code == 404
    answer = ada.patch("/api/users/grace", json={"name": "Eve", "password": "short"})
    assert answer.status_code == 400
    assert "short" not in answer.text
    assert people.register.get("grace").name == "Grace"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"id": "x"}, "name"),
        ({"id": 7, "name": "x", "e_mail": "x@city.example"}, "id"),
        ({"id": "x", "name": "x", "e_mail": "x@city.example", "sudo": True}, "sudo"),
        ({"id": "x", "name": "x", "e_mail": "x@city.example", "groups": "all"}, "groups"),
        ({"id": "x", "name": "x", "e_mail": "x@city.example", "administrator": 1}, "administrator"),
        ({"id": "X", "name": "x", "e_mail": "x@city.example"}, "id"),
        ({"id": "ada", "name": "x", "e_mail": "x@city.example"}, "id"),
        ({"id": "x", "name": "x", "e_mail": "x@city.example", "password": "1"}, "password"),
    ],
)
def test_an_account_that_can_not_be_is_refused(signed_in: As, body: object, part: str) -> None:
    answer = signed_in("ada").post("/api/users", json=body)
    assert answer.status_code == 400
    assert answer.json()["part"] == part


def test_one_makes_sees_and_ends_one_s_own_tokens(
    address: str, signed_in: As, people: Accounts
) -> None:
    grace = signed_in("grace")
    made = grace.post("/api/tokens", json={"name": "notebook", "scopes": ["read"], "days": 7})
    assert made.status_code == 201
    token = made.json()
    assert token["secret"].startswith("iu_")
    listed = grace.get("/api/tokens").json()["tokens"]
    assert [each["id"] for each in listed] == [token["id"]]
    assert "secret" not in listed[0]
    bearer = {"Authorization": f"Bearer {token['secret']}"}
    assert httpx.get(f"{address}/api/me", headers=bearer).json()["account"]["id"] == "grace"
    other = people.tokens.add(people.register.get("ada"), "ada's", ["read"])[0]
    assert grace.delete(f"/api/tokens/{other.id}").status_code == 404
    assert grace.delete(f"/api/tokens/{token['id']}").status_code == 204
    assert httpx.get(f"{address}/api/me", headers=bearer).status_code == 401
    ada = signed_in("ada")
    assert [t["id"] for t in ada.get("/api/tokens?account=ada").json()["tokens"]] == [other.id]
    third = people.tokens.add(people.register.get("grace"), "grace's", ["read"])[0]
    everybody = ada.get("/api/tokens?everybody=true").json()["tokens"]
    assert {(t["id"], t["account"]) for t in everybody} == {(other.id, "ada"), (third.id, "grace")}
    for token in (other, third):
        people.tokens.revoke(token.id)


def test_what_may_be_asked_for_is_told_with_its_words(address: str) -> None:
    told = httpx.get(f"{address}/api/purposes").json()["purposes"]
    known = {each["term"]: each for each in told}
    assert known["dpv:PublicBenefit"]["label"] == "Public Benefit"
    assert all(each["definition"] for each in told)
    assert all(above in known for each in told for above in each["broader"])


def test_a_token_grows_no_other_token(address: str, people: Accounts) -> None:
    ada = people.register.get("ada")
    token, secret = people.tokens.add(ada, "all", ["read", "admin"])
    bearer = {"Authorization": f"Bearer {secret}"}
    for method, path, body in (
        ("POST", "/api/tokens", {"name": "x", "scopes": ["read"]}),
        ("GET", "/api/tokens", None),
        ("DELETE", f"/api/tokens/{token.id}", None),
        ("POST", "/api/me/password", {"old": GOOD, "new": OTHER}),
        ("PATCH", "/api/me", {"purpose": "public"}),
    ):
        answer = httpx.request(method, f"{address}{path}", json=body, headers=bearer)
        assert answer.status_code == 403
    people.tokens.revoke(token.id)


def test_only_administrators_have_tokens_that_administrate(signed_in: As) -> None:
    body = {"name": "x", "scopes": ["admin"]}
    assert signed_in("grace").post("/api/tokens", json=body).status_code == 403


def test_one_changes_one_s_own_password_with_the_old_one(signed_in: As, people: Accounts) -> None:
    people.register.add("kay", name="Kay", e_mail="kay@city.example", password=GOOD)
    here, elsewhere = signed_in("kay"), signed_in("kay")
    wrong = here.post("/api/me/password", json={"old": "not-it-at-all", "new": OTHER})
    assert wrong.status_code == 401
    weak = here.post("/api/me/password", json={"old": GOOD, "new": "password1234"})
    assert weak.status_code == 400
    assert "password1234" not in weak.text
    done = here.post("/api/me/password", json={"old": GOOD, "new": OTHER})
    assert done.status_code == 200
    assert here.get("/api/me").json()["signed_in"] is True
    assert elsewhere.get("/api/me").json()["signed_in"] is False
    signed_in("kay", OTHER)
