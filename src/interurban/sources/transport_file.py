"""Files of the web, fetched and then read as any other file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from interurban.core.dataset import SourceFacts
from interurban.core.errors import SourceChanged

from ._spool import Scratch
from .files import read_file
from .reading import Fetching, Reading
from .transport import Transport
from .transport_download import download

__all__ = ["fetched", "open_web_file"]


def open_web_file(
    url: str,
    options: Mapping[str, Any],
    fetching: Fetching,
    since: SourceFacts | None = None,
    *,
    transport: Transport | None = None,
) -> Reading | None:
    """Fetch a file of the web and start one reading of it.

    Parameters
    ----------
    options: how to read it (``files.FILE_OPTIONS``).
    since: facts of the last reading; an unchanged file is neither fetched nor read again.
    transport: of the portal that named the file, whose rules then hold; closed here.

    Returns
    -------
    The reading; ``None`` when the file has not changed.
    """
    used = transport if transport is not None else Transport(url, fetching)
    scratch = Scratch(fetching.work)
    try:
        if since is not None and (since.origin, since.cursor) != (url, _options_text(options)):
            since = None
        got = download(
            used,
            url,
            scratch.folder(),
            validator=since.etag if since is not None else "",
            progress=lambda size, total: fetching.progress(0, size, total),
        )
        if got is None:
            scratch.remove()
            return None
        # Without the validator, so that a portal that knows none is compared by the bytes.
        earlier = replace(since, etag="") if since is not None else None
        reading = read_file(got.path, options, fetching, earlier)
    except BaseException:
        scratch.remove()
        raise
    finally:
        used.close()
    if reading is None:
        scratch.remove()
        return None
    told = {
        "origin": url,
        "source_time": got.modified,
        "etag": got.validator,
        "cursor": _options_text(options),
    }
    return fetched(reading, told, scratch)


def fetched(
    reading: Reading,
    told: Mapping[str, Any],
    scratch: Scratch,
    said: Mapping[str, str] | None = None,
    *,
    expected: int | None = None,
) -> Reading:
    """Read a fetched file under its own name: the facts are the portal's, not the scratch file's.

    Parameters
    ----------
    told: fields of the facts, in place of the file's.
    scratch: removed when the reading is closed.
    said: what is to be said first of how the bytes were understood.
    expected: rows the portal says there are; fewer or more end in ``SourceChanged``.
    """

    def facts() -> SourceFacts:
        found = reading.facts()
        both = {**(said or {}), **found.reading}
        return replace(found, kind="live", reading=both, **told)

    def close() -> None:
        reading.close()
        scratch.remove()

    return reading.told_as(facts, close, _counted(reading, expected, told["origin"]))


def _counted(reading: Reading, expected: int | None, origin: str) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in reading.batches():
        rows += batch.num_rows
        yield batch
    if expected is not None and rows + reading.broken_count != expected:
        raise SourceChanged(
            f"{origin} gave {rows + reading.broken_count:,} rows and says it has {expected:,}.",
            advice="Load it again; if it stays so, tell the publisher.",
        )


def _options_text(options: Mapping[str, Any]) -> str:
    """The options in a form to be compared: the same file read otherwise is another table."""
    return json.dumps(dict(options), sort_keys=True, default=str)
