"""What a node tells a partner of a city or a dataset, as strict JSON, both ways.

A dataset is told as the partner sees it: its snapshot is the one that their questions would be
answered from. Of a closed one they learn that it is there and what it is about, so that they can
ask for it, and nothing of what is in it: no counts, no extents.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from typing import Literal as OneOf
from zoneinfo import ZoneInfo

from interurban.core.alliance import Peer
from interurban.core.city import BoundarySet, City, Licence
from interurban.core.dataset import Dataset, Snapshot, SourceFacts
from interurban.core.standard import FIELD_TYPES, Field, Roles

from .strict import Strict

__all__ = [
    "ACCESS",
    "Access",
    "AccessKind",
    "Told",
    "city_document",
    "dataset_document",
    "read_city",
    "read_dataset",
]

AccessKind = OneOf["open", "part", "statistics", "closed"]

ACCESS: tuple[AccessKind, ...] = ("open", "part", "statistics", "closed")
"""All of it, under obligations, aggregates only, or nothing."""

_CITY = re.compile(r"[a-z0-9_]{1,64}")
_DATASET = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}")
_STANDARD = re.compile(r"[a-z0-9_]{1,64}@[0-9]{1,4}")
_CRS = re.compile(r"EPSG:[0-9]{4,6}")
_URL = re.compile(r"(?:https?://[^\s<>\"']*)?")
_HASH = re.compile(r"[0-9A-Za-z:._-]{0,200}")
_AGREEMENT = re.compile(r"[A-Za-z0-9:._-]{1,80}")
_GEOMETRIES = ("point", "line", "polygon", "mixed", "none")
_KINDS = ("mirror", "live", "file", "modelled", "synthetic")
_BASEMAPS = ("water", "park", "rail", "street", "boundary")

_LINE, _TEXT = 300, 4_000
_FIELDS, _CODES, _LICENCES, _BOUNDARIES, _ALIASES, _CONDITIONS = 1_000, 2_000, 200, 200, 100, 50


@dataclass(frozen=True, slots=True)
class Access:
    """What the node that was told may have of a dataset, and why.

    Parameters
    ----------
    agreement: id of the agreement it has that by, if any.
    conditions: what its answers are changed by, in words.
    """

    kind: AccessKind
    reason: str
    agreement: str | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A dataset that a partner has.

    Parameters
    ----------
    dataset: without sources and rules, which are the partner's own business.
    snapshot: as this node would be answered from; ``None`` where it is closed.
    fields: names of its fields; they are known of a closed one, too.
    """

    peer: Peer
    dataset: Dataset
    snapshot: Snapshot | None
    access: Access
    fields: tuple[str, ...]


# Written


def city_document(city: City) -> dict[str, Any]:
    """A city as it is told."""
    return {
        "id": city.id,
        "name": city.name,
        "country": city.country,
        "time_zone": city.time_zone,
        "crs": city.crs,
        "bounds": list(city.bounds),
        "region": list(city.region),
        "locale": city.locale,
        "units": city.units,
        "suppression_threshold": city.suppression_threshold,
        "boundaries": [
            asdict(one) | {"valid_from": _iso(one.valid_from), "valid_to": _iso(one.valid_to)}
            for one in city.boundaries
        ],
        "licences": [asdict(one) for one in city.licences],
    }


def dataset_document(
    dataset: Dataset, snapshot: Snapshot | None, access: Access, fields: tuple[str, ...]
) -> dict[str, Any]:
    """A dataset as it is told; without a snapshot nothing of its content is in it."""
    described: dict[str, Any] = {
        "id": dataset.id,
        "title": dataset.title,
        "summary": dataset.summary,
        "theme": dataset.theme,
        "publisher": dataset.publisher,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "frequency": dataset.frequency,
        "standard": dataset.standard,
        "aliases": list(dataset.aliases),
        "roles": None if dataset.roles is None else asdict(dataset.roles),
        "basemap": dataset.basemap,
        "gazetteer": dataset.gazetteer,
        "vintage": dataset.vintage if snapshot is not None else "",
        "notes": dataset.notes if snapshot is not None else "",
    }
    return {
        "dataset": described,
        "snapshot": None if snapshot is None else _snapshot_document(snapshot),
        "access": asdict(access),
        "fields": list(fields),
    }


def _snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """The document of a snapshot, which is the same object for as long as the snapshot is.

    Each partner asks every two seconds, and versions change far more rarely.
    """
    name = (snapshot.dataset, snapshot.release)
    kept = _written.get(name)
    if kept is not None and kept[0] is snapshot:
        return kept[1]
    document = _write_snapshot(snapshot)
    if len(_written) >= _MOST_WRITTEN:
        _written.clear()
    _written[name] = (snapshot, document)
    return document


_MOST_WRITTEN = 2_000
_written: dict[tuple[str, str], tuple[Snapshot, dict[str, Any]]] = {}


def _write_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    facts, extent = snapshot.source, snapshot.time_extent
    return {
        "version": snapshot.version,
        "committed_at": _iso(snapshot.committed_at),
        "rows": snapshot.rows,
        "placed": snapshot.placed,
        "left_out": snapshot.left_out,
        "blanked": snapshot.blanked,
        "fields": [asdict(field) for field in snapshot.fields],
        "roles": asdict(snapshot.roles),
        "geometry": snapshot.geometry,
        "bbox": None if snapshot.bbox is None else list(snapshot.bbox),
        "time_extent": None if extent is None else [_iso(moment) for moment in extent],
        "standard": snapshot.standard,
        "source": {
            "origin": facts.origin,
            "kind": facts.kind,
            "sha256": facts.sha256,
            "source_time": _iso(facts.source_time),
            "reading": dict(facts.reading),
        },
        "mapping_hash": snapshot.mapping_hash,
        "content_hash": snapshot.content_hash,
        "unique_key": snapshot.unique_key,
        "release": snapshot.release,
        "conditions": list(snapshot.conditions),
        "hidden_below": snapshot.hidden_below,
    }


# Read


def read_city(document: object, subject: str) -> City:
    """Read what ``city_document`` wrote; BadRequest when it is not that, whole and in bounds."""
    told = Strict(document, f"the city {subject}")
    told.only(
        "id", "name", "country", "time_zone", "crs", "bounds", "region", "locale", "units",
        "suppression_threshold", "boundaries", "licences",
    )  # fmt: skip
    if told.text("id", 64, _CITY) != subject:
        raise told.refuse("id", "is another one")
    zone = told.text("time_zone", 64, some=True)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise told.refuse("time_zone", "is none that is known here") from error
    return City(
        id=subject,
        name=told.text("name", _LINE, some=True),
        country=told.text("country", _LINE),
        time_zone=zone,
        crs=told.text("crs", 20, _CRS),
        bounds=told.box("bounds"),
        region=told.box("region"),
        locale=told.text("locale", 35),
        units=told.one_of("units", ("metric", "imperial")),
        suppression_threshold=told.whole("suppression_threshold", 0, 1_000_000),
        boundaries=tuple(_boundary(each) for each in told.objects("boundaries", _BOUNDARIES)),
        licences=tuple(_licence(each) for each in told.objects("licences", _LICENCES)),
    )


def read_dataset(document: object, subject: str, peer: Peer) -> Told:
    """Read what ``dataset_document`` wrote; BadRequest when it is not that, whole and in bounds."""
    told = Strict(document, f"the dataset {subject}")
    told.only("dataset", "snapshot", "access", "fields")
    access = _access(told.member("access"))
    snapshot = None
    if told.has("snapshot"):
        if access.kind == "closed":
            raise told.refuse("snapshot", "is told of what is closed")
        snapshot = _snapshot(told.member("snapshot"), subject, peer)
    elif access.kind != "closed":
        raise told.refuse("snapshot", "is missing")
    return Told(
        peer,
        _dataset(told.member("dataset"), subject),
        snapshot,
        access,
        tuple(_field_name(told, name) for name in told.texts("fields", 128, _FIELDS)),
    )


def _dataset(told: Strict, subject: str) -> Dataset:
    told.only(
        "id", "title", "summary", "theme", "publisher", "licence", "attribution", "frequency",
        "standard", "aliases", "roles", "basemap", "gazetteer", "vintage", "notes",
    )  # fmt: skip
    if told.text("id", 129, _DATASET) != subject:
        raise told.refuse("id", "is another one")
    basemap = told.one_of("basemap", _BASEMAPS) if told.has("basemap") else None
    return Dataset(
        id=subject,
        city=subject.partition(".")[0],
        title=told.text("title", _LINE, some=True),
        summary=told.text("summary", _TEXT),
        theme=told.text("theme", 64),
        publisher=told.text("publisher", _LINE),
        licence=told.text("licence", 128),
        attribution=told.text("attribution", _TEXT),
        frequency=told.text("frequency", 40),
        standard=told.optional_text("standard", 69, _STANDARD),
        aliases=told.texts("aliases", _LINE, _ALIASES),
        roles=_roles(told.member("roles")) if told.has("roles") else None,
        basemap=basemap,
        gazetteer=told.optional_text("gazetteer", _LINE),
        vintage=told.text("vintage", _TEXT),
        notes=told.text("notes", 4 * _TEXT),
    )


def _snapshot(told: Strict, subject: str, peer: Peer) -> Snapshot:
    told.only(
        "version", "committed_at", "rows", "placed", "left_out", "blanked", "fields", "roles",
        "geometry", "bbox", "time_extent", "standard", "source", "mapping_hash", "content_hash",
        "unique_key", "release", "conditions", "hidden_below",
    )  # fmt: skip
    rows = told.whole("rows")
    fields = tuple(_field(each) for each in told.objects("fields", _FIELDS))
    if len({field.name for field in fields}) < len(fields):
        raise told.refuse("fields", "have the same name twice")
    roles = _played(_roles(told.member("roles")), fields)
    return Snapshot(
        dataset=subject,
        version=told.whole("version", 0, 2**62),
        committed_at=told.instant("committed_at"),
        rows=rows,
        placed=told.whole("placed", 0, rows),
        left_out=told.whole("left_out"),
        blanked=told.whole("blanked"),
        fields=fields,
        roles=roles,
        geometry=told.one_of("geometry", _GEOMETRIES),
        bbox=told.optional_box("bbox"),
        time_extent=_extent(told),
        standard=told.optional_text("standard", 69, _STANDARD),
        source=_facts(told.member("source")),
        mapping_hash=told.text("mapping_hash", 200, _HASH),
        content_hash=told.text("content_hash", 200, _HASH),
        unique_key=told.flag("unique_key") and roles.key is not None,
        release=told.text("release", 128),
        conditions=told.texts("conditions", _TEXT, _CONDITIONS),
        hidden_below=told.whole("hidden_below"),
        peer=peer.title,
    )


def _facts(told: Strict) -> SourceFacts:
    told.only("origin", "kind", "sha256", "source_time", "reading")
    return SourceFacts(
        origin=told.text("origin", 2_000),
        kind=told.one_of("kind", _KINDS),
        sha256=told.text("sha256", 200, _HASH),
        source_time=told.optional_instant("source_time"),
        reading=MappingProxyType(told.table("reading", 100, _TEXT)),
    )


def _field(told: Strict) -> Field:
    told.only(
        "name", "type", "title", "description", "unit", "required", "enum", "minimum", "maximum",
        "source", "extra",
    )  # fmt: skip
    return Field(
        name=_field_name(told, told.text("name", 128)),
        type=told.one_of("type", FIELD_TYPES),
        title=told.text("title", _LINE),
        description=told.text("description", _TEXT),
        unit=told.text("unit", _LINE),
        required=told.flag("required"),
        enum=told.texts("enum", _LINE, _CODES),
        minimum=told.bound("minimum"),
        maximum=told.bound("maximum"),
        source=told.text("source", _TEXT),
        extra=told.flag("extra"),
    )


def _field_name(told: Strict, name: str) -> str:
    # House columns begin with an underscore: a partner's may not stand for one.
    if not name.isprintable() or name.startswith("_") or not name.strip():
        raise told.refuse("fields", "have a name that no field can have")
    return name


def _roles(told: Strict) -> Roles:
    told.only("key", "time", "category", "label", "value", "search")
    return Roles(
        key=told.optional_text("key", 128),
        time=told.optional_text("time", 128),
        category=told.optional_text("category", 128),
        label=told.optional_text("label", 128),
        value=told.optional_text("value", 128),
        search=told.texts("search", 128, _FIELDS),
    )


def _played(roles: Roles, fields: tuple[Field, ...]) -> Roles:
    """The roles whose fields are there: answers are read by them."""
    names = {field.name for field in fields}

    def there(name: str | None) -> str | None:
        return name if name in names else None

    return Roles(
        there(roles.key),
        there(roles.time),
        there(roles.category),
        there(roles.label),
        there(roles.value),
        tuple(name for name in roles.search if name in names),
    )


def _access(told: Strict) -> Access:
    told.only("kind", "reason", "agreement", "conditions")
    kind = told.one_of("kind", ACCESS)
    return Access(
        next(known for known in ACCESS if known == kind),
        told.text("reason", _TEXT),
        told.optional_text("agreement", 80, _AGREEMENT),
        told.texts("conditions", _TEXT, _CONDITIONS),
    )


def _boundary(told: Strict) -> BoundarySet:
    told.only("name", "dataset", "singular", "valid_from", "valid_to")
    return BoundarySet(
        told.text("name", 128),
        told.text("dataset", 129, _DATASET),
        told.text("singular", 128),
        told.optional_date("valid_from"),
        told.optional_date("valid_to"),
    )


def _licence(told: Strict) -> Licence:
    told.only("id", "title", "url", "attribution")
    return Licence(
        told.text("id", 128, some=True),
        told.text("title", _LINE),
        told.text("url", 2_000, _URL),
        told.text("attribution", _TEXT),
    )


def _extent(told: Strict) -> tuple[datetime, datetime] | None:
    if not told.has("time_extent"):
        return None
    try:
        first, last = (datetime.fromisoformat(t) for t in told.texts("time_extent", 40, 2))
    except ValueError as error:
        raise told.refuse("time_extent", "is no pair of instants") from error
    if first.tzinfo is None or last.tzinfo is None or first > last:
        raise told.refuse("time_extent", "is no span of time")
    return first, last


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
