"""The ways in: portals and files, each giving Arrow batches through one ``Reading``.

A connector is a module with one function, ``open_source(spec, fetching, since)``. It is imported
when a source of its type is first opened, so that a plain file needs no portal's client.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError

from .reading import (
    GEOMETRY_COLUMN,
    ROW_COLUMN,
    Broken,
    Fetching,
    Limits,
    Reading,
)
from .unpivot import unpivoted

__all__ = [
    "CONNECTORS",
    "GEOMETRY_COLUMN",
    "ROW_COLUMN",
    "Broken",
    "Fetching",
    "Limits",
    "Reading",
    "open_source",
]

CONNECTORS = {
    "arcgis": ".arcgis",
    "ckan": ".ckan",
    "files": ".files",
    "ogcapi": ".ogcapi",
    "opendatasoft": ".opendatasoft",
    "socrata": ".socrata",
}
"""The ``type`` of a source, and the module that opens it."""


class _Connector(Protocol):
    def open_source(
        self, spec: SourceSpec, fetching: Fetching, since: SourceFacts | None
    ) -> Reading | None: ...


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a source and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; a connector that can continues from there.

    Returns
    -------
    The reading, to be closed by the caller; ``None`` when nothing has changed since.

    Raises
    ------
    ConfigurationError: no connector of that type, or an option it does not know.
    MappingError: the columns that are to become rows are not there.
    SourceError: the source cannot be reached or read.
    TooMuch: over one of ``fetching.limits``.
    """
    module = CONNECTORS.get(spec.type)
    if module is None:
        raise ConfigurationError(
            f'There is no source of type "{spec.type}".',
            advice=f"Use one of: {', '.join(sorted(CONNECTORS))}.",
            part="type",
        )
    connector = cast("_Connector", import_module(module, __package__))
    reading = connector.open_source(spec, fetching, since)
    if reading is None or spec.unpivot is None:
        return reading
    if reading.incremental:
        # What is changed or removed comes by the key of a wide row, which no long row has.
        reading.close()
        reading = connector.open_source(spec, fetching, None)
    return None if reading is None else unpivoted(reading, spec.unpivot)
