"""The models of a node for the page: what they take and give, coverage, templates, and checks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.core.errors import BadRequest, NotFound
from interurban.core.model import Graph, Loop, ModelNode, Parameter, TableContract, Value
from interurban.core.standard import Field
from interurban.workspace import Checked, cover, template
from interurban.workspace.graph import Plan

from .bodies import brings_file, file_name, read_object, save_file
from .encode_csv import csv_table
from .formats import JSON_FORMAT
from .links import with_query
from .negotiation import choose_format
from .request_values import only, single
from .service import Service, held_or_json, json_answer, service

__all__ = ["contract_document", "plain", "routes"]

_SHOWN_PROBLEMS = 200
_TEMPLATES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    table = "/api/models/{model}/tables/{table}"
    return [
        Route("/api/models", models),
        Route("/api/models/{model}", one_model),
        Route("/api/models/{model}/coverage", coverage),
        Route(f"{table}/template.{{form}}", one_template),
        Route(f"{table}/check", check, methods=["POST"]),
        Route(f"{table}/problems.csv", problems),
    ]


async def models(request: Request) -> Response:
    """Every model that can be run."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    plans = service(request).desk.workspace.catalogue.plans
    return held_or_json(request, {"models": [_summary(p.graph) for p in plans.values()]}, [])


async def one_model(request: Request) -> Response:
    """Everything about a model: its parameters, the tables it takes and gives, and its nodes."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    plan = service(request).desk.workspace.plan(request.path_params["model"])
    return held_or_json(request, _model(plan), [])


async def coverage(request: Request) -> Response:
    """What a city has of what a model needs, field by field."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "city")
    web = service(request)
    plan = web.desk.workspace.plan(request.path_params["model"])
    city = single(request, "city")
    web.node.city(city)
    return await web.workers.run(request, lambda: json_answer(_covered(web, plan, city), _FRESH))


async def one_template(request: Request) -> Response:
    """A table of a model to fill in: empty, or with what a dataset has."""
    only(request, "dataset")
    web = service(request)
    model, table, form = (request.path_params[name] for name in ("model", "table", "form"))
    if form not in _TEMPLATES:
        raise NotFound("A template is template.csv or template.xlsx.", part="form")
    dataset = single(request, "dataset") or None
    if dataset is not None:
        web.node.dataset(dataset)
    content = await web.workers.run(
        request, partial(template, web.desk.workspace, model, table, form, dataset)
    )
    headers = {"Content-Disposition": f'attachment; filename="{model}-{table}.{form}"', **_FRESH}
    return Response(content, headers=headers, media_type=_TEMPLATES[form])


async def check(request: Request) -> Response:
    """Hold a file, or a dataset, against what a model takes; everything wrong is listed."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    web = service(request)
    model, table = request.path_params["model"], request.path_params["table"]
    web.desk.workspace.contract(model, table)
    if not brings_file(request):
        named = await read_object(request)
        dataset = named.get("dataset")
        if set(named) != {"dataset"} or not isinstance(dataset, str):
            raise BadRequest(
                'The body is not {"dataset": "<id>"}.',
                advice="To check a file, send it as it is, with its name in X-File-Name.",
                part="dataset",
            )
        return await web.workers.run(
            request, lambda: _answered(web, model, table, web.node.dataset(dataset).id)
        )
    with TemporaryDirectory(prefix="check-") as folder:
        file = Path(folder) / file_name(request)
        await save_file(request, file)
        return await web.workers.run(request, lambda: _answered(web, model, table, file))


async def problems(request: Request) -> Response:
    """Everything wrong with a file or a dataset as a table: row, field, value, problem, hint."""
    only(request, "upload", "dataset")
    web = service(request)
    model, table = request.path_params["model"], request.path_params["table"]
    web.desk.workspace.contract(model, table)
    upload, dataset = single(request, "upload"), single(request, "dataset")
    if bool(upload) == bool(dataset):
        raise BadRequest("Name an upload, or a dataset.", part="upload")
    source = web.desk.upload(table, upload) if upload else web.node.dataset(dataset).id

    def answer() -> bytes:
        return csv_table(web.desk.workspace.check(model, table, source).problems.table())

    content = await web.workers.run(request, answer)
    name = f'attachment; filename="{table}-problems.csv"'
    headers = {"Content-Disposition": name, **_FRESH}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


# Documents


def _summary(graph: Graph) -> dict[str, Any]:
    return {
        "id": graph.id,
        "version": graph.version,
        "title": graph.title,
        "summary": graph.summary,
        "source": graph.source,
    }


def _model(plan: Plan) -> dict[str, Any]:
    graph = plan.graph
    return _summary(graph) | {
        "parameters": [_parameter(parameter) for parameter in plan.parameters],
        "needs": [contract_document(contract) for contract in graph.needs],
        "gives": [contract_document(contract) for contract in graph.gives],
        "graph": {"nodes": [_node(node) for node in graph.nodes]},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "title": parameter.title,
        "type": parameter.type,
        "default": plain(parameter.default),
        "help": parameter.help,
        "unit": parameter.unit,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": dict(parameter.choices),
    }


def plain(value: Value) -> Any:
    """A parameter's value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def contract_document(contract: TableContract) -> dict[str, Any]:
    """A table that a model takes or gives."""
    return {
        "name": contract.name,
        "title": contract.title,
        "description": contract.description,
        "required": contract.required,
        "standard": contract.standard,
        "where": dict(contract.where),
        "key": list(contract.key),
        "value": contract.value,
        "complete": list(contract.complete),
        "fields": [_field(contract, field) for field in contract.fields],
    }


def _field(contract: TableContract, field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "title": field.title or field.name,
        "description": field.description,
        "unit": field.unit,
        "required": field.required or field.name in (*contract.key, contract.value),
        "enum": list(field.enum),
        "minimum": field.minimum,
        "maximum": field.maximum,
    }


def _node(node: ModelNode | Loop) -> dict[str, Any]:
    loop = isinstance(node, Loop)
    inside = node.nodes if isinstance(node, Loop) else (node,)
    return {
        "name": node.name,
        "model": ", ".join(f"{each.model.id} {each.model.version}" for each in inside),
        "title": ", ".join(each.model.title for each in inside),
        "after": list(node.after),
        "loop": loop,
    }


def _covered(web: Service, plan: Plan, city: str) -> dict[str, Any]:
    found = cover(web.node, plan.graph, city)
    return {
        "model": found.graph,
        "city": found.city,
        "runs": found.runs,
        "percent": round(found.percent, 1),
        "missing": list(found.missing),
        "tables": [
            {
                "table": table.table,
                "title": table.title,
                "standard": table.standard,
                "required": table.required,
                "covered": table.covered,
                "serving": [
                    {"dataset": name, "title": web.node.dataset(name).title}
                    for name in table.serving
                ],
                "described": list(table.described),
                "why": table.why,
                "fields": [
                    {"name": f.name, "title": f.title, "required": f.required, "there": f.there}
                    for f in table.fields
                ],
            }
            for table in found.tables
        ],
    }


def _answered(web: Service, model: str, table: str, source: str | Path) -> Response:
    checked = web.desk.workspace.check(model, table, source)
    token = web.desk.keep(source) if isinstance(source, Path) else None
    named = ("upload", token) if token is not None else ("dataset", str(source))
    here = f"/api/models/{quote(model, safe='')}/tables/{quote(table, safe='')}/problems.csv"
    document = _checked(checked) | {
        "upload": token if checked.ok else None,
        "problems_url": None if checked.ok else with_query(here, [named]),
    }
    return json_answer(document, _FRESH)


def _checked(checked: Checked) -> dict[str, Any]:
    found = checked.problems
    return {
        "ok": checked.ok,
        "rows": checked.rows,
        "matches": [
            {"field": match.field, "column": match.column, "how": match.how}
            for match in checked.matches
        ],
        "unused": list(checked.unused),
        "warnings": list(checked.warnings),
        "problem_count": found.count,
        "kinds": [{"what": what, "count": count} for what, count in found.kinds],
        "problems": [
            {"row": p.row, "field": p.field, "value": p.value, "reason": p.problem, "hint": p.hint}
            for p in found.sorted()[:_SHOWN_PROBLEMS]
        ],
    }
