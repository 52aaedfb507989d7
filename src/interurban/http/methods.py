"""Addresses that do several things: one route, a function for each method."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["Handler", "by_method"]

Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, **handlers: Handler) -> Route:
    """A route that calls ``get``, ``post``, ``put``, ``patch`` or ``delete``; others are refused.

    A single route, so that a refusal names every method that there is.
    """
    known = {method.upper(): handler for method, handler in handlers.items()}

    async def handle(request: Request) -> Response:
        return await known["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(known))
