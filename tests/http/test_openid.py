"""Signing in by an OpenID provider that really answers, and whatever may be wrong with it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from interurban.accounts import Accounts
from interurban.accounts.providers import read_providers
from interurban.accounts.sign_ins import local_path
from interurban.catalog.node import Node
from interurban.core.errors import ConfigurationError
from interurban.http import Settings

from .conftest import Serving
from .openid import CLIENT, SECRET, OpenIdProvider, providing

CONFIGURATION = """\
providers:
  - id: city
    title: City of Chicago
    issuer: {issuer}
    client: interurban
    secret_from: INTERURBAN_TEST_CITY_SECRET
    new_accounts: true
    organisation: chicago
    groups:
      claim: roles
      values: {{GIS analysts: planners, Auditors: auditors}}
    purposes: [dpv:PublicBenefit]
  - id: strict
    title: Only who is known
    issuer: {issuer}
    client: interurban
    secret_from: INTERURBAN_TEST_CITY_SECRET
"""
ADA = {
    "sub": "7f3a", "email": "ada@chicago.example", "email_verified": True, "name": "Ada Byron",
    "preferred_username": "ada", "roles": ["GIS analysts", "Domain Admins"],
}  # fmt: skip
START = "/api/sign-in/oidc/city"


@pytest.fixture(scope="module")
def up() -> Iterator[OpenIdProvider]:
    with providing() as found:
        yield found


@pytest.fixture(scope="module")
def home(up: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("openid") / "home"
    made.mkdir()
    (made / "sign-in.yaml").write_text(CONFIGURATION.format(issuer=up.issuer))
    return made


@pytest.fixture(scope="module")
def address(home: Path, serve: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTERURBAN_TEST_CITY_SECRET", SECRET)
        settings = Settings(web_root=tmp_path_factory.mktemp("no-app"))
        with Node(home) as node, serve(node, settings) as found:
            yield found


@pytest.fixture(scope="module")
def people(home: Path, address: str) -> Iterator[Accounts]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTERURBAN_TEST_CITY_SECRET", SECRET)
        with Accounts(home) as opened:
            opened.register.add_organisation("chicago", "City of Chicago")
            for group in ("planners", "auditors", "friends"):
                opened.register.add_group(group, group.title())
            yield opened


@pytest.fixture
def provider(up: OpenIdProvider, people: Accounts) -> OpenIdProvider:
    """The provider, with nothing wrong with it, and Ada in front of it."""
    sound = OpenIdProvider(key=up.key)
    for name in ("describes", "publishes", "answers", "claims", "signs"):
        setattr(up, name, getattr(sound, name))
    up.person = dict(ADA)
    return up


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


def come_back(browser: httpx.Client, start: str = START) -> str:
    """Go to the provider and be sent back; where to, without going there."""
    to_provider = browser.get(start)
    assert to_provider.status_code == 303, to_provider.text
    return httpx.get(to_provider.headers["location"]).headers["location"]


def is_signed_in(browser: httpx.Client) -> bool:
    return bool(browser.get("/api/me").json()["signed_in"])


def test_one_signs_in_and_is_who_the_provider_says(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts
) -> None:
    ways = browser.get("/api/sign-in").json()["providers"]
    assert [way["title"] for way in ways] == ["City of Chicago", "Only who is known"]
    back = browser.get(come_back(browser, f"{START}?back_to=/datasets%3Fcity=chicago"))
    assert back.status_code == 303, back.text
    assert back.headers["location"] == "/datasets?city=chicago"
    me = browser.get("/api/me").json()
    account = me["account"]
    assert (account["id"], account["organisation"], account["groups"]) == (
        "ada", "chicago", ["planners"],
    )  # fmt: skip
    assert (account["provider"], account["has_password"]) == ("city", False)
    assert (me["administrator"], account["purposes"]) == (False, ["dpv:PublicBenefit"])
    people.register.change("ada", groups=["planners", "friends"])
    provider.person["roles"] = "Auditors"
    assert browser.get(come_back(browser)).status_code == 303
    assert people.register.get("ada").groups == ("auditors", "friends")
    assert len([a for a in people.register.all() if a.provider == "city"]) == 1


def test_what_is_asked_of_the_provider_is_safe(
    browser: httpx.Client, provider: OpenIdProvider
) -> None:
    one, two = (dict(parse_qsl(urlsplit(browser.get(START).headers["location"]).query))
                for _ in range(2))  # fmt: skip
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) >= 43
        assert one[name] != two[name]
    assert one["code_challenge_method"] == "S256"
    assert SECRET not in str(one)
    cookie = browser.get(START).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def forged(provider: OpenIdProvider) -> None:
    mine = RSAKey.generate_key(2048, {"kid": provider.key.kid})
    provider.signs = lambda claims: provider.sign(claims, mine)


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token that no library would make."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    text = b".".join(part.rstrip(b"=") for part in parts)
    sign = hmac.digest(secret, text, "sha256") if secret else b""
    return (text + b"." + base64.urlsafe_b64encode(sign).rstrip(b"=")).decode()


def unsigned(provider: OpenIdProvider) -> None:
    provider.signs = lambda claims: by_hand({"alg": "none", "typ": "JWT"}, claims, b"")


def signed_with_what_everybody_knows(provider: OpenIdProvider) -> None:
    """The classic confusion: HS256 with the public key as the secret."""
    public = provider.key.as_pem(private=False)
    header = {"alg": "HS256", "typ": "JWT", "kid": provider.key.kid}
    provider.signs = lambda claims: by_hand(header, claims, public)


def with_claims(**changed: Any) -> Callable[[OpenIdProvider], None]:
    def change(provider: OpenIdProvider) -> None:
        provider.claims = lambda claims: {
            name: value for name, value in (claims | changed).items() if value is not None
        }

    return change


def answering(**changed: str | None) -> Callable[[OpenIdProvider], None]:
    def change(provider: OpenIdProvider) -> None:
        provider.answers = lambda said: {
            name: value for name, value in (said | changed).items() if value is not None
        }

    return change


NOW = int(time.time())
WRONG = {
    "a forged signature": forged,
    "no signature": unsigned,
    "a signature that anybody can make": signed_with_what_everybody_knows,
    "another audience": with_claims(aud="somebody-else"),
    "another audience beside ours": with_claims(aud=[CLIENT, "other"], azp="other"),
    "no audience": with_claims(aud=None),
    "another issuer": with_claims(iss="https://login.evil.example"),
    "an expired token": with_claims(exp=NOW - 120, iat=NOW - 900),
    "a token without an end": with_claims(exp=None),
    "a clock wrong by an hour": with_claims(iat=NOW + 3600, exp=NOW + 7200),
    "a token not yet good": with_claims(nbf=NOW + 3600),
    "the nonce of another sign-in": with_claims(nonce="another"),
    "no nonce": with_claims(nonce=None),
    "nobody": with_claims(sub=None),
    "a subject that is no text": with_claims(sub=7),
    "a foreign access token": with_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "an answer of another provider": answering(iss="https://login.evil.example"),
    "an answer that does not say whose": answering(iss=None),
    "a made-up code": answering(code="made-up"),
    "no code": answering(code=None),
    "a refusal": answering(error="access_denied", code=None),
    "a made-up state": answering(state="made-up"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_signs_nobody_in(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts, wrong: str
) -> None:
    provider.person["sub"] = "mallory"
    before = people.register.all()
    WRONG[wrong](provider)
    refused = browser.get(come_back(browser))
    assert refused.status_code == 401, refused.text
    assert refused.json()["type"].endswith("#sign-in-needed")
    assert "set-cookie" not in refused.headers
    assert not is_signed_in(browser)
    assert people.register.all() == before


def test_a_person_comes_back_to_a_page_that_says_what_went_wrong(
    browser: httpx.Client, provider: OpenIdProvider
) -> None:
    back = come_back(browser, "/api/sign-in/oidc/strict")
    provider.person["sub"] = "unknown-there"
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    refused = browser.get(back, headers=page)
    assert refused.status_code == 303
    assert refused.headers["location"] == "/sign-in?failed=refused"
    again = browser.get(back, headers=page)
    assert again.headers["location"] == "/sign-in?failed=sign-in-needed"
    nobody = browser.get("/api/sign-in/oidc/nobody", headers=page)
    assert nobody.headers["location"] == "/sign-in?failed=not-found"
    assert not is_signed_in(browser)


def test_an_answer_is_good_once_in_the_browser_that_began(
    browser: httpx.Client, provider: OpenIdProvider, address: str
) -> None:
    back = come_back(browser)
    with httpx.Client(base_url=address) as another:
        assert another.get(back).status_code == 401, "a link that somebody was sent"
        another.get(START)
        assert another.get(back).status_code == 401, "not even in the middle of their own"
        assert not is_signed_in(another)
    held = dict(browser.cookies)
    assert browser.get(back).status_code == 303
    with httpx.Client(base_url=address, cookies=held) as replayed:
        assert replayed.get(back).status_code == 401
        assert not is_signed_in(replayed)


def test_an_answer_that_comes_too_late_is_no_answer(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts
) -> None:
    from datetime import UTC, datetime, timedelta

    import sqlalchemy as sa

    from interurban.accounts.tables import sign_ins

    back = come_back(browser)
    with people._records.writing() as connection:
        long_ago = datetime.now(UTC) - timedelta(minutes=11)
        connection.execute(sa.update(sign_ins).values(begun_at=long_ago))
    assert browser.get(back).status_code == 401


def test_an_answer_for_one_provider_is_none_for_another(
    browser: httpx.Client, provider: OpenIdProvider
) -> None:
    back = come_back(browser).replace("/oidc/city/", "/oidc/strict/")
    assert browser.get(back).status_code == 401


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_keys_that_changed_are_read_again(
    browser: httpx.Client, provider: OpenIdProvider, kind: str
) -> None:
    assert browser.get(come_back(browser)).status_code == 303
    provider.key = (
        RSAKey.generate_key(2048, {"kid": "new"})
        if kind == "RSA"
        else ECKey.generate_key("P-256", {"kid": "newer"})
    )
    assert browser.get(come_back(browser)).status_code == 303


def test_who_has_no_account_gets_one_only_where_that_is_said(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts
) -> None:
    provider.person |= {"sub": "stranger", "email": "stranger@chicago.example"}
    refused = browser.get(come_back(browser, "/api/sign-in/oidc/strict"))
    assert refused.status_code == 403
    people.register.add(
        "known", name="Known", e_mail="known@chicago.example", provider=("strict", "stranger")
    )
    assert browser.get(come_back(browser, "/api/sign-in/oidc/strict")).status_code == 303
    assert browser.get("/api/me").json()["account"]["id"] == "known"


@pytest.mark.parametrize(
    "changed",
    [
        {"email": None},
        {"email": "not an address"},
        {"email_verified": False},
        {"email": "boss@chicago.example"},
    ],
)
def test_an_address_is_not_who_somebody_is(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts, changed: dict[str, Any]
) -> None:
    """Most of all not an administrator's, whatever a provider says."""
    if not [a for a in people.register.all() if a.id == "boss"]:
        people.register.add(
            "boss", name="B", e_mail="boss@chicago.example", administrator=True,
            password="correct-gondola-lattice-7-plum",
        )  # fmt: skip
    provider.person = {"sub": "m", "email": "m@chicago.example", "name": "M"} | changed
    refused = browser.get(come_back(browser))
    assert refused.status_code == 403
    assert not is_signed_in(browser)


def test_who_was_disabled_stays_out(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts
) -> None:
    provider.person = {"sub": "leaver", "email": "leaver@chicago.example", "name": "L"}
    browser.get(come_back(browser))
    people.register.change("leaver", disabled=True)
    assert browser.get(come_back(browser)).status_code == 403
    assert not is_signed_in(browser)


def test_two_people_of_one_name_have_two_accounts(
    browser: httpx.Client, provider: OpenIdProvider, people: Accounts
) -> None:
    for number in (1, 2):
        provider.person = {
            "sub": f"twin{number}", "email": f"twin{number}@chicago.example",
            "preferred_username": "Twin/../admin",
        }  # fmt: skip
        assert browser.get(come_back(browser)).status_code == 303
    ids = {a.id for a in people.register.all()}
    assert {"twin-admin", "twin-admin-2"} <= ids


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "https://login.evil.example"}, "another issuer"),
        ({"token_endpoint": "http://login.evil.example/token"}, "no https address"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "no way that is safe"),
    ],
)
def test_a_provider_that_is_not_who_it_should_be_is_not_asked(
    provider: OpenIdProvider, home: Path, changed: dict[str, Any], said: str
) -> None:
    from interurban.accounts.oidc import Relying
    from interurban.core.errors import SourceRefused

    provider.describes = lambda description: description | changed
    known = read_providers(home, {"INTERURBAN_TEST_CITY_SECRET": SECRET})["city"]
    with pytest.raises(SourceRefused, match=said):
        Relying(known).authorization_url("http://127.0.0.1/return", "s", "n", "v" * 43)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("/datasets?city=london#map", "/datasets?city=london#map"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(wanted: str, sent: str) -> None:
    assert local_path(wanted) == sent


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("issuer: https", "issuer: http", "issuer"),
        ("client: x", "clint: x", "clint"),
        ("id: a", "id: A b", "id"),
        ("secret_from: HERE", "secret_from: NOWHERE", "secret_from"),
        ("[openid]", "[email]", "scopes"),
        ("dpv:PublicBenefit", "dpv:Nonsense", "purposes"),
    ],
)
def test_a_provider_described_wrongly_is_said_with_line_and_key(
    tmp_path: Path, before: str, after: str, key: str
) -> None:
    sound = (
        "providers:\n  - id: a\n    issuer: https://login.example\n    client: x\n"
        "    secret_from: HERE\n    scopes: [openid]\n    purposes: ['dpv:PublicBenefit']\n"
    )
    environment = {"HERE": "secret"}
    (tmp_path / "sign-in.yaml").write_text(sound)
    found = read_providers(tmp_path, environment)["a"]
    assert found.secret == "secret"
    assert "secret=" not in repr(found)
    (tmp_path / "sign-in.yaml").write_text(sound.replace(before, after))
    with pytest.raises(ConfigurationError) as refused:
        read_providers(tmp_path, environment)
    assert refused.value.file == "sign-in.yaml"
    assert refused.value.line is not None
    assert (refused.value.part or "").endswith(key)


def test_how_somebody_signs_in_is_not_logged(
    browser: httpx.Client, provider: OpenIdProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    back = come_back(browser)
    browser.get(back)
    asked = dict(parse_qsl(urlsplit(back).query))
    logged, deadline = "", time.monotonic() + 10
    while "/api/sign-in/oidc/city/return" not in logged:  # it is logged once it was sent
        assert time.monotonic() < deadline, logged
        logged += capsys.readouterr().out
    for secret in (asked["code"], asked["state"], urlencode({"s": asked["state"]})[2:]):
        assert secret not in logged
