"""Models and runs in the OpenAPI document: OGC API - Processes, and the page's own addresses."""

from __future__ import annotations

from typing import Any

from .formats import CSV, JSON_FORMAT
from .negotiation import Format
from .openapi_operation import Operation

__all__ = ["RUN_OPERATIONS", "RUN_PARAMETERS"]

_PLAIN_CSV = Format("csv", "text/csv", "csv")
_XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
_PARQUET = Format("parquet", "application/vnd.apache.parquet", "parquet")
_MULTIPART = Format("multipart", "multipart/related", "")

_MODEL = "/api/models/{model}"
_TABLE = f"{_MODEL}/tables/{{table}}"
_RUN = "/api/runs/{run}"


def _query(name: str, description: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _path(name: str, description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema or {"type": "string", "minLength": 1},
    }


_TEXT: dict[str, Any] = {"type": "string"}
_ID: dict[str, Any] = {"type": "string", "pattern": "^[a-z0-9]{1,32}$"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_SEVERAL: dict[str, Any] = {"style": "form", "explode": True}
_COMMAS: dict[str, Any] = {"style": "form", "explode": False}
_STATES = {
    "type": "array",
    "items": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
}

RUN_PARAMETERS: dict[str, dict[str, Any]] = {
    "run": _path("run", "Id of a run.", _ID),
    "job": _path("job", "Id of a job, which is a run.", _ID),
    "share": _path("share", "What a share link ends with."),
    "table": _path("table", "Name of a table of the model."),
    "template-form": _path("form", "csv or xlsx.", {"enum": ["csv", "xlsx"]}),
    "export-form": _path("form", "Kind of file.", {"enum": ["csv", "xlsx", "parquet", "json"]}),
    "offset": _query("offset", "Entries to pass over.", _COUNT),
    "page": _query("limit", "Entries of a page.", {"type": "integer", "minimum": 1}),
    "rows": _query("limit", "Rows to give.", {"type": "integer", "minimum": 1}),
    "of-model": _query("model", "Only runs of this model.", _TEXT),
    "of-city": _query("city", "Only runs of this city.", _TEXT),
    "of-title": _query("title", "Only runs of this title, which are its versions.", _TEXT),
    "state": _query("state", "Only runs in these states.", _STATES, **_SEVERAL),
    "app": _path("app", "Id of an app."),
    "its-model": _query("model", "Only this one of its models.", _TEXT),
    "in-city": _query("city", "A city's id.", _TEXT, required=True),
    "with-dataset": _query("dataset", "A dataset to fill the table with.", _TEXT),
    "upload": _query("upload", "Token of a file that was checked.", _TEXT),
    "columns": _query("columns", "Only these columns.", _TEXTS, **_COMMAS),
    "group": _query("group", "Sum the value over all other columns.", _TEXTS, **_COMMAS),
    "where": _query(
        "where",
        "Only rows with this value of a column: where.<column>=value, repeated for one of several.",
        {"type": "object", "additionalProperties": _TEXT, "maxProperties": 0},
        **_SEVERAL,
    ),
    "tables": _query("table", "Only these tables.", _TEXTS, **_COMMAS),
    "a": _query("a", "Id of a run.", _ID, required=True),
    "b": _query("b", "Id of the run it is held against.", _ID, required=True),
    "compared": _query("table", "Name of a table that both gave.", _TEXT, required=True),
    "type": _query("type", "Only jobs of these types.", _TEXTS, **_SEVERAL),
    "processID": _query("processID", "Only jobs of these processes.", _TEXTS, **_SEVERAL),
    "status": _query("status", "Only jobs in these states.", _STATES, **_SEVERAL),
    "created": _query("datetime", "Only jobs created then: an instant or an interval.", _TEXT),
    "minDuration": _query("minDuration", "Seconds a job lasted at least.", _COUNT),
    "maxDuration": _query("maxDuration", "Seconds a job lasted at most.", _COUNT),
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "respond-async runs it as a job.",
        "schema": {"enum": ["respond-async"]},
    },
    "X-File-Name": {
        "name": "X-File-Name",
        "in": "header",
        "description": "Name of the file in the body, percent-encoded; without it the body is "
        "JSON that names a dataset.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9%._-]+$"},
    },
}

RUN_OPERATIONS = (
    Operation(
        "/processes", "Processes", "Models that can be run", "ProcessList", ("page", "offset")
    ),
    Operation("/processes/{process}", "Processes", "A process", "Process"),
    Operation(
        "/processes/{process}/execution",
        "Processes",
        "Run a process: at once, or as a job",
        "JobResults",
        ("Prefer",),
        (JSON_FORMAT, _PLAIN_CSV, _PARQUET, _MULTIPART),
        takes_f=False,
        method="post",
        body="Execute",
        also=(("201", "A job was created."), ("204", "The Link header refers to the results.")),
    ),
    Operation(
        "/jobs",
        "Processes",
        "Jobs, the newest first",
        "JobList",
        (
            *("page", "offset", "type", "processID", "status"),
            *("created", "minDuration", "maxDuration"),
        ),
    ),
    Operation("/jobs/{job}", "Processes", "Status of a job", "StatusInfo", ("job",)),
    Operation(
        "/jobs/{job}",
        "Processes",
        "Stop a job, or delete one that is over",
        "StatusInfo",
        ("job",),
        takes_f=False,
        method="delete",
    ),
    Operation(
        "/jobs/{job}/results",
        "Processes",
        "Results of a job, as its execution asked for them",
        "JobResults",
        ("job",),
        (JSON_FORMAT, _PLAIN_CSV, _PARQUET, _MULTIPART),
        takes_f=False,
        also=(
            ("204", "The Link header refers to the results."),
            ("422", "The job failed, and why."),
        ),
    ),
    Operation("/api/apps", "Models", "Apps that have models", "Apps"),
    Operation(
        "/api/apps/{app}/replicate",
        "Models",
        "Whether an app runs in a city; all that is missing, field by field",
        "Replication",
        ("app", "in-city", "its-model"),
        (JSON_FORMAT, CSV),
    ),
    Operation("/api/models", "Models", "Models that can be run", "Models"),
    Operation(_MODEL, "Models", "A model: parameters, tables, graph", "Model"),
    Operation(
        f"{_MODEL}/coverage",
        "Models",
        "What a city has of what a model needs, field by field",
        "Coverage",
        ("in-city",),
    ),
    Operation(
        f"{_TABLE}/template.{{form}}",
        "Models",
        "A table to fill in, empty or with what a dataset has",
        None,
        ("table", "template-form", "with-dataset"),
        (CSV, _XLSX),
        takes_f=False,
    ),
    Operation(
        f"{_TABLE}/check",
        "Models",
        "Check a file or a dataset: everything wrong, with row, field and hint",
        "Checked",
        ("table", "X-File-Name"),
        method="post",
        body="DatasetToCheck",
        file=True,
        also=(("502", "The file is not what it says, or no reader understands it."),),
    ),
    Operation(
        f"{_TABLE}/problems.csv",
        "Models",
        "Everything wrong with a file or a dataset, as a table",
        None,
        ("table", "upload", "with-dataset"),
        (CSV,),
        takes_f=False,
    ),
    Operation(
        "/api/runs",
        "Runs",
        "Runs, the newest first",
        "Runs",
        ("of-model", "of-city", "of-title", "state", "page", "offset"),
    ),
    Operation(
        "/api/runs", "Runs", "Start a run", "Run", method="post", body="RunToStart", status="201"
    ),
    Operation(_RUN, "Runs", "A run: how far it is, and what it gave", "Run", ("run",)),
    Operation(
        _RUN, "Runs", "Give a run another title", "Run", ("run",), method="patch", body="NewTitle"
    ),
    Operation(
        _RUN,
        "Runs",
        "Delete a run and what it gave",
        None,
        ("run",),
        (),
        takes_f=False,
        method="delete",
        status="204",
    ),
    Operation(f"{_RUN}/dismiss", "Runs", "Stop a run", "Run", ("run",), method="post"),
    Operation(
        f"{_RUN}/again",
        "Runs",
        "Start the same run again",
        "Run",
        ("run",),
        method="post",
        status="201",
    ),
    Operation(
        f"{_RUN}/tables/{{table}}",
        "Runs",
        "A table that a run gave, by columns",
        "Columns",
        ("run", "table", "where", "columns", "group", "rows"),
    ),
    Operation(
        f"{_RUN}/export.{{form}}",
        "Runs",
        "What a run gave as a file, with its sources",
        "Record",
        ("run", "export-form", "tables"),
        (_PLAIN_CSV, _XLSX, _PARQUET, JSON_FORMAT),
        takes_f=False,
    ),
    Operation(
        f"{_RUN}/problems/{{table}}.csv",
        "Runs",
        "What was wrong with an input of a run that failed for that",
        None,
        ("run", "table"),
        (CSV,),
        takes_f=False,
    ),
    Operation("/api/shared/{share}", "Runs", "The run of a share link", "Run", ("share",)),
    Operation("/api/compare", "Runs", "Two runs beside each other", "Comparison", ("a", "b")),
    Operation(
        "/api/compare/table",
        "Runs",
        "A table of two runs, aligned on its key",
        "Columns",
        ("a", "b", "compared", "where", "group", "rows"),
    ),
)
