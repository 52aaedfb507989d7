"""Policies over HTTP: what may be done with each dataset, why, and the rules themselves.

The terms are public; the names in them, and everything that changes them, are for administrators.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.accounts import Accounts
from interurban.alliance.agreements.legal_bases import LEGAL_BASES
from interurban.catalog.node import Node
from interurban.catalog.policies import (
    Checked,
    check_policy,
    check_text,
    explain,
    in_force,
    set_policy,
)
from interurban.core.dataset import Dataset
from interurban.core.errors import (
    BadRequest,
    ConfigurationError,
    InvalidInput,
    InvalidTime,
    Refused,
)
from interurban.core.policy import (
    ACTIONS,
    ANONYMOUS,
    ANYONE,
    SIGNED_IN,
    Action,
    Decision,
    Reader,
    Rule,
)
from interurban.policy.rights import purposes, wording
from interurban.policy.rights.evaluate import PEER, parties_of
from interurban.policy.rights.findings import Finding
from interurban.policy.rights.odrl_writing import to_json_ld
from interurban.policy.rights.policy_files import versions
from interurban.policy.rights.published import EVERYTHING, Term, conditions, is_public, terms
from interurban.policy.rights.rules import PARTY
from interurban.policy.rights.writing import to_yaml

from .bodies import read_text
from .catalogue import access
from .formats import JSON_FORMAT, JSON_LD
from .identity import accounts_of, administrator_of, reader_of
from .methods import by_method
from .negotiation import choose_format
from .partner_documents import node_of
from .problems import PolicyNotSet
from .provenance import instant
from .request_values import listed, only, single, whole_number
from .service import held_or_json, json_answer, service

__all__ = ["POLICY_TEXTS", "routes"]

POLICY_TEXTS = {
    "application/yaml": "policy.yaml",
    "text/yaml": "policy.yaml",
    "application/json": "policy.json",
    "application/ld+json": "policy.jsonld",
    "text/turtle": "policy.ttl",
}
"""Media types of a policy, and what such a text is called in what is said about it."""

_FRESH = {"Cache-Control": "no-store"}
_SOMEBODY = "(somebody)"
"""An account of which only groups and organisation are said; nobody's id has brackets."""


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/policies", policies),
        by_method("/api/policies/{dataset}", get=one_policy, put=put_policy),
        Route("/api/policies/{dataset}/check", check, methods=["POST"]),
        Route("/api/policies/{dataset}/explain", explained),
        Route("/api/legal-bases", legal_bases),
    ]


async def policies(request: Request) -> Response:
    """Every dataset: what the reader may have of it, and who said what rules."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)

    def work() -> list[dict[str, Any]]:
        return [_summary(web.node, each) for each in web.node.datasets() if _owns(web.node, each)]

    return json_answer({"policies": await web.workers.run(request, work)}, _FRESH)


async def one_policy(request: Request) -> Response:
    """The rules on a dataset, in words and as text, or as ODRL."""
    form = choose_format(request, (JSON_FORMAT, JSON_LD))
    only(request, "f", "version")
    version = whole_number(request, "version", 0, 0, 10**9) or None
    if version is not None:
        administrator_of(request)
    web, named = service(request), _named(request)

    def work() -> Response:
        dataset = _own(web.node, request.path_params["dataset"])
        found = in_force(web.node, dataset.id, version)
        whole = is_public(found.policy, named)
        if form is JSON_LD:
            if not whole:
                raise Refused(
                    f"The policy of {dataset.id} names somebody, or tells of rows that are hidden.",
                    advice="Read its rules in words with f=json, or ask an administrator.",
                )
            terms_ = to_json_ld(found.policy, dataset.id)
            return json_answer(terms_, _FRESH, JSON_LD.media_type)
        kept = versions(web.node.home.root, dataset.id) if named is EVERYTHING else ()
        document = _summary(web.node, dataset) | {
            "version": found.policy.version,
            "licence": found.policy.licence,
            "terms": [_term(each) for each in terms(found.policy, named)],
            "yaml": to_yaml(found.policy) if whole else None,
            "versions": [
                {"version": each.version, "set_at": instant(each.saved_at)} for each in kept
            ],
        }
        return json_answer(document, _FRESH)

    return await web.workers.run(request, work)


async def put_policy(request: Request) -> Response:
    """Set the rules on a dataset; every version is kept."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    who = administrator_of(request).account
    text, name = await _text(request)
    if not text:
        raise BadRequest("There is no policy in the body.", advice="Send it as YAML or ODRL.")
    web, accounts = service(request), accounts_of(request)

    def work() -> dict[str, Any]:
        dataset = _own(web.node, request.path_params["dataset"])
        parties = accounts.register.parties()
        try:
            kept = set_policy(web.node, dataset.id, text, name, who=who, parties=parties)
        except (ConfigurationError, InvalidInput) as error:
            found = _checked(web.node, dataset.id, text, name, accounts)
            raise PolicyNotSet(error.what, found["findings"], advice=error.advice) from error
        return _summary(web.node, dataset) | {
            "findings": [_finding(each) for each in kept.findings]
        }

    return json_answer(await web.workers.run(request, work), _FRESH)


async def check(request: Request) -> Response:
    """What is wrong with a policy; of an empty body, with the one in force."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    administrator_of(request)
    text, name = await _text(request)
    web, accounts = service(request), accounts_of(request)

    def work() -> dict[str, Any]:
        dataset = _own(web.node, request.path_params["dataset"])
        return _checked(web.node, dataset.id, text, name, accounts)

    return json_answer(await web.workers.run(request, work), _FRESH)


async def explained(request: Request) -> Response:
    """Whether somebody may do something with a dataset, and by which rule."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "action", "purpose", "at", repeated=("to",))
    about = listed(request, "to")
    if about:
        administrator_of(request)
    action, at = _action(request), _at(request)
    purpose = single(request, "purpose")
    web, accounts, named = service(request), accounts_of(request), _named(request)

    def work() -> dict[str, Any]:
        reader = _described(about, accounts) if about else web.node.reader
        if purpose:
            reader = replace(reader, purpose=purpose)
        dataset = web.node.dataset(request.path_params["dataset"]).id
        decision, rule = explain(web.node, dataset, reader, action, at)
        return {
            "dataset": dataset,
            "to": list(about),
            "action": action,
            "purpose": reader.purpose,
            "at": instant(at),
            **_decision(decision, rule, EVERYTHING if named is EVERYTHING else parties_of(reader)),
        }

    return json_answer(await web.workers.run(request, work), _FRESH)


async def legal_bases(request: Request) -> Response:
    """The law's reasons why data may be shared, as agreements name them."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    found = [{"term": term, "words": words} for term, words in LEGAL_BASES.items()]
    return held_or_json(request, {"legal_bases": found}, [])


# Who asks about what


def _named(request: Request) -> frozenset[str] | None:
    """The parties whose names the reader may know: all of them, or their own."""
    reader = reader_of(request)
    return EVERYTHING if reader.administrator else parties_of(reader)


def _own(node: Node, dataset: str) -> Dataset:
    """A dataset of this node; of a partner's its owner decides."""
    found = node.dataset(dataset)
    if not _owns(node, found):
        raise BadRequest(
            f"{dataset} is a partner's, and its policy is decided there.",
            advice="See what may be done with it under /api/datasets.",
            part="dataset",
        )
    return found


def _owns(node: Node, dataset: Dataset) -> bool:
    return node_of(node, dataset.id) is None


def _described(about: Iterable[str], accounts: Accounts) -> Reader:
    """The reader that some parties describe together.

    Raises
    ------
    BadRequest: one is no party. UnknownAccount: there is no such account.
    """
    reader = ANONYMOUS
    for party in about:
        if not PARTY.fullmatch(party):
            raise BadRequest(
                f"{party[:80]!r} names nobody.",
                advice="Write anyone, signed-in, or account:, organisation:, group: or peer: with "
                "an id.",
                part="to",
            )
        kind, _, name = party.partition(":")
        match kind:
            case "account":
                reader = accounts.register.get(name).reader()
            case "peer":
                reader = Reader(account=PEER + name)
            case "organisation":
                reader = replace(_signed_in(reader), organisation=name)
            case "group":
                reader = replace(_signed_in(reader), groups=(*reader.groups, name))
            case _ if party == SIGNED_IN:
                reader = _signed_in(reader)
            case _:
                assert party == ANYONE
    return reader


def _signed_in(reader: Reader) -> Reader:
    return reader if reader.account is not None else replace(reader, account=_SOMEBODY)


def _action(request: Request) -> Action:
    action = single(request, "action", "read")
    if action not in ACTIONS:
        raise BadRequest(
            f"action={action[:40]!r} is nothing that can be done with a dataset.",
            advice=f"It is one of {', '.join(ACTIONS)}.",
            part="action",
        )
    return action


def _at(request: Request) -> datetime | None:
    text = single(request, "at")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidTime(
            f"at={text[:40]!r} is no instant with a time zone.",
            advice="Write it as 2026-07-01T09:00:00Z.",
            part="at",
        )
    return found


# What is read and said


async def _text(request: Request) -> tuple[str, str]:
    """A policy and what it is called; both empty where there is none."""
    text, media_type = await read_text(request, tuple(POLICY_TEXTS))
    return text, POLICY_TEXTS.get(media_type, "")


def _checked(node: Node, dataset: str, text: str, name: str, accounts: Accounts) -> dict[str, Any]:
    parties = accounts.register.parties()
    if not text:
        policy = in_force(node, dataset).policy
        checked = Checked(policy, "", check_policy(node, dataset, policy, parties))
    else:
        try:
            checked = check_text(node, dataset, text, name, parties)
        except (ConfigurationError, InvalidInput) as error:
            return {"findings": [_mistake(error)], "can_be_set": False}
    return {
        "findings": [_finding(each) for each in checked.findings],
        "can_be_set": checked.can_be_set,
    }


def _finding(found: Finding) -> dict[str, Any]:
    rules = [f'rule "{each}"' for each in found.rules]
    return {
        "severity": found.severity,
        "what": found.what,
        "advice": found.advice,
        "where": wording.joined(rules),
        "line": None,
    }


def _mistake(error: ConfigurationError | InvalidInput) -> dict[str, Any]:
    """What keeps a text from being read, as a finding."""
    line = error.line if isinstance(error, ConfigurationError) else None
    places = [f"line {line}" if line else "", f"key {error.part}" if error.part else ""]
    return {
        "severity": "error",
        "what": error.what,
        "advice": error.advice,
        "where": ", ".join(filter(None, places)),
        "line": line,
    }


def _summary(node: Node, dataset: Dataset) -> dict[str, Any]:
    found = in_force(node, dataset.id)
    return {
        "dataset": dataset.id,
        "title": dataset.title,
        "city": dataset.city,
        "access": access(node, dataset),
        "origin": found.origin,
        "version": found.policy.version,
        "rules": len(found.policy.rules),
    }


def _term(term: Term) -> dict[str, Any]:
    rule = term.rule
    return {
        "id": rule.id,
        "effect": rule.effect,
        "actions": list(rule.actions),
        "to": list(term.to),
        "purposes": [{"id": each, "label": purposes.in_words(each)} for each in rule.purposes],
        "from": instant(rule.not_before),
        "until": instant(rule.not_after),
        "because": term.because,
        "words": term.words,
        "conditions": list(term.conditions),
        "duties": [{"action": each.action, "words": each.words} for each in rule.duties],
    }


def _decision(
    decision: Decision, rule: Rule | None, named: frozenset[str] | None
) -> dict[str, Any]:
    said = wording.rule(rule, named) if rule is not None else ""
    return {
        "permitted": decision.permitted,
        "reason": decision.reason,
        "rule": None if rule is None else {"id": rule.id, "words": f"{said[0].upper()}{said[1:]}."},
        "conditions": list(conditions(decision.obligations, named)),
        "duties": [{"action": each.action, "words": each.words} for each in decision.duties],
    }
