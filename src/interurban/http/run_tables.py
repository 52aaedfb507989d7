"""What a run gave, in numbers: a table by columns, filtered and summed; and everything as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, NotFound
from interurban.core.model import Pinned, Run, TableContract
from interurban.core.query import And, Compare, Filter, InList, Literal, Name, Query
from interurban.core.standard import Field
from interurban.standards.spelling import did_you_mean
from interurban.workspace import FORMATS, export_run

from .conditional import cache_headers, etag_of, not_modified
from .formats import JSON_FORMAT
from .json_columns import joined, json_text
from .negotiation import choose_format
from .request_values import listed, only, single, whole_number
from .service import JSON, Service, json_answer, service

__all__ = ["WHERE", "Table", "columnar", "find_table", "read_where", "routes", "where_names"]

WHERE = "where."
"""What a parameter begins with that asks for rows with one value of a column."""

_MAX_ROWS = 1_000_000
_ROWS = 100_000
_WORDS = {"true": True, "false": False}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/runs/{run}/tables/{table}", one_table),
        Route("/api/runs/{run}/export.{form}", export),
        Route("/api/runs/{run}/problems/{table}.csv", problems),
    ]


@dataclass(frozen=True, slots=True)
class Table:
    """An output of a run: its contract, and the version of the dataset that it became."""

    run: Run
    contract: TableContract
    pin: Pinned
    snapshot: Snapshot

    @property
    def fields(self) -> dict[str, Field]:
        """Its columns by name, without places."""
        return {f.name: f for f in self.snapshot.fields if f.type != "geometry"}

    def known(self, names: Sequence[str], part: str) -> None:
        """Refuse a column that is not there; BadRequest names the nearest."""
        for name in names:
            if name not in self.fields:
                raise BadRequest(
                    f"{self.contract.title} has no column {name[:60]!r}.",
                    advice=did_you_mean(
                        name, self.fields, otherwise=f"It has {', '.join(self.fields)}."
                    ),
                    part=part,
                )


def find_table(web: Service, run: Run, table: str) -> Table:
    """An output of a run.

    Raises
    ------
    NotFound: the run has no such output (yet). UnknownModel: its model is no longer there.
    """
    pin = run.outputs.get(table)
    if pin is None:
        raise NotFound(
            f"The run {run.id} has no output {table[:60]!r}; it is {run.state}.",
            advice=did_you_mean(table, run.outputs),
            part="table",
        )
    gives = {c.name: c for c in web.desk.workspace.plan(run.model).graph.gives}
    if table not in gives:
        raise NotFound(f"{run.model} no longer gives {table!r}.", part="table")
    return Table(run, gives[table], pin, web.node.snapshot(pin.dataset, pin.version))


async def one_table(request: Request) -> Response:
    """A table that a run gave, by columns, sorted by its key; summed over what is not grouped."""
    choose_format(request, (JSON_FORMAT,))
    only(
        request, "f", "limit", repeated=("columns", "group", *where_names(request))
    )  # fmt: skip
    web = service(request)
    columns, group = listed(request, "columns"), listed(request, "group")
    limit = min(_MAX_ROWS, whole_number(request, "limit", _ROWS, 1, 10**18))
    where = read_where(request)

    def find() -> Table:
        return find_table(
            web, web.desk.run(request.path_params["run"]), request.path_params["table"]
        )

    table = await web.workers.run(request, find)
    headers = cache_headers(etag_of(request, JSON, [table.pin.content_hash]), pinned=False)
    held = not_modified(request, headers)
    if held is not None:
        return held

    def answer() -> bytes:
        rows = _grouped(web, table, where, group) if group else _rows(web, table, where, columns)
        units = {
            name: table.fields[name].unit for name in rows.column_names if table.fields[name].unit
        }
        head = {
            "table": table.contract.name,
            "key": [n for n in table.contract.key if n in rows.column_names],
            "value": table.contract.value,
            "dataset": table.pin.dataset,
            "version": table.pin.version,
            "modelled": True,
        }
        return columnar(rows, units, limit, head)

    content = await web.workers.run(request, answer)
    return Response(content, headers=headers, media_type=JSON)


async def export(request: Request) -> Response:
    """What a run gave as a file, with its sources."""
    only(request, repeated=("table",))
    form = request.path_params["form"]
    if form not in FORMATS:
        raise NotFound(
            f"A run is not given as {form[:20]!r}.",
            advice=f"There are {', '.join(f'export.{name}' for name in FORMATS)}.",
            part="form",
        )
    tables = listed(request, "table")
    web = service(request)

    def answer() -> tuple[Run, bytes]:
        run = web.desk.run(request.path_params["run"])
        if run.state != "successful":
            raise NotFound(
                f"The run is {run.state}: there is nothing to download.",
                advice="Wait until it is successful.",
                part="run",
            )
        return run, export_run(web.desk.workspace, run.id, form, tables)

    run, content = await web.workers.run(request, answer)
    of = f"-{tables[0]}" if len(tables) == 1 else ""
    name = f"{run.city}-{run.model}{of}-{run.id}-MODELLED.{form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers, media_type=FORMATS[form])


async def problems(request: Request) -> Response:
    """What was wrong with an input of a run that failed for that."""
    only(request)
    web = service(request)
    run = web.desk.run(request.path_params["run"])
    found = web.desk.workspace.problems(run.id).get(request.path_params["table"])
    if found is None:
        raise NotFound("Nothing was wrong with such an input of that run.", part="table")
    headers = {"Cache-Control": "no-store"}
    name = f"{run.id}-{request.path_params['table']}-problems.csv"
    return FileResponse(found, headers=headers, media_type="text/csv", filename=name)


# Rows


def where_names(request: Request) -> tuple[str, ...]:
    """The parameters of a request that ask for one value of a column."""
    names = [name for name in request.query_params if name.startswith(WHERE)]
    return tuple(dict.fromkeys(names))


def read_where(request: Request) -> dict[str, tuple[str, ...]]:
    """Column to the values that are asked for, one of several.

    Raises
    ------
    BadRequest: it holds something that is no text.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in where_names(request):
        single(request, name)
        found[name.removeprefix(WHERE)] = tuple(request.query_params.getlist(name))
    return found


def columnar(
    rows: pa.Table, units: Mapping[str, str], limit: int, head: Mapping[str, Any]
) -> bytes:
    """A table as JSON by columns; numbers with every figure they have.

    Parameters
    ----------
    limit: rows to give; ``of`` says how many there are.
    head: further members.
    """
    shown = rows.slice(0, limit).combine_chunks()
    counts = {"rows": shown.num_rows, "of": rows.num_rows, "units": dict(units)}
    columns = [
        json.dumps(name).encode() + b":[" + _values(shown.column(name)) + b"]"
        for name in shown.column_names
    ]
    opening = bytes(json_answer({**head, **counts}).body)[:-1]
    return opening + b',"columns":{' + b",".join(columns) + b"}}"


def _values(column: pa.ChunkedArray) -> bytes:
    return b",".join(joined(json_text(chunk), ",") for chunk in column.chunks if len(chunk))


def _rows(
    web: Service, table: Table, where: Mapping[str, tuple[str, ...]], columns: Sequence[str]
) -> pa.Table:
    table.known(columns, "columns")
    names = list(columns) or list(table.fields)
    key = [name for name in table.contract.key if name in table.fields]
    found = _read(web, table, where, list(dict.fromkeys((*names, *key))))
    order = [(name, "ascending") for name in key] or [("_row", "ascending")]
    return found.sort_by(order).select(names)


def _grouped(
    web: Service, table: Table, where: Mapping[str, tuple[str, ...]], group: Sequence[str]
) -> pa.Table:
    value = table.contract.value
    if value is None:
        raise BadRequest(
            f"{table.contract.title} has no single number to sum.",
            advice="Ask for its columns instead.",
            part="group",
        )
    table.known(group, "group")
    if value in group:
        raise BadRequest(f"{value} is what is summed.", part="group")
    found = _read(web, table, where, [*group, value])
    # One thread adds in one order, so the same rows give the same sum to the last figure.
    summed = found.sort_by("_row").group_by(list(group), use_threads=False)
    totals = summed.aggregate([(value, "sum")]).rename_columns({f"{value}_sum": value})
    return totals.sort_by([(name, "ascending") for name in group]).select([*group, value])


def _read(
    web: Service, table: Table, where: Mapping[str, tuple[str, ...]], names: Sequence[str]
) -> pa.Table:
    """Rows of an output as the node gives them, through policy."""
    table.known(tuple(where), "where")
    parts = tuple(_condition(table.fields[column], values) for column, values in where.items())
    condition = None if not parts else parts[0] if len(parts) == 1 else And(parts)
    query = Query(table.pin.dataset, where=condition, fields=tuple(names), as_of=table.pin.version)
    batches = list(web.node.rows(query).batches)
    if not batches:
        empty = {name: pa.array([], pa.string()) for name in (*names, "_row")}
        return pa.table(empty)
    return pa.Table.from_batches(batches).select([*names, "_row"])


def _condition(field: Field, values: tuple[str, ...]) -> Filter:
    read = _READERS.get(field.type, str)
    try:
        literals = tuple(Literal(read(value)) for value in values)
    except (ValueError, KeyError) as error:
        raise BadRequest(
            f"{field.name} has no value {', '.join(values)[:60]!r}: it is of the type "
            f"{field.type}.",
            part=f"{WHERE}{field.name}",
        ) from error
    if len(literals) == 1:
        return Compare("=", Name(field.name), literals[0])
    return InList(Name(field.name), literals)


def _whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError(text)
    return int(text)


def _truth(text: str) -> bool:
    return _WORDS[text.lower()]


_READERS: dict[str, Callable[[str], Any]] = {"integer": _whole, "number": float, "boolean": _truth}
