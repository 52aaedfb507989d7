"""The workspace: runs are started, watched, found, renamed, dismissed and deleted.

A run is worked out by a process of its own. Whoever started it may end: the process goes on, and a
run whose process was killed is taken up again by whoever next opens the workspace to look after it.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from interurban import __version__
from interurban.catalog.modelled import withdraw
from interurban.catalog.node import Node
from interurban.core.errors import (
    BadRequest,
    InvalidInput,
    NotFound,
    StoreError,
    UnknownDataset,
)
from interurban.core.model import Pinned, Run, TableContract
from interurban.core.policy import Reader
from interurban.core.query import Query
from interurban.standards.spelling import did_you_mean

from .catalogue import Catalogue
from .contracts import Checked, refuse_if_broken
from .control import FINAL, Control, Deleted, new_id
from .folder import Folder
from .graph import Plan
from .inputs import FILE, bind_inputs, check_dataset, check_pinned, table_named
from .outputs import output_dataset
from .parameters import read_parameters
from .uploads import check_file

__all__ = ["Workspace"]

_WORKER = "interurban.workspace.worker"
_LOOK_S = 0.1
_SEEN_S = 5.0
_MAX_TITLE = 200


class Workspace:
    """The runs of one node.

    Parameters
    ----------
    node: whose datasets runs read, and to which their outputs are added.
    catalogue: the graphs that can be run.
    database: URL of the control database; the home's own SQLite file by default.
    """

    def __init__(self, node: Node, catalogue: Catalogue, database: str | None = None) -> None:
        self.node = node
        self.catalogue = catalogue
        self.folder = Folder(node.home.root / "workspace")
        self._control = Control(self.folder, database)
        self._workers: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def reader(self) -> Reader:
        """In whose name runs are started and outputs are read."""
        return self.node.reader

    def seen_by(self, reader: Reader) -> Workspace:
        """The workspace as a reader sees it; it is closed with the one it comes from."""
        if reader == self.reader:
            return self
        seen = copy(self)
        seen.node = self.node.seen_by(reader)
        return seen

    def close(self) -> None:
        """Let go of the records; runs go on."""
        for worker in self._workers.values():
            worker.poll()
        self._control.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Models

    def plan(self, model: str) -> Plan:
        """A graph by id; UnknownModel names the nearest."""
        return self.catalogue.plan(model)

    def contract(self, model: str, table: str) -> TableContract:
        """The contract of an input of a graph.

        Raises
        ------
        UnknownModel, NotFound: names the nearest.
        """
        needs = self.plan(model).graph.needs
        found = table_named(needs, table)
        if found is None:
            names = [contract.name for contract in needs]
            raise NotFound(
                f"{model} takes no table {table!r}.",
                advice=did_you_mean(table, names, otherwise=f"It takes: {', '.join(names)}."),
                part="table",
            )
        return found

    def check(self, model: str, table: str, source: str | Path) -> Checked:
        """Hold a file, or the newest version of a dataset, against the contract of an input.

        Raises
        ------
        UnknownModel, NotFound, UnknownDataset, UnreadableFile.
        """
        contract = self.contract(model, table)
        if isinstance(source, str):
            snapshot = self.node.snapshot(source)
            pinned = Pinned(source, snapshot.version, snapshot.content_hash)
            return check_dataset(self.node, contract, pinned)
        return check_file(source, contract)

    # Runs

    def start(
        self,
        model: str,
        city: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        inputs: Mapping[str, str | Path] | None = None,
        title: str = "",
        validate: bool = True,
    ) -> Run:
        """Start a run; it goes on in a process of its own.

        Parameters
        ----------
        parameters: values that are not to be the default, as text or as themselves.
        inputs: input to a dataset's id (text) or a file (``Path``); one that is not named is the
            only dataset of the city that can serve.
        title: what people call it; runs of one title, model and city are its versions.
        validate: whether what nodes give each other is checked.

        Raises
        ------
        UnknownModel, UnknownCity, UnknownDataset.
        InvalidInput: a parameter, an input that nothing serves, or a file with broken rows.
        Refused: the reader may not have a dataset.
        """
        plan = self.plan(model)
        self.node.city(city)
        values = read_parameters(plan.parameters, parameters or {})
        pinned = bind_inputs(self.node, self.folder, plan, city, inputs or {})
        for contract in plan.graph.needs:
            pin = pinned.get(contract.name)
            if pin is not None and pin.dataset.startswith(FILE):
                checked = check_pinned(self.node, self.folder, contract, pin)
                refuse_if_broken(checked, pin.dataset.removeprefix(FILE))
        run = Run(
            id=new_id(),
            model=model,
            model_version=plan.graph.version,
            city=city,
            title=_title(title or plan.graph.title),
            state="accepted",
            parameters=values,
            inputs=pinned,
            outputs={},
            code_version=__version__,
            created_at=datetime.now(UTC),
            who=self.reader.account or "",
            share=secrets.token_urlsafe(16),
        )
        recorded = self._control.add(run, self.reader, validate=validate)
        self._spawn(run.id)
        return recorded

    def again(self, run: str) -> Run:
        """Start the same run once more: the same versions, files and parameters."""
        old = self.run(run)
        plan = self.plan(old.model)
        if plan.graph.version != old.model_version:
            raise InvalidInput(
                f"The run was of {old.model} {old.model_version}, and this is "
                f"{plan.graph.version}: it can't be the same again.",
                advice="Start a new run with the same parameters.",
            )
        run_ = Run(
            id=new_id(), model=old.model, model_version=old.model_version, city=old.city,
            title=old.title, state="accepted", parameters=old.parameters, inputs=old.inputs,
            outputs={}, code_version=__version__, created_at=datetime.now(UTC),
            who=self.reader.account or "", share=secrets.token_urlsafe(16),
        )  # fmt: skip
        recorded = self._control.add(run_, self.reader, validate=True)
        self._spawn(run_.id)
        return recorded

    def run(self, run: str) -> Run:
        """The run of that id; UnknownRun when there is none, or it was deleted."""
        return self._control.get(run)

    def shared(self, share: str) -> Run:
        """The run that a share link names."""
        return self._control.shared(share)

    def runs(
        self,
        *,
        model: str | None = None,
        city: str | None = None,
        title: str | None = None,
        states: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Run]:
        """Runs, the newest first; versions of one are found by its title, model and city."""
        return self._control.runs(
            model=model, city=city, title=title, states=states, limit=limit, offset=offset
        )

    def deleted(self) -> list[Deleted]:
        """What is kept of deleted runs."""
        return self._control.deleted()

    def rename(self, run: str, title: str) -> Run:
        """Give a run another title."""
        return self._control.rename(run, _title(title))

    def dismiss(self, run: str) -> Run:
        """Stop a run that is not over; nothing of it is kept but its record.

        Raises
        ------
        UnknownRun.
        BadRequest: it is over.
        """
        if not self._control.end(run, "dismissed"):
            state = self.run(run).state
            raise BadRequest(
                f"The run is {state} and can't be dismissed.",
                advice="Delete it instead." if state in FINAL else "",
                part="run",
            )
        return self.run(run)

    def delete(self, run: str) -> None:
        """Delete a run and its outputs; that it was there, and who deleted it, is kept."""
        known = self.run(run)
        if known.state not in FINAL:
            self.dismiss(run)
        self._control.delete(run, self.reader.account or "")
        made = {pin.dataset for pin in known.outputs.values()}
        if known.model in self.catalogue.plans:
            # A run that came to nothing may have committed some that nobody ever saw.
            gives = self.plan(known.model).graph.gives
            made |= {output_dataset(known, contract.name) for contract in gives}
        withdraw(self.node.home, run, sorted(made))
        self.node.look_again()
        self.folder.forget(run)
        kept = self._control.uploads()
        for pin in known.inputs.values():
            if pin.dataset.startswith(FILE) and pin.content_hash not in kept:
                self.folder.forget_upload(pin.content_hash)

    def problems(self, run: str) -> dict[str, Path]:
        """Input to the table (CSV) of what was wrong with it, of a run that failed for that."""
        place = self.folder.run(self.run(run).id)
        return {path.stem.removeprefix("problems-"): path for path in place.glob("problems-*.csv")}

    def output(self, run: str, table: str) -> pa.Table:
        """Rows of an output, as the run committed them, without the house columns.

        Raises
        ------
        UnknownRun.
        NotFound: the run has no such output (yet).
        """
        known = self.run(run)
        pin = known.outputs.get(table)
        if pin is None:
            raise NotFound(
                f"The run {run} has no output {table!r}; it is {known.state}.",
                advice=did_you_mean(table, known.outputs),
                part="table",
            )
        self._see(pin.dataset)
        rows = self.node.rows(Query(pin.dataset, as_of=pin.version))
        names = [field.name for field in rows.fields if field.type != "geometry"]
        return pa.Table.from_batches(list(rows.batches)).sort_by("_row").select(names)

    # Looking after runs

    def recover(self) -> list[str]:
        """Take up every run whose process died; gives their ids.

        A server calls this when it starts, and from time to time.
        """
        taken = []
        # Asking a process that is over for its end also lets the system forget it.
        over = [run for run, worker in list(self._workers.items()) if worker.poll() is not None]
        for run_id in over:
            self._workers.pop(run_id, None)
        for run in self.runs(states=("accepted", "running")):
            if run.id in self._workers:
                continue
            if not self.folder.is_worked_on(run.id):
                self._spawn(run.id)
                taken.append(run.id)
        return taken

    def wait(
        self,
        run: str,
        timeout_s: float | None = None,
        progress: Callable[[Run], None] | None = None,
    ) -> Run:
        """Wait for the end of a run, and take it up if its process dies.

        Raises
        ------
        StoreError: it was not over in time.
        """
        end = None if timeout_s is None else time.monotonic() + timeout_s
        looked = time.monotonic()
        while True:
            known = self.run(run)
            if progress is not None:
                progress(known)
            if known.state in FINAL:
                for pin in known.outputs.values():
                    self._see(pin.dataset)
                return known
            if end is not None and time.monotonic() > end:
                raise StoreError(f"The run {run} is not over yet.", advice="Wait longer for it.")
            if time.monotonic() > looked + 1.0:
                looked = time.monotonic()
                self.recover()
            time.sleep(_LOOK_S)

    def _see(self, dataset: str) -> None:
        """Have the node see a dataset that another process has just published."""
        end = time.monotonic() + _SEEN_S
        while True:
            try:
                self.node.dataset(dataset)
            except UnknownDataset:
                if time.monotonic() > end:
                    raise
                self.node.look_again()
                time.sleep(0.01)
            else:
                return

    def _spawn(self, run: str) -> None:
        place = self.folder.run(run)
        place.mkdir(parents=True, exist_ok=True)
        home = self.node.home.root.resolve()
        command = [sys.executable, "-m", _WORKER, str(home), run, *self.catalogue.modules]
        with (place / "log").open("ab") as log:
            # A session of its own: a Ctrl-C in the terminal that started it is not for it.
            self._workers[run] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > _MAX_TITLE:
        raise InvalidInput(f"A title has 1 to {_MAX_TITLE} characters.", part="title")
    return title
