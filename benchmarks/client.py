"""One reader: a kept connection, one request after the other, each timed to its last byte.

It asks for no compression and sends no validator, so that every answer is made and sent whole.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, RemoteDisconnected
from types import TracebackType

from .processes import cpu_seconds

__all__ = ["Client", "Measured", "answers", "timed"]

_TIMEOUT_S = 60.0
_WARM = 6
_FEWEST = 5


class Client:
    """One kept connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> bytes:
        """The whole body of an answer.

        Raises
        ------
        RuntimeError: any answer but 200; a measure of errors would be worth nothing.
        """
        return self._body("GET", path)

    def post(self, path: str, document: bytes) -> bytes:
        """The whole body of the answer to a JSON document; raises as ``get``."""
        return self._body("POST", path, document)

    def _body(self, method: str, path: str, document: bytes | None = None) -> bytes:
        try:
            answer = self._asked(method, path, document)
        except RemoteDisconnected:  # it was idle for longer than a server keeps it
            self._connection.close()
            answer = self._asked(method, path, document)
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} gave {answer.status}: {body[:300]!r}")
        return body

    def _asked(self, method: str, path: str, document: bytes | None) -> HTTPResponse:
        kind = {} if document is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, document, {"Accept": "*/*", **kind})
        return self._connection.getresponse()


def answers(port: int | None, path: str) -> bool:
    """Whether a server is there already, and answers this."""
    if port is None:
        return False
    try:
        with Client(port) as client:
            client.get(path)
    except (OSError, HTTPException, RuntimeError):
        return False
    return True


@dataclass(slots=True)
class Measured:
    """Seconds and bytes of each request, and the CPU time the server spent on all of them."""

    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    cpu_s: float = 0.0

    def percentile_ms(self, share: float) -> float:
        """The time that this share of the requests did not exceed, in ms."""
        ordered = sorted(self.seconds)
        return 1e3 * ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    @property
    def rate(self) -> float:
        """Requests a second of this one reader."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def cpu_ms(self) -> float:
        """CPU time of the server for one request, in ms."""
        return 1e3 * self.cpu_s / len(self.seconds)

    @property
    def kilobytes(self) -> float:
        """Mean size of an answer."""
        return sum(self.sizes) / len(self.sizes) / 1e3


def timed(
    client: Client,
    servers: Sequence[int],
    path: Callable[[int], str],
    *,
    requests: int,
    seconds: float,
    into: Measured | None = None,
) -> Measured:
    """Ask ``path(0)``, ``path(1)`` ... until the requests or the seconds are used up.

    Parameters
    ----------
    servers: ids of the processes whose CPU time, with their descendants', is counted.
    into: an earlier turn of the same measure, which this one goes on from.
    """
    measured = into or Measured()
    done = len(measured.seconds)
    _warm(client, path, done)
    used = sum(map(cpu_seconds, servers))
    end = time.perf_counter() + seconds
    for n in range(requests):
        if n >= _FEWEST and time.perf_counter() > end:
            break
        begun = time.perf_counter()
        body = client.get(path(done + n))
        measured.seconds.append(time.perf_counter() - begun)
        measured.sizes.append(len(body))
    measured.cpu_s += sum(map(cpu_seconds, servers)) - used
    return measured


def _warm(client: Client, path: Callable[[int], str], done: int) -> None:
    """Requests that are not counted, and whose like is not asked again."""
    for n in range(1 if done else _WARM):
        client.get(path(-1 - done - n))
