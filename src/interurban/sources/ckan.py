"""CKAN portals, and DataPress ones that look like them (the London Datastore).

A resource whose rows the portal keeps in its datastore is paged through; any other is fetched as
the file it is and read by the connector of files.

Options of the source
---------------------
domain: the portal (``data.gov.uk``).
package: the dataset's name or id.
resource: the resource's id or name, where the dataset has several.
format: the resource's format (``csv``), where that tells which.
via: ``datastore`` or ``file``; without it the datastore where there is one, unless an option says
    how to read the file.
filters: columns and the values they must have (datastore only).
page_size: rows of one page (datastore only).
Of a file also all options of ``files`` that say how to read it (``member``, ``sheet`` ...).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused

from ._ckan_catalogue import Catalogue, Resource, choose
from ._listed import Listed
from ._names import unique_names
from ._portal_options import PortalOptions
from ._portal_values import instant_text, schema_of, text_array
from ._spool import Scratch, consistent_batches
from .files import FILE_OPTIONS
from .reading import Fetching, Reading
from .transport import Credential, Transport
from .transport_file import open_web_file

__all__ = ["discover", "open_source"]

_OPTIONS = {
    *("domain", "package", "resource", "format", "via", "filters", "page_size"),
    *FILE_OPTIONS,
}
_PAGE = 10_000
_MOST = 32_000
_OWN = frozenset({"_id", "_full_text"})
_TOKEN = Credential("Authorization")


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a resource of a CKAN portal and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; an unchanged resource is not read again.

    Returns
    -------
    The reading; ``None`` when nothing has changed since.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be, or no such resource.
    SourceUnreachable, SourceRefused: no answer, or a no.
    SourceChanged: while it is iterated: the rows changed each time they were read.
    UnreadableFile, TooMuch: of a file, as the connector of files says.
    """
    options = PortalOptions(spec, _OPTIONS)
    origin = options.origin()
    via = options.choice("via", ("datastore", "file"), "")
    filters = options.table("filters")
    page_size = max(2, options.whole("page_size", _PAGE, _MOST))
    transport = Transport(origin, fetching, _TOKEN)
    try:
        resource = _resource(Catalogue(transport, origin), options)
        as_file = options.only(FILE_OPTIONS)
        if via == "datastore" or (via == "" and resource.datastore and not as_file):
            pages = _Pages(Catalogue(transport, origin), resource, filters, page_size, fetching)
            return _open_rows(transport, pages, fetching, since)
    except BaseException:
        transport.close()
        raise
    if not resource.url.startswith(("http://", "https://")):
        transport.close()
        raise SourceRefused(
            f"The resource {resource.name or resource.id} has no file.",
            advice="Choose another resource of the dataset.",
        )
    return open_web_file(resource.url, as_file, fetching, since, transport=transport)


def discover(domain: str, words: str = "", *, fetching: Fetching) -> Iterator[Listed]:
    """Search what a portal publishes.

    Parameters
    ----------
    domain: the portal (``data.gov.uk``), or its address.
    words: words to look for; empty lists everything.

    Raises
    ------
    SourceUnreachable, SourceRefused: no answer, or a no.
    """
    origin = domain.rstrip("/") if "://" in domain else f"https://{domain}"
    transport = Transport(origin, fetching)
    try:
        for one in Catalogue(transport, origin).packages(words):
            name = str(one.get("name") or one.get("slug") or one.get("id") or "")
            organisation = one.get("organization") or one.get("owner_org") or ""
            if isinstance(organisation, Mapping):
                organisation = organisation.get("title") or ""
            yield Listed(
                address=f"ckan:{domain}/{name}",
                title=str(one.get("title") or name),
                description=str(one.get("notes") or one.get("description") or ""),
                publisher=str(organisation),
                updated_at=instant_text(str(one.get("metadata_modified") or "")),
                url=f"{origin}/dataset/{name}",
            )
    finally:
        transport.close()


def _resource(catalogue: Catalogue, options: PortalOptions) -> Resource:
    package, wanted = options.text("package"), options.text("resource")
    if package:
        return choose(catalogue.resources(package), package, wanted, options.text("format"))
    if not wanted:
        raise ConfigurationError(
            "A source of type ckan needs the option package or resource.",
            advice="Name the dataset, as its address does.",
            part="package",
        )
    return catalogue.resource(wanted)


def _open_rows(
    transport: Transport, pages: _Pages, fetching: Fetching, since: SourceFacts | None
) -> Reading | None:
    """Page through the rows in the portal's datastore."""
    pages.begin()
    resource = pages.resource
    cursor = json.dumps([resource.modified, pages.total, pages.filters, pages.fields], default=str)
    if since is not None and since.cursor == cursor and resource.modified:
        transport.close()
        return None
    named = unique_names(pages.fields)
    pages.schema = schema_of(named.names, geometry=False)
    scratch = Scratch(fetching.work)

    def facts() -> SourceFacts:
        said = {"format": "CKAN datastore", "resource": resource.name or resource.id}
        if pages.filters:
            said["filter"] = json.dumps(pages.filters, default=str)
        if named.changes:
            said["columns"] = named.changes
        return SourceFacts(
            origin=resource.url,
            kind="live",
            source_time=instant_text(resource.modified),
            reading=said,
            cursor=cursor,
        )

    def close() -> None:
        transport.close()
        scratch.remove()

    batches = consistent_batches(pages.read, pages.schema, scratch)
    return Reading(pages.schema, batches, facts, close=close)


class _Pages:
    """Pages through a datastore by offset, in the order of its row ids.

    Each page overlaps the one before by a row, so that rows that moved show at the seam.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        resource: Resource,
        filters: Mapping[str, Any],
        page_size: int,
        fetching: Fetching,
    ) -> None:
        self.resource = resource
        self.filters = filters
        self.fields: tuple[str, ...] = ()
        self.total = 0
        self.schema = pa.schema([])
        self._catalogue = catalogue
        self._size = page_size
        self._progress = fetching.progress

    def begin(self) -> None:
        """Learn the columns and the number of rows."""
        result = self._ask(0, 0)
        self.fields, self.total = _columns(result), int(result.get("total") or 0)

    def read(self) -> Iterator[pa.RecordBatch]:
        """Start one reading; raises SourceChanged when the rows moved under it."""
        self.total = int(self._ask(0, 0).get("total") or 0)
        read, last = 0, None
        while read < self.total:
            result = self._ask(max(0, read - 1), self._size)
            rows = result.get("records") or []
            if _columns(result) != self.fields or int(result.get("total") or 0) != self.total:
                raise self._moved()
            if last is not None:
                if not rows or rows[0] != last:
                    raise self._moved()
                rows = rows[1:]
            if not rows:
                raise self._moved()
            read, last = read + len(rows), rows[-1]
            self._progress(read, 0, None)
            yield self._batch(rows)
        if read != self.total or int(self._ask(0, 0).get("total") or 0) != self.total:
            raise self._moved()

    def _ask(self, offset: int, limit: int) -> Mapping[str, Any]:
        params = {
            "resource_id": self.resource.id,
            "limit": str(limit),
            "offset": str(offset),
            "sort": "_id",
        }
        if self.filters:
            params["filters"] = json.dumps(self.filters, default=str)
        result = self._catalogue.action("datastore_search", params)
        if not isinstance(result, dict) or "total" not in result:
            raise SourceRefused(
                f"The resource {self.resource.id} has no rows to query.",
                advice="Read it as a file: via: file.",
            )
        return result

    def _batch(self, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        arrays = [text_array([row.get(field) for row in rows]) for field in self.fields]
        return pa.RecordBatch.from_arrays(arrays, names=self.schema.names[:-1])

    def _moved(self) -> SourceChanged:
        return SourceChanged(
            f"The resource {self.resource.name or self.resource.id} changed while it was read.",
            advice="Load it again; the portal is being updated.",
        )


def _columns(result: Mapping[str, Any]) -> tuple[str, ...]:
    names = (str(field.get("id", "")) for field in result.get("fields") or ())
    return tuple(name for name in names if name not in _OWN)
