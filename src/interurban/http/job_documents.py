"""A run as OGC API - Processes has it: the status of a job."""

from __future__ import annotations

from typing import Any

from interurban.core.model import Run

from .links import link
from .process_documents import RESULTS
from .provenance import instant
from .service import JSON

__all__ = ["job_url", "status_info"]


def job_url(base: str, run: str) -> str:
    """The address of a job."""
    return f"{base}/jobs/{run}"


def status_info(base: str, run: Run, state: str = "") -> dict[str, Any]:
    """The status of a job (18-062r2, ``statusInfo.yaml``).

    Parameters
    ----------
    state: in place of the run's own, of one that was deleted.
    """
    here = job_url(base, run.id)
    info: dict[str, Any] = {
        "jobID": run.id,
        "processID": run.model,
        "type": "process",
        "status": state or run.state,
        "message": _message(run, state),
        "progress": run.progress,
        "created": instant(run.created_at),
        "updated": instant(run.ended_at or run.started_at or run.created_at),
    }
    if run.started_at is not None:
        info["started"] = instant(run.started_at)
    if run.ended_at is not None:
        info["finished"] = instant(run.ended_at)
    links = [
        link("self", here, JSON, "This status"),
        link("monitor", here, JSON, "This status"),
        link("alternate", f"{base}/api/runs/{run.id}", JSON, "The run as the app has it"),
        link("up", f"{base}/jobs", JSON, "The jobs"),
    ]
    if not state and run.state == "successful":
        links.append(link(RESULTS, f"{here}/results", JSON, "The results"))
    return info | {"links": links}


def _message(run: Run, state: str) -> str:
    if state:
        return f"{run.title}: deleted."
    if run.error:
        return run.error
    warnings = len(run.warnings)
    said = f", with {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    return f"{run.title}, version {run.version}: {run.state}{said}."
