"""One run is worked out, in a process of its own that may be killed at any instant.

Whatever it has done by then is either kept whole (outputs of nodes in the cache, committed tables)
or not there. The next process goes on from that, and comes to the same bytes, because models are
pure and everything they read is pinned. The record says ``successful`` last of all.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb
import pyarrow as pa
from pyarrow import csv

import interurban
from interurban.catalog.modelled import withdraw
from interurban.catalog.node import Node
from interurban.core.cube import Cube
from interurban.core.errors import InterurbanError, RunCancelled, StoreError
from interurban.core.model import Pinned, Run
from interurban.policy.audit import record

from .cache import Cache
from .catalogue import Catalogue
from .contracts import Checked, refuse_if_broken
from .control import Control, Job
from .executing import execute
from .folder import Folder
from .graph import Plan
from .inputs import check_pinned
from .outputs import commit_outputs, output_dataset

__all__ = ["MAX_STARTS", "work_out"]

MAX_STARTS = 30
"""Processes that may die over one run before it is given up."""

_LOOK_S = 0.5
_GRACE_S = 5.0
_TELL_S = 0.25

_log = logging.getLogger(__name__)


def work_out(home: Path, run: str, catalogue: Catalogue) -> bool:
    """Work a run out from wherever the last process left it.

    Returns
    -------
    Whether this process ended it; False when another works on it, or it was over.
    """
    folder = Folder(home / "workspace")
    control = Control(folder)
    try:
        with folder.working_on(run) as held:
            job = control.begin(run) if held else None
            if job is None:
                return False
            with interurban.open(home) as node:
                _end(node.seen_by(job.reader), control, folder, job, catalogue)
            return True
    finally:
        control.close()


def _end(node: Node, control: Control, folder: Folder, job: Job, catalogue: Catalogue) -> None:
    """Bring a run to its end, whichever that is."""
    run = job.run
    warnings: list[str] = []
    try:
        if job.starts > MAX_STARTS:
            raise StoreError(
                f"The run was given up: its process died {job.starts - 1} times.",
                advice="It may need more memory than there is. Ask for fewer areas or draws.",
            )
        outputs = _worked_out(node, control, folder, job, catalogue.plan(run.model), warnings)
    except RunCancelled:
        _undo(node, catalogue, run)
        _record(node, run, "dismissed")
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the run must have an end
        _log.exception("run %s", run.id)
        _fail(node, control, folder, catalogue, run, _sentence(error), warnings)
        _record(node, run, "failed")
        return
    if control.end(run.id, "successful", outputs=outputs, warnings=warnings):
        _record(node, run, "successful", outputs)
    else:
        _undo(node, catalogue, run)


def _record(
    node: Node, run: Run, state: str, outputs: Mapping[str, Pinned] = MappingProxyType({})
) -> None:
    """Tell the audit log; a run that is over stays over where the log can't be written."""
    facts: dict[str, int | str] = {"run": run.id, "state": state}
    facts |= {"model": run.model, "model_version": run.model_version}
    pins = {name: [p.dataset, p.version, p.content_hash] for name, p in run.inputs.items()}
    made = {name: [p.dataset, p.version, p.content_hash] for name, p in outputs.items()}
    details = {"title": run.title, "inputs": pins, "outputs": made}
    details |= {"parameters": dict(run.parameters)}
    try:
        record(
            node.home.root, "run", "came to its end",
            who=run.who, facts=facts, details=details,
        )  # fmt: skip
    except StoreError:
        _log.exception("the audit log was not told of run %s", run.id)


def _worked_out(
    node: Node, control: Control, folder: Folder, job: Job, plan: Plan, warnings: list[str]
) -> dict[str, Pinned]:
    run = job.run
    if plan.graph.version != run.model_version:
        raise StoreError(
            f"The run was begun with {run.model} {run.model_version}, and this is "
            f"{plan.graph.version}.",
            advice="Run it again.",
        )
    with _Watch(control, run.id) as watch:
        tables: dict[str, Cube | pa.Table] = {}
        names: dict[str, str] = {}
        for number, contract in enumerate(plan.graph.needs):
            watch.say(int(20 * number / len(plan.graph.needs)))
            pinned = run.inputs.get(contract.name)
            if pinned is None:
                continue
            checked = check_pinned(node, folder, contract, pinned)
            _keep_problems(folder, run.id, checked)
            refuse_if_broken(checked, f"{contract.title} ({pinned.dataset})")
            warnings += [f"{contract.title}: {said}" for said in checked.warnings]
            tables[contract.name] = checked.content()
            names |= _area_names(checked.table)
        result = execute(
            plan,
            tables,
            run.parameters,
            lambda done, total: watch.say(20 + 60 * done // max(1, total)),
            cache=Cache(folder.cache),
            validate=job.validate,
        )
        warnings += [said for said in result.warnings if said not in warnings]
        watch.say(80)
        return commit_outputs(node, plan, run, result.tables, names, lambda _: watch.say(85))


class _Watch:
    """Tells how far a run is, and stops it when it was dismissed.

    A model that says nothing for long can't be asked to stop: then the process ends, which harms
    nothing.
    """

    def __init__(self, control: Control, run: str) -> None:
        self._control, self._run = control, run
        self._told_at, self._percent = 0.0, -1
        self._dismissed = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="run-watch", daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def say(self, percent: int) -> None:
        """Say how far it is, at most a few times a second; raises RunCancelled."""
        if self._dismissed.is_set():
            raise RunCancelled("The run was dismissed.")
        now = time.monotonic()
        if percent == self._percent or now < self._told_at + _TELL_S:
            return
        self._told_at, self._percent = now, percent
        if not self._control.progress(self._run, percent):
            raise RunCancelled("The run was dismissed.")

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            with contextlib.suppress(InterurbanError):
                if not self._control.is_running(self._run):
                    self._dismissed.set()
                    if not self._over.wait(_GRACE_S):
                        os._exit(3)
                    return


def _keep_problems(folder: Folder, run: str, checked: Checked) -> None:
    """What is wrong with an input, as a table beside the run."""
    if checked.ok:
        return
    place = folder.run(run)
    place.mkdir(parents=True, exist_ok=True)
    csv.write_csv(checked.problems.table(), place / f"problems-{checked.contract.name}.csv")


def _area_names(table: pa.Table) -> dict[str, str]:
    if not {"area_id", "area_name"} <= set(table.column_names):
        return {}
    pairs = table.select(["area_id", "area_name"]).group_by(["area_id", "area_name"]).aggregate([])
    return {
        str(row["area_id"]): str(row["area_name"])
        for row in pairs.sort_by("area_name").to_pylist()
        if row["area_name"] is not None
    }


def _fail(
    node: Node,
    control: Control,
    folder: Folder,
    catalogue: Catalogue,
    run: Run,
    said: str,
    warnings: list[str],
) -> None:
    """Record a failure, also where the disk has no room left for one."""
    with contextlib.suppress(InterurbanError, OSError, duckdb.Error):
        _undo(node, catalogue, run)
    try:
        control.end(run.id, "failed", error=said, warnings=warnings)
    except StoreError:
        folder.use_reserve()
        control.end(run.id, "failed", error=said)


def _undo(node: Node, catalogue: Catalogue, run: Run) -> None:
    """Take back what a run without success may have committed."""
    gives = catalogue.plan(run.model).graph.gives
    withdraw(node.home, run.id, [output_dataset(run, contract.name) for contract in gives])


def _sentence(error: BaseException) -> str:
    """What a person is told."""
    text = str(error)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or "No space left" in text or "File too large" in text or "disk is full" in text:
        return (
            "The disk is full, so nothing of the run was stored. "
            "Free some space on the disk of the data folder, and run again."
        )
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException | pa.ArrowMemoryError):
        return "The run needs more memory than there is. Ask for fewer areas, years or draws."
    if isinstance(error, InterurbanError):
        return text
    first = text.partition("\n")[0].rstrip(".")
    if isinstance(error, OSError | duckdb.Error | pa.ArrowException):
        return f"The run's tables could not be read or stored: {first}."
    return f"The run met a defect: {type(error).__name__}: {first}. Tell the people who made it."
