"""ArcGIS servers: one layer or table of a FeatureServer or MapServer.

The ids of all features are asked for first and the features by their ids then, so that a page can
neither skip nor repeat one while the layer is edited; a layer without ids is paged by offset, with
one row of overlap that shows every shift. A server's errors come with HTTP status 200.

Options of the source
---------------------
url: the layer (``https://<host>/.../FeatureServer/0``).
where: a SQL condition on its rows.
columns: only these fields.
page_size: features of one page; the server's own limit holds if it is smaller.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused

from ._esri_geometry import shape_of
from ._names import feature_names
from ._portal_options import PortalOptions
from ._portal_values import geometry_array, schema_of, text_array
from ._spool import Scratch, consistent_batches
from ._transport_answers import Again, host_of, spoken
from .reading import Fetching, Reading
from .transport import Credential, Transport
from .transport_guard import expect_url

__all__ = ["open_source"]

_OPTIONS = ("url", "where", "columns", "page_size")
_PAGE = 1_000
_LARGEST_PAGE = 100_000
_TOKEN = Credential("X-Esri-Authorization", "Bearer ")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_COLUMNS = frozenset({"esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster"})
_MISSING_IDS = 3

Feature = Mapping[str, Any]

_State = tuple[int, int | None]
"""How many rows there are, and when one was last edited (ms), if the layer says so."""


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a layer and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; a layer that says when it was edited is not read twice.

    Returns
    -------
    The reading; ``None`` when nothing has changed since. Times are ISO 8601 in UTC (without a
    zone where the layer says that it does not know its zone), geometries in EPSG:4326 unless the
    server does not transform.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be.
    SourceUnreachable, SourceRefused: no answer, or a no.
    SourceChanged: while it is iterated: the layer changed each time it was read.
    """
    options = PortalOptions(spec, _OPTIONS)
    url = expect_url(options.required("url").partition("?")[0].rstrip("/"))
    if not url.rpartition("/")[2].isdigit():
        raise ConfigurationError(
            f"{url} is no layer of an ArcGIS server.",
            advice="Its address ends with the layer's number: .../FeatureServer/0.",
            part="url",
        )
    where, columns = options.text("where") or "1=1", options.texts("columns")
    page_size = options.whole("page_size", _PAGE, _LARGEST_PAGE)
    transport = Transport(url, fetching, _TOKEN)
    try:
        service = _Service(transport, url)
        layer = _layer(service.ask("", {}), url, columns)
        question = _question(where, layer)
        state = _state(service, layer, where)
        known = since is not None and since.cursor == _cursor(question, state)
        if known and layer.edited is not None:
            transport.close()
            return None
    except BaseException:
        transport.close()
        raise
    pages = _Pages(service, layer, where, page_size, fetching)
    schema = schema_of(layer.names, geometry=layer.has_shapes)
    scratch = Scratch(fetching.work)

    def facts() -> SourceFacts:
        said = {"format": "ArcGIS", "layer": layer.title}
        if layer.has_shapes:
            said["crs"] = pages.crs
        if layer.changes:
            said["columns"] = layer.changes
        return SourceFacts(
            origin=url,
            kind="live",
            source_time=_instant(pages.state[1]),
            reading=said,
            cursor=_cursor(question, pages.state),
        )

    def close() -> None:
        transport.close()
        scratch.remove()

    batches = consistent_batches(pages.read, schema, scratch)
    return Reading(schema, batches, facts, close=close)


class _Service:
    """Asks one layer, and hears the errors that come as answers."""

    def __init__(self, transport: Transport, url: str) -> None:
        self.transport = transport
        self._url = url

    def ask(self, path: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """One answer; a query is sent as a form, because ids and filters outgrow an address.

        Raises
        ------
        SourceRefused: the server's error, in its own words.
        """
        asked = {**form, "f": "json"}

        def attempt() -> Mapping[str, Any]:
            if path:
                document = self.transport.post_json(self._url + path, form=asked).document
            else:
                document = self.transport.get_json(self._url, asked).document
            return self._heard(document)

        return self.transport.persist(attempt)

    def _heard(self, document: Any) -> Mapping[str, Any]:
        if not isinstance(document, dict):
            raise SourceRefused(
                f"{host_of(self._url)} did not answer as an ArcGIS server does.",
                advice="Check the address of the layer in the pack.",
            )
        error = document.get("error")
        if error is None:
            return document
        code = error.get("code") if isinstance(error, dict) else None
        said = error.get("message") if isinstance(error, dict) else error
        details = error.get("details") if isinstance(error, dict) else None
        more = "; ".join(str(d) for d in details if d and d != said) if details else ""
        words = " ".join(str(part) for part in (said, more) if part) or "an error without words"
        refused = SourceRefused(
            f"{host_of(self._url)} refused the request ({code}){spoken(words)}",
            advice="Give an app token, or ask the publisher for access."
            if code in (401, 403, 498, 499)
            else "Check the address, the filter and the columns in the pack.",
        )
        if code in (429, 500, 502, 503, 504):
            raise Again(refused)
        raise refused


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a layer says of itself.

    Parameters
    ----------
    fields, names: its fields, and the columns they become.
    kinds: the fields' Esri types.
    oid: the field of the ids; empty when there is none.
    edited: when its rows were last edited (ms since 1970), if it says so.
    zoned: whether its times are instants.
    """

    title: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    oid: str
    has_shapes: bool
    page: int
    edited: int | None
    zoned: bool
    changes: str


def _layer(document: Mapping[str, Any], url: str, wanted: Sequence[str]) -> _Layer:
    if "layers" in document and "fields" not in document:
        raise ConfigurationError(
            f"{url} is a service, and no layer of it.",
            advice="Add the layer's number: .../FeatureServer/0.",
            part="url",
        )
    described = {
        str(field["name"]): str(field.get("type", ""))
        for field in document.get("fields") or ()
        if field.get("type") not in _NO_COLUMNS
    }
    missing = [name for name in wanted if name not in described]
    if missing or not described:
        raise SourceChanged(
            f"The layer {document.get('name', url)} has no field {', '.join(missing) or 'at all'}.",
            advice=f"It has: {', '.join(described)}." if described else "Choose another layer.",
        )
    kinds = {name: described[name] for name in wanted} if wanted else described
    oid = document.get("objectIdField") or next(
        (name for name, kind in described.items() if kind == "esriFieldTypeOID"), ""
    )
    edited = (document.get("editingInfo") or {}).get("lastEditDate")
    named = feature_names(list(kinds))
    return _Layer(
        title=str(document.get("name", "")),
        fields=tuple(kinds),
        names=named.names,
        kinds=tuple(kinds.values()),
        oid=str(oid),
        has_shapes=bool(document.get("geometryType")),
        page=int(document.get("maxRecordCount") or _PAGE),
        edited=edited if isinstance(edited, int) else None,
        zoned=not document.get("datesInUnknownTimezone", False),
        changes=named.changes,
    )


class _Pages:
    """Reads all features, and makes sure that they are of one piece."""

    def __init__(
        self,
        service: _Service,
        layer: _Layer,
        where: str,
        page_size: int,
        fetching: Fetching,
    ) -> None:
        self.crs = "EPSG:4326"
        self.state: _State = (0, None)
        self._service = service
        self._layer = layer
        self._where = where
        self._page_size = min(page_size, layer.page)
        self._progress = fetching.progress

    def read(self) -> Iterator[pa.RecordBatch]:
        """Start one reading; raises SourceChanged when the layer moved under it."""
        self.state = _state(self._service, self._layer, self._where)
        read = 0
        for features in self._by_ids() if self._layer.oid else self._by_offset():
            read += len(features)
            self._progress(read, self._service.transport.received, None)
            yield self._batch(features)
        if read != self.state[0]:
            raise self._moved(f"{self.state[0]:,} rows were expected, {read:,} came")
        if _state(self._service, self._layer, self._where) != self.state:
            raise self._moved("rows were edited")

    def _by_ids(self) -> Iterator[list[Feature]]:
        ids = self._ids()
        for start in range(0, len(ids), self._page_size):
            yield self._features(ids[start : start + self._page_size])
        if self._ids() != ids:
            raise self._moved("rows were added or removed")

    def _ids(self) -> list[int]:
        answer = self._service.ask("/query", {"where": self._where, "returnIdsOnly": "true"})
        ids = answer.get("objectIds") or []
        if len(set(ids)) != len(ids):
            raise SourceRefused(
                f"The ids of the layer {self._layer.title} are not unique.",
                advice="Tell the publisher; until then load from a file.",
            )
        return sorted(ids)

    def _features(self, ids: Sequence[int]) -> list[Feature]:
        """The features of these ids; what a full answer left out is asked for again."""
        found: dict[int, Feature] = {}
        missing = list(ids)
        while missing:
            listed = ",".join(map(str, missing))
            features, exceeded = self._asked({"objectIds": listed})
            for feature in features:
                found[self._id_of(feature)] = feature
            left = [one for one in missing if one not in found]
            if left and (not exceeded or len(left) == len(missing)):
                shown = ", ".join(map(str, left[:_MISSING_IDS]))
                raise self._moved(f"rows are gone (id {shown})")
            missing = left
        return [found[one] for one in ids]

    def _id_of(self, feature: Feature) -> int:
        attributes = feature.get("attributes") or {}
        if self._layer.oid not in attributes:
            raise SourceRefused(
                f"The layer {self._layer.title} gives features without their id.",
                advice="Tell the publisher; until then load from a file.",
            )
        return int(attributes[self._layer.oid])

    def _by_offset(self) -> Iterator[list[Feature]]:
        """Pages that overlap by one row: a row that moved shows at the seam."""
        offset, last = 0, None
        while True:
            asked = {
                "where": self._where,
                "resultOffset": str(max(0, offset - 1)),
                "resultRecordCount": str(max(2, self._page_size)),
            }
            features, exceeded = self._asked(asked)
            if offset:
                if not features or features[0] != last:
                    raise self._moved("rows moved between two pages")
                features = features[1:]
            if features:
                yield features
                offset, last = offset + len(features), features[-1]
            if not features or not exceeded:
                return

    def _asked(self, asked: Mapping[str, str]) -> tuple[list[Feature], bool]:
        fields = dict.fromkeys((*self._layer.fields, *filter(None, [self._layer.oid])))
        form = {"outFields": ",".join(fields), "returnGeometry": "false", **asked}
        if self._layer.has_shapes:
            form |= {"returnGeometry": "true", "outSR": "4326"}
        answer = self._service.ask("/query", form)
        features = answer.get("features")
        if not isinstance(features, list):
            raise SourceRefused(
                f"The layer {self._layer.title} gives no features.",
                advice="Check that it can be queried: its page lists the operation Query.",
            )
        if features and self._layer.has_shapes:
            self.crs = _crs(answer.get("spatialReference"))
        return features, bool(answer.get("exceededTransferLimit"))

    def _batch(self, features: Sequence[Feature]) -> pa.RecordBatch:
        layer = self._layer
        rows = [feature.get("attributes") or {} for feature in features]
        arrays = [
            text_array([_value(row.get(field), kind, zoned=layer.zoned) for row in rows])
            for field, kind in zip(layer.fields, layer.kinds, strict=True)
        ]
        if layer.has_shapes:
            arrays.append(geometry_array([self._shape(f.get("geometry")) for f in features]))
        schema = schema_of(layer.names, geometry=layer.has_shapes)
        return pa.RecordBatch.from_arrays(arrays, schema=schema.remove(len(schema) - 1))

    def _shape(self, geometry: Any) -> Any:
        try:
            return shape_of(geometry)
        except (ValueError, TypeError, IndexError) as error:
            raise SourceRefused(
                f"The layer {self._layer.title} has a geometry that cannot be read: {error}.",
                advice="Tell the publisher; until then load from a file.",
            ) from error

    def _moved(self, how: str) -> SourceChanged:
        return SourceChanged(
            f"The layer {self._layer.title} changed while it was read: {how}.",
            advice="Load it again; the layer is being edited.",
        )


def _state(service: _Service, layer: _Layer, where: str) -> _State:
    answer = service.ask("/query", {"where": where, "returnCountOnly": "true"})
    edited = None
    if layer.edited is not None:
        edited = (service.ask("", {}).get("editingInfo") or {}).get("lastEditDate")
    return int(answer.get("count") or 0), edited


def _cursor(question: str, state: _State) -> str:
    return f"{question} {state[0]} {state[1]}"


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


def _question(where: str, layer: _Layer) -> str:
    asked = json.dumps([where, layer.fields])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _value(value: Any, kind: str, *, zoned: bool) -> object:
    """A date as ISO 8601; it comes as milliseconds since 1970."""
    if kind != "esriFieldTypeDate" or isinstance(value, bool | str | None):
        return value
    try:
        instant = _EPOCH + timedelta(milliseconds=value)
    except (OverflowError, TypeError):
        return value
    text = instant.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{text}Z" if zoned else text


def _crs(reference: Any) -> str:
    """The CRS of an answer; servers that cannot transform give their own."""
    reference = reference if isinstance(reference, dict) else {}
    code = reference.get("latestWkid") or reference.get("wkid")
    if code is None:
        return str(reference.get("wkt") or "EPSG:4326")
    return f"EPSG:{code}"
