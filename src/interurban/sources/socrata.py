"""Socrata portals (SODA 2.1 and SODA3): Chicago's, and hundreds of others'.

Rows are paged by key (``:id``), so that no page depends on how many rows lie before it. After the
first load only rows changed since are asked for (``:updated_at``); rows deleted at the portal
leave no trace there, so they are found by counting, and then everything is read again.

Options of the source
---------------------
domain: the portal (``data.cityofchicago.org``).
dataset: the dataset's id (``ijzp-q8t2``).
where: a SoQL condition on its rows.
columns: only these fields; ``":id"`` and the other system fields may be among them.
page_size: rows of one page.
api: ``2.1`` or ``3``; without it 3 where there is a token for the portal, else 2.1.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused

from ._listed import Listed
from ._portal_options import PortalOptions
from ._socrata_columns import SocrataColumns, columns_of_view
from ._soda import Rows, Soda, quoted
from ._spool import Scratch, consistent_batches
from .reading import Fetching, Reading
from .transport import Credential, Transport

__all__ = ["discover", "open_source"]

_OPTIONS = ("domain", "dataset", "where", "columns", "page_size", "api")
_ID = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
_PAGE = 10_000
_SHAPES_PAGE = 1_000
_LARGEST_PAGE = 1_000_000
_TOKEN = Credential("X-App-Token")
_CATALOGUE = "https://api.us.socrata.com"
_LISTED_PAGE = 100


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a dataset of a Socrata portal and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; only rows changed after it are read where that is safe.

    Returns
    -------
    The reading; ``None`` when nothing has changed since. Times are as the portal writes them:
    naive ones are the city's own, those with a zone are instants.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be.
    SourceUnreachable, SourceRefused: no answer, or a no.
    SourceChanged: while it is iterated: the rows changed each time they were read.
    """
    asked = _asked(PortalOptions(spec, _OPTIONS))
    transport = Transport(asked.origin, fetching, _TOKEN)
    try:
        version = asked.api or ("3" if transport.token else "2.1")
        soda = Soda(transport, asked.origin, asked.dataset, version)
        return _open(soda, asked, fetching, since)
    except BaseException:
        transport.close()
        raise


def discover(
    domain: str, words: str = "", *, fetching: Fetching, catalogue: str = _CATALOGUE
) -> Iterator[Listed]:
    """Search what a portal publishes, through Socrata's Discovery API.

    Parameters
    ----------
    domain: the portal (``data.cityofchicago.org``).
    words: words to look for in titles and descriptions; empty lists everything.
    catalogue: address of the Discovery API; portals in Europe are in another one.

    Raises
    ------
    SourceUnreachable, SourceRefused: no answer, or a no.
    """
    transport = Transport(catalogue, fetching)
    try:
        params = {"domains": domain, "only": "dataset", "limit": str(_LISTED_PAGE)}
        if words:
            params |= {"q": words, "search_context": domain}
        seen, total = 0, 1
        while seen < total:
            answer = transport.get_json(
                f"{catalogue}/api/catalog/v1", params | {"offset": str(seen)}
            ).document
            found, total = answer.get("results") or [], int(answer.get("resultSetSize") or 0)
            if not found:
                return
            yield from (_listed(domain, one) for one in found)
            seen += len(found)
    finally:
        transport.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of one source; ``columns`` empty for all, ``page_size`` 0 for the usual one."""

    origin: str
    dataset: str
    where: str
    columns: tuple[str, ...]
    page_size: int
    api: str


def _asked(options: PortalOptions) -> _Asked:
    dataset = options.required("dataset")
    if not _ID.fullmatch(dataset):
        raise ConfigurationError(
            f'"{dataset}" is no id of a Socrata dataset.',
            advice="It is the last part of the dataset's address: ijzp-q8t2.",
            part="dataset",
        )
    return _Asked(
        origin=options.origin(),
        dataset=dataset,
        where=options.text("where"),
        columns=options.texts("columns"),
        page_size=options.whole("page_size", 0, _LARGEST_PAGE),
        api=options.choice("api", ("2.1", "3"), ""),
    )


@dataclass(frozen=True, slots=True)
class _State:
    """What the portal has: how many rows that are asked for, and when one last changed."""

    rows: int
    newest: str


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where the last reading ended: its state, and the question it answered."""

    state: _State
    question: str

    def text(self) -> str:
        """As it is kept in the facts."""
        return json.dumps([self.state.newest, self.state.rows, self.question])

    @staticmethod
    def read(text: str) -> _Cursor | None:
        """As it was kept; ``None`` where there is none of this kind."""
        try:
            newest, rows, question = json.loads(text)
        except ValueError:
            return None
        return _Cursor(_State(int(rows), str(newest)), str(question))


def _open(
    soda: Soda, asked: _Asked, fetching: Fetching, since: SourceFacts | None
) -> Reading | None:
    soda, view = _table(soda)
    where = asked.where
    columns = SocrataColumns(columns_of_view(view, asked.columns))
    if not columns.fields:
        raise SourceRefused(
            f"{soda.dataset} has no columns: it is no table ({view.get('viewType', 'unknown')}).",
            advice="Choose the table behind it at the portal.",
        )
    question = hashlib.sha256(
        json.dumps([soda.origin, soda.dataset, where, columns.fields]).encode()
    ).hexdigest()[:16]
    state = _state(soda, where)
    last = _Cursor.read(since.cursor) if since is not None else None
    changed = ""
    if last is not None and last.question == question:
        if last.state == state:
            soda.transport.close()
            return None
        changed = _changed_since(soda, where, last.state)
    pages = _Pages(soda, columns, asked, changed, fetching)
    scratch = Scratch(fetching.work)

    def facts() -> SourceFacts:
        return SourceFacts(
            origin=f"{soda.origin}/d/{asked.dataset}",
            kind="live",
            source_time=_seconds(view.get("rowsUpdatedAt")),
            reading=_reading(soda, columns, where, changed, pages),
            cursor=_Cursor(pages.state, question).text(),
        )

    def close() -> None:
        soda.transport.close()
        scratch.remove()

    return Reading(
        columns.schema,
        consistent_batches(pages.read, columns.schema, scratch),
        facts,
        incremental=bool(changed),
        close=close,
    )


def _table(soda: Soda) -> tuple[Soda, Mapping[str, Any]]:
    """The table with the rows, and its description: a map has none, its one layer has them."""
    view = soda.view()
    layers = view.get("childViews") or ()
    if view.get("columns") or not layers:
        return soda, view
    if len(layers) > 1:
        raise SourceRefused(
            f"{soda.dataset} is a map of {len(layers)} layers.",
            advice=f"Name one of them as the dataset: {', '.join(map(str, layers))}.",
        )
    layer = replace(soda, dataset=str(layers[0]))
    return layer, layer.view()


def _changed_since(soda: Soda, where: str, last: _State) -> str:
    """The condition that finds every row changed since; empty when all must be read again.

    All must be read again when rows were deleted, or when rows may have left the filter: neither
    can be seen among the rows that changed.
    """
    if not last.newest:
        return ""
    newest = quoted(last.newest)
    there = _count(soda, where, f":created_at <= {newest}")
    if there != last.rows:
        return ""
    if where:
        older = f":created_at <= {newest}"
        changed = f":updated_at > {newest}"
        if _count(soda, older, changed) != _count(soda, where, older, changed):
            return ""
    # Not ">": a row may have been written in the same instant, after the last reading.
    return f":updated_at >= {newest}"


class _Pages:
    """Reads all pages, and makes sure that they are of one piece."""

    def __init__(
        self,
        soda: Soda,
        columns: SocrataColumns,
        asked: _Asked,
        changed: str,
        fetching: Fetching,
    ) -> None:
        long = columns.place is not None and columns.place[1] not in ("point", "location")
        self.page_size = asked.page_size or (_SHAPES_PAGE if long else _PAGE)
        self.state = _State(0, "")
        self.unknown: set[str] = set()
        self._soda = soda
        self._columns = columns
        self._where = (asked.where, changed)
        # A star comes before names in SoQL's grammar.
        named = [f"`{name}`" if name[0] != ":" else name for name in asked.columns if name != ":id"]
        self._select = ", ".join([*(named if asked.columns else ["*"]), ":id"])
        self._progress = fetching.progress

    def read(self) -> Iterator[pa.RecordBatch]:
        """Start one reading; raises SourceChanged at its end when the source moved under it."""
        self.state = _state(self._soda, self._where[0])
        expected = _count(self._soda, *self._where) if self._where[1] else self.state.rows
        read, last = 0, ""
        while rows := self._page(last):
            read += len(rows)
            if read > expected:
                break
            last = str(rows[-1][":id"])
            self.unknown |= self._unknown(rows)
            self._progress(read, self._soda.transport.received, None)
            yield self._columns.batch(rows)
        if read != expected or _state(self._soda, self._where[0]) != self.state:
            raise SourceChanged(
                f"{self._soda.dataset} changed while it was read:"
                f" {expected:,} rows were expected, {read:,} came.",
                advice="Load it again; the portal is being updated.",
            )

    def _page(self, after: str) -> Rows:
        beyond = f":id > {quoted(after)}" if after else ""
        rows = self._soda.ask(
            self._select, where=(*self._where, beyond), order=":id", limit=self.page_size
        )
        ids = [str(row.get(":id", "")) for row in rows]
        if "" in ids:
            raise SourceRefused(
                f"{self._soda.dataset} has no row ids (:id): it is a computed view.",
                advice="Choose the table behind it at the portal.",
            )
        if after in ids or len(set(ids)) != len(ids):
            raise SourceChanged(
                f"The portal gave rows of {self._soda.dataset} twice.",
                advice="Load it again; if it stays so, tell the publisher.",
            )
        return rows

    def _unknown(self, rows: Rows) -> set[str]:
        """Keys that the description does not know, and that are no part of a column it knows."""
        known = set(self._columns.fields)
        keys = {key for row in rows for key in row} - known - self.unknown
        parts = tuple(f"{name}_" for name in known)
        return {key for key in keys if key[0] != ":" and not key.startswith(parts)}


def _state(soda: Soda, where: str) -> _State:
    rows = soda.ask("count(*) AS how_many, max(:updated_at) AS newest", where=(where,))
    first = rows[0] if rows else {}
    return _State(int(first.get("how_many", 0)), str(first.get("newest") or ""))


def _count(soda: Soda, *where: str) -> int:
    rows = soda.ask("count(*) AS how_many", where=where)
    return int(rows[0].get("how_many", 0)) if rows else 0


def _reading(
    soda: Soda, columns: SocrataColumns, where: str, changed: str, pages: _Pages
) -> dict[str, str]:
    said = {"format": "Socrata", "api": f"SODA {soda.version}"}
    if columns.place is not None:
        said |= {"crs": "EPSG:4326", "geometry": columns.place[0]}
    if where:
        said["filter"] = where
    if changed:
        said["rows"] = "only those changed since the last load"
    if columns.changes:
        said["columns"] = columns.changes
    if pages.unknown:
        said["left out"] = ", ".join(sorted(pages.unknown)) + " (not in the description)"
    return said


def _listed(domain: str, one: dict[str, Any]) -> Listed:
    resource = one.get("resource") or {}
    identifier = str(resource.get("id", ""))
    updated = resource.get("data_updated_at") or resource.get("updatedAt")
    return Listed(
        address=f"socrata:{domain}/{identifier}",
        title=str(resource.get("name", "")),
        description=str(resource.get("description") or ""),
        publisher=str(resource.get("attribution") or ""),
        updated_at=datetime.fromisoformat(updated) if updated else None,
        url=str(one.get("permalink") or one.get("link") or ""),
    )


def _seconds(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, tz=UTC) if isinstance(value, int) else None
