"""The shapes of models and runs in JSON, as schemas of the OpenAPI document."""

from __future__ import annotations

from typing import Any

__all__ = ["RUN_SCHEMAS"]

Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _closed(required: dict[str, Schema], **optional: Schema) -> Schema:
    return _object(required, **optional) | {"additionalProperties": False}


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _said(description: str, **schema: Any) -> Schema:
    return {"description": description, **schema}


_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS = _array(_TEXT)
_COUNT: Schema = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_ANY: Schema = {}
_ANY_OBJECT: Schema = {"type": "object"}
_LINKS = _array(_ref("Link"))
_STATE: Schema = {"enum": ["accepted", "running", "successful", "failed", "dismissed"]}
_CHANGES = _array(_object({"name": _TEXT, "title": _TEXT, "a": _ANY, "b": _ANY}))

_PROCESS_SUMMARY = _object(
    {
        "id": _TEXT,
        "version": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "jobControlOptions": _array({"enum": ["sync-execute", "async-execute", "dismiss"]}),
        "outputTransmission": _array({"enum": ["value", "reference"]}),
        "links": _LINKS,
    },
    metadata=_array(_ANY_OBJECT),
)
_DESCRIBED = _object(
    {"title": _TEXT, "schema": _ANY_OBJECT}, description=_TEXT, minOccurs=_COUNT, maxOccurs=_COUNT
)
_CONTRACT_FIELD = _object(
    {
        "name": _TEXT,
        "type": _TEXT,
        "title": _TEXT,
        "unit": _TEXT,
        "required": _FLAG,
        "enum": _TEXTS,
        "minimum": _ANY,
        "maximum": _ANY,
    },
    description=_TEXT,
)

_COVERED_TABLE = _object(
    {
        "table": _TEXT,
        "title": _TEXT,
        "standard": _TEXT_OR_NULL,
        "required": _FLAG,
        "covered": _FLAG,
        "served_by": _array(
            _object(
                {
                    "dataset": _TEXT,
                    "areas": _TEXTS,
                    "years": {"type": ["array", "null"], "items": {"type": "integer"}},
                }
            )
        ),
        "fields": _array(_object({"name": _TEXT, "required": _FLAG, "there": _FLAG})),
    }
)

RUN_SCHEMAS: dict[str, Schema] = {
    "ProcessSummary": _PROCESS_SUMMARY,
    "ProcessList": _object({"processes": _array(_ref("ProcessSummary")), "links": _LINKS}),
    "Process": _PROCESS_SUMMARY
    | {
        "properties": _PROCESS_SUMMARY["properties"]
        | {"inputs": _map(_DESCRIBED), "outputs": _map(_DESCRIBED)}
    },
    "Execute": _closed(
        {"inputs": _said("Parameters, tables and the city, by name.", type="object")},
        outputs=_said(
            "What is wanted: name to format.mediaType and transmissionMode; all when absent.",
            type="object",
            additionalProperties=_object(
                {},
                format=_object({}, mediaType=_TEXT),
                transmissionMode={"enum": ["value", "reference"]},
            ),
        ),
        response=_said("raw, or document.", enum=["raw", "document"]),
    ),
    "StatusInfo": _object(
        {"jobID": _TEXT, "processID": _TEXT, "type": {"enum": ["process"]}, "status": _STATE},
        message=_TEXT,
        progress=_PERCENT,
        created=_INSTANT,
        started=_INSTANT,
        finished=_INSTANT,
        updated=_INSTANT,
        links=_LINKS,
    ),
    "JobList": _object({"jobs": _array(_ref("StatusInfo")), "links": _LINKS}, numberMatched=_COUNT),
    "JobResults": _said("A document of results by output, or the rows of the only one."),
    "ModelSummary": _object(
        {"id": _TEXT, "version": _TEXT, "title": _TEXT, "summary": _TEXT, "source": _TEXT}
    ),
    "Models": _object({"models": _array(_ref("ModelSummary"))}),
    "Parameter": _object(
        {
            "name": _TEXT,
            "title": _TEXT,
            "type": _TEXT,
            "default": _ANY,
            "help": _TEXT,
            "unit": _TEXT,
            "choices": _map(_TEXT),
        },
        minimum=_ANY,
        maximum=_ANY,
    ),
    "Contract": _object(
        {
            "name": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "required": _FLAG,
            "standard": _TEXT_OR_NULL,
            "key": _TEXTS,
            "value": _TEXT_OR_NULL,
            "complete": _TEXTS,
            "fields": _array(_CONTRACT_FIELD),
        },
        where=_map(_TEXT),
    ),
    "Model": _object(
        {
            "id": _TEXT,
            "version": _TEXT,
            "title": _TEXT,
            "summary": _TEXT,
            "source": _TEXT,
            "parameters": _array(_ref("Parameter")),
            "needs": _array(_ref("Contract")),
            "gives": _array(_ref("Contract")),
            "graph": _object(
                {"nodes": _array(_object({"name": _TEXT, "after": _TEXTS, "loop": _FLAG}))}
            ),
        }
    ),
    "Coverage": _object(
        {
            "model": _TEXT,
            "city": _TEXT,
            "runs": _FLAG,
            "percent": _NUMBER,
            "missing": _TEXTS,
            "tables": _array(
                _object(
                    {
                        "table": _TEXT,
                        "title": _TEXT,
                        "required": _FLAG,
                        "covered": _FLAG,
                        "serving": _array(_object({"dataset": _TEXT, "title": _TEXT})),
                        "described": _TEXTS,
                        "why": _TEXT,
                        "fields": _array(
                            _object({"name": _TEXT, "required": _FLAG, "there": _FLAG})
                        ),
                    }
                )
            ),
        }
    ),
    "Apps": _object(
        {
            "apps": _array(
                _object(
                    {
                        "id": _TEXT,
                        "title": _TEXT,
                        "models": _array(_object({"id": _TEXT, "title": _TEXT})),
                    }
                )
            )
        }
    ),
    "Replication": _object(
        {
            "app": _TEXT,
            "title": _TEXT,
            "city": _TEXT,
            "headline": _said("The answer in a line.", type="string"),
            "runs": _said("Whether every model does.", type="boolean"),
            "boundary": _TEXT_OR_NULL,
            "areas_in_city": _COUNT,
            "models": _array(
                _object(
                    {
                        "model": _TEXT,
                        "title": _TEXT,
                        "runs": _FLAG,
                        "percent": _NUMBER,
                        "for": _said("The areas it runs for, in words.", type="string"),
                        "areas": _array(_object({"area_id": _TEXT, "area_name": _TEXT_OR_NULL})),
                        "inputs": _map(_TEXT),
                        "choices": _TEXTS,
                        "files": _TEXTS,
                        "tables": _array(_COVERED_TABLE),
                    }
                )
            ),
            "missing": _said("Each table once.", **_array(_ref("MissingTable"))),
        }
    ),
    "MissingTable": _object(
        {
            "title": _TEXT,
            "standard": _TEXT,
            "where": _map(_TEXT),
            "required": _FLAG,
            "models": _TEXTS,
            "not_loaded": _said("Datasets that may serve once they are loaded.", **_TEXTS),
            "incomplete": _said("The dataset that lacks these fields.", **_TEXT_OR_NULL),
            "situation": _said("Why it is missing, and what to do.", type="string"),
            "fields": _array(
                _object(
                    {
                        **_CONTRACT_FIELD["properties"],
                        "content": _said("What may stand in it, in words.", type="string"),
                    }
                )
            ),
        }
    ),
    "DatasetToCheck": _closed({"dataset": _said("Id of a dataset.", type="string")}),
    "Checked": _object(
        {
            "ok": _FLAG,
            "rows": _COUNT,
            "upload": _TEXT_OR_NULL,
            "matches": _array(_object({"field": _TEXT, "column": _TEXT, "how": _TEXT})),
            "unused": _TEXTS,
            "warnings": _TEXTS,
            "problem_count": _COUNT,
            "kinds": _array(_object({"what": _TEXT, "count": _COUNT})),
            "problems": _array(
                _object(
                    {
                        "row": _COUNT_OR_NULL,
                        "field": _TEXT,
                        "value": _TEXT,
                        "reason": _TEXT,
                        "hint": _TEXT,
                    }
                )
            ),
            "problems_url": _TEXT_OR_NULL,
        }
    ),
    "RunToStart": _closed(
        {
            "model": _said("Id of a model.", type="string"),
            "city": _said("Id of the city.", type="string"),
        },
        title=_said("What people call it.", type="string", maxLength=200),
        parameters=_said("Values that are not to be the default.", type="object"),
        inputs=_said(
            "Table to the id of a dataset or the token of a file that was checked.", **_map(_TEXT)
        ),
    ),
    "NewTitle": _closed({"title": _said("What people call it.", type="string", maxLength=200)}),
    "RunInput": _object(
        {
            "dataset": _TEXT_OR_NULL,
            "version": _COUNT_OR_NULL,
            "content_hash": _TEXT,
            "name": _TEXT,
        }
    ),
    "RunOutput": _object(
        {
            "dataset": _TEXT,
            "version": _COUNT,
            "content_hash": _TEXT,
            "rows": _COUNT_OR_NULL,
            "title": _TEXT,
            "key": _TEXTS,
            "value": _TEXT_OR_NULL,
            "href": _TEXT,
        }
    ),
    "Run": _object(
        {
            "id": _TEXT,
            "model": _TEXT,
            "model_version": _TEXT,
            "city": _TEXT,
            "title": _TEXT,
            "version": _COUNT,
            "state": _STATE,
            "progress": _PERCENT,
            "parameters": _ANY_OBJECT,
            "inputs": _map(_ref("RunInput")),
            "outputs": _map(_ref("RunOutput")),
            "warnings": _TEXTS,
            "error": _TEXT,
            "created_at": _INSTANT,
            "started_at": _INSTANT_OR_NULL,
            "ended_at": _INSTANT_OR_NULL,
            "who": _TEXT,
            "code_version": _TEXT,
            "share": _TEXT,
            "modelled": {"const": True},
            "links": _LINKS,
        },
        seed={"type": ["integer", "null"]},
        problems=_map(_TEXT),
    ),
    "Runs": _object({"runs": _array(_ref("Run")), "total": _COUNT}),
    "Record": _said("The run's record, with its tables in `tables`.", type="object"),
    "Columns": _object(
        {
            "table": _TEXT,
            "key": _TEXTS,
            "value": _TEXT_OR_NULL,
            "columns": _map({"type": "array"}),
            "rows": _COUNT,
            "of": _COUNT,
            "units": _map(_TEXT),
        },
        dataset=_TEXT,
        version=_COUNT,
        modelled=_FLAG,
    ),
    "Comparison": _object(
        {
            "a": _ref("Run"),
            "b": _ref("Run"),
            "about": _CHANGES,
            "parameters": _CHANGES,
            "inputs": _CHANGES,
            "same": _TEXTS,
            "tables": _array(_object({"table": _TEXT, "title": _TEXT, "changed": _FLAG})),
            "drivers": _array(
                _object({"component": _TEXT, "a": _NUMBER, "b": _NUMBER, "difference": _NUMBER})
            ),
        }
    ),
}
