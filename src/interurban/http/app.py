"""The ASGI app, as a table of contents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from interurban import __version__
from interurban.accounts import Accounts
from interurban.apps.schools.reading import Kept
from interurban.catalog.node import Node
from interurban.core.errors import InterurbanError
from interurban.workspace import Catalogue, Workspace

from . import (
    accounts_api,
    agreements_api,
    alliance_api,
    apps_api,
    audit_api,
    catalogue,
    compare_api,
    disclosure_api,
    explain,
    figures,
    health,
    items,
    jobs,
    landing,
    models_api,
    openapi,
    personal_data_api,
    policies_api,
    privacy_api,
    processes,
    records,
    run_tables,
    runs_api,
    schools,
    search_line,
    sign_in,
    tiles,
    together_api,
    web,
)
from .compression import Compressed
from .desk import Desk
from .guard import Guarded
from .identity import Identified
from .limits import Limits
from .metrics import Metrics
from .observation import Observed
from .partners import Partners
from .problems import http_exception, interurban_error
from .service import Service
from .settings import Settings
from .workers import Workers

__all__ = ["create_app", "routes"]

_EXPOSED = [
    *("Content-Crs", "Content-Disposition", "ETag", "Link"),
    *("X-Interurban-As-Of", "X-Interurban-Attribution", "X-Interurban-Licence"),
    *("X-Interurban-Modelled", "X-Interurban-Node", "X-Interurban-Source"),
    "X-Interurban-Synthetic",
    "X-Interurban-Version",
]
_A_DAY_S = 86_400
_SIGN_INS_AT_ONCE = 2
"""Passwords that are compared at once: each takes 64 MiB and a core for a while."""

_APPS = "interurban.apps"
"""The package whose parts bring models."""


def create_app(
    node: Node, settings: Settings | None = None, models: Catalogue | None = None
) -> FastAPI:
    """The web face of a node.

    Parameters
    ----------
    node: stays open as long as the app runs; closing it is its owner's work.
    settings: how it is served; read from the environment when absent.
    models: what can be run; every app's own when absent.

    Raises
    ------
    ConfigurationError: a setting in the environment is wrong.
    InvalidGraph: an app brings models that can't be joined.
    StoreError: the record of runs, or that of people, can't be opened.
    """
    settings = settings or Settings.from_environment()
    models = models if models is not None else Catalogue.discover(_APPS)
    _ = models.plans  # joined now: what can't be is said before anybody is let in
    metrics = Metrics(node.own)
    accounts = Accounts(
        node.home.root,
        idle=timedelta(seconds=settings.session_idle_s),
        longest=timedelta(seconds=settings.session_s),
    )
    desk = Desk(
        Workspace(node, models),
        settings,
        peopled=lambda: not accounts.register.is_empty(),
    )
    partners = Partners(node, settings.title)
    workers = Workers(settings.workers, settings.timeout_s, settings.export_timeout_s)
    atlases = Kept()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        node.prepare()
        first = asyncio.create_task(asyncio.to_thread(schools.prepare, node, atlases))
        closing = asyncio.Event()
        upkeep = asyncio.create_task(desk.look_after(closing))
        partners.start()
        yield
        closing.set()
        await first
        await upkeep
        await partners.close()
        workers.close()
        desk.workspace.close()
        accounts.close()

    app = FastAPI(
        title="Interurban",
        version=__version__,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers={
            InterurbanError: interurban_error,
            HTTPException: http_exception,
        },
    )
    app.state.service = Service(node, settings, workers, metrics, desk)
    app.state.accounts = accounts
    app.state.partners = partners
    app.state.schools = atlases
    app.state.sign_in_turns = CapacityLimiter(_SIGN_INS_AT_ONCE)
    app.state.static_files = web.list_files(settings.web_root)
    app.router.routes = [_named(route) for route in routes()]
    # The last one added is the first a request meets.
    app.add_middleware(Compressed)
    app.add_middleware(
        Identified,
        accounts=accounts,
        limits=Limits(settings.requests_per_s, settings.request_burst),
        public_url=settings.public_url,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[settings.allow_origin],
        allow_methods=["GET", "HEAD"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
        max_age=_A_DAY_S,
    )
    app.add_middleware(
        Guarded, max_url_bytes=settings.max_url_bytes, public_url=settings.public_url
    )
    app.add_middleware(Observed, metrics=metrics)
    return app


def routes() -> list[Route]:
    """Every address; the app's own files and views come last, as they match anything."""
    return [
        *landing.routes(),
        *openapi.routes(),
        *items.routes(),
        *figures.routes(),
        *explain.routes(),
        *records.routes(),
        *tiles.routes(),
        *catalogue.routes(),
        *search_line.routes(),
        *processes.routes(),
        *jobs.routes(),
        *apps_api.routes(),
        *models_api.routes(),
        *runs_api.routes(),
        *run_tables.routes(),
        *compare_api.routes(),
        *audit_api.routes(),
        *policies_api.routes(),
        *personal_data_api.routes(),
        *privacy_api.routes(),
        *disclosure_api.routes(),
        *sign_in.routes(),
        *accounts_api.routes(),
        *alliance_api.routes(),
        *together_api.routes(),
        *agreements_api.routes(),
        *schools.routes(),
        *health.routes(),
        *web.routes(),
    ]


def _named(route: Route) -> BaseRoute:
    """The route, which tells the outer layers its template: the metrics count by it."""
    inner = route.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["interurban.route"] = route.path
        await inner(scope, receive, send)

    route.app = app
    return route
