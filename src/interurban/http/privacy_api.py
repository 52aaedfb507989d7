"""Answers with noise over HTTP, for readers with a budget, and the ledger of what they cost."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.catalog.noise import (
    ROW,
    Asked,
    Beforehand,
    Statistic,
    answer,
    beforehand,
    grant,
    ledger,
)
from interurban.core.errors import BadRequest, Refused, SignInNeeded
from interurban.core.policy import Reader
from interurban.policy.privacy import Account, Answer, Ledger, Mean, Mechanism, Spend, epsilon

from .formats import JSON_FORMAT
from .identity import accounts_of, administrator_of, reader_of
from .members import (
    AMOUNT,
    CONDITIONS,
    FLAG,
    NUMBER,
    TEXT,
    TEXTS,
    TWO_AMOUNTS,
    conditions,
    read_members,
)
from .negotiation import choose_format
from .problems import NotInstalled
from .provenance import instant
from .request_values import only
from .service import json_answer, service

__all__ = ["MECHANISMS", "STATISTICS", "routes"]

STATISTICS: tuple[str, ...] = get_args(Statistic)
MECHANISMS: tuple[str, ...] = get_args(Mechanism)

_FRESH = {"Cache-Control": "no-store"}
_MOST_VALUES = 10_000
_PRICE = {"rho": AMOUNT, "epsilon": AMOUNT}
_QUESTION = {
    **_PRICE,
    "field": TEXT,
    "by": TEXT,
    "between": TWO_AMOUNTS,
    "values": TEXTS,
    "unit": TEXT,
    "most": NUMBER,
    "grain": AMOUNT,
    "mechanism": TEXT,
    "where": CONDITIONS,
    "dry": FLAG,
}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/privacy/budgets", budgets),
        Route("/api/privacy/{dataset}/ledger", one_ledger),
        Route("/api/privacy/{dataset}/answer", noisy_answer, methods=["POST"]),
        Route("/api/privacy/{dataset}/grant", give, methods=["POST"]),
    ]


async def budgets(request: Request) -> Response:
    """One's own budgets and what is left of them; administrators see everybody's."""
    reader = _signed_in(request)
    web = service(request)

    def work() -> list[dict[str, Any]]:
        with ledger(web.node.home.root) as kept:
            return [_budget(each) for each in kept.accounts() if _sees(reader, each.reader)]

    return json_answer({"budgets": await web.workers.run(request, work)}, _FRESH)


async def one_ledger(request: Request) -> Response:
    """Budgets on a dataset and every answer that was paid for, never the answers themselves."""
    reader = _signed_in(request)
    web = service(request)

    def work() -> dict[str, Any]:
        dataset = web.node.dataset(request.path_params["dataset"]).id
        with ledger(web.node.home.root) as kept:
            accounts, spends = kept.accounts(), kept.spends(dataset)
        return {
            "dataset": dataset,
            "budgets": [
                _budget(each)
                for each in accounts
                if each.dataset == dataset and _sees(reader, each.reader)
            ],
            "spends": [_spend(each) for each in spends if _sees(reader, each.reader)],
        }

    return json_answer(await web.workers.run(request, work), _FRESH)


async def give(request: Request) -> Response:
    """Allow an account so much in all, for everything it ever asks of a dataset's units."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    who = str(administrator_of(request).account)
    asked = await read_members(request, {"reader": TEXT}, {**_PRICE, "unit": TEXT})
    rho = _rho(asked)
    web, accounts = service(request), accounts_of(request)

    def work() -> dict[str, Any]:
        reader = accounts.register.get(asked["reader"]).id
        dataset = request.path_params["dataset"]
        return _budget(grant(web.node, dataset, asked.get("unit", ROW), reader, rho, who))

    answered = json_answer(await web.workers.run(request, work), _FRESH)
    answered.status_code = 201
    return answered


async def noisy_answer(request: Request) -> Response:
    """A count, sum, mean or histogram with noise, or how much noise there would be."""
    reader = _signed_in(request)
    asked = await read_members(request, {"statistic": TEXT}, _QUESTION)
    dry = asked.get("dry", False)
    _needs_opendp()
    web, dataset = service(request), request.path_params["dataset"]

    def work() -> dict[str, Any]:
        node = web.node
        known = node.dataset(dataset).id
        with ledger(node.home.root) as kept:
            budget = _own(kept, known, reader, asked.get("unit"))
        question = _question(asked, known, budget.unit)
        band = beforehand(node, question)
        told = None if dry else answer(node, question, budget.reader)
        return _answer(question, band, told, budget)

    return json_answer(await web.workers.run(request, work), _FRESH)


# Who asks what


def _signed_in(request: Request) -> Reader:
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    reader = reader_of(request)
    if reader.account is None:
        raise SignInNeeded(
            "Answers with noise are for readers with a budget.", advice="Sign in first."
        )
    return reader


def _sees(reader: Reader, other: str) -> bool:
    return reader.administrator or other == reader.account


def _own(kept: Ledger, dataset: str, reader: Reader, unit: str | None) -> Account:
    """The account that pays: of the unit named, or the only one there is."""
    mine = [
        each
        for each in kept.accounts()
        if (each.dataset, each.reader) == (dataset, reader.account) and unit in (None, each.unit)
    ]
    if not mine:
        of = f" of {unit[:60]}" if unit else ""
        raise Refused(
            f"You have no privacy budget{of} on {dataset}.",
            advice="Ask an administrator for one.",
        )
    if len(mine) > 1:
        raise BadRequest(
            f"You have several privacy budgets on {dataset}.",
            advice=f"Name one: unit is {' or '.join(each.unit for each in mine)}.",
            part="unit",
        )
    return mine[0]


def _question(asked: dict[str, Any], dataset: str, unit: str) -> Asked:
    statistic, mechanism = asked["statistic"], asked.get("mechanism", MECHANISMS[0])
    for part, said, known in (
        ("statistic", statistic, STATISTICS),
        ("mechanism", mechanism, MECHANISMS),
    ):
        if said not in known:
            raise BadRequest(
                f"There is no {part} {said[:40]!r}.",
                advice=f"It is one of {', '.join(known)}.",
                part=part,
            )
    if "field" in asked and "by" in asked:
        raise BadRequest(
            "A histogram is by one field, and anything else of one.",
            advice="Leave field or by out.",
            part="by",
        )
    if len(asked.get("values", ())) > _MOST_VALUES:
        raise BadRequest(f"A histogram has at most {_MOST_VALUES:,} values.", part="values")
    between = asked.get("between")
    return Asked(
        dataset=dataset,
        statistic=cast("Statistic", statistic),
        rho=_rho(asked),
        field=asked.get("field", asked.get("by")),
        between=None if between is None else (float(between[0]), float(between[1])),
        values=tuple(asked.get("values", ())),
        unit=unit,
        most=asked.get("most", 1),
        grain=float(asked.get("grain", 1.0)),
        mechanism=cast("Mechanism", mechanism),
        narrowed=conditions(asked.get("where", {})),
    )


def _rho(asked: dict[str, Any]) -> float:
    """What it may cost; an epsilon costs half its square (Bun and Steinke 2016)."""
    if ("rho" in asked) == ("epsilon" in asked):
        raise BadRequest(
            "Say what it may cost, as rho or as epsilon.", advice="Try a rho of 0.1.", part="rho"
        )
    if "rho" in asked:
        return float(asked["rho"])
    return float(asked["epsilon"]) ** 2 / 2 if abs(asked["epsilon"]) < 1e6 else math.inf


def _needs_opendp() -> None:
    if find_spec("opendp") is None:
        raise NotInstalled(
            "Answers with noise need OpenDP, which is not installed on this node.",
            advice="Tell its administrator: pip install 'interurban[dp]'.",
        )


# What is told


def _budget(account: Account) -> dict[str, Any]:
    return {
        "dataset": account.dataset,
        "unit": account.unit,
        "reader": account.reader,
        "granted": account.granted,
        "remaining": account.remaining,
        "epsilon": epsilon(account.granted),
    }


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "number": spend.number,
        "unit": spend.unit,
        "reader": spend.reader,
        "mechanism": spend.mechanism,
        "rho": spend.rho,
        "remaining": spend.remaining,
        "question": spend.query_hash,
        "at": instant(spend.spent_at),
    }


def _answer(
    asked: Asked, before: Beforehand, told: Answer | Mean | None, budget: Account
) -> dict[str, Any]:
    return {
        "dataset": asked.dataset,
        "statistic": asked.statistic,
        "unit": asked.unit,
        "mechanism": asked.mechanism,
        "dry": told is None,
        "numbers": _numbers(asked, told),
        "band": before.band,
        "band_of_parts": None
        if before.of_parts is None
        else dict(zip(("sum", "count"), before.of_parts, strict=True)),
        "rho": asked.rho,
        "epsilon": epsilon(asked.rho),
        "granted": budget.granted,
        "remaining": budget.remaining if told is None else told.spend.remaining,
    }


def _numbers(asked: Asked, told: Answer | Mean | None) -> list[dict[str, Any]]:
    ends: list[tuple[float | None, float | None, float | None]]
    match told:
        case None:
            ends = [(None, None, None)] * len(asked.names)
        case Mean():
            ends = [(told.mean, told.at_least, told.at_most)]
        case Answer():
            ends = [(each, each - told.band, each + told.band) for each in told.numbers]
    return [
        {"name": name, "value": value, "at_least": low, "at_most": high}
        for name, (value, low, high) in zip(asked.names, ends, strict=True)
    ]
