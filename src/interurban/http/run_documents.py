"""A run as the page has it."""

from __future__ import annotations

from typing import Any

from interurban.core.errors import InterurbanError
from interurban.core.model import Pinned, Run, TableContract
from interurban.workspace.inputs import FILE

from .links import collection_url, link
from .models_api import plain
from .provenance import instant
from .service import JSON, Service

__all__ = ["pinned_document", "run_document"]


def run_document(web: Service, base: str, run: Run) -> dict[str, Any]:
    """Everything about a run.

    Parameters
    ----------
    base: scheme and host people reach the node at.
    """
    gives = _contracts(web, run)
    return {
        "id": run.id,
        "model": run.model,
        "model_version": run.model_version,
        "city": run.city,
        "title": run.title,
        "version": run.version,
        "state": run.state,
        "progress": run.progress,
        "parameters": {name: plain(value) for name, value in run.parameters.items()},
        "seed": run.seed,
        "inputs": {name: pinned_document(web, pin) for name, pin in run.inputs.items()},
        "outputs": {
            name: _output(web, base, pin, gives.get(name)) for name, pin in run.outputs.items()
        },
        "problems": {
            name: f"/api/runs/{run.id}/problems/{name}.csv"
            for name in (web.desk.workspace.problems(run.id) if run.state == "failed" else ())
        },
        "warnings": list(run.warnings),
        "error": run.error,
        "created_at": instant(run.created_at),
        "started_at": instant(run.started_at),
        "ended_at": instant(run.ended_at),
        "who": run.who,
        "code_version": run.code_version,
        "share": run.share,
        "modelled": True,
        "links": _links(base, run),
    }


def pinned_document(web: Service, pin: Pinned) -> dict[str, Any]:
    """The version of a dataset, or the file, that an input was read from."""
    own = pin.dataset.startswith(FILE)
    name = pin.dataset.removeprefix(FILE)
    if not own:
        known = web.node.packs.datasets.get(pin.dataset)
        name = known.title if known is not None else pin.dataset
    return {
        "dataset": None if own else pin.dataset,
        "version": None if own else pin.version,
        "content_hash": pin.content_hash,
        "name": name,
    }


def _output(web: Service, base: str, pin: Pinned, contract: TableContract | None) -> dict[str, Any]:
    try:
        rows: int | None = web.node.snapshot(pin.dataset, pin.version).rows
    except InterurbanError:
        rows = None  # the version is no longer kept; the record says what it was
    return {
        "dataset": pin.dataset,
        "version": pin.version,
        "content_hash": pin.content_hash,
        "rows": rows,
        "title": contract.title if contract is not None else pin.dataset,
        "key": list(contract.key) if contract is not None else [],
        "value": contract.value if contract is not None else None,
        "href": collection_url(base, pin.dataset),
    }


def _contracts(web: Service, run: Run) -> dict[str, TableContract]:
    plan = web.desk.workspace.catalogue.plans.get(run.model)
    return {} if plan is None else {c.name: c for c in plan.graph.gives}


def _links(base: str, run: Run) -> list[dict[str, str]]:
    here = f"{base}/api/runs/{run.id}"
    links = [
        link("self", here, JSON),
        link("monitor", f"{base}/jobs/{run.id}", JSON, "The run as a job of OGC API - Processes"),
        link("canonical", f"{base}/api/shared/{run.share}", JSON, "A link to share"),
    ]
    if run.state == "successful":
        links += [
            link("enclosure", f"{here}/export.xlsx", _XLSX, "Everything as a workbook"),
            link("enclosure", f"{here}/export.json", JSON, "Everything as JSON"),
        ]
    return links


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
