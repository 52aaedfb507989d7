"""Models as OGC API - Processes describes them: summaries, inputs and outputs with their schemas.

Schemas keep to what OpenAPI 3.0 and JSON Schema have in common, as Part 1 asks for (18-062r2,
``schema.yaml``). A request is held against these very schemas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from interurban.core.model import Graph, Parameter, TableContract
from interurban.core.standard import Field
from interurban.workspace.graph import Plan

from .links import Link, link
from .models_api import plain
from .service import JSON

__all__ = [
    "CITY",
    "CSV_TYPE",
    "JOB_LIST",
    "OUTPUT_TYPES",
    "PARQUET_TYPE",
    "PROCESSES",
    "RESULTS",
    "TITLE",
    "city_input",
    "parameter_schema",
    "process",
    "process_url",
    "rows_schema",
    "summary",
]

PROCESSES = "http://www.opengis.net/def/rel/ogc/1.0/processes"
JOB_LIST = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"

CITY, TITLE = "city", "title"
"""Inputs of every process, beside the parameters and tables of its model."""

CSV_TYPE = "text/csv"
PARQUET_TYPE = "application/vnd.apache.parquet"
OUTPUT_TYPES = (JSON, CSV_TYPE, PARQUET_TYPE)
"""Media types of an output, the default first."""

Schema = dict[str, Any]

_TYPES: dict[str, Schema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def process_url(base: str, model: str) -> str:
    """The address of a process."""
    return f"{base}/processes/{quote(model, safe='')}"


def summary(base: str, graph: Graph) -> dict[str, Any]:
    """A process in the list of them."""
    here = process_url(base, graph.id)
    links: list[Link] = [
        link("self", here, JSON, "The description of the process"),
        link(_EXECUTE, f"{here}/execution", JSON, "Run it (POST)"),
        link("alternate", f"{base}/api/models/{quote(graph.id, safe='')}", JSON, "As the app has"),
    ]
    found: dict[str, Any] = {
        "id": graph.id,
        "version": graph.version,
        "title": graph.title,
        "description": graph.summary,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": links,
    }
    if graph.source:
        found["metadata"] = [{"title": graph.source, "role": "source"}]
    return found


def process(base: str, plan: Plan, cities: Sequence[str]) -> dict[str, Any]:
    """Everything about a process.

    Parameters
    ----------
    cities: ids of the cities of this node.
    """
    graph = plan.graph
    inputs = {CITY: city_input(cities), TITLE: _TITLE_INPUT}
    inputs |= {parameter.name: _parameter(parameter) for parameter in plan.parameters}
    inputs |= {contract.name: _table_input(contract) for contract in graph.needs}
    outputs = {contract.name: _output(contract) for contract in graph.gives}
    return summary(base, graph) | {"inputs": inputs, "outputs": outputs}


def city_input(cities: Sequence[str]) -> dict[str, Any]:
    """The city whose datasets are read, and whose datasets the outputs become."""
    return {
        "title": "City",
        "description": "The city whose datasets are read, and that the outputs belong to.",
        "minOccurs": 1,
        "maxOccurs": 1,
        "schema": {"type": "string", "enum": list(cities)},
    }


_TITLE_INPUT = {
    "title": "Title",
    "description": "What people call the run; runs of one title are its versions.",
    "minOccurs": 0,
    "maxOccurs": 1,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def parameter_schema(parameter: Parameter) -> Schema:
    """The schema of a parameter's value."""
    bounds = {
        name: _whole(limit) if parameter.type in ("integer", "years") else limit
        for name, limit in (("minimum", parameter.minimum), ("maximum", parameter.maximum))
        if limit is not None
    }
    schemas: dict[str, Schema] = {
        "integer": {"type": "integer", **bounds},
        "number": {"type": "number", **bounds},
        "boolean": {"type": "boolean"},
        "choice": {"type": "string", "enum": list(parameter.choices)},
        "text": {"type": "string"},
        "years": {
            "type": "array",
            "items": {"type": "integer", **bounds},
            "minItems": 2,
            "maxItems": 2,
        },
        "areas": {"type": "array", "items": {"type": "string"}},
    }
    return schemas[parameter.type] | {"default": plain(parameter.default)}


def rows_schema(contract: TableContract) -> Schema:
    """The schema of a table as a list of rows."""
    must = {*contract.key, contract.value} | {f.name for f in contract.fields if f.required}
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": [f.name for f in contract.fields if f.name in must],
            "properties": {f.name: _cell(f) for f in contract.fields},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    words = [parameter.help, f"In {parameter.unit}." if parameter.unit else ""]
    words += [f"{value}: {said}." for value, said in parameter.choices.items()]
    return {
        "title": parameter.title,
        "description": " ".join(word for word in words if word),
        "minOccurs": 0,
        "maxOccurs": 1,
        "schema": parameter_schema(parameter),
    }


def _table_input(contract: TableContract) -> dict[str, Any]:
    on = f" on {contract.standard}" if contract.standard else ""
    absent = f"When absent, the only dataset of the city{on} that has such rows is taken."
    if not contract.required:
        absent += " The model runs without it."
    return {
        "title": contract.title,
        "description": " ".join(filter(None, (contract.description, _HOW, absent))),
        "minOccurs": 0,
        "maxOccurs": 1,
        "schema": {
            "oneOf": [
                rows_schema(contract),
                {"type": "string", "contentMediaType": CSV_TYPE},
                {"type": "string", "title": "Id of a dataset, or token of a file that was checked"},
            ]
        },
    }


_HOW = (
    "By value as rows, or as text with mediaType text/csv; by reference (href) as a collection of "
    "this node, which fetches nothing from elsewhere; or by the id of a dataset."
)


def _output(contract: TableContract) -> dict[str, Any]:
    rows = rows_schema(contract)
    rows["items"]["properties"] = {
        name: schema | {"nullable": True} for name, schema in rows["items"]["properties"].items()
    }
    del rows["items"]["required"]
    return {
        "title": contract.title,
        "description": f"{contract.description} Modelled, not observed.".strip(),
        "schema": {
            "oneOf": [
                rows,
                {"type": "string", "contentMediaType": CSV_TYPE},
                {
                    "type": "string",
                    "contentMediaType": PARQUET_TYPE,
                    "contentEncoding": "binary",
                    "format": "byte",
                },
            ]
        },
    }


def _cell(field: Field) -> Schema:
    schema = {**_TYPES[field.type], "title": field.title or field.name}
    if field.unit:
        schema["description"] = f"In {field.unit}."
    if field.enum:
        schema["enum"] = list(field.enum)
    limits = (("minimum", field.minimum), ("maximum", field.maximum))
    return schema | {name: limit for name, limit in limits if isinstance(limit, int | float)}


def _whole(limit: float) -> int | float:
    return int(limit) if float(limit).is_integer() else limit
