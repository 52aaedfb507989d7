"""All that a node knows of its partners, in one object; it costs nothing while there are none."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote

from interurban.policy.audit import NodeKey, node_key
from interurban.store.control import Records, file_in

from .calling import Calls
from .known import Known
from .peers import Peers
from .tables import TABLES

if TYPE_CHECKING:
    from .agreements import Agreements

__all__ = ["Alliance"]


class Alliance:
    """The partners of a node, what they told, and the way to ask them.

    Tables and the key are opened when they are first needed, so that a node without partners pays
    for none of it.

    Parameters
    ----------
    home: the data folder.
    database: URL of the control database; the home's own SQLite file by default.
    """

    def __init__(self, home: Path, database: str | None = None) -> None:
        self.home = home
        self._database = database
        self._lock = Lock()
        self._records: Records | None = None
        self._key: NodeKey | None = None
        self._agreements: Agreements | None = None
        self.peers = Peers(home, lambda: self.records, lambda: self.is_begun)
        self.known = Known(lambda: self.records, self.peers)
        self.calls = Calls(lambda: self.key, self.peers)

    @property
    def is_begun(self) -> bool:
        """Whether there are tables; where there are none yet, nobody is a partner.

        Looked up without what opens or makes them: that takes half a second the first time.
        """
        if self._database is not None or self._records is not None:
            return True
        file = file_in(self.home)
        if not file.exists():
            return False
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as database,
        ):
            found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'peers'").fetchone()
            return found is not None
        return False

    @property
    def records(self) -> Records:
        """The tables of the alliance; StoreError when they can't be opened."""
        with self._lock:
            if self._records is None:
                self._records = Records(file_in(self.home), TABLES, self._database)
            return self._records

    @property
    def key(self) -> NodeKey:
        """The node's key, made when it is first needed; StoreError when it can't be used."""
        with self._lock:
            if self._key is None:
                self._key = node_key(self.home)
            return self._key

    @property
    def agreements(self) -> Agreements:
        """The agreements with partners."""
        records = self.records
        with self._lock:
            if self._agreements is None:
                from .agreements import Agreements

                self._agreements = Agreements(records, self.home)
            return self._agreements

    def close(self) -> None:
        """Let go of connections and of the database."""
        self.calls.close()
        with self._lock:
            if self._records is not None:
                self._records.close()
                self._records = None

    def __enter__(self) -> Alliance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
