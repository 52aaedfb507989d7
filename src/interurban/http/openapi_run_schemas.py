"""The shapes of models and runs in JSON, as schemas of the OpenAPI document."""

from __future__ import annotations

from typing import Any

from .openapi_values import (
    COUNT,
    FLAG,
    INSTANT,
    MAYBE_INSTANT,
    MAYBE_TEXT,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    Schema,
    array_of,
    closed_object,
    open_object,
    reference_to,
)

__all__ = ["RUN_SCHEMAS"]


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _said(description: str, **schema: Any) -> Schema:
    return {"description": description, **schema}


_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
_ANY: Schema = {}
_LINKS = array_of(reference_to("Link"))
_STATE: Schema = {"enum": ["accepted", "running", "successful", "failed", "dismissed"]}
_CHANGES = array_of(open_object({"name": TEXT, "title": TEXT, "a": _ANY, "b": _ANY}))

_PROCESS_SUMMARY = open_object(
    {
        "id": TEXT,
        "version": TEXT,
        "title": TEXT,
        "description": TEXT,
        "jobControlOptions": array_of({"enum": ["sync-execute", "async-execute", "dismiss"]}),
        "outputTransmission": array_of({"enum": ["value", "reference"]}),
        "links": _LINKS,
    },
    metadata=array_of(OBJECT),
)
_DESCRIBED = open_object(
    {"title": TEXT, "schema": OBJECT}, description=TEXT, minOccurs=COUNT, maxOccurs=COUNT
)
_CONTRACT_FIELD = open_object(
    {
        "name": TEXT,
        "type": TEXT,
        "title": TEXT,
        "unit": TEXT,
        "required": FLAG,
        "enum": TEXTS,
        "minimum": _ANY,
        "maximum": _ANY,
    },
    description=TEXT,
)

_COVERED_TABLE = open_object(
    {
        "table": TEXT,
        "title": TEXT,
        "standard": MAYBE_TEXT,
        "required": FLAG,
        "covered": FLAG,
        "served_by": array_of(
            open_object(
                {
                    "dataset": TEXT,
                    "areas": TEXTS,
                    "years": {"type": ["array", "null"], "items": {"type": "integer"}},
                }
            )
        ),
        "fields": array_of(open_object({"name": TEXT, "required": FLAG, "there": FLAG})),
    }
)

RUN_SCHEMAS: dict[str, Schema] = {
    "ProcessSummary": _PROCESS_SUMMARY,
    "ProcessList": open_object(
        {"processes": array_of(reference_to("ProcessSummary")), "links": _LINKS}
    ),
    "Process": _PROCESS_SUMMARY
    | {
        "properties": _PROCESS_SUMMARY["properties"]
        | {"inputs": _map(_DESCRIBED), "outputs": _map(_DESCRIBED)}
    },
    "Execute": closed_object(
        {"inputs": _said("Parameters, tables and the city, by name.", type="object")},
        outputs=_said(
            "What is wanted: name to format.mediaType and transmissionMode; all when absent.",
            type="object",
            additionalProperties=open_object(
                {},
                format=open_object({}, mediaType=TEXT),
                transmissionMode={"enum": ["value", "reference"]},
            ),
        ),
        response=_said("raw, or document.", enum=["raw", "document"]),
    ),
    "StatusInfo": open_object(
        {"jobID": TEXT, "processID": TEXT, "type": {"enum": ["process"]}, "status": _STATE},
        message=TEXT,
        progress=_PERCENT,
        created=INSTANT,
        started=INSTANT,
        finished=INSTANT,
        updated=INSTANT,
        links=_LINKS,
    ),
    "JobList": open_object(
        {"jobs": array_of(reference_to("StatusInfo")), "links": _LINKS}, numberMatched=COUNT
    ),
    "JobResults": _said("A document of results by output, or the rows of the only one."),
    "ModelSummary": open_object(
        {"id": TEXT, "version": TEXT, "title": TEXT, "summary": TEXT, "source": TEXT}
    ),
    "Models": open_object({"models": array_of(reference_to("ModelSummary"))}),
    "Parameter": open_object(
        {
            "name": TEXT,
            "title": TEXT,
            "type": TEXT,
            "default": _ANY,
            "help": TEXT,
            "unit": TEXT,
            "choices": _map(TEXT),
        },
        minimum=_ANY,
        maximum=_ANY,
    ),
    "Contract": open_object(
        {
            "name": TEXT,
            "title": TEXT,
            "description": TEXT,
            "required": FLAG,
            "standard": MAYBE_TEXT,
            "key": TEXTS,
            "value": MAYBE_TEXT,
            "complete": TEXTS,
            "fields": array_of(_CONTRACT_FIELD),
        },
        where=_map(TEXT),
    ),
    "Model": open_object(
        {
            "id": TEXT,
            "version": TEXT,
            "title": TEXT,
            "summary": TEXT,
            "source": TEXT,
            "parameters": array_of(reference_to("Parameter")),
            "needs": array_of(reference_to("Contract")),
            "gives": array_of(reference_to("Contract")),
            "graph": open_object(
                {"nodes": array_of(open_object({"name": TEXT, "after": TEXTS, "loop": FLAG}))}
            ),
        }
    ),
    "Coverage": open_object(
        {
            "model": TEXT,
            "city": TEXT,
            "runs": FLAG,
            "percent": NUMBER,
            "missing": TEXTS,
            "tables": array_of(
                open_object(
                    {
                        "table": TEXT,
                        "title": TEXT,
                        "required": FLAG,
                        "covered": FLAG,
                        "serving": array_of(open_object({"dataset": TEXT, "title": TEXT})),
                        "described": TEXTS,
                        "why": TEXT,
                        "fields": array_of(
                            open_object({"name": TEXT, "required": FLAG, "there": FLAG})
                        ),
                    }
                )
            ),
        }
    ),
    "Apps": open_object(
        {
            "apps": array_of(
                open_object(
                    {
                        "id": TEXT,
                        "title": TEXT,
                        "models": array_of(open_object({"id": TEXT, "title": TEXT})),
                    }
                )
            )
        }
    ),
    "Replication": open_object(
        {
            "app": TEXT,
            "title": TEXT,
            "city": TEXT,
            "headline": _said("The answer in a line.", type="string"),
            "runs": _said("Whether every model does.", type="boolean"),
            "boundary": MAYBE_TEXT,
            "areas_in_city": COUNT,
            "models": array_of(
                open_object(
                    {
                        "model": TEXT,
                        "title": TEXT,
                        "runs": FLAG,
                        "percent": NUMBER,
                        "for": _said("The areas it runs for, in words.", type="string"),
                        "areas": array_of(open_object({"area_id": TEXT, "area_name": MAYBE_TEXT})),
                        "inputs": _map(TEXT),
                        "choices": TEXTS,
                        "files": TEXTS,
                        "tables": array_of(_COVERED_TABLE),
                    }
                )
            ),
            "missing": _said("Each table once.", **array_of(reference_to("MissingTable"))),
        }
    ),
    "MissingTable": open_object(
        {
            "title": TEXT,
            "standard": TEXT,
            "where": _map(TEXT),
            "required": FLAG,
            "models": TEXTS,
            "not_loaded": _said("Datasets that may serve once they are loaded.", **TEXTS),
            "incomplete": _said("The dataset that lacks these fields.", **MAYBE_TEXT),
            "situation": _said("Why it is missing, and what to do.", type="string"),
            "fields": array_of(
                open_object(
                    {
                        **_CONTRACT_FIELD["properties"],
                        "content": _said("What may stand in it, in words.", type="string"),
                    }
                )
            ),
        }
    ),
    "DatasetToCheck": closed_object({"dataset": _said("Id of a dataset.", type="string")}),
    "Checked": open_object(
        {
            "ok": FLAG,
            "rows": COUNT,
            "upload": MAYBE_TEXT,
            "matches": array_of(open_object({"field": TEXT, "column": TEXT, "how": TEXT})),
            "unused": TEXTS,
            "warnings": TEXTS,
            "problem_count": COUNT,
            "kinds": array_of(open_object({"what": TEXT, "count": COUNT})),
            "problems": array_of(
                open_object(
                    {
                        "row": _COUNT_OR_NULL,
                        "field": TEXT,
                        "value": TEXT,
                        "reason": TEXT,
                        "hint": TEXT,
                    }
                )
            ),
            "problems_url": MAYBE_TEXT,
        }
    ),
    "RunToStart": closed_object(
        {
            "model": _said("Id of a model.", type="string"),
            "city": _said("Id of the city.", type="string"),
        },
        title=_said("What people call it.", type="string", maxLength=200),
        parameters=_said("Values that are not to be the default.", type="object"),
        inputs=_said(
            "Table to the id of a dataset or the token of a file that was checked.", **_map(TEXT)
        ),
    ),
    "NewTitle": closed_object(
        {"title": _said("What people call it.", type="string", maxLength=200)}
    ),
    "RunInput": open_object(
        {
            "dataset": MAYBE_TEXT,
            "version": _COUNT_OR_NULL,
            "content_hash": TEXT,
            "name": TEXT,
        }
    ),
    "RunOutput": open_object(
        {
            "dataset": TEXT,
            "version": COUNT,
            "content_hash": TEXT,
            "rows": _COUNT_OR_NULL,
            "title": TEXT,
            "key": TEXTS,
            "value": MAYBE_TEXT,
            "href": TEXT,
        }
    ),
    "Run": open_object(
        {
            "id": TEXT,
            "model": TEXT,
            "model_version": TEXT,
            "city": TEXT,
            "title": TEXT,
            "version": COUNT,
            "state": _STATE,
            "progress": _PERCENT,
            "parameters": OBJECT,
            "inputs": _map(reference_to("RunInput")),
            "outputs": _map(reference_to("RunOutput")),
            "warnings": TEXTS,
            "error": TEXT,
            "created_at": INSTANT,
            "started_at": MAYBE_INSTANT,
            "ended_at": MAYBE_INSTANT,
            "who": TEXT,
            "code_version": TEXT,
            "share": TEXT,
            "modelled": {"const": True},
            "links": _LINKS,
        },
        seed={"type": ["integer", "null"]},
        problems=_map(TEXT),
    ),
    "Runs": open_object({"runs": array_of(reference_to("Run")), "total": COUNT}),
    "Record": _said("The run's record, with its tables in `tables`.", type="object"),
    "Columns": open_object(
        {
            "table": TEXT,
            "key": TEXTS,
            "value": MAYBE_TEXT,
            "columns": _map({"type": "array"}),
            "rows": COUNT,
            "of": COUNT,
            "units": _map(TEXT),
        },
        dataset=TEXT,
        version=COUNT,
        modelled=FLAG,
    ),
    "Comparison": open_object(
        {
            "a": reference_to("Run"),
            "b": reference_to("Run"),
            "about": _CHANGES,
            "parameters": _CHANGES,
            "inputs": _CHANGES,
            "same": TEXTS,
            "tables": array_of(open_object({"table": TEXT, "title": TEXT, "changed": FLAG})),
            "drivers": array_of(
                open_object({"component": TEXT, "a": NUMBER, "b": NUMBER, "difference": NUMBER})
            ),
        }
    ),
}
