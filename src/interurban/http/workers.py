"""Threads that answer questions, with a time limit, for clients that are still there.

DuckDB and Arrow let go of the interpreter while they work, so as many threads as cores keep the
machine busy while the event loop serves everybody else. When a client hangs up, or its time is
over, the query that runs for it is stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.requests import Request

from interurban.catalog.node import Waiter, waited_for

from .problems import Overloaded

__all__ = ["ClientGone", "Workers"]

T = TypeVar("T")

_WAITING = 8
"""Threads that may wait for one partner at the same time."""


class ClientGone(Exception):
    """The client hung up; nobody waits for the answer."""


class Workers:
    """A pool of threads for questions.

    Parameters
    ----------
    threads: questions worked on at the same time; more wait their turn.
    timeout_s: seconds until a whole answer, or the first part of a stream, must be there.
    chunk_timeout_s: seconds until each further part of a stream must be there.
    """

    def __init__(self, threads: int, timeout_s: float, chunk_timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="question")
        self._timeout_s = timeout_s
        self._chunk_timeout_s = chunk_timeout_s
        self._beside: dict[str, Workers] = {}

    def beside(self, name: str) -> Workers:
        """Threads for questions that wait for somebody else: a few for each they wait for.

        Whoever hangs then keeps its own questions waiting and no others.
        """
        found = self._beside.get(name)
        if found is None:
            found = Workers(_WAITING, self._timeout_s, self._chunk_timeout_s)
            self._beside[name] = found
        return found

    async def run(self, request: Request, work: Callable[[], T], waiter: Waiter | None = None) -> T:
        """The result of some work on a thread; what is not needed any more is stopped.

        Parameters
        ----------
        waiter: whom the work is for, where more work for them follows.

        Raises
        ------
        Overloaded: it was not done in time.
        ClientGone: the client hung up meanwhile.
        """
        loop = asyncio.get_running_loop()
        waiter = waiter or Waiter()
        answer = loop.run_in_executor(self._pool, _for(waiter, work))
        gone = loop.create_task(_hung_up(request))
        try:
            either: set[asyncio.Future[Any]] = {answer, gone}
            await asyncio.wait(either, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if gone.done():
                raise ClientGone
            raise Overloaded(
                f"There was no answer within {self._timeout_s:g} seconds.",
                advice="Ask for a smaller area, a shorter time or fewer groups, or try again.",
            )
        finally:
            gone.cancel()
            if not answer.done():
                answer.cancel()  # takes it out of the queue if no thread has begun it
                waiter.leave()

    async def stream(
        self, opening: bytes, chunks: Iterator[bytes], waiter: Waiter
    ) -> AsyncGenerator[bytes, None]:
        """A stream whose parts are made on threads, one as the last one is sent.

        Whoever reads it closes it (``aclosing``): then what still runs for ``waiter`` is stopped.

        Parameters
        ----------
        opening: the first part, which is there already.
        """
        part: Future[bytes | None] | None = None
        try:
            yield opening
            while True:
                part = self._pool.submit(_for(waiter, lambda: next(chunks, None)))
                chunk = await asyncio.wait_for(asyncio.wrap_future(part), self._chunk_timeout_s)
                if chunk is None:
                    return
                yield chunk
        finally:
            waiter.leave()
            # A generator left in the middle holds a cursor of the engine, or a file. It cannot be
            # closed while a thread is inside it, so that waits for the part under way.
            if part is None:
                _close(chunks)
            else:
                part.add_done_callback(lambda _: _close(chunks))

    def close(self) -> None:
        """Take no more work; what is begun is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for others in self._beside.values():
            others.close()


def _for(waiter: Waiter, work: Callable[[], T]) -> Callable[[], T]:
    """The work, asked for by a waiter."""

    def asked() -> T:
        with waited_for(waiter):
            return work()

    return asked


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _close(chunks: Iterator[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
