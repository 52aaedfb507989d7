"""The owner's side of a question that a partner pushes down to where the data are.

The partner is a reader like any other, ``peer:<id>`` with the purpose it states, and asks this
node's own data through the same door: what it may have is decided here, whatever it decided. It is
never answered from what this node itself has only from another partner. Partners work on threads of
their own, a few for each, so that residents are not kept waiting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import pyarrow as pa

from interurban.catalog.node import Node, Waiter, waited_for
from interurban.catalog.rows import Rows
from interurban.core.alliance import Peer
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, InterurbanError, Refused, TooMuch, TooOften
from interurban.core.policy import ACTIONS, Action, Reader
from interurban.core.query import Query
from interurban.query.wire import read_query

from .columns import CELLS, aggregate_schema, bytes_of, row_schema
from .messages import Answer, Message
from .refusals import refusal_document
from .strict import Strict
from .tally import Tally

__all__ = ["MOST_CELLS", "MOST_GROUPS", "MOST_ROWS", "Owned"]

MOST_ROWS = 50_000
"""Rows of one page; who wants more asks for the next."""

MOST_BYTES = 16 << 20
"""Bytes of one page, unless one row alone has more."""

MOST_GROUPS = 100_001
MOST_CELLS = 250_001

_AT_ONCE, _WAITING = 2, 30
_TIMEOUT_S = 8.0
_HASH = re.compile(r"[0-9a-f]{0,64}")
_WHATS = ("rows", "feature", "count", "aggregate", "cells", "tile")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a partner asks.

    Parameters
    ----------
    reader: the account that asked there, as their node names it without telling who it is.
    """

    what: str
    query: Query
    action: Action
    purpose: str
    reader: str
    level: int
    tile: tuple[int, int, int]
    feature: str


class Owned:
    """Answers messages of the kind ``query``.

    Parameters
    ----------
    node: whose own data are asked for; nothing of what it has from partners.
    tally: counts what is asked.
    timeout_s: longest time of one question; less than the partner waits, so that it is told why.
    """

    def __init__(self, node: Node, tally: Tally, timeout_s: float = _TIMEOUT_S) -> None:
        self._node = node.own
        self._tally = tally
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._waiting: dict[str, int] = {}

    def handle(self, peer: Peer, message: Message) -> Answer:
        """The answer: facts, and a table or a tile beside them; or why there is none.

        What is refused is told under the seal as well, so that nobody between the two nodes can
        refuse in this one's name.
        """
        try:
            asked = _read(message.body)
            return self._in_turn(peer, lambda: self._answered(peer, asked))
        except InterurbanError as error:
            return Answer({"error": refusal_document(error), "newest": None}, b"")

    def close(self) -> None:
        """Take no more questions."""
        with self._lock:
            pools, self._threads = list(self._threads.values()), {}
        for threads in pools:
            threads.shutdown(wait=False, cancel_futures=True)
        self._tally.close()

    def _in_turn(self, peer: Peer, work: Callable[[], Answer]) -> Answer:
        """The work, on a thread of that partner's, within its time."""
        waiter = Waiter()

        def asked() -> Answer:
            with waited_for(waiter):
                return work()

        with self._lock:
            if self._waiting.get(peer.id, 0) >= _AT_ONCE + _WAITING:
                raise TooOften(
                    f"{_AT_ONCE + _WAITING} questions of your node are under way.", wait_s=1.0
                )
            self._waiting[peer.id] = self._waiting.get(peer.id, 0) + 1
            threads = self._threads.get(peer.id)
            if threads is None:
                threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"peer-{peer.id}")
                self._threads[peer.id] = threads
            future = threads.submit(asked)
        future.add_done_callback(lambda _: self._done(peer))
        return self._waited(future, waiter)

    def _waited(self, future: Future[Answer], waiter: Waiter) -> Answer:
        try:
            return future.result(self._timeout_s)
        except TimeoutError as error:
            future.cancel()
            waiter.leave()
            raise TooMuch(
                f"The question was not answered within {self._timeout_s:g} s.",
                advice="Ask for a smaller place, a shorter time or fewer groups.",
            ) from error

    def _done(self, peer: Peer) -> None:
        with self._lock:
            self._waiting[peer.id] -= 1

    def _answered(self, peer: Peer, asked: _Asked) -> Answer:
        node = self._node.seen_by(Reader(account=f"peer:{peer.id}", purpose=asked.purpose))
        newest = _newest(node, asked.query.dataset)
        try:
            snapshot = node.snapshot(asked.query.dataset, asked.query.as_of)
            pinned = replace(asked, query=replace(asked.query, as_of=snapshot.version))
            facts, content = _answer(node, snapshot, pinned)
        except InterurbanError as error:
            self._note(peer, node, asked, refused=True)
            return Answer({"error": refusal_document(error), "newest": newest}, b"")
        self._note(peer, node, asked, refused=False)
        said = {"dataset": snapshot.dataset, **_state(snapshot), "newest": newest}
        return Answer(said | facts, content)

    def _note(self, peer: Peer, node: Node, asked: _Asked, *, refused: bool) -> None:
        dataset, rule = asked.query.dataset, ""
        try:
            rule = node.decide(dataset, _action(asked)).rule
        except InterurbanError:  # there is no such dataset here: what they call it is not recorded
            dataset = ""
        self._tally.note(
            peer.id,
            dataset,
            rule,
            asked.what,
            reader=asked.reader,
            purpose=asked.purpose,
            refused=refused,
        )


# Reading


def _read(body: Mapping[str, Any]) -> _Asked:
    """What a message asks.

    Raises
    ------
    BadRequest: it is no question; the member at fault is named.
    """
    told = Strict(body, "a question")
    what = told.one_of("what", _WHATS)
    more = {"cells": ("level",), "tile": ("z", "x", "y"), "feature": ("feature",)}
    own = more.get(what, ("action",) if what == "rows" else ())
    told.only("what", "query", "purpose", "reader", *own)
    action: Action = "read"
    if what == "rows":
        said = told.one_of("action", ACTIONS)
        action = next(known for known in ACTIONS if known == said)
    return _Asked(
        what=what,
        query=read_query(body["query"]),
        action=action,
        purpose=told.text("purpose", 200),
        reader=told.text("reader", 64, _HASH),
        level=told.whole("level", 0, 64) if what == "cells" else 0,
        tile=_tile(told) if what == "tile" else (0, 0, 0),
        feature=told.text("feature", 1_000) if what == "feature" else "",
    )


def _tile(told: Strict) -> tuple[int, int, int]:
    z = told.whole("z", 0, 24)
    return z, told.whole("x", 0, 2**z - 1), told.whole("y", 0, 2**z - 1)


def _action(asked: _Asked) -> Action:
    if asked.what in ("count", "aggregate", "cells"):
        return "aggregate"
    return asked.action


def _newest(node: Node, dataset: str) -> dict[str, Any] | None:
    """The newest state, so that a partner that does not know it yet asks what has changed."""
    try:
        return _state(node.snapshot(dataset))
    except InterurbanError:
        return None


def _state(snapshot: Snapshot) -> dict[str, Any]:
    """A version, and what obligations make of it."""
    return {"version": snapshot.version, "release": snapshot.release}


# Answering


def _answer(node: Node, snapshot: Snapshot, asked: _Asked) -> tuple[dict[str, Any], bytes]:
    query = asked.query
    match asked.what:
        case "count":
            counted = node.count(query)
            return {"count": counted.count, "placed": counted.placed}, b""
        case "aggregate":
            return _aggregate(node, snapshot, query)
        case "cells":
            found = node.cells(query, asked.level)
            _expect_few(found, MOST_CELLS, "cells", "Ask for a smaller level, or give a bbox.")
            return {"rows": found.num_rows}, bytes_of(found.cast(CELLS))
        case "tile":
            return {}, node.tile(query, *asked.tile)
        case "feature":
            rows = node.feature(query, asked.feature)
            return _page(snapshot, query, rows, 1)
        case _:
            most = MOST_ROWS if query.limit is None else min(query.limit, MOST_ROWS)
            page = replace(query, limit=most)
            # Policy may give other rows for a download than for a look, so each asks its own way.
            of = node.page(page) if asked.action == "read" else node.rows(page, None, asked.action)
            return _page(snapshot, query, of, most)


def _aggregate(node: Node, snapshot: Snapshot, query: Query) -> tuple[dict[str, Any], bytes]:
    if not query.measures:
        raise BadRequest("An aggregate measures something.", advice="Ask for a count.")
    most = MOST_GROUPS if query.limit is None else min(query.limit, MOST_GROUPS)
    found = node.aggregate(replace(query, limit=most))
    _expect_few(found, MOST_GROUPS - 1, "groups", "Ask for fewer groups.")
    return {"rows": found.num_rows}, bytes_of(found.cast(aggregate_schema(query, snapshot)))


def _expect_few(found: pa.Table, most: int, what: str, advice: str) -> None:
    if found.num_rows > most:
        raise TooMuch(f"That is more than {most:,} {what}.", advice=advice)


def _page(snapshot: Snapshot, query: Query, rows: Rows, most: int) -> tuple[dict[str, Any], bytes]:
    """As many rows as one page holds, and whether there may be more of them."""
    if rows.snapshot.version != snapshot.version:
        raise Refused("The dataset changed while it was read.", advice="Ask again.")
    found = pa.Table.from_batches(list(rows.batches), row_schema(query, snapshot))
    kept = found
    while kept.nbytes > MOST_BYTES and kept.num_rows > 1:
        kept = kept.slice(0, max(1, kept.num_rows * MOST_BYTES // (kept.nbytes + 1)))
    more = kept.num_rows == most or kept.num_rows < found.num_rows
    return {"rows": kept.num_rows, "more": more}, bytes_of(kept)
