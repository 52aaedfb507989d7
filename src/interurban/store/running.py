"""What the engine works on now: every query is watched, for its time and for who waits for it.

A query is stopped when it runs past its time, and when nobody waits for its answer any more. Who
waits is known by context: whatever is asked inside ``waited_for`` is asked for that waiter.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import duckdb

from interurban.core.errors import Abandoned, TooMuch

__all__ = ["Activity", "Running", "Waiter", "waited_for"]

_LOOK_S = 0.2


class Waiter:
    """Somebody who waits for answers, until they leave.

    ``leave`` may be called from any thread: before the first query, in one, or between two.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursors: dict[int, duckdb.DuckDBPyConnection] = {}
        self._gone = False

    @property
    def gone(self) -> bool:
        """Whether they have left."""
        return self._gone

    def leave(self) -> None:
        """Wait no more: what runs for them is stopped, and nothing is begun."""
        with self._lock:
            self._gone = True
            for cursor in self._cursors.values():
                cursor.interrupt()

    def begin(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """A query begins for them; Abandoned when they have left."""
        with self._lock:
            if self._gone:
                raise Abandoned("Nobody waits for this answer any more.")
            self._cursors[id(cursor)] = cursor

    def end(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Their query is over."""
        # Under the lock: a cursor that is given back is never interrupted for this waiter again.
        with self._lock:
            self._cursors.pop(id(cursor), None)


_waiter: ContextVar[Waiter | None] = ContextVar("waiter", default=None)


@contextmanager
def waited_for(waiter: Waiter) -> Iterator[None]:
    """Everything asked inside, on this thread, is asked for that waiter."""
    token = _waiter.set(waiter)
    try:
        yield
    finally:
        _waiter.reset(token)


@dataclass(frozen=True, slots=True)
class Activity:
    """What an engine is at.

    Parameters
    ----------
    running: queries under way, downloads among them.
    abandoned: queries that were stopped because nobody waited any more, since the start.
    overdue: queries that were stopped because they took too long, since the start.
    """

    running: int
    abandoned: int
    overdue: int


@dataclass(frozen=True, slots=True)
class _Query:
    cursor: duckdb.DuckDBPyConnection
    waiter: Waiter | None
    end: float


class Running:
    """The queries under way; one thread watches over all of them.

    Parameters
    ----------
    timeout_s: a query that runs longer is stopped with ``TooMuch``.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._queries: dict[int, _Query] = {}
        self._abandoned = 0
        self._overdue = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="query-watch", daemon=True)
        self._thread.start()

    @property
    def activity(self) -> Activity:
        """Counts of this moment."""
        with self._lock:
            return Activity(len(self._queries), self._abandoned, self._overdue)

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection, *, timed: bool = True) -> Iterator[None]:
        """Watch over one query.

        Parameters
        ----------
        timed: whether it has to end in time; a download takes as long as its reader.

        Raises
        ------
        TooMuch: it took too long.
        Abandoned: who asked for it has left; perhaps before it began.
        """
        waiter = _waiter.get()
        if waiter is not None:
            waiter.begin(cursor)
        query = _Query(cursor, waiter, time.monotonic() + self._timeout_s if timed else math.inf)
        with self._lock:
            self._queries[id(cursor)] = query
        done = False
        try:
            yield
            done = True
        except (duckdb.InterruptException, OSError) as error:
            # Between two parts of a stream, Arrow hands an interrupt on as an OSError.
            if waiter is not None and waiter.gone:
                raise Abandoned("Nobody waits for this answer any more.") from error
            if isinstance(error, OSError):
                raise
            raise TooMuch(
                "The question took too long.", advice="Ask for a smaller place or a shorter time."
            ) from error
        finally:
            self._end(query, done=done)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _end(self, query: _Query, *, done: bool) -> None:
        abandoned = query.waiter is not None and query.waiter.gone
        if query.waiter is not None:
            query.waiter.end(query.cursor)
        with self._lock:
            del self._queries[id(query.cursor)]
            self._abandoned += abandoned and not done
            self._overdue += query.end < time.monotonic() and not (abandoned or done)

    def _look(self) -> None:
        while not self._stopped.wait(min(_LOOK_S, self._timeout_s / 4)):
            now = time.monotonic()
            with self._lock:
                for query in self._queries.values():
                    # An interrupt between two queries of a cursor is lost: it is said again.
                    if query.end < now or (query.waiter is not None and query.waiter.gone):
                        query.cursor.interrupt()
