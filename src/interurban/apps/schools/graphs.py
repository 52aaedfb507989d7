"""Every graph of the schools atlas: what the catalogue of models finds of this app."""

from __future__ import annotations

from interurban.core.model import Graph

from .access.graphs import SCHOOL_ACCESS
from .interaction.graphs import SCHOOL_FLOWS
from .places.area_rolls import AREA_ROLLS
from .places.graphs import SCHOOL_PLACES

__all__ = ["graphs"]


def graphs() -> tuple[Graph, ...]:
    """Graphs of the atlas; each part of it adds its own."""
    return (SCHOOL_FLOWS, SCHOOL_PLACES, AREA_ROLLS, SCHOOL_ACCESS)
