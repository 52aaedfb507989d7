"""Copies of agreements: written so that they can be checked, and checked without any node.

Whoever holds a copy needs nothing but the copy: the terms are hashed again, and both signatures are
checked under statements that name the hash. Whether the fingerprints are those of the two cities,
their people say by telephone; whether it was ended since, their nodes say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import yaml

from interurban.core.alliance import Role, Terms
from interurban.core.errors import BadRequest, ConfigurationError, InterurbanError
from interurban.policy.audit import fingerprint
from interurban.standards.yaml_file import read_yaml_text

from . import signing
from .documents import signed_document
from .register import View
from .signing import Statement, read_signature
from .terms import terms_of_document
from .writing import as_yaml, terms_hash
from .writing import to_yaml as to_terms_yaml

__all__ = ["Checked", "check_copy", "to_yaml"]

_ROLES: tuple[Role, ...] = ("provider", "consumer")
_LONGEST = 1_000_000
_CONDITIONS = "conditions"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a copy holds, and what is wrong with it.

    Parameters
    ----------
    state: as the copy says; it is not signed.
    signed: what each side signed, where its signature is right.
    wrong: sentences; none when nothing is.
    """

    id: str
    state: str
    version: int
    terms: Terms
    terms_hash: str
    signed: Mapping[Role, Statement]
    wrong: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether both sides signed these very terms."""
        return not self.wrong and set(self.signed) == set(_ROLES)


def to_yaml(view: View) -> str:
    """An agreement as YAML: the terms as people write them, with both signatures."""
    found = view.agreement
    signatures = {"provider": found.provider, "consumer": found.consumer}
    above = {"id": found.id, "state": found.state, "version": found.version}
    below: dict[str, Any] = {
        "terms_hash": found.terms_hash,
        "signatures": {
            role: None if signature is None else signed_document(signature)
            for role, signature in signatures.items()
        },
    }
    if found.reason:
        below["reason"] = found.reason
    head = "# Check this copy with: interurban agreements verify FILE\n"
    terms = indent(to_terms_yaml(found.terms), "  ")
    return f"{head}{as_yaml(above)}terms:\n{terms}{as_yaml(below)}"


def check_copy(text: str, shown: str) -> Checked:
    """Check a copy, JSON or YAML, as the API and the command line give it.

    Parameters
    ----------
    shown: the file's name as messages give it.

    Raises
    ------
    ConfigurationError, BadRequest: it is no copy of an agreement that can be read.
    """
    copy = _document(text, shown)
    terms_document = copy.get("terms")
    if isinstance(terms_document, dict):
        terms_document = {k: v for k, v in terms_document.items() if k != _CONDITIONS}
    terms = terms_of_document(terms_document)
    name, version, said = copy.get("id"), copy.get("version"), copy.get("terms_hash")
    if not (isinstance(name, str) and type(version) is int and isinstance(said, str)):
        raise BadRequest(
            f"{shown} is no copy of an agreement: id, version or terms_hash is missing.",
            advice="Write one with: interurban agreements show ID --format yaml",
        )
    hashed = terms_hash(terms)
    wrong = [] if hashed == said else ["The terms were changed: their hash is another."]
    signed, more = _signatures(copy.get("signatures"), name, version, hashed)
    return Checked(
        name, str(copy.get("state", "")), version, terms, hashed, signed, (*wrong, *more)
    )


def _document(text: str, shown: str) -> dict[str, Any]:
    if len(text) > _LONGEST:
        raise ConfigurationError("the file is too long for an agreement.", file=shown)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # JSON is read as such first: YAML takes some of its numbers for texts.
        whole = read_yaml_text(text, shown)
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, yaml.SafeLoader)):
            # A few lines of aliases can stand for more than a machine holds.
            raise ConfigurationError(
                "a copy of an agreement has no aliases (*name).", file=shown
            ) from None
        return whole.options(besides=())
    if not isinstance(found, dict):
        raise ConfigurationError("the file must be a list of keys.", file=shown)
    return found


def _signatures(
    given: object, name: str, version: int, hashed: str
) -> tuple[dict[Role, Statement], list[str]]:
    """What each side signed, and what is wrong with its signature."""
    documents = given if isinstance(given, dict) else {}
    found: dict[Role, Statement] = {}
    wrong: list[str] = []
    for role in _ROLES:
        if documents.get(role) is None:
            wrong.append(f"The {role} has not signed.")
            continue
        try:
            found[role] = _signed(documents[role], role, name, version, hashed)
        except InterurbanError as error:
            wrong.append(f"The {role}'s signature is not right. {error.what}")
    sides = {(said.provider, said.consumer) for said in found.values()}
    if len(sides) > 1:
        wrong.append("The two sides signed agreements between different nodes.")
    return found, wrong


def _signed(document: object, role: Role, name: str, version: int, hashed: str) -> Statement:
    signature = read_signature(document)
    said = signing.statement(signature)
    expected = Statement(name, version, hashed, said.provider, said.consumer, role, "", "", "")
    signing.check(signature, expected, signature.public)
    whose = said.provider if role == "provider" else said.consumer
    if fingerprint(signature.public) != whose:
        raise BadRequest(f"It is of the key {fingerprint(signature.public)}, not {whose}.")
    return said
