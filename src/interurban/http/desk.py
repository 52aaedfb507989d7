"""Where runs are asked for: who may, how many at once, and people's own files by token.

A request names a dataset or a token, never a path: a token is the hash of a file's content and of
its name, and is given out when the file was checked.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from interurban.core.errors import (
    InterurbanError,
    InvalidInput,
    Refused,
    TooMuch,
    UnknownRun,
    UnknownSnapshot,
)
from interurban.core.model import Run
from interurban.core.policy import Reader
from interurban.workspace import Workspace
from interurban.workspace.inputs import FILE

from .problems import TooManyRuns
from .settings import Settings

__all__ = ["Desk"]

_TOKEN = re.compile(r"upload:([0-9a-f]{64}):([0-9a-f]{8})")
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNDER_WAY = ("accepted", "running")
_LOOK_S = 5.0
_KEPT_S = 86_400.0
_SWEEP_S = 600.0
_log = structlog.get_logger("interurban.http")


@dataclass(slots=True)
class _Places:
    """How many runs are being started now, by all readers."""

    lock: Lock = field(default_factory=Lock)
    starting: int = 0


class Desk:
    """The workspace of a node, as the web may use it.

    Parameters
    ----------
    workspace: the runs of the node.
    settings: how many runs, and how much room for files.
    peopled: whether anybody has an account; where nobody has, runs are everybody's.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        peopled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.workspace = workspace
        self._max_runs = settings.max_runs
        self._room_bytes = settings.upload_space_mb * 1_000_000
        self._peopled = peopled
        self._places = _Places()
        self._swept = 0.0

    def seen_by(self, reader: Reader) -> Desk:
        """The desk as a reader sees it."""
        workspace = self.workspace.seen_by(reader)
        if workspace is self.workspace:
            return self
        seen = copy(self)
        seen.workspace = workspace
        return seen

    # Runs

    def run(self, run: str) -> Run:
        """A run by id, its outputs shown; UnknownRun when there is none."""
        return self._shown(self.workspace.run(_named(run)))

    def shared(self, share: str) -> Run:
        """The run that a link names, its outputs shown; UnknownRun when there is none."""
        return self._shown(self.workspace.shared(_named(share)))

    def start(
        self,
        model: str,
        city: str,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, str | Path],
        title: str,
    ) -> Run:
        """Start a run.

        Parameters
        ----------
        inputs: table to a dataset's id, a token, or a file that this node has written itself.

        Raises
        ------
        TooManyRuns: enough are under way.
        Refused: this node takes none.
        UnknownModel, UnknownCity, UnknownDataset, InvalidInput.
        """
        sources = {name: self.source(name, given) for name, given in inputs.items()}
        with self._place():
            return self.workspace.start(
                model, city, parameters=parameters, inputs=sources, title=title
            )

    def again(self, run: str) -> Run:
        """Start the same run once more; raises as ``start`` does, and ``UnknownRun``."""
        known = self.run(run)
        with self._place():
            return self.workspace.again(known.id)

    def runs(self, **asked: Any) -> list[Run]:
        """Runs as ``Workspace.runs`` finds them, of those that the reader may know of."""
        return [run for run in self.workspace.runs(**asked) if self._knows(run)]

    def changing(self, run: str) -> str:
        """The id of a run that is to be renamed, dismissed or deleted.

        Raises
        ------
        UnknownRun. Refused: nobody can change runs here, or not this reader.
        """
        if not self._max_runs:
            raise Refused("This node takes no runs, and lets nobody change those it has.")
        known = self.run(run)
        reader = self.workspace.reader
        mine = known.who in ("", reader.account) or reader.administrator
        if self._peopled() and not mine:
            raise Refused("Somebody else started this run.", advice="Run it again as your own.")
        return known.id

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._max_runs:
            raise Refused("This node takes no runs.", advice="Run the model on a node of your own.")
        places = self._places
        with places.lock:
            under_way = len(self.workspace.runs(states=_UNDER_WAY)) + places.starting
            if under_way >= self._max_runs:
                raise TooManyRuns(
                    f"{under_way} runs are under way, and this node takes {self._max_runs} "
                    "at once.",
                    advice="Wait until one is over, or dismiss one.",
                )
            places.starting += 1
        try:
            yield
        finally:
            with places.lock:
                places.starting -= 1

    def _knows(self, run: Run) -> bool:
        """Whether the reader may know of a run: of all that it was worked out from, as it was.

        What a run says of itself, its warnings and the rows that were wrong, is out of the rows
        that it read. Somebody who is shown others, with small numbers hidden, is told none of it.
        """
        node = self.workspace.node
        if run.who and run.who == node.reader.account:
            return True
        for pin in run.inputs.values():
            if not pin.dataset.startswith(FILE) and pin.dataset in node.packs.datasets:
                try:
                    if node.standing(pin.dataset).obligations and run.who:
                        seen = node.snapshot(pin.dataset, pin.version)
                        if seen.content_hash != pin.content_hash:
                            return False
                except (Refused, UnknownSnapshot):
                    return False
        return True

    def _shown(self, run: Run) -> Run:
        """A run whose outputs the node knows: another process has just published them.

        Raises
        ------
        UnknownRun: the reader may not know of it.
        """
        if not self._knows(run):
            raise UnknownRun("There is no such run.", advice="See them at /api/runs.", part="run")
        known = self.workspace.node.packs.datasets
        if any(pin.dataset not in known for pin in run.outputs.values()):
            self.workspace.node.look_again()
        return run

    # People's own files

    def keep(self, file: Path) -> str:
        """Keep a file, and give the token it is named by.

        Raises
        ------
        TooMuch: there is no more room for files.
        """
        folder = self.workspace.folder
        used = sum(_size(path) for path in _files(folder.uploads))
        if used + file.stat().st_size > self._room_bytes:
            raise TooMuch(
                "This node has no more room for files.",
                advice="Delete runs that are not needed, or try again tomorrow.",
            )
        digest = folder.keep_upload(file)
        return f"upload:{digest}:{_short(file.name)}"

    def source(self, table: str, given: str | Path) -> str | Path:
        """What an input is read from: a dataset of this node, or a file it keeps.

        Raises
        ------
        UnknownDataset: neither; what looks like a path is only ever the name of a dataset.
        InvalidInput: a token of a file that is no longer kept.
        """
        if isinstance(given, Path):
            return given
        if given.startswith("upload:"):
            return self.upload(table, given)
        return self.workspace.node.dataset(given).id

    def upload(self, table: str, token: str) -> Path:
        """The file a token names.

        Raises
        ------
        InvalidInput: it is no longer kept, or never was.
        """
        match = _TOKEN.fullmatch(token)
        if match is not None:
            for path in _files(self.workspace.folder.uploads / match[1]):
                if _short(path.name) == match[2]:
                    os.utime(path)
                    return path
        raise InvalidInput(
            "The file is no longer kept.", advice="Check it once more, then run.", part=table
        )

    # Upkeep

    async def look_after(self, closing: asyncio.Event) -> None:
        """Take up runs whose process died, and forget files nobody used, until it closes."""
        while not closing.is_set():
            try:
                taken = await asyncio.to_thread(self._upkeep)
            except (InterurbanError, OSError) as error:
                _log.warning("runs can't be looked after", reason=str(error))
            else:
                if taken:
                    _log.info("runs taken up", runs=taken)
            try:
                await asyncio.wait_for(closing.wait(), _LOOK_S)
            except TimeoutError:
                continue

    def _upkeep(self) -> list[str]:
        taken = self.workspace.recover()
        if time.monotonic() > self._swept + _SWEEP_S:
            self._swept = time.monotonic()
            self._forget_old_files()
        return taken

    def _forget_old_files(self) -> None:
        """Forget files that were checked long ago and that no run was given."""
        folder = self.workspace.folder
        used = {
            pin.content_hash
            for run in self.workspace.runs()
            for pin in run.inputs.values()
            if pin.dataset.startswith(FILE)
        }
        oldest = time.time() - _KEPT_S
        for place in folder.uploads.iterdir():
            if place.name in used or not place.is_dir():
                continue
            if all(path.stat().st_mtime < oldest for path in _files(place)):
                folder.forget_upload(place.name)


def _named(run: str) -> str:
    if not _RUN.fullmatch(run):
        raise UnknownRun("There is no such run.", advice="See them at /api/runs.", part="run")
    return run


def _short(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:8]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # it was replaced meanwhile
        return 0
