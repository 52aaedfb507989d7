"""A snapshot's manifest as JSON: what stands beside the data in the same commit."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from interurban.core.dataset import Snapshot, SourceFacts
from interurban.core.standard import Field, Roles

__all__ = ["snapshot_from_json", "snapshot_to_json"]


def snapshot_to_json(snapshot: Snapshot) -> str:
    """Everything but the version, which the commit itself gives."""
    document: dict[str, Any] = {
        name: getattr(snapshot, name)
        for name in Snapshot.__dataclass_fields__
        if name not in ("version", "source", "fields", "roles")
    }
    source = snapshot.source
    document["source"] = {
        name: getattr(source, name) for name in SourceFacts.__dataclass_fields__
    } | {"reading": dict(source.reading)}
    document["fields"] = [asdict(field) for field in snapshot.fields]
    document["roles"] = asdict(snapshot.roles)
    return json.dumps(document, default=_plain, ensure_ascii=False)


def snapshot_from_json(text: str, version: int) -> Snapshot:
    """The snapshot that ``version`` committed."""
    document = json.loads(text)
    source = document["source"]
    source["source_time"] = _instant(source["source_time"])
    roles = document["roles"]
    roles["search"] = tuple(roles["search"])
    for field in document["fields"]:
        field["enum"] = tuple(field["enum"])
    document["conditions"] = tuple(document.get("conditions", ()))
    extent = document["time_extent"]
    bbox = document["bbox"]
    document |= {
        "version": version,
        "committed_at": datetime.fromisoformat(document["committed_at"]),
        "fields": tuple(Field(**field) for field in document["fields"]),
        "roles": Roles(**roles),
        "source": SourceFacts(**source),
        "bbox": None if bbox is None else tuple(bbox),
        "time_extent": None if extent is None else tuple(map(datetime.fromisoformat, extent)),
    }
    return Snapshot(**document)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
