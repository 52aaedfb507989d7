"""What answers of the atlas have in common: sources, numbers as JSON has them, and ``304``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Flows
from interurban.http.conditional import cache_headers, etag_of, not_modified
from interurban.http.provenance import source
from interurban.http.service import JSON

__all__ = ["amount", "dump", "flow_source", "held_or", "metres", "share", "sources"]


def sources(atlas: Atlas, datasets: Sequence[str]) -> list[dict[str, object]]:
    """Where numbers come from: one for each loaded dataset, in order, each once."""
    return [
        source(atlas.city, atlas.node.dataset(dataset), snapshot)
        for dataset in dict.fromkeys(datasets)
        if (snapshot := atlas.snapshot(dataset)) is not None
    ]


def flow_source(atlas: Atlas, flows: Flows) -> tuple[str, ...]:
    """The datasets that an answer from a set of flows leans on: flows, areas, schools."""
    areas = tuple(dict.fromkeys(dataset for dataset in flows.areas.datasets if dataset))
    counted = (flows.dataset,) if flows.dataset else ()
    return (*counted, *areas, *atlas.settings.schools)


def held_or(
    request: Request,
    atlas: Atlas,
    datasets: Sequence[str],
    make: Callable[[], bytes],
    media_type: str = JSON,
) -> Response:
    """An answer that depends on the request and some datasets alone; ``304`` when it is held.

    Parameters
    ----------
    make: the content, asked for only when the client does not hold it.
    """
    versions = [str(part) for part in atlas.key(datasets)]
    headers = cache_headers(etag_of(request, media_type, versions), pinned=False)
    held = not_modified(request, headers)
    return held or Response(make(), headers=headers, media_type=media_type)


def dump(document: Any) -> str:
    """A JSON text, as short as can be."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def amount(value: float | None, decimals: int = 1) -> float | int | None:
    """A number of pupils: whole where it is whole, ``None`` where there is none."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded


def metres(value: float) -> int | None:
    """A distance in whole metres; ``None`` where there is none."""
    return round(value) if math.isfinite(value) else None


def share(value: float) -> float | None:
    """A share to four decimals; ``None`` where there is none."""
    return round(float(value), 4) if math.isfinite(value) else None
