"""Pages of a portal, kept on disk until they are known to be of one piece.

A portal may change while its pages are read. Pages therefore go to the scratch folder first; only
a set of pages that was checked against the portal's own count and time is handed on, and one that
was not is read again from the start.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from interurban.core.errors import SourceChanged

from .reading import number_batches

__all__ = ["ATTEMPTS", "Scratch", "consistent_batches"]

ATTEMPTS = 3
"""How often a source that keeps changing is read before that is said."""


class Scratch:
    """A folder of our own in the scratch space, made when it is first needed.

    Parameters
    ----------
    prefix: of its name, which says what it is for.
    """

    def __init__(self, work: Path, prefix: str = "portal-") -> None:
        self._work = work
        self._prefix = prefix
        self._folder: Path | None = None

    def folder(self) -> Path:
        """An empty folder; each call gives another."""
        if self._folder is None:
            self._work.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._work))
        return Path(tempfile.mkdtemp(dir=self._folder))

    def remove(self) -> None:
        """Remove it with everything in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def consistent_batches(
    pages: Callable[[], Iterable[pa.RecordBatch]], schema: pa.Schema, scratch: Scratch
) -> Iterator[pa.RecordBatch]:
    """Read all pages, again if the source changed meanwhile, and give them numbered.

    Parameters
    ----------
    pages: starts one reading of all pages, which ends with ``SourceChanged`` unless they are of
        one piece. Batches have the columns of ``schema`` but ``_row``.
    schema: with ``_row`` last.

    Raises
    ------
    SourceChanged: it changed every time.
    """
    plain = schema.remove(len(schema) - 1)
    for attempt in range(1, ATTEMPTS + 1):
        kept = scratch.folder() / "pages.arrow"
        try:
            _write(kept, plain, pages())
            break
        except SourceChanged:
            kept.unlink(missing_ok=True)
            if attempt == ATTEMPTS:
                raise
    yield from number_batches(_read(kept))


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema, options=options) as to:
        for batch in batches:
            to.write_batch(batch)


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
        yield from stream
