"""Sign-in providers as an operator describes them: ``sign-in.yaml`` in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from interurban.core.errors import BadRequest
from interurban.standards.yaml_file import Section, read_yaml

from .people import checked_id, checked_purposes

__all__ = ["FILE", "Claim", "Provider", "is_safe_url", "read_providers"]

FILE = "sign-in.yaml"

_KEYS = (
    "id", "title", "issuer", "client", "secret_from", "scopes", "new_accounts", "organisation",
    "organisations", "groups", "purposes",
)  # fmt: skip
_SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim of the provider means here: its values as ids of groups or organisations."""

    name: str
    meaning: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def read(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """The ids that somebody's claims mean; values nobody described mean nothing."""
        given = claims.get(self.name)
        values: Iterable[Any] = given if isinstance(given, list) else (given,)
        found = (self.meaning[value] for value in values if isinstance(value, str)
                 and value in self.meaning)  # fmt: skip
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Provider:
    """One OpenID provider.

    Parameters
    ----------
    issuer: its address, exactly as its tokens name it.
    client, secret: how this node is known to it; no secret for a public client.
    new_accounts: whether whoever it vouches for gets an account at the first sign-in.
    organisation: of everybody it vouches for, where no claim says another.
    purposes: of new accounts.
    """

    id: str
    title: str
    issuer: str
    client: str
    secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = _SCOPES
    new_accounts: bool = False
    organisation: str | None = None
    organisations: Claim | None = None
    groups: Claim | None = None
    purposes: tuple[str, ...] = ()


def read_providers(home: Path, environment: Mapping[str, str] | None = None) -> dict[str, Provider]:
    """The providers of a node by id; none where there is no such file.

    Raises
    ------
    ConfigurationError: names the line and the key that is wrong.
    """
    file = home / FILE
    if not file.exists():
        return {}
    top = read_yaml(file, FILE)
    top.allow(("providers",))
    given = os.environ if environment is None else environment
    found: dict[str, Provider] = {}
    for section in top.sections("providers"):
        provider = _provider(section, given)
        if provider.id in found:
            raise section.wrong("there are two providers of this id.", "id")
        found[provider.id] = provider
    return found


def is_safe_url(url: str) -> bool:
    """Whether secrets may be sent there: by https, or to this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return True
    try:
        return parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        return False


def _provider(section: Section, environment: Mapping[str, str]) -> Provider:
    section.allow(_KEYS)
    issuer = section.text("issuer")
    if not is_safe_url(issuer):
        raise section.wrong("this must be an https address.", "issuer")
    variable = section.text("secret_from", "")
    if variable and not environment.get(variable):
        raise section.wrong(
            f"the environment has no {variable}.", "secret_from", "Set it to the client's secret."
        )
    scopes = section.texts("scopes") or _SCOPES
    if "openid" not in scopes:
        raise section.wrong("openid must be among these.", "scopes")
    try:
        provider = checked_id(section.text("id"), "a provider")
        purposes = checked_purposes(section.texts("purposes"))
    except BadRequest as error:
        raise section.wrong(error.what, error.part or "", error.advice) from error
    return Provider(
        id=provider,
        title=section.text("title", provider),
        issuer=issuer,
        client=section.text("client"),
        secret=environment.get(variable, "") if variable else "",
        scopes=scopes,
        new_accounts=section.flag("new_accounts"),
        organisation=section.text("organisation", "") or None,
        organisations=_claim(section.section("organisations")),
        groups=_claim(section.section("groups")),
        purposes=purposes,
    )


def _claim(section: Section | None) -> Claim | None:
    if section is None:
        return None
    section.allow(("claim", "values"))
    values = section.section("values")
    if values is None:
        raise section.wrong("say what its values mean here.", "values")
    return Claim(
        section.text("claim"), MappingProxyType({name: values.written(name) for name in values})
    )
