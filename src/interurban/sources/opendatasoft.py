"""Opendatasoft portals, through the exports of their Explore API (v2.1).

An export is one answer with every record, fetched as a file and read as one. Where a portal
allows no exports its records are paged, which it ends at 10,000.

Options of the source
---------------------
domain: the portal (``public.opendatasoft.com``).
dataset: the dataset's id.
where: a condition on its records (ODSQL).
columns: only these fields.
format: ``jsonl``, ``geojson`` or ``parquet``; without it GeoJSON where records have places,
    else JSONL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import SourceChanged, SourceRefused, TooMuch

from ._portal_options import PortalOptions
from ._portal_values import instant_text
from ._spool import ATTEMPTS, Scratch
from ._transport_answers import host_of
from .files import read_file
from .reading import Fetching, Reading
from .transport import Credential, Transport
from .transport_download import download
from .transport_file import fetched

__all__ = ["open_source"]

_OPTIONS = ("domain", "dataset", "where", "columns", "format")
_FORMATS = ("jsonl", "geojson", "parquet")
_PAGE = 100
_PAGED = 10_000
_PLACES = frozenset({"geo_point_2d", "geo_shape"})
_TOKEN = Credential("Authorization", "Apikey ")


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a dataset of an Opendatasoft portal and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; an unchanged dataset is not read again.

    Returns
    -------
    The reading; ``None`` when nothing has changed since. Times are in UTC.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be.
    SourceUnreachable, SourceRefused: no answer, or a no.
    SourceChanged: the records changed each time they were fetched.
    TooMuch: no exports, and more records than can be paged.
    """
    options = PortalOptions(spec, _OPTIONS)
    origin = options.origin()
    transport = Transport(origin, fetching, _TOKEN)
    scratch = Scratch(fetching.work)
    try:
        dataset = _Dataset(transport, origin, options)
        stamp = dataset.stamp()
        if since is not None and since.cursor == stamp and dataset.modified:
            scratch.remove()
            return None
        path, stamp = _consistent(dataset, stamp, scratch, fetching)
        reading = read_file(path, {}, fetching)
    except BaseException:
        scratch.remove()
        raise
    finally:
        transport.close()
    assert reading is not None
    told = {
        "origin": f"{origin}/explore/dataset/{dataset.id}",
        "source_time": instant_text(dataset.modified),
        "cursor": stamp,
        "etag": "",
    }
    said = {"api": "Opendatasoft Explore 2.1"}
    return fetched(reading, told, scratch, said, expected=dataset.total)


def _consistent(
    dataset: _Dataset, stamp: str, scratch: Scratch, fetching: Fetching
) -> tuple[Path, str]:
    """Fetch all records, again if the dataset changed meanwhile."""
    for _ in range(ATTEMPTS):
        path = dataset.fetch(scratch, fetching)
        after = dataset.stamp()
        if after == stamp:
            return path, stamp
        path.unlink()
        stamp = after
    raise SourceChanged(
        f"The dataset {dataset.id} changed each of the {ATTEMPTS} times it was fetched.",
        advice="Load it again later; the portal is being updated.",
    )


class _Dataset:
    """One dataset of the portal."""

    def __init__(self, transport: Transport, origin: str, options: PortalOptions) -> None:
        self.id = options.required("dataset")
        self.modified = ""
        self._transport = transport
        self._base = f"{origin}/api/explore/v2.1/catalog/datasets/{quote(self.id, safe='')}"
        self._question = {
            key: value
            for key, value in (
                ("where", options.text("where")),
                ("select", ",".join(options.texts("columns"))),
            )
            if value
        }
        self._format = options.choice("format", _FORMATS, "")
        self._has_places = False
        self.total = 0

    def stamp(self) -> str:
        """What the dataset is now: its times, its fields and the number of records asked for."""
        document = self._mapping(self._base, {})
        metas = (document.get("metas") or {}).get("default") or {}
        fields = [(f.get("name"), f.get("type")) for f in document.get("fields") or ()]
        self.modified = str(metas.get("data_processed") or metas.get("modified") or "")
        self._has_places = any(kind in _PLACES for _, kind in fields)
        where = {key: value for key, value in self._question.items() if key == "where"}
        counted = self._mapping(f"{self._base}/records", {**where, "limit": "1"})
        self.total = int(counted.get("total_count") or 0)
        return json.dumps([self.modified, self.total, self._question, self._format, fields])

    def fetch(self, scratch: Scratch, fetching: Fetching) -> Path:
        """Fetch every record into a file."""
        form = self._format or ("geojson" if self._has_places else "jsonl")
        url = httpx.URL(
            f"{self._base}/exports/{form}", params={**self._question, "timezone": "UTC"}
        )
        try:
            got = download(
                self._transport,
                str(url),
                scratch.folder(),
                progress=lambda size, total: fetching.progress(0, size, total),
            )
        except SourceRefused:
            return self._paged(scratch, fetching)
        assert got is not None
        return got.path

    def _paged(self, scratch: Scratch, fetching: Fetching) -> Path:
        """Fetch records page by page, with one of overlap that shows when they move."""
        if self.total > _PAGED:
            raise TooMuch(
                f"The dataset {self.id} allows no exports, and its {self.total:,} records are"
                f" more than the {_PAGED:,} that can be paged.",
                advice="Give an API key, or narrow it with where.",
            )
        path = scratch.folder() / "records.jsonl"
        read, last = 0, None
        with path.open("w", encoding="utf-8") as file:
            while read < self.total:
                asked = {
                    **self._question,
                    "limit": str(_PAGE),
                    "offset": str(max(0, read - 1)),
                    "timezone": "UTC",
                }
                rows = self._mapping(f"{self._base}/records", asked).get("results") or []
                if last is not None and (not rows or rows[0] != last):
                    raise self._moved()
                rows = rows if last is None else rows[1:]
                if not rows:
                    raise self._moved()
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                read, last = read + len(rows), rows[-1]
                fetching.progress(read, self._transport.received, None)
        return path

    def _mapping(self, url: str, params: Mapping[str, str]) -> dict[str, Any]:
        document = self._transport.get_json(url, params).document
        if not isinstance(document, dict):
            raise SourceRefused(
                f"{host_of(url)} did not answer as an Opendatasoft portal does.",
                advice="Check the domain in the pack.",
            )
        return document

    def _moved(self) -> SourceChanged:
        return SourceChanged(
            f"The records of {self.id} moved between two pages.",
            advice="Load it again; the portal is being updated.",
        )
