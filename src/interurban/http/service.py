"""What every route needs: the node and its runs, settings, threads, counters."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from interurban.catalog.node import Node
from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot

from .conditional import cache_headers, etag_of, not_modified
from .desk import Desk
from .identity import reader_of
from .links import base_url
from .metrics import Metrics
from .settings import Settings
from .workers import Workers

__all__ = ["JSON", "Service", "held_or_json", "json_answer", "service"]

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Service:
    """One node being served."""

    node: Node
    settings: Settings
    workers: Workers
    metrics: Metrics
    desk: Desk

    def base(self, request: Request) -> str:
        """Scheme and host people reach the node at."""
        return base_url(request, self.settings.public_url)

    def workers_for(self, *datasets: str) -> Workers:
        """The threads for a question: this node's, or those that wait for a partner it is put to.

        Parameters
        ----------
        datasets: that the question is about or leans on.
        """
        for dataset in datasets:
            partner = self.node.partner(dataset)
            if partner is not None:
                return self.workers.beside(partner.id)
        return self.workers

    def described(self, dataset_id: str) -> tuple[City, Dataset]:
        """A dataset and its city.

        Raises
        ------
        UnknownDataset: no pack describes it.
        """
        dataset = self.node.dataset(dataset_id)
        return self.node.city(dataset.city), dataset


def service(request: Request) -> Service:
    """The service of the app a request came to, with the node as its reader sees it."""
    found: Service = request.app.state.service
    reader = reader_of(request)
    node = found.node.seen_by(reader)
    return (
        found if node is found.node else replace(found, node=node, desk=found.desk.seen_by(reader))
    )


def json_answer(
    document: Any, headers: dict[str, str] | None = None, media_type: str = JSON
) -> Response:
    """A JSON document."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(body.encode("utf-8", "replace"), headers=headers, media_type=media_type)


def held_or_json(
    request: Request, document: Any, snapshots: list[Snapshot], media_type: str = JSON
) -> Response:
    """A document about some snapshots, or ``304`` when the client holds it already.

    For documents that cost nothing to make; the content itself is part of the validator, so that
    a changed city pack is seen as well.
    """
    answer = json_answer(document, media_type=media_type)
    versions = [snapshot.version for snapshot in snapshots]
    headers = cache_headers(etag_of(request, media_type, [*versions, answer.body]), pinned=False)
    held = not_modified(request, headers)
    if held is not None:
        return held
    answer.headers.update(headers)
    return answer
