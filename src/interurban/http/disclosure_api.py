"""Safe tables over HTTP: of what the asker may have of a dataset, hidden cells drawn as hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.catalog.disclosing import Made, Wanted, make_table
from interurban.core.errors import BadRequest, TooMuch, TooOften
from interurban.policy.disclosure import (
    HIDDEN,
    Dominance,
    Effort,
    PPercent,
    Protected,
    Rule,
    Threshold,
    protect,
)

from .bodies import read_object
from .encode_csv import csv_table
from .formats import CSV, JSON_FORMAT
from .members import (
    AMOUNT,
    CONDITIONS,
    FLAG,
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
    TWO_AMOUNTS,
    conditions,
    members_of,
)
from .negotiation import choose_format
from .provenance import file_name, source, source_headers
from .request_values import only
from .service import Service, json_answer, service

__all__ = ["MOST_CELLS", "MOST_SECONDS", "routes"]

MOST_CELLS = 2_000
"""Cells of a table, totals included."""

MOST_SECONDS = 10.0
"""How long the least to hide is looked for; a table is as safe when time is short."""

_FRESH = {"Cache-Control": "no-store"}
_MOST_WAITING = 4
_LARGEST = 10
_SAID = 5
"""Columns of a table beside its labels: shown, value, hidden, at_least, at_most."""
_FEW_OR_NONE = "▨ few or none"
_OPTIONAL = {
    "measure": TEXT,
    "contributor": TEXT,
    "rules": OBJECT,
    "where": CONDITIONS,
    "seconds": AMOUNT,
}
_RULES = {"threshold": NUMBER, "zeros": FLAG, "dominance": TWO_AMOUNTS, "p": AMOUNT}


def routes() -> list[Route]:
    """The routes of this module."""
    turn = CapacityLimiter(1)

    async def disclose(request: Request) -> Response:
        """A table that tells nobody's number."""
        return await _disclose(request, turn)

    return [Route("/api/disclose", disclose, methods=["POST"])]


@dataclass(frozen=True, slots=True)
class _Asked:
    wanted: Wanted
    rules: dict[str, Any]
    seconds: float


async def _disclose(request: Request, turn: CapacityLimiter) -> Response:
    form = choose_format(request, (JSON_FORMAT, CSV))
    only(request, "f")
    asked = await _read(request)
    web = service(request)
    if turn.statistics().tasks_waiting >= _MOST_WAITING:
        # Each takes a core for seconds, and questions need it too.
        raise TooOften(
            "Other tables are being made safe.", wait_s=5, advice="Try again in a moment."
        )
    made = await web.workers.run(request, lambda: _made(web, asked))
    city, dataset = web.described(asked.wanted.dataset)
    rules = _rules(asked.rules, city.suppression_threshold)

    def work() -> Response:
        safe = protect(made.tabulated, rules, Effort(seconds=asked.seconds))
        headers = _FRESH | source_headers(city, dataset, made.snapshot)
        shown = _shown(safe, left_out=made.left_out)
        if form is CSV:
            name = f"{file_name(made.snapshot)}-table.csv"
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return Response(csv_table(shown), headers=headers, media_type=CSV.media_type)
        document = {
            "dataset": dataset.id,
            "version": made.snapshot.version,
            "measure": "count" if asked.wanted.value is None else f"sum:{asked.wanted.value}",
            "rules": _told_rules(rules),
            "conditions": list(made.snapshot.conditions),
            **_table(safe, shown),
            "source": source(city, dataset, made.snapshot),
        }
        return json_answer(document, headers)

    return await to_thread.run_sync(work, limiter=turn)


# What is asked


async def _read(request: Request) -> _Asked:
    body = await read_object(request)
    asked = members_of(body, {"dataset": TEXT, "by": LIST}, _OPTIONAL)
    rules = members_of(asked.get("rules", {}), {}, _RULES)
    measure, colon, value = asked.get("measure", "count").partition(":")
    if (measure, bool(colon)) not in (("count", False), ("sum", True)):
        raise BadRequest(
            "A table counts rows, or adds a field up.",
            advice="measure is count, or sum:<field>.",
            part="measure",
        )
    seconds = float(asked.get("seconds", MOST_SECONDS))
    if not 0 < seconds <= MOST_SECONDS:
        raise BadRequest(f"seconds is above 0 and at most {MOST_SECONDS:g}.", part="seconds")
    wanted = Wanted(
        dataset=asked["dataset"],
        by=tuple(_axis(each) for each in asked["by"]),
        value=value if colon else None,
        contributor=asked.get("contributor"),
        narrowed=conditions(asked.get("where", {})),
        contributions="dominance" in rules or "p" in rules,
    )
    return _Asked(wanted, rules, seconds)


def _axis(said: Any) -> tuple[str, ...]:
    """An axis: a field, or its levels from the topmost down."""
    if isinstance(said, str):
        return (said,)
    if isinstance(said, list) and said and all(isinstance(level, str) for level in said):
        return tuple(said)
    raise BadRequest(
        "by is a list of fields, or of lists of levels.",
        advice='Write ["ward", "rating"], or [["borough", "ward"], "rating"].',
        part="by",
    )


def _rules(said: dict[str, Any], usual: int) -> tuple[Rule, ...]:
    rules: list[Rule] = [Threshold(said.get("threshold", usual), said.get("zeros", False))]
    if "dominance" in said:
        largest, percent = said["dominance"]
        if largest != math.floor(largest) or not 1 <= largest <= _LARGEST:
            raise BadRequest(
                f"Dominance looks at 1 to {_LARGEST} contributors.",
                advice="Write how many, and their share in percent: [2, 85].",
                part="dominance",
            )
        rules.append(Dominance(int(largest), float(percent)))
    if "p" in said:
        rules.append(PPercent(float(said["p"])))
    return tuple(rules)


def _made(web: Service, asked: _Asked) -> Made:
    made = make_table(web.node, asked.wanted)
    cells = made.tabulated.table.values.size
    if cells > MOST_CELLS:
        raise TooMuch(
            f"The table has {cells:,} cells with its totals; {MOST_CELLS:,} are made safe here.",
            advice="Use coarser categories, or the command line: interurban disclose.",
            part="by",
        )
    return made


# What is told


def _shown(safe: Protected, *, left_out: bool) -> pa.Table:
    """The table as it may be shown, a row for each cell; nothing in it says why one is hidden.

    Parameters
    ----------
    left_out: cells of nobody may be of a few, and are hidden too.
    """
    rows = safe.to_arrow()
    shape = safe.published.values.shape
    texts = pa.array([safe.text(cell) for cell in np.ndindex(shape)])
    if left_out:
        unsure = pc.equal(pc.fill_null(rows["value"], 1), 0)
        changed = {
            "shown": pc.if_else(unsure, HIDDEN, rows["shown"]),
            "value": pc.if_else(unsure, None, rows["value"]),
            "hidden": pc.or_(unsure, rows["hidden"]),
            "at_most": pc.if_else(unsure, None, rows["at_most"]),
        }
        texts = pc.if_else(unsure, _FEW_OR_NONE, texts)
        first = rows.num_columns - _SAID
        for index in range(first, rows.num_columns):
            name = rows.column_names[index]
            if name in changed:
                rows = rows.set_column(index, name, changed[name])
    return rows.append_column("text", texts)


def _table(safe: Protected, shown: pa.Table) -> dict[str, Any]:
    axes = [list(axis.levels) for axis in safe.published.axes]
    columns = [column.to_pylist() for column in shown.columns]
    depth = sum(map(len, axes))
    # By place, as a field may be called what these are called.
    said = ("shown", "value", "hidden", "at_least", "at_most", "text")
    told = safe.audit
    return {
        "axes": axes,
        "cells": [
            {"at": list(row[:depth]), **dict(zip(said, row[depth:], strict=True))}
            for row in zip(*columns, strict=True)
        ],
        "hidden": {
            "by_rule": int(safe.suppression.primary.sum()),
            "beside": int(safe.suppression.secondary.sum()),
            "needless_at_most": safe.suppression.gap,
        },
        "audit": {
            "safe": not bool(told.recovered.any()),
            "recovered": int(told.recovered.sum()),
            "narrowest": told.narrowest if math.isfinite(told.narrowest) else None,
        },
    }


def _told_rules(rules: tuple[Rule, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for rule in rules:
        match rule:
            case Threshold(at_least, zeros):
                told |= {"threshold": at_least, "zeros": zeros}
            case Dominance(contributors, percent):
                told["dominance"] = [contributors, percent]
            case PPercent(percent):
                told["p"] = percent
    return told
