"""Where numbers come from and on what terms: what every answer and every file carries."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot

__all__ = ["MODELLED", "SYNTHETIC", "file_name", "instant", "licence", "source", "source_headers"]

SYNTHETIC = "SYNTHETIC: these data were made by a generator and describe no real place or person."
MODELLED = "MODELLED: these data were worked out by a model; nothing of them was observed."


def source(city: City, dataset: Dataset, snapshot: Snapshot) -> dict[str, object]:
    """The members that say where an answer comes from.

    They are the same in GeoJSON, in the schema metadata of Parquet and Arrow, and in the metadata
    file beside a CSV.
    """
    said: dict[str, object] = {
        "dataset": dataset.id,
        "title": dataset.title,
        "city": city.name,
        "publisher": dataset.publisher,
        "licence": licence(city, dataset),
        "attribution": dataset.attribution,
        "version": snapshot.version,
        "as_of": instant(snapshot.committed_at),
        "source_time": instant(snapshot.source.source_time),
        "origin": snapshot.source.origin,
        "kind": snapshot.source.kind,
        "vintage": dataset.vintage,
        "synthetic": snapshot.synthetic,
        "modelled": snapshot.modelled,
    }
    if snapshot.peer:
        said["node"] = snapshot.peer
    if snapshot.conditions:
        said["conditions"] = list(snapshot.conditions)
    notice = SYNTHETIC if snapshot.synthetic else MODELLED if snapshot.modelled else ""
    return said | {"notice": notice} if notice else said


def licence(city: City, dataset: Dataset) -> dict[str, str]:
    """Id, title, address and the words that must stand beside the data."""
    for terms in city.licences:
        if terms.id == dataset.licence:
            return {
                "id": terms.id,
                "title": terms.title,
                "url": terms.url,
                "attribution": terms.attribution,
            }
    return {"id": dataset.licence, "title": dataset.licence, "url": "", "attribution": ""}


def source_headers(
    city: City, dataset: Dataset, snapshot: Snapshot, metadata_url: str = ""
) -> dict[str, str]:
    """The same for formats that hold nothing but rows: response headers, in ASCII.

    Parameters
    ----------
    metadata_url: address of the metadata file of this very answer.
    """
    terms = licence(city, dataset)
    links = []
    if terms["url"]:
        links.append(f'<{_header(terms["url"])}>; rel="license"')
    if metadata_url:
        links.append(f'<{_header(metadata_url)}>; rel="describedby"; type="application/json"')
    headers = {
        "X-Interurban-Source": _header(f"{dataset.publisher}: {dataset.title}"),
        "X-Interurban-Attribution": _header(dataset.attribution or terms["attribution"]),
        "X-Interurban-Licence": _header(terms["title"]),
        "X-Interurban-Version": str(snapshot.version),
        "X-Interurban-As-Of": instant(snapshot.committed_at) or "",
    }
    if links:
        headers["Link"] = ", ".join(links)
    if snapshot.synthetic:
        headers["X-Interurban-Synthetic"] = SYNTHETIC
    if snapshot.modelled:
        headers["X-Interurban-Modelled"] = MODELLED
    if snapshot.peer:
        headers["X-Interurban-Node"] = _header(snapshot.peer)
    if snapshot.conditions:
        headers["X-Interurban-Conditions"] = _header(" ".join(snapshot.conditions))
    return headers


def file_name(snapshot: Snapshot) -> str:
    """The name of a downloaded file, without its ending."""
    mark = "-SYNTHETIC" if snapshot.synthetic else "-MODELLED" if snapshot.modelled else ""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", snapshot.dataset)
    return f"{safe}-v{snapshot.version}{mark}"


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 with the offset it was given in."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _header(text: str) -> str:
    """Header values are ASCII on one line: letters lose their accents, (c) stands for the sign."""
    plain = unicodedata.normalize("NFKD", text.replace("\u00a9", "(c)"))
    return re.sub(r"[^\x20-\x7e]", "", plain)
