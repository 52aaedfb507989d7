"""The control database of a node: what its rooms record of people and what they do.

City data never lie in it. SQLite in the home by default (a write-ahead log: readers never wait);
any database that SQLAlchemy knows where several nodes share it. It is one database with the tables
of several rooms: each room keeps its tables, its questions and its migrations to itself, and a
version table of its own says how far they are. Every change is one short transaction, so a process
that is killed leaves records that are true.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

from interurban.core.errors import StoreError

__all__ = ["Records", "Tables", "file_in", "run_migrations"]

_BUSY_S = 20
_LOCK = 0x1E7E_0B0A
"""Number of the locks in PostgreSQL that nodes queue at which share a database: to migrate it and,
with a number for each room, to write. SQLite has such a lock of its own."""


_migrating = Lock()
"""Alembic keeps what it works on in one place for the whole process."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What one room keeps in the control database.

    Parameters
    ----------
    what: how a person knows it, for errors: ``The record of runs``.
    migrations: where Alembic finds them: ``package:folder``.
    head: the newest migration; tables of another are migrated when they are opened.
    version_table: where Alembic notes how far they are; no two rooms share one.
    """

    what: str
    migrations: str
    head: str
    version_table: str


def file_in(home: Path) -> Path:
    """The control database of a data folder."""
    return home / "workspace" / "control.sqlite"


class Records:
    """One room's tables, migrated and open.

    Parameters
    ----------
    file: the SQLite file that is used when no ``url`` is given.
    url: of another database, as SQLAlchemy has it.

    Raises
    ------
    StoreError: it can't be opened or migrated, or a newer program has migrated it.
    """

    def __init__(self, file: Path, tables: Tables, url: str | None = None) -> None:
        self._tables = tables
        self._locks = file.parent / "locks"
        self._engine = sa.create_engine(url or f"sqlite:///{file}")
        with self._told():
            try:
                self._locks.mkdir(parents=True, exist_ok=True)
                if url is None:
                    # Records of people are their node's own business.
                    file.touch(mode=0o600)
            except OSError as error:
                raise StoreError(
                    f"{tables.what} can't be made: {error.strerror}.",
                    advice="Choose another folder with --home or INTERURBAN_HOME.",
                ) from error
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _prepare)
                sa.event.listen(self._engine, "begin", _begin)
            if not self._is_current():
                self._migrate()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database; StoreError when it can't be used."""
        with (
            self._told(),
            self._engine.connect().execution_options(reads=True) as connection,
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction, which is kept if nothing is raised; StoreError when it can't be used.

        Writers queue where it begins.
        """
        with self._told(), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                room = crc32(self._tables.version_table.encode()) & 0x7FFF_FFFF
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, room)))
            yield connection

    # The tables themselves

    def _is_current(self) -> bool:
        return self._version() == self._tables.head

    def _version(self) -> str | None:
        """The newest migration that the tables went through."""
        name = self._tables.version_table
        if not sa.inspect(self._engine).has_table(name):
            return None
        version = sa.table(name, sa.column("version_num"))
        with self.reading() as connection:
            return connection.scalar(sa.select(version.c.version_num))

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", self._tables.migrations)
        config.attributes["version_table"] = self._tables.version_table
        with _migrating, (self._locks / "migrate.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            version = self._version()
            if version == self._tables.head:
                return
            known = ScriptDirectory.from_config(config).walk_revisions()
            if version is not None and all(each.revision != version for each in known):
                raise StoreError(
                    f"This home was used by a newer Interurban: {_lower(self._tables.what)} is of "
                    "a kind that this one does not know.",
                    advice="Use that version again, or restore a backup that was made before it.",
                )
            with self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The database's errors as ours."""
        try:
            yield
        except (DataError, IntegrityError, ProgrammingError):
            raise  # what was asked is wrong, not the database
        except DatabaseError as error:
            said = str(error.orig)
            # SQLite also says "disk I/O error" when there is no room for its shared memory.
            full = "full" in said or "disk" in said
            advice = "Free some space on the disk, and try again." if full else "Try again."
            raise StoreError(
                f"{self._tables.what} can't be used: {said}.", advice=advice
            ) from error


def run_migrations(metadata: sa.MetaData) -> None:
    """Run a room's migrations: all that the ``env.py`` of its migrations has to do.

    Parameters
    ----------
    metadata: the tables as they are after the newest one.
    """
    from alembic import context

    given = context.config.attributes
    context.configure(
        connection=given["connection"],
        target_metadata=metadata,
        version_table=given["version_table"],
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _lower(what: str) -> str:
    """A name inside a sentence."""
    return what[:1].lower() + what[1:]


def _prepare(connection: Any, _: object) -> None:
    # The driver must not begin transactions by itself: `_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1_000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer queues when it begins: one that read first could not, and would have to give up."""
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
