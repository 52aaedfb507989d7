"""Shortest ways along a network to the doors of schools.

The network is cut where schools have their doors, so that a school and a home on the same piece
need no rule of their own. Ways are found from the schools by Dijkstra's algorithm (Dijkstra 1959,
*A note on two problems in connexion with graphs*, Numerische Mathematik 1), one search for all
where the nearest is asked for, one for each with a cutoff where all within reach are; every street
is walked both ways, so they hold from the homes, too.

All lengths are metres: along the street, with the straight piece at either end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interurban.apps.schools.subjects import Floats, Indices

from .network import Doors, Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Routes", "Spots", "distances", "nearest", "routes_of", "spots_of", "to_spots"]

_LEAST_M = 1e-6
"""A sparse graph knows no edge of length 0."""
_BYTES = 64 * 2**20
"""What the distances of the searches that are under way together may take."""


@dataclass(frozen=True, eq=False)
class Routes:
    """A network cut at the doors of schools, to be searched.

    Parameters
    ----------
    starts: (stretches,), where each stretch begins if all pieces are laid in one line.
    pieces: (stretches,), the piece of the network that it is a part of.
    ends: (stretches, 2), nodes at both ends. metres: (stretches,), lengths.
    graph: (nodes, nodes), sparse: lengths of streets both ways, and from each school to its door.
    first: node of the first school; those of all others follow.
    doors: (schools,), where schools come to the street.
    """

    network: Network
    starts: Floats
    pieces: Indices
    ends: Indices
    metres: Floats
    graph: csr_array
    first: int
    doors: Doors


def routes_of(network: Network, doors: Doors) -> Routes:
    """The network, cut where schools come to the street."""
    near = np.flatnonzero(doors.near)
    stops, stop = np.unique(
        np.column_stack([doors.piece[near], doors.along[near]]), axis=0, return_inverse=True
    )
    stop = stop.reshape(-1)
    piece = np.concatenate([np.arange(len(network.metres)), stops[:, 0].astype(np.int64)])
    along = np.concatenate([np.zeros(len(network.metres)), stops[:, 1]])
    node = np.concatenate([network.ends[:, 0], network.nodes + np.arange(len(stops))])
    order = np.lexsort((np.arange(len(piece)), along, piece))
    piece, along, node = piece[order], along[order], node[order]
    last = np.r_[piece[1:] != piece[:-1], True] if len(piece) else np.zeros(0, np.bool_)
    to = np.where(last, network.ends[piece, 1], np.r_[node[1:], -1][: len(node)])
    until = np.where(last, network.metres[piece], np.r_[along[1:], 0.0][: len(along)])
    metres = np.maximum(until - along, _LEAST_M)
    first = network.nodes + len(stops)
    ends = np.column_stack([node, to]).astype(np.int64)
    return Routes(
        network=network,
        starts=network.starts[piece] + along if len(piece) else along,
        pieces=piece,
        ends=ends,
        metres=metres,
        graph=_graph(
            ends,
            metres,
            (first + near, network.nodes + stop, doors.metres[near]),
            first + len(doors.piece),
        ),
        first=first,
        doors=doors,
    )


def _graph(
    ends: Indices, metres: Floats, doors: tuple[Indices, Indices, Floats], size: int
) -> csr_array:
    """Streets both ways, the shortest of several between the same nodes; doors from schools."""
    from scipy.sparse import csr_array

    low, high = ends.min(axis=1, initial=size), ends.max(axis=1, initial=-1)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], metres[order]
    new = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])][: len(low)]
    kept = new & (low != high)
    low, high, metres = low[kept], high[kept], metres[kept]
    rows = np.concatenate([low, high, doors[0]])
    columns = np.concatenate([high, low, doors[1]])
    values = np.concatenate([metres, metres, np.maximum(doors[2], _LEAST_M)])
    places = (rows.astype(np.int32), columns.astype(np.int32))
    return csr_array((values, places), shape=(size, size))


@dataclass(frozen=True, eq=False)
class Spots:
    """Places on the streets that ways are asked for.

    Parameters
    ----------
    stretch: (n,), of the routes. along: (n,), metres from its first end.
    metres: (n,), straight to the street.
    """

    stretch: Indices
    along: Floats
    metres: Floats

    def taken(self, which: Indices) -> Spots:
        """Some of them."""
        return Spots(self.stretch[which], self.along[which], self.metres[which])


def spots_of(routes: Routes, doors: Doors) -> Spots:
    """Doors of anything that has a street near, as places on the cut network."""
    at = routes.network.starts[doors.piece] + doors.along
    stretch = np.searchsorted(routes.starts, at, side="right") - 1
    along = np.clip(at - routes.starts[stretch], 0.0, routes.metres[stretch])
    return Spots(stretch.astype(np.int64), along, doors.metres)


def to_spots(routes: Routes, spots: Spots, at_nodes: Floats) -> Floats:
    """Length of the ways to spots, from those to all nodes; (..., n).

    Parameters
    ----------
    at_nodes: (..., nodes), infinite where there is none.
    """
    one, other = routes.ends[spots.stretch].T
    back = routes.metres[spots.stretch] - spots.along
    by_street = np.minimum(at_nodes[..., one] + spots.along, at_nodes[..., other] + back)
    return np.asarray(by_street + spots.metres, dtype=np.float64)


def nearest(routes: Routes, schools: Indices, spots: Spots) -> tuple[Indices, Floats]:
    """The nearest of some schools to each spot, and how far it is.

    Parameters
    ----------
    schools: places among those that the routes were cut for, each with a door.

    Returns
    -------
    Places in ``schools``; metres.
    """
    from scipy.sparse.csgraph import dijkstra

    found, _, sources = dijkstra(
        routes.graph,
        directed=True,
        indices=routes.first + schools,
        min_only=True,
        return_predecessors=True,
    )
    one, other = routes.ends[spots.stretch].T
    by_one = found[one] + spots.along
    by_other = found[other] + routes.metres[spots.stretch] - spots.along
    source = np.where(by_one <= by_other, sources[one], sources[other])
    place = np.full(routes.graph.shape[0], -1, dtype=np.int64)
    place[routes.first + schools] = np.arange(len(schools))
    return place[source], np.minimum(by_one, by_other) + spots.metres


def distances(routes: Routes, schools: Indices, limit: float) -> Iterator[tuple[int, Floats]]:
    """Ways from schools to all nodes, school by school, in bounded memory.

    Parameters
    ----------
    schools: as in ``nearest``.
    limit: metres; nodes further away are infinitely far.

    Yields
    ------
    Place in ``schools``; (nodes,), metres.
    """
    from scipy.sparse.csgraph import dijkstra

    together = max(1, _BYTES // (8 * max(1, routes.graph.shape[0])))
    for begin in range(0, len(schools), together):
        some = schools[begin : begin + together]
        found = dijkstra(routes.graph, directed=True, indices=routes.first + some, limit=limit)
        yield from enumerate(found, start=begin)
