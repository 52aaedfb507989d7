"""Signing in over HTTP: cookies, forged changes, caches, tokens, and what stays open."""

from __future__ import annotations

import time
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
LIBRARIES = "/collections/chicago.libraries/items?limit=3"


@pytest.fixture(scope="module")
def peopled(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with one open dataset and two people."""
    with Node(tmp_path_factory.mktemp("peopled") / "home") as opened:
        load(opened, "chicago.libraries", Origin(mirror=shared_data))
        with Accounts(opened.home.root) as people:
            people.register.add(
                "ada", name="Ada", e_mail="ada@city.example", password=GOOD, administrator=True,
                purposes=["dpv:PublicBenefit"],
            )  # fmt: skip
            people.register.add("grace", name="Grace", e_mail="g@city.example", password=GOOD)
        yield opened


@pytest.fixture(scope="module")
def people(peopled: Node) -> Iterator[Accounts]:
    """The same people, as another process has them."""
    with Accounts(peopled.home.root) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(
    peopled: Node, serve: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with serve(peopled, Settings(web_root=tmp_path_factory.mktemp("no-app"))) as found:
        yield found


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    """A browser that nobody is signed in in."""
    with httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


def sign_in(browser: httpx.Client, name: str = "ada") -> dict[str, object]:
    """Sign in; what changes something is then sent along by itself, as a page does."""
    answer = browser.post("/api/session", json={"name": name, "password": GOOD})
    assert answer.status_code == 200, answer.text
    me: dict[str, object] = answer.json()
    browser.headers["X-CSRF-Token"] = str(me["csrf"])
    return me


def test_a_node_without_people_is_as_open_as_ever(client: httpx.Client) -> None:
    me = client.get("/api/me").json()
    assert (me["signed_in"], me["has_accounts"], me["account"]) == (False, False, None)
    assert client.get("/metrics").status_code == 200
    odd = {
        "Authorization": "Bearer iu_nothing", "Cookie": "interurban-session=nothing",
        "Interurban-Purpose": "dpv:Marketing",
    }  # fmt: skip
    plain, with_odd = (client.get(LIBRARIES, headers=headers) for headers in ({}, odd))
    assert with_odd.status_code == 200
    assert with_odd.headers["cache-control"] == plain.headers["cache-control"] == "public, no-cache"
    assert with_odd.headers["vary"] == plain.headers["vary"]
    assert with_odd.headers["etag"] == plain.headers["etag"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: httpx.Client) -> None:
    answer = browser.post("/api/session", json={"name": "ada", "password": GOOD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("interurban-session=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"


def test_behind_https_the_cookie_is_this_host_s_alone(
    peopled: Node, serve: Serving, tmp_path: Path
) -> None:
    settings = Settings(web_root=tmp_path, public_url="https://data.city.example")
    with serve(peopled, settings) as address, httpx.Client(base_url=address) as browser:
        answer = browser.post("/api/session", json={"name": "ada", "password": GOOD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-interurban-session=")
        assert "Secure" in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        secret = cookie.partition("=")[2].partition(";")[0]
        for name, expected in (("__Host-interurban-session", True), ("interurban-session", False)):
            sent = {"Cookie": f"{name}={secret}"}
            assert browser.get("/api/me", headers=sent).json()["signed_in"] is expected


def test_wrong_is_wrong_in_the_same_words(browser: httpx.Client) -> None:
    told = []
    for name, password in (("ada", "wrong"), ("nobody-here", GOOD), ("", "")):
        answer = browser.post("/api/session", json={"name": name, "password": password})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "set-cookie" not in answer.headers
        told.append(answer.json())
    assert told[0] == told[1] == told[2]


def test_guessing_is_told_to_wait(browser: httpx.Client) -> None:
    codes = []
    for _ in range(7):
        answer = browser.post("/api/session", json={"name": "victim", "password": "a guess"})
        codes.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
            break
    assert codes[:5] == [401] * 5
    assert codes[-1] == 429


def test_one_signs_in_is_somebody_and_signs_out(browser: httpx.Client) -> None:
    me = sign_in(browser)
    assert me["account"]["id"] == "ada"
    assert me["administrator"] is True
    assert browser.get("/api/me").json()["signed_in"] is True
    held = dict(browser.cookies)
    assert browser.delete("/api/session").status_code == 204
    assert browser.get("/api/me").json()["signed_in"] is False
    browser.cookies.update(held)
    assert browser.get("/api/me").json()["signed_in"] is False, "the session itself is over"


def test_a_sign_in_gives_a_new_session_and_ends_the_one_before(
    browser: httpx.Client, address: str
) -> None:
    sign_in(browser, "grace")
    before = browser.cookies["interurban-session"]
    sign_in(browser)
    assert browser.cookies["interurban-session"] != before
    old = httpx.get(f"{address}/api/me", headers={"Cookie": f"interurban-session={before}"})
    assert old.json()["signed_in"] is False


def test_one_can_sign_out_everywhere(browser: httpx.Client, address: str) -> None:
    sign_in(browser, "grace")
    with httpx.Client(base_url=address) as elsewhere:
        sign_in(elsewhere, "grace")
        assert browser.delete("/api/session?everywhere=true").status_code == 204
        assert elsewhere.get("/api/me").json()["signed_in"] is False


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/tokens", {"name": "x", "scopes": ["read"]}),
        ("POST", "/api/users", {"id": "x", "name": "x", "e_mail": "x@city.example"}),
        ("PATCH", "/api/users/grace", {"administrator": True}),
        ("POST", "/api/me/password", {"old": GOOD, "new": GOOD}),
        ("PATCH", "/api/me", {"purpose": "public"}),
        ("DELETE", "/api/session", None),
        ("POST", "/api/runs", {"model": "x", "city": "y"}),
        ("POST", "/processes/x/execution", {}),
    ],
)
def test_a_change_that_another_page_forges_is_refused(
    browser: httpx.Client, people: Accounts, method: str, path: str, body: object
) -> None:
    sign_in(browser)
    mine = browser.headers.pop("X-CSRF-Token")
    tries: list[dict[str, str]] = [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": mine, "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": mine, "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": mine, "Origin": "https://evil.example"},
        {"X-CSRF-Token": mine, "Origin": "null"},
    ]
    for headers in tries:
        answer = browser.request(method, path, json=body, headers=headers)
        assert answer.status_code == 403, headers
        assert answer.json()["type"].partition("#")[2] in ("csrf", "elsewhere")
    assert people.tokens.all() == []
    assert browser.get("/api/me").json()["signed_in"] is True


def test_a_form_of_another_page_can_not_sign_anybody_in(address: str) -> None:
    """As a browser sends a form: no header of ours, and no JSON."""
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        answer = httpx.post(
            f"{address}/api/session",
            content=f'{{"name":"ada","password":"{GOOD}"}}',
            headers={"Content-Type": kind},
        )
        assert answer.status_code == 415
        assert "set-cookie" not in answer.headers


def test_answers_to_somebody_are_theirs_alone(browser: httpx.Client) -> None:
    open_answer = browser.get(LIBRARIES)
    assert open_answer.headers["cache-control"] == "public, no-cache"
    assert {"Cookie", "Authorization"} <= set(open_answer.headers["vary"].split(", "))
    sign_in(browser)
    own = browser.get(LIBRARIES)
    assert own.headers["cache-control"] == "private, no-cache"
    assert own.headers["cross-origin-resource-policy"] == "same-origin"
    assert {"Cookie", "Authorization"} <= set(own.headers["vary"].split(", "))
    assert own.headers["etag"] != open_answer.headers["etag"]
    held = {"If-None-Match": own.headers["etag"]}
    assert browser.get(LIBRARIES, headers=held).status_code == 304
    foreign = {"If-None-Match": open_answer.headers["etag"]}
    assert browser.get(LIBRARIES, headers=foreign).status_code == 200
    sign_in(browser, "grace")
    assert browser.get(LIBRARIES, headers=held).status_code == 200


def test_a_token_signs_a_program_in(address: str, people: Accounts) -> None:
    ada = people.register.get("ada")
    _, secret = people.tokens.add(ada, "laptop", ["read"])
    bearer = {"Authorization": f"Bearer {secret}"}
    me = httpx.get(f"{address}/api/me", headers=bearer).json()
    assert (me["account"]["id"], me["scopes"], me["administrator"]) == ("ada", ["read"], False)
    assert me["csrf"] is None
    people.tokens.revoke(people.tokens.all("ada")[0].id)
    answer = httpx.get(f"{address}/api/me", headers=bearer)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert secret not in answer.text


@pytest.mark.parametrize("sent", ["iu_", "iu_" + "x" * 43, "somebody-else", "iu_\xff\xfe", "a b"])
def test_what_is_no_token_is_refused(address: str, sent: str) -> None:
    headers = {"Authorization": f"Bearer {sent}".encode("latin-1")}
    assert httpx.get(f"{address}{LIBRARIES}", headers=headers).status_code == 401


def test_the_password_of_a_proxy_in_front_is_none_of_ours(address: str) -> None:
    assert httpx.get(f"{address}{LIBRARIES}", auth=("proxy", "secret")).status_code == 200


def test_a_token_is_stronger_than_a_cookie_and_needs_no_form_secret(
    browser: httpx.Client, people: Accounts
) -> None:
    sign_in(browser)
    del browser.headers["X-CSRF-Token"]
    _, secret = people.tokens.add(people.register.get("ada"), "admin", ["admin"])
    bearer = {"Authorization": f"Bearer {secret}"}
    made = browser.post("/api/organisations", json={"id": "acme", "name": "Acme"}, headers=bearer)
    assert made.status_code == 201, made.text
    people.tokens.revoke(people.tokens.all("ada")[0].id)


def test_what_one_asks_for_is_a_purpose_of_the_account(browser: httpx.Client) -> None:
    sign_in(browser)
    assert browser.get("/api/me").json()["purpose"] == "public"
    for purpose in ("dpv:Marketing", "world domination", "\xe9"):
        answer = browser.get(LIBRARIES, headers={"Interurban-Purpose": purpose.encode("latin-1")})
        assert answer.status_code == 400
        assert answer.json()["part"] == "Interurban-Purpose"
    stated = {"Interurban-Purpose": "dpv:PublicBenefit"}
    assert browser.get("/api/me", headers=stated).json()["purpose"] == "dpv:PublicBenefit"
    chosen = browser.patch("/api/me", json={"purpose": "dpv:PublicBenefit"})
    assert chosen.json()["purpose"] == "dpv:PublicBenefit"
    assert browser.get("/api/me").json()["purpose"] == "dpv:PublicBenefit"


def test_the_anonymous_can_state_no_purpose(browser: httpx.Client) -> None:
    answer = browser.get(LIBRARIES, headers={"Interurban-Purpose": "dpv:PublicBenefit"})
    assert answer.status_code == 400


def test_how_the_node_does_is_for_administrators(browser: httpx.Client) -> None:
    assert browser.get("/metrics").status_code == 401
    assert browser.get("/healthz").status_code == 200
    sign_in(browser, "grace")
    assert browser.get("/metrics").status_code == 403
    sign_in(browser)
    assert browser.get("/metrics").status_code == 200


def test_a_session_ends_by_its_settings(peopled: Node, serve: Serving, tmp_path: Path) -> None:
    with (
        serve(peopled, Settings(web_root=tmp_path, session_s=0)) as address,
        httpx.Client(base_url=address) as browser,
    ):
        answer = browser.post("/api/session", json={"name": "grace", "password": GOOD})
        assert answer.status_code == 401


def test_who_asks_too_often_waits_and_the_others_do_not(
    peopled: Node, serve: Serving, tmp_path: Path
) -> None:
    settings = Settings(web_root=tmp_path, requests_per_s=0.5, request_burst=5)
    with serve(peopled, settings) as address, httpx.Client(base_url=address) as browser:

        def codes(host: str, times: int) -> list[int]:
            sent = {"X-Forwarded-For": host}
            return [browser.get("/api/cities", headers=sent).status_code for _ in range(times)]

        assert codes("203.0.113.5", 7) == [200] * 5 + [429] * 2
        assert codes("203.0.113.6", 2) == [200] * 2
        assert codes("2001:db8::1", 3) + codes("2001:db8::2", 3) == [200] * 5 + [429]
        refused = browser.get("/api/cities", headers={"X-Forwarded-For": "203.0.113.5"})
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["type"].endswith("#too-often")
        healthy = browser.get("/healthz", headers={"X-Forwarded-For": "203.0.113.5"})
        assert healthy.status_code == 200
        sign_in(browser, "grace")
        own = [browser.get("/api/me").status_code for _ in range(7)]
        assert own.count(429) >= 1, "an account has one share, wherever it asks from"


def test_every_answer_tells_browsers_to_be_careful(client: httpx.Client) -> None:
    for path in ("/", "/api/me", LIBRARIES, "/nothing", "/?f=json"):
        headers = client.get(path, headers={"Accept": "text/html,*/*"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors" in policy
        script = [part for part in policy.split("; ") if part.startswith("script-src")]
        assert script in ([], ["script-src 'self'"])
        assert "strict-transport-security" not in headers


def test_what_opens_something_is_not_logged(
    browser: httpx.Client, people: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    _, secret = people.tokens.add(people.register.get("ada"), "logged", ["read"])
    browser.get("/api/me", headers={"Authorization": f"Bearer {secret}"})
    sign_in(browser)
    browser.get("/api/shared/a-secret-of-somebody")
    logged, end = "", time.monotonic() + 10
    # A request is logged when its answer has gone.
    while "/api/shared/{share}" not in logged and time.monotonic() < end:
        time.sleep(0.01)
        logged += capsys.readouterr().out
    assert "/api/session" in logged
    assert "/api/shared/{share}" in logged
    for part in (secret, GOOD, browser.cookies["interurban-session"], "a-secret-of-somebody"):
        assert part not in logged
    people.tokens.revoke(people.tokens.all("ada")[0].id)
