"""The record of every run, in the node's control database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from interurban.core.errors import StoreError, UnknownRun
from interurban.core.model import Pinned, Run
from interurban.core.policy import Reader
from interurban.store.control import Records, Tables

from .folder import Folder

__all__ = ["FINAL", "HEAD", "TABLES", "Control", "Deleted", "Job", "metadata", "new_id"]

HEAD = "0002"
"""The newest migration."""

FINAL = ("successful", "failed", "dismissed")
"""States that nothing follows."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz"

TABLES = Tables("The record of runs", "interurban.workspace:migrations", HEAD, "alembic_version")

metadata = sa.MetaData()
_runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("share", sa.String(64), nullable=False, unique=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("model_version", sa.String(32), nullable=False),
    sa.Column("city", sa.String(64), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("code_version", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("started_at", sa.String(40)),
    sa.Column("ended_at", sa.String(40)),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("organisation", sa.String(200), nullable=False),
    sa.Column("purpose", sa.String(200), nullable=False),
    sa.Column("groups", sa.JSON),
    sa.Column("progress", sa.Integer, nullable=False),
    sa.Column("warnings", sa.JSON, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("starts", sa.Integer, nullable=False),
    sa.Column("validate", sa.Boolean, nullable=False),
    sa.Column("deleted_at", sa.String(40)),
    sa.Column("deleted_by", sa.String(200)),
    sa.Index("runs_by_title", "city", "model", "title"),
    sa.Index("runs_by_time", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A run as the process that works it out needs it.

    Parameters
    ----------
    reader: in whose name the inputs are read.
    starts: how many processes have begun with it.
    validate: whether what nodes give each other is checked.
    """

    run: Run
    reader: Reader
    starts: int
    validate: bool


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is kept of a run that was deleted: which it was, when, and by whom."""

    id: str
    model: str
    city: str
    title: str
    deleted_at: datetime
    deleted_by: str


class Control:
    """The records of one node's runs.

    Parameters
    ----------
    folder: its SQLite file is used when no ``url`` is given.
    url: of another database, as SQLAlchemy has it.
    """

    def __init__(self, folder: Folder, url: str | None = None) -> None:
        folder.create()
        self._records = Records(folder.control, TABLES, url)

    def close(self) -> None:
        """Let go of the database."""
        self._records.close()

    # Writing

    def add(self, run: Run, reader: Reader, *, validate: bool) -> Run:
        """Record a new run; gives it with its version."""
        for _ in range(20):
            with self._records.writing() as connection:
                last = connection.scalar(
                    sa.select(sa.func.max(_runs.c.version)).where(
                        _runs.c.city == run.city,
                        _runs.c.model == run.model,
                        _runs.c.title == run.title,
                    )
                )
                row = _row(run) | {
                    "version": (last or 0) + 1,
                    "organisation": reader.organisation or "",
                    "purpose": reader.purpose,
                    "groups": list(reader.groups),
                    "starts": 0,
                    "validate": validate,
                }
                try:
                    connection.execute(sa.insert(_runs).values(row))
                except IntegrityError:
                    continue
            return self.get(run.id)
        raise StoreError("The run could not be recorded.", advice="Try again.")

    def begin(self, run: str) -> Job | None:
        """A process begins with a run; ``None`` when the run is over already."""
        with self._records.writing() as connection:
            changed = connection.execute(
                sa.update(_runs)
                .where(_runs.c.id == run, _runs.c.state.in_(("accepted", "running")))
                .values(
                    state="running",
                    starts=_runs.c.starts + 1,
                    started_at=sa.func.coalesce(_runs.c.started_at, _now()),
                )
            )
            if not changed.rowcount:
                return None
            row = connection.execute(sa.select(_runs).where(_runs.c.id == run)).one()
        return _job(row)

    def progress(self, run: str, percent: int) -> bool:
        """Say how far a run is; False when it is to stop."""
        with self._records.writing() as connection:
            changed = connection.execute(
                sa.update(_runs)
                .where(_runs.c.id == run, _runs.c.state == "running")
                .values(progress=max(0, min(99, percent)))
            )
        return bool(changed.rowcount)

    def is_running(self, run: str) -> bool:
        """Whether a run may go on."""
        with self._records.reading() as connection:
            state = connection.scalar(sa.select(_runs.c.state).where(_runs.c.id == run))
        return state == "running"

    def end(
        self,
        run: str,
        state: str,
        *,
        outputs: Mapping[str, Pinned] | None = None,
        warnings: Sequence[str] = (),
        error: str = "",
    ) -> bool:
        """End a run; False when it had ended before. Nothing of its record changes after this."""
        values: dict[str, Any] = {"state": state, "ended_at": _now(), "error": error}
        values["warnings"] = list(warnings)
        if state == "successful":
            values |= {"progress": 100, "outputs": _pins(outputs or {})}
        with self._records.writing() as connection:
            changed = connection.execute(
                sa.update(_runs)
                .where(_runs.c.id == run, _runs.c.state.in_(("accepted", "running")))
                .values(values)
            )
        return bool(changed.rowcount)

    def rename(self, run: str, title: str) -> Run:
        """Give a run another title; it becomes the newest version of that one."""
        known = self.get(run)
        with self._records.writing() as connection:
            last = connection.scalar(
                sa.select(sa.func.max(_runs.c.version)).where(
                    _runs.c.city == known.city,
                    _runs.c.model == known.model,
                    _runs.c.title == title,
                    _runs.c.id != run,
                )
            )
            connection.execute(
                sa.update(_runs)
                .where(_runs.c.id == run)
                .values(title=title, version=(last or 0) + 1)
            )
        return self.get(run)

    def delete(self, run: str, who: str) -> None:
        """Take a run out of every list; that it was there, and who deleted it, is kept."""
        with self._records.writing() as connection:
            connection.execute(
                sa.update(_runs)
                .where(_runs.c.id == run)
                .values(deleted_at=_now(), deleted_by=who, share=secrets.token_urlsafe(24))
            )

    # Reading

    def get(self, run: str) -> Run:
        """The run of that id; UnknownRun when there is none, or it was deleted."""
        return self._one(_runs.c.id == run, run)

    def shared(self, share: str) -> Run:
        """The run that a link names; UnknownRun when there is none."""
        return self._one(_runs.c.share == share, "that link")

    def job(self, run: str) -> Job:
        """A run as the process that works it out needs it."""
        with self._records.reading() as connection:
            row = connection.execute(sa.select(_runs).where(_runs.c.id == run)).one_or_none()
        if row is None:
            raise UnknownRun(f"There is no run {run!r}.")
        return _job(row)

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
        """Runs, the newest first; only those that meet every condition given."""
        wanted = sa.select(_runs).where(_runs.c.deleted_at.is_(None))
        for column, value in ((_runs.c.model, model), (_runs.c.city, city), (_runs.c.title, title)):
            if value is not None:
                wanted = wanted.where(column == value)
        if states:
            wanted = wanted.where(_runs.c.state.in_(states))
        wanted = wanted.order_by(_runs.c.created_at.desc(), _runs.c.id).limit(limit).offset(offset)
        with self._records.reading() as connection:
            return [_run(row) for row in connection.execute(wanted)]

    def deleted(self) -> list[Deleted]:
        """What is kept of deleted runs, the newest deletion first."""
        wanted = (
            sa.select(_runs)
            .where(_runs.c.deleted_at.is_not(None))
            .order_by(_runs.c.deleted_at.desc())
        )
        with self._records.reading() as connection:
            return [
                Deleted(
                    r.id, r.model, r.city, r.title,
                    datetime.fromisoformat(r.deleted_at), r.deleted_by,
                )
                for r in connection.execute(wanted)
            ]  # fmt: skip

    def uploads(self) -> set[str]:
        """Hashes of the files that runs which are kept were given."""
        return {
            pinned.content_hash
            for run in self.runs()
            for pinned in run.inputs.values()
            if pinned.dataset.startswith("file:")
        }

    def _one(self, condition: sa.ColumnElement[bool], said: str) -> Run:
        with self._records.reading() as connection:
            row = connection.execute(
                sa.select(_runs).where(condition, _runs.c.deleted_at.is_(None))
            ).one_or_none()
        if row is None:
            raise UnknownRun(
                f"There is no run {said!r}.", advice="See them with: interurban runs", part="run"
            )
        return _run(row)


def new_id() -> str:
    """An id for a run: ten letters and figures, a letter first, as names of datasets need."""
    rest = _LETTERS + "23456789"
    return secrets.choice(_LETTERS) + "".join(secrets.choice(rest) for _ in range(9))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _pins(pinned: Mapping[str, Pinned]) -> dict[str, list[Any]]:
    return {name: [p.dataset, p.version, p.content_hash] for name, p in pinned.items()}


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "share": run.share,
        "model": run.model,
        "model_version": run.model_version,
        "city": run.city,
        "title": run.title,
        "state": run.state,
        "parameters": dict(run.parameters),
        "inputs": _pins(run.inputs),
        "outputs": _pins(run.outputs),
        "code_version": run.code_version,
        "created_at": run.created_at.isoformat(),
        "who": run.who,
        "progress": run.progress,
        "warnings": list(run.warnings),
        "error": run.error,
    }


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=row.id,
        model=row.model,
        model_version=row.model_version,
        city=row.city,
        title=row.title,
        state=row.state,
        parameters={n: tuple(v) if isinstance(v, list) else v for n, v in row.parameters.items()},
        inputs={name: Pinned(*pin) for name, pin in row.inputs.items()},
        outputs={name: Pinned(*pin) for name, pin in row.outputs.items()},
        code_version=row.code_version,
        created_at=datetime.fromisoformat(row.created_at),
        started_at=None if row.started_at is None else datetime.fromisoformat(row.started_at),
        ended_at=None if row.ended_at is None else datetime.fromisoformat(row.ended_at),
        who=row.who,
        progress=row.progress,
        warnings=tuple(row.warnings),
        error=row.error,
        version=row.version,
        share=row.share,
    )


def _job(row: sa.Row[Any]) -> Job:
    groups = tuple(row.groups or ())
    reader = Reader(row.who or None, row.organisation or None, row.purpose, groups)
    return Job(_run(row), reader, row.starts, row.validate)
