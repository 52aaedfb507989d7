"""`schools`: the schools atlas on the command line. Each part of the atlas is one file."""

from __future__ import annotations

import typer

from .access import access
from .card import card, compare
from .catchment import catchment
from .flows import areas, feeders, local
from .importing import import_
from .layers import layers
from .model import model
from .offers import chances, offers
from .overview import overview
from .places import forecast, places
from .validate import validate
from .what_if import replay, what_if

__all__ = ["app"]

app = typer.Typer(
    name="schools",
    help="The schools atlas: where pupils live, which schools they go to, and what would change.",
    no_args_is_help=True,
)

for command in (
    overview,
    areas,
    local,
    catchment,
    feeders,
    access,
    card,
    compare,
    layers,
    model,
    offers,
    chances,
    places,
    forecast,
    validate,
):
    app.command()(command)
app.command("import")(import_)
app.command("what-if")(what_if)
app.command("replay")(replay)
