"""From a request to the question it asks: a ``Query`` pinned to one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.requests import Request

from interurban.catalog.node import Node
from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.errors import InterurbanError
from interurban.core.query import ByArea, InArea, Query
from interurban.query.parameters import Kind, read_parameters

from .crs import Crs, find_crs

__all__ = ["Question", "read_question", "versions_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks.

    Parameters
    ----------
    query: pinned to ``snapshot`` by its version, so that a load that commits meanwhile changes
        nothing in the answer.
    crs: what coordinates are to be given in.
    pinned: the request itself named a version.
    """

    city: City
    dataset: Dataset
    snapshot: Snapshot
    query: Query
    crs: Crs
    pinned: bool

    @property
    def datasets(self) -> tuple[str, ...]:
        """The dataset, then the boundary datasets that the question leans on."""
        places, groups = self.query.places, self.query.groups
        boundaries = [place.boundary for place in places if isinstance(place, InArea)]
        boundaries += [group.boundary for group in groups if isinstance(group, ByArea)]
        return (self.dataset.id, *boundaries)

    @property
    def filters(self) -> Query:
        """The same rows, whatever the page, the order and the columns."""
        return replace(
            self.query,
            fields=(),
            order=(),
            limit=None,
            offset=0,
            after=None,
            measures=(),
            groups=(),
        )


def read_question(request: Request, node: Node, kind: Kind, *further: str) -> Question:
    """The question of a request to something below ``/collections/{dataset}``.

    Parameters
    ----------
    kind: the kind of answer, which says what parameters it knows.
    further: parameters of the route itself, which say nothing about rows.

    Raises
    ------
    BadRequest, NotFound: the parameter at fault is ``part``.
    """
    dataset = node.dataset(request.path_params["dataset"])
    city = node.city(dataset.city)
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] not in further]
    snapshot = node.snapshot(dataset.id)
    query = read_parameters(pairs, snapshot, city, kind)
    if query.as_of is not None:
        then = node.snapshot(dataset.id, query.as_of)
        if then.version != snapshot.version:  # an older version may have had other fields
            snapshot, query = then, read_parameters(pairs, then, city, kind)
    return Question(
        city=city,
        dataset=dataset,
        snapshot=snapshot,
        query=replace(query, as_of=snapshot.version),
        crs=find_crs(request.query_params.get("crs"), city),
        pinned=isinstance(query.as_of, int),
    )


def versions_of(node: Node, question: Question) -> Iterator[object]:
    """Everything an answer is read from: its snapshot and those of the areas it leans on."""
    yield question.snapshot.version
    yield question.snapshot.content_hash
    yield question.snapshot.release
    yield node.conditions(question.dataset.id)
    for boundary in question.datasets[1:]:
        try:
            yield node.snapshot(boundary).version
        except InterurbanError:
            yield boundary  # the answer itself says what is wrong with it
