"""Two runs beside each other, for the page: what went in, what came out, and what drove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest
from interurban.core.model import Pinned, Run, TableContract
from interurban.workspace import Change, compare_runs, compare_table, drivers

from .formats import JSON_FORMAT
from .models_api import plain
from .negotiation import choose_format
from .request_values import listed, only, single, whole_number
from .run_documents import pinned_document, run_document
from .run_tables import WHERE, columnar, find_table, read_where, where_names
from .service import JSON, Service, json_answer, service

__all__ = ["routes"]

_MAX_ROWS = 1_000_000
_ROWS = 100_000
_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/compare", compare), Route("/api/compare/table", one_table)]


async def compare(request: Request) -> Response:
    """What differs between two runs."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "a", "b")
    web = service(request)

    def answer() -> Response:
        a, b = _both(web, request)
        return json_answer(_compared(web, web.base(request), a, b), _FRESH)

    return await web.workers.run(request, answer)


async def one_table(request: Request) -> Response:
    """A table of two runs, aligned on its key: a, b, the difference, and percent of a."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "a", "b", "table", "limit", repeated=("group", *where_names(request)))
    web = service(request)
    limit = min(_MAX_ROWS, whole_number(request, "limit", _ROWS, 1, 10**18))
    group, where = listed(request, "group"), read_where(request)
    name = single(request, "table")

    def answer() -> bytes:
        a, b = _both(web, request)
        table = find_table(web, a, name)
        find_table(web, b, name)
        contract = table.contract
        strange = next((n for n in (*group, *where) if n not in contract.key), None)
        if strange is not None:
            raise BadRequest(
                f"{contract.title} can't be compared by {strange[:60]!r}.",
                advice=f"It can by: {', '.join(contract.key)}.",
                part="group" if strange in group else f"{WHERE}{strange}",
            )
        by = [n for n in contract.key if n in (*group, *where)] if group else []
        found = compare_table(web.desk.workspace, a.id, b.id, name, by=by)
        rows = _summed(_filtered(found, where), list(group) or list(contract.key))
        head = {"table": name, "key": list(group) or list(contract.key), "value": contract.value}
        return columnar(rows, _units(contract, rows), limit, head)

    content = await web.workers.run(request, answer)
    return Response(content, headers=_FRESH, media_type=JSON)


def _both(web: Service, request: Request) -> tuple[Run, Run]:
    for name in ("a", "b"):
        if not single(request, name):
            raise BadRequest(f"{name} is missing.", advice="Name two runs, a and b.", part=name)
    return web.desk.run(single(request, "a")), web.desk.run(single(request, "b"))


def _compared(web: Service, base: str, a: Run, b: Run) -> dict[str, Any]:
    found = compare_runs(web.desk.workspace, a.id, b.id)
    plans = web.desk.workspace.catalogue.plans
    known = plans.get(a.model)
    titles = {p.name: p.title for p in known.parameters} if known is not None else {}
    gives: dict[str, TableContract] = {}
    if known is not None:
        titles |= {c.name: c.title for c in known.graph.needs}
        gives = {c.name: c for c in known.graph.gives}

    def changes(all_: Sequence[Change]) -> list[dict[str, Any]]:
        return [
            {
                "name": change.name,
                "title": titles.get(change.name, change.name),
                "a": _side(web, change.first),
                "b": _side(web, change.second),
            }
            for change in all_
        ]

    return {
        "a": run_document(web, base, a),
        "b": run_document(web, base, b),
        "about": changes(found.about),
        "parameters": changes(found.parameters),
        "inputs": changes(found.inputs),
        "same": list(found.same),
        "tables": [
            {
                "table": table,
                "title": gives[table].title if table in gives else table,
                "changed": table not in found.equal,
                "key": list(gives[table].key) if table in gives else [],
                "value": gives[table].value if table in gives else None,
            }
            for table in found.tables
        ],
        "drivers": [
            {
                "component": driver.component,
                "a": driver.first,
                "b": driver.second,
                "difference": driver.difference,
            }
            for driver in (drivers(web.desk.workspace, a.id, b.id) if known is not None else ())
        ],
    }


def _side(web: Service, value: Any) -> Any:
    return pinned_document(web, value) if isinstance(value, Pinned) else plain(value)


def _filtered(rows: pa.Table, where: Mapping[str, tuple[str, ...]]) -> pa.Table:
    for name, values in where.items():
        words = pc.cast(rows.column(name), pa.string())
        rows = rows.filter(pc.is_in(words, value_set=pa.array(values, pa.string())))
    return rows


def _summed(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The rows by some columns of the key; sums of both sides, and their difference anew."""
    summed = rows.group_by(list(key), use_threads=False)
    summed = summed.aggregate([("first", "sum"), ("second", "sum")])
    summed = summed.rename_columns({"first_sum": "a", "second_sum": "b"}).select([*key, "a", "b"])
    a, b = (summed.column(side).cast(pa.float64()) for side in ("a", "b"))
    difference = pc.subtract(b, a)
    base = pc.if_else(pc.equal(a, 0.0), pa.scalar(None, pa.float64()), pc.abs(a))
    summed = summed.append_column("difference", difference)
    summed = summed.append_column("percent", pc.multiply(pc.divide(difference, base), 100.0))
    return summed.sort_by([(name, "ascending") for name in key])


def _units(contract: TableContract, rows: pa.Table) -> dict[str, str]:
    field = contract.field(contract.value or "")
    unit = field.unit if field is not None else ""
    units = {name: unit for name in ("a", "b", "difference") if unit}
    of_key = {f.name: f.unit for f in contract.fields if f.name in rows.column_names and f.unit}
    return of_key | units | {"percent": "%"}
