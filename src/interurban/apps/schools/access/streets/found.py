"""The streets that a city's pack names for ways, and whether they may be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from interurban.apps.schools.access.settings import StreetSource, street_source
from interurban.apps.schools.reading import Atlas

from .network import Network, network_of

__all__ = ["CONNECTED", "LIMIT_M", "StreetsFound", "streets_of"]

CONNECTED = 0.9
"""The least share of all street length that has to hang together."""
LIMIT_M = 300.0
"""How far from a street a home or a school may be."""


@dataclass(frozen=True, eq=False)
class StreetsFound:
    """Streets that are loaded, or why there are none.

    Parameters
    ----------
    notes: known faults of the dataset, in words.
    network: ``None`` where nothing is loaded for the reader.
    against: why nobody can go along them, as a sentence; empty where one can.
    doubt: why nobody should unless it is asked for, as a sentence; empty without one.
    """

    source: StreetSource
    title: str
    vintage: str
    notes: str
    network: Network | None
    against: str
    doubt: str


def streets_of(atlas: Atlas) -> StreetsFound | None:
    """The streets that the pack names; ``None`` where it names none.

    Raises
    ------
    ConfigurationError: the pack names a dataset that is no ``street_segment``.
    """
    source = street_source(atlas.settings, atlas.node.packs)
    if source is None:
        return None
    return atlas.cached(f"streets {source}", (source.dataset,), lambda: _read(atlas, source))


def _read(atlas: Atlas, source: StreetSource) -> StreetsFound:
    dataset = atlas.node.dataset(source.dataset)
    told = (dataset.title, dataset.vintage, dataset.notes)
    snapshot = atlas.snapshot(source.dataset)
    table = atlas.table(source.dataset, ("road_class", "geometry"))
    if snapshot is None or table is None:
        against = f"{source.dataset} is not loaded."
        return StreetsFound(source, *told, None, against, "")
    lines = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    classes = (
        [one or "" for one in table["road_class"].to_pylist()]
        if "road_class" in table.column_names
        else [""] * len(lines)
    )
    network = network_of(shapely.transform(lines, atlas.project), classes)
    against = ""
    if network.connected < CONNECTED:
        against = (
            f"Of the streets of {source.dataset} only {network.connected:.0%} of the length hang "
            f"together, and {CONNECTED:.0%} are needed."
        )
    doubt = ""
    if snapshot.source.kind in source.not_for_ways:
        doubt = f"{source.dataset} as it is loaded here is not meant for ways: {source.because}"
    return StreetsFound(source, *told, network, against, doubt)
