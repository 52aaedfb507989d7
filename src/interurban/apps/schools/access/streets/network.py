"""Street lines as a network: pieces between junctions, and the largest part that hangs together.

Lines meet where they share a vertex; an end is drawn to a vertex that lies nearer than ``SNAP_M``.
Where lines cross without one, a street passes over or under another, and nobody turns: bridges and
tunnels need nothing else. On foot one-way does not hold, so every piece is walked both ways.
Motorways are left out. A graph of pieces with lengths, junctions as nodes, is the usual one of
street networks (Boeing 2017, *OSMnx: new methods for acquiring, constructing, analyzing, and
visualizing complex street networks*, Computers, Environment and Urban Systems 65, section 2.2).

All lengths are metres, all coordinates those of the city's working CRS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.subjects import Booleans, Floats, Indices

__all__ = ["CLOSED", "SNAP_M", "Doors", "Network", "doors_of", "network_of"]

Lines = NDArray[np.object_]

CLOSED = ("motorway",)
"""Classes of ``street_segment`` that nobody walks on."""
SNAP_M = 1.0
_GRAIN_M = 0.001
"""Vertices of files that were projected apart agree to this."""
_SLIVER_M = 1e-6


@dataclass(frozen=True, eq=False)
class Network:
    """The streets that hang together.

    Parameters
    ----------
    nodes: how many junctions and ends there are.
    ends: (pieces, 2), the nodes of each piece.
    lines: (pieces,), LineStrings between them. metres: (pieces,), their lengths, above 0.
    classes: (pieces,), ``road_class``; empty where none is stated.
    segments: lines that were read. closed: those of them that nobody walks on.
    length: of all others, in metres. connected: share of it that is in this network.
    """

    nodes: int
    ends: Indices
    lines: Lines
    metres: Floats
    classes: NDArray[np.str_]
    segments: int
    closed: int
    length: float
    connected: float

    @cached_property
    def starts(self) -> Floats:
        """Where each piece begins if all of them are laid in one line; (pieces,)."""
        return np.concatenate([[0.0], np.cumsum(self.metres)[:-1]])

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The pieces, to be searched by place."""
        return shapely.STRtree(self.lines)


def network_of(lines: Lines, classes: Sequence[str]) -> Network:
    """The network of some lines.

    Parameters
    ----------
    lines: (n,), LineStrings or MultiLineStrings; ``None`` and points are passed over.
    classes: (n,), ``road_class`` of each; empty where none is stated.
    """
    kinds = np.asarray(classes, dtype=np.str_)
    open_to_all = np.flatnonzero(~np.isin(kinds, CLOSED))
    parts, of = shapely.get_parts(lines[open_to_all], return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, of = parts[is_line], open_to_all[of[is_line]]
    ends, pieces, line = _cut_at_junctions(parts)
    metres = np.asarray(shapely.length(pieces), dtype=np.float64)
    kept, share = _largest(ends, metres)
    nodes, renamed = np.unique(ends[kept], return_inverse=True)
    return Network(
        nodes=len(nodes),
        ends=renamed.reshape(-1, 2).astype(np.int64),
        lines=pieces[kept],
        metres=metres[kept],
        classes=kinds[of[line[kept]]],
        segments=len(lines),
        closed=len(lines) - len(open_to_all),
        length=float(metres.sum()),
        connected=share,
    )


def _cut_at_junctions(parts: Lines) -> tuple[Indices, Lines, Indices]:
    """Nodes of each piece (n, 2), the pieces (n,), and the line each is of (n,)."""
    xy, line = shapely.get_coordinates(parts, return_index=True)
    if not len(xy):
        return np.empty((0, 2), np.int64), np.empty(0, object), np.empty(0, np.int64)
    first = np.r_[True, line[1:] != line[:-1]]
    points, vertex = _same_places(xy, _ends(line))
    # A vertex that stands twice in a row is one; ends that were drawn together make such.
    kept = first | np.r_[True, vertex[1:] != vertex[:-1]]
    line, vertex = line[kept], vertex[kept]
    junction = np.bincount(vertex, minlength=len(points)) > 1
    junction[vertex[_ends(line)]] = True
    stops = np.flatnonzero(junction[vertex])
    one_line = line[stops[:-1]] == line[stops[1:]]
    begin, end = stops[:-1][one_line], stops[1:][one_line]
    if not len(begin):
        return np.empty((0, 2), np.int64), np.empty(0, object), np.empty(0, np.int64)
    counts = end - begin + 1
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    inside = np.repeat(begin - before, counts) + np.arange(counts.sum())
    pieces = shapely.linestrings(
        points[vertex[inside]], indices=np.repeat(np.arange(len(begin)), counts)
    )
    ends = np.column_stack([vertex[begin], vertex[end]])
    return ends.astype(np.int64), pieces, line[begin].astype(np.int64)


def _ends(line: Indices) -> Booleans:
    """Which vertices are the first or the last of their line."""
    first = np.r_[True, line[1:] != line[:-1]]
    return np.asarray(first | np.r_[first[1:], True], dtype=np.bool_)


def _same_places(xy: Floats, at_end: Booleans) -> tuple[Floats, Indices]:
    """Places (p, 2), and the place of each vertex (n,), ends drawn to what is nearest to them."""
    from scipy.spatial import KDTree

    grain = np.round(xy / _GRAIN_M).astype(np.int64)
    grain -= grain.min(axis=0)
    key = grain[:, 0] * (int(grain[:, 1].max()) + 1) + grain[:, 1]
    _, example, vertex = np.unique(key, return_index=True, return_inverse=True)
    points = xy[example]
    loose = np.unique(vertex[at_end])
    near: Any = KDTree(points[loose]).sparse_distance_matrix(
        KDTree(points), SNAP_M, output_type="ndarray"
    )
    place = _joined(loose[near["i"]], near["j"], len(points))
    _, example = np.unique(place, return_index=True)
    return points[example], place[vertex].astype(np.int64)


def _largest(ends: Indices, metres: Floats) -> tuple[Booleans, float]:
    """Which pieces are in the part with the most length, and its share of all."""
    if not len(ends):
        return np.zeros(0, np.bool_), 0.0
    size = int(ends.max()) + 1
    part = _joined(ends[:, 0], ends[:, 1], size)
    lengths = np.bincount(part[ends[:, 0]], metres)
    largest = int(lengths.argmax())
    return part[ends[:, 0]] == largest, float(lengths[largest] / metres.sum())


def _joined(one: Indices, other: Indices, size: int) -> Indices:
    """The part that each of ``size`` things is in, if pairs of them are joined."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = (one.astype(np.int32), other.astype(np.int32))
    links = coo_array((np.ones(len(one)), pairs), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Doors:
    """Where points come to the street.

    Parameters
    ----------
    piece: (n,), of the network; -1 where no street is near.
    along: (n,), metres from the piece's first end. metres: (n,), straight to the street; NaN
        where none is near.
    """

    piece: Indices
    along: Floats
    metres: Floats

    @property
    def near(self) -> Booleans:
        """Which points have a street near."""
        return self.piece >= 0


def doors_of(network: Network, points: Floats, limit: float) -> Doors:
    """The nearest place on a street of each point.

    Parameters
    ----------
    points: (n, 2), x and y; NaN where there is none.
    limit: metres; what is further from every street has no door.
    """
    piece = np.full(len(points), -1, dtype=np.int64)
    along, metres = np.zeros(len(points)), np.full(len(points), np.nan)
    known = np.flatnonzero(np.isfinite(points[:, 0]))
    if len(network.lines) and len(known):
        made = shapely.points(points[known])
        (at, found), far = network.tree.query_nearest(
            made, max_distance=limit, return_distance=True, all_matches=False
        )
        piece[known[at]], metres[known[at]] = found, far
        way = shapely.line_locate_point(network.lines[found], made[at])
        # A door at the very end of a piece still belongs to it, and not to the next one.
        most = np.maximum(network.metres[found] - _SLIVER_M, 0.0)
        along[known[at]] = np.clip(way, 0.0, most)
    return Doors(piece, along, metres)
