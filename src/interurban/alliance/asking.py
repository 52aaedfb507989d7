"""The asker's side of a question that is pushed down to the partner who owns the data.

What comes back is believed as far as it was told before: the columns and types of the snapshot as
the partner told it, its version, as many rows as were asked for. Anything else is refused whole,
and nothing of it is kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pyarrow as pa

from interurban.catalog.node import Counted
from interurban.core.alliance import Peer
from interurban.core.dataset import Snapshot
from interurban.core.errors import (
    BadRequest,
    Refused,
    SourceError,
    StoreError,
    UnknownSnapshot,
)
from interurban.core.policy import Action, Reader
from interurban.core.query import Cursor, Query
from interurban.policy.audit import NodeKey
from interurban.query.wire import write_query

from .calling import Calls
from .columns import CELLS, aggregate_schema, row_schema, table_of
from .owned import MOST_CELLS, MOST_GROUPS, MOST_ROWS
from .refusals import raised_by
from .strict import Strict

__all__ = ["Asking"]

_KIND = "query"
_TIMEOUT_S = 10.0
_MOST_PAGE = 64 << 20
_MOST_TILE = 8 << 20
_MOST_NUMBERS = 64 << 10
_MVT_LAYER = 0x1A
"""First byte of a vector tile that has anything in it: its first layer."""

Facts = Strict


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks partners for what is theirs.

    Every question is pinned to the version that ``snapshot`` has, and made for a reader who has
    passed this node's own door.

    Parameters
    ----------
    key: gives the node's key, from which the names of readers are made that partners are told.
    behind: is told what a partner says is the newest version of a dataset, and its release; gives
        whether the partner has told another one.
    """

    calls: Calls
    key: Callable[[], NodeKey]
    behind: Callable[[Peer, str, int, str], bool]

    def count(self, peer: Peer, snapshot: Snapshot, query: Query, reader: Reader) -> Counted:
        """Numbers of rows, and of rows with a place."""
        facts, _ = self._asked(peer, snapshot, "count", query, reader, _MOST_NUMBERS)
        with _as_asked(peer, snapshot):
            count = facts.whole("count", 0, snapshot.rows)
            return Counted(count, facts.whole("placed", 0, count))

    def aggregate(self, peer: Peer, snapshot: Snapshot, query: Query, reader: Reader) -> pa.Table:
        """Groups, then measures."""
        schema = aggregate_schema(query, snapshot)
        most = MOST_GROUPS if query.limit is None else query.limit
        return self._table(peer, snapshot, "aggregate", query, reader, schema, most)[1]

    def cells(
        self, peer: Peer, snapshot: Snapshot, query: Query, level: int, reader: Reader
    ) -> pa.Table:
        """Columns ``x``, ``y`` and ``count``."""
        most = MOST_CELLS
        return self._table(peer, snapshot, "cells", query, reader, CELLS, most, level=level)[1]

    def tile(
        self,
        peer: Peer,
        snapshot: Snapshot,
        query: Query,
        z: int,
        x: int,
        y: int,
        reader: Reader,
    ) -> bytes:
        """One vector tile."""
        _, content = self._asked(peer, snapshot, "tile", query, reader, _MOST_TILE, z=z, x=x, y=y)
        if content and content[0] != _MVT_LAYER:
            raise _broken(peer, snapshot, "it is no vector tile")
        return content

    def feature(
        self, peer: Peer, snapshot: Snapshot, query: Query, feature: str, reader: Reader
    ) -> pa.Table:
        """The one row of a public id."""
        schema = row_schema(query, snapshot)
        found = self._table(peer, snapshot, "feature", query, reader, schema, 1, feature=feature)[1]
        if not found.num_rows:
            raise _broken(peer, snapshot, "it holds nothing, and says that it is there")
        return found

    def pages(
        self,
        peer: Peer,
        snapshot: Snapshot,
        query: Query,
        action: Action,
        reader: Reader,
    ) -> Iterator[pa.Table]:
        """Rows in order, page by page, as many as the question has; each is asked when it is read.

        In the natural order a page begins behind the last row; in an order of the reader's own,
        after as many rows as have been read.
        """
        schema = row_schema(query, snapshot)
        left, offset, after = query.limit, query.offset, query.after
        while left is None or left > 0:
            most = MOST_ROWS if left is None else min(left, MOST_ROWS)
            page = replace(query, limit=most, offset=offset, after=after)
            facts, found = self._table(
                peer, snapshot, "rows", page, reader, schema, most, action=action
            )
            yield found
            with _as_asked(peer, snapshot):
                more = facts.flag("more")
            if not more or not found.num_rows:
                return
            left = None if left is None else left - found.num_rows
            if query.order:
                offset += found.num_rows
            else:
                offset, after = 0, self._behind(peer, snapshot, found, after)

    def _behind(
        self, peer: Peer, snapshot: Snapshot, found: pa.Table, before: Cursor | None
    ) -> Cursor:
        """Where the next page begins; later than this one did, so that there is an end."""
        last = found.slice(found.num_rows - 1)
        cursor = Cursor(last.column("_key")[0].as_py(), last.column("_row")[0].as_py())
        if None in (cursor.key, cursor.row) or (
            before is not None and (cursor.key, cursor.row) <= (before.key, before.row)
        ):
            raise _broken(peer, snapshot, "its pages go round in a circle")
        return cursor

    # One question

    def _table(
        self,
        peer: Peer,
        snapshot: Snapshot,
        what: str,
        query: Query,
        reader: Reader,
        schema: pa.Schema,
        most_rows: int,
        **more: Any,
    ) -> tuple[Facts, pa.Table]:
        facts, content = self._asked(peer, snapshot, what, query, reader, _MOST_PAGE, **more)
        try:
            return facts, table_of(content, schema, most_rows)
        except ValueError as error:
            raise _broken(peer, snapshot, str(error)) from error

    def _asked(
        self,
        peer: Peer,
        snapshot: Snapshot,
        what: str,
        query: Query,
        reader: Reader,
        at_most: int,
        **more: Any,
    ) -> tuple[Facts, bytes]:
        """What a partner answers, and the bytes beside it.

        Raises
        ------
        PeerDown: it does not answer.
        InterurbanError: what it refuses with, in its own words.
        SourceError: it answers something else than was asked.
        """
        body = {
            "what": what,
            "query": write_query(replace(query, as_of=snapshot.version)),
            "purpose": reader.purpose,
            "reader": self._name(peer, reader),
            **more,
        }
        message, content = self.calls.fetch(
            peer, _KIND, body, timeout_s=_TIMEOUT_S, at_most=at_most
        )
        facts = Strict(message.body, "an answer")
        with _as_asked(peer, snapshot):
            changed = self._has_changed(peer, snapshot, facts)
            error = raised_by(peer, message.body["error"]) if facts.has("error") else None
        if error is not None:
            if changed and isinstance(error, Refused | UnknownSnapshot):
                raise _changed(peer, snapshot) from error
            raise error
        said = tuple(message.body.get(name) for name in ("dataset", "version", "release"))
        if said[:2] != (snapshot.dataset, snapshot.version):
            raise _broken(peer, snapshot, "it is of another dataset or version")
        if said[2] != snapshot.release:
            raise _changed(peer, snapshot)
        return facts, content

    def _has_changed(self, peer: Peer, snapshot: Snapshot, facts: Facts) -> bool:
        """Whether a partner has something else than it told; then it is asked what changed."""
        if not facts.has("newest"):
            return False
        newest = Strict(facts.raw("newest"), "the newest version")
        return self.behind(
            peer, snapshot.dataset, newest.whole("version"), newest.text("release", 128)
        )

    def _name(self, peer: Peer, reader: Reader) -> str:
        """How a partner knows a reader again without knowing who it is; others know them otherwise.

        Their own node can tell, by trying its accounts.
        """
        if reader.account is None:
            return ""
        secret = sha256(self.key().sign("names of readers", peer.fingerprint.encode())).digest()
        return hmac.new(secret, reader.account.encode(), "sha256").hexdigest()[:32]


@contextmanager
def _as_asked(peer: Peer, snapshot: Snapshot) -> Iterator[None]:
    """Facts that are not what they should be, as the fault of the partner who told them."""
    try:
        yield
    except BadRequest as error:
        raise _broken(peer, snapshot, error.what.rstrip(".")) from error


def _changed(peer: Peer, snapshot: Snapshot) -> StoreError:
    return StoreError(
        f"{peer.title} has just changed {snapshot.dataset}, or what may be had of it.",
        advice="Ask again in a few seconds.",
    )


def _broken(peer: Peer, snapshot: Snapshot, why: str) -> SourceError:
    return SourceError(
        f"{peer.title} answered a question about {snapshot.dataset} as it should not: {why}.",
        advice="Nothing of the answer was used; tell the people of that node.",
    )
