"""What every route of the atlas reads from a request: the city's atlas, and the set of flows."""

from __future__ import annotations

from starlette.requests import Request

from interurban.apps.schools.reading import Atlas, Kept, open_atlas
from interurban.http.service import service

__all__ = ["atlas_of"]


def atlas_of(request: Request) -> Atlas:
    """The atlas of the city in the address, as the request's reader may see it.

    Call it on a worker's thread: it may read tables.

    Raises
    ------
    UnknownCity. BadRequest: the city has no atlas.
    """
    kept: Kept = request.app.state.schools
    return open_atlas(service(request).node, request.path_params["city"], kept)
