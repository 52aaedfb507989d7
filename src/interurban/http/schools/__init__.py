"""The schools atlas over HTTP: `/api/schools/...`. Each part of the atlas is one file."""

from __future__ import annotations

from starlette.routing import Route

from . import (
    access,
    card,
    catchments,
    feeders,
    flows,
    imports,
    layers,
    local,
    model,
    offers,
    overview,
    parts,
    places,
    school_points,
    validation,
    what_if,
)
from .school_points import prepare

__all__ = ["prepare", "routes"]


def routes() -> list[Route]:
    """Every address of the atlas."""
    return [
        *overview.routes(),
        *parts.routes(),
        *imports.routes(),
        *school_points.routes(),
        *flows.routes(),
        *local.routes(),
        *catchments.routes(),
        *feeders.routes(),
        *layers.routes(),
        *validation.routes(),
        *places.routes(),
        *access.routes(),
        *model.routes(),
        *offers.routes(),
        *what_if.routes(),
        # Last: an id may hold a slash, so that a card's address ends in anything.
        *card.routes(),
    ]
