"""What the catalogue screen shows: the cities of this node, and every dataset, loaded or not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.catalog.node import Node
from interurban.core.city import BoundarySet, City
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.policy import in_words
from interurban.core.standard import Roles
from interurban.standards.catalogue import amount_present, load_standards

from .collection_documents import field_document
from .formats import JSON_FORMAT
from .negotiation import choose_format
from .partner_documents import access_there, node_of
from .provenance import instant, licence
from .request_values import only, single
from .service import held_or_json, service

__all__ = ["access", "routes"]

_NOT_LOADED: dict[str, Any] = {
    "geometry": None,
    "rows": None,
    "placed": None,
    "left_out": None,
    "blanked": None,
    "bbox": None,
    "time_extent": None,
    "fields": [],
    "roles": asdict(Roles()),
    "amount": None,
    "source": None,
    "committed_at": None,
    "version": None,
    "synthetic": False,
    "modelled": False,
}


def routes() -> list[Route]:
    """The routes of this module."""
    return [Route("/api/cities", cities), Route("/api/datasets", datasets)]


async def cities(request: Request) -> Response:
    """Every city of this node."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")
    node = service(request).node
    document = {"cities": [_city(city) for _, city in sorted(node.cities.items())]}
    return held_or_json(request, document, [])


async def datasets(request: Request) -> Response:
    """Every dataset of a city, or of all of them."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "city")
    node = service(request).node
    wanted = single(request, "city")
    if wanted:
        node.city(wanted)
    cities = node.cities
    snapshots = node.snapshots()
    described = [
        _dataset(cities[dataset.city], dataset, snapshots.get(dataset.id))
        | {"access": access(node, dataset), "node": node_of(node, dataset.id)}
        for dataset in node.datasets()
        if wanted in ("", dataset.city)
    ]
    return held_or_json(request, {"datasets": described}, list(snapshots.values()))


def _city(city: City) -> dict[str, Any]:
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
        "boundaries": [_boundary(boundary) for boundary in city.boundaries],
        "licences": [asdict(terms) for terms in city.licences],
    }


def _boundary(boundary: BoundarySet) -> dict[str, Any]:
    return {
        "name": boundary.name,
        "dataset": boundary.dataset,
        "singular": boundary.singular,
        "valid_from": boundary.valid_from.isoformat() if boundary.valid_from else None,
        "valid_to": boundary.valid_to.isoformat() if boundary.valid_to else None,
    }


def _dataset(city: City, dataset: Dataset, snapshot: Snapshot | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": dataset.id,
        "city": dataset.city,
        "title": dataset.title,
        "summary": dataset.summary,
        "theme": dataset.theme,
        "standard": dataset.standard,
        "aliases": list(dataset.aliases),
        "basemap": dataset.basemap,
        "publisher": dataset.publisher,
        "licence": licence(city, dataset),
        "attribution": dataset.attribution,
        "frequency": dataset.frequency,
        "vintage": dataset.vintage,
        "notes": dataset.notes,
        "loaded": snapshot is not None,
    }
    return described | (_NOT_LOADED if snapshot is None else _loaded(snapshot))


def access(node: Node, dataset: Dataset) -> dict[str, Any]:
    """What the reader may have: all of it, a part, statistics alone, or nothing; and why."""
    rows = node.decide(dataset.id, "read")
    found = rows if rows.permitted else node.decide(dataset.id, "aggregate")
    if not found.permitted:
        return {"kind": "closed", "conditions": [], "reason": rows.reason}
    there = access_there(node, dataset.id)
    if there is not None and there.kind != "closed":
        conditions, reason = list(there.conditions), there.reason
        return {"kind": there.kind, "conditions": conditions, "reason": reason}
    kind = "open" if not found.obligations else "part"
    return {
        "kind": kind if rows.permitted else "statistics",
        "conditions": [in_words(one) for one in found.obligations],
        "reason": found.reason,
    }


def _loaded(snapshot: Snapshot) -> dict[str, Any]:
    facts = snapshot.source
    extent = snapshot.time_extent
    return {
        "geometry": snapshot.geometry,
        "rows": snapshot.rows,
        "placed": snapshot.placed,
        "left_out": snapshot.left_out,
        "blanked": snapshot.blanked,
        "bbox": None if snapshot.bbox is None else list(snapshot.bbox),
        "time_extent": None if extent is None else [instant(moment) for moment in extent],
        "fields": [field_document(field) for field in snapshot.fields],
        "roles": asdict(snapshot.roles),
        "amount": _amount(snapshot),
        "standard": snapshot.standard,
        "source": {
            "origin": facts.origin,
            "kind": facts.kind,
            "source_time": instant(facts.source_time),
            "reading": dict(facts.reading),
        },
        "committed_at": instant(snapshot.committed_at),
        "version": snapshot.version,
        "synthetic": snapshot.synthetic,
        "modelled": snapshot.modelled,
    }


def _amount(snapshot: Snapshot) -> dict[str, Any] | None:
    standard = load_standards().get(snapshot.standard or "")
    if standard is None:
        return None
    names = [field.name for field in snapshot.fields]
    amount = amount_present(standard, snapshot.roles, names)
    return None if amount is None else asdict(amount)
