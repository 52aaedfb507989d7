"""Make a synthetic city: `synth`."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest

from .options import Home, open_node
from .output import counted, screen
from .progress import bars

if TYPE_CHECKING:
    from interurban.catalog.node import Node

__all__ = ["add_demonstration", "synth", "to_rows"]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmb]?)", re.IGNORECASE)
_FACTOR = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def synth(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where to write.", file_okay=False)
    ],
    city: Annotated[
        str,
        typer.Option(
            "--city",
            metavar="ID",
            help="The city's pack to fill; sampleton is a made-up one, on which every model runs.",
        ),
    ] = "sampleton",
    rows: Annotated[
        str, typer.Option(metavar="NUMBER", help="Events in all, from 10k to 1B.")
    ] = "100k",
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another city.")] = 1,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day after the last one on record.",
            show_default="2026-07-01",
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="ID", help="Only this dataset; again for another."),
    ] = None,
    home: Home = None,
) -> None:
    """Make a synthetic city: plausible, of any size, the same for the same seed.

    Streets, areas, water and parks; events that crowd in places and follow season, weekday and
    hour; and people who are born, move and die, with their homes and schools. Nothing in it was
    observed, and everything made from it says SYNTHETIC.

    A synthetic Chicago or London has the datasets of that city. Sampleton, the demonstration city,
    has one on every standard, so that every model runs.
    """
    from interurban import synth as maker

    with open_node(home) as node:
        if city == maker.DEMONSTRATION:
            add_demonstration(node)
        described = node.city(city)
        wanted = [node.dataset(name) for name in dataset or ()]
        datasets = wanted or [each for each in node.datasets() if each.city == city]
    with bars() as shown, shown.group() as group:

        def progress(name: str, done: int, total: int) -> None:
            group.advance(name, rows=done, total=total)
            if done >= total:
                group.finish(name)

        last = until.date() if until else maker.UNTIL
        folder = maker.write_city(
            described, datasets, out, rows=to_rows(rows), seed=seed, until=last, progress=progress
        )
    made = sum(table.rows for table in folder.tables.values())
    screen.print(
        f"{counted(made, 'SYNTHETIC row')} in {counted(len(folder.tables), 'dataset')} written."
    )
    screen.print(f"Load them with: interurban load {city} --mirror {out}")
    if city == maker.DEMONSTRATION and not wanted:
        shares = maker.write_type_shares(described, out, seed=seed, until=last)
        screen.print(f"For household_type_projection: --input household_type_shares={shares}")


def add_demonstration(node: Node) -> None:
    """Have the demonstration city among the cities of a node."""
    from interurban.synth import keep_pack

    node.home.create()
    keep_pack(node.home.packs, node.home.scratch_folder())
    node.look_again()


def to_rows(text: str) -> int:
    """A number of rows as people write it: ``10k``, ``2.5M``, ``1B``.

    Raises
    ------
    BadRequest: it is no such number.
    """
    found = _SIZE.fullmatch(text.replace(",", "").replace("_", "").strip())
    if found is None:
        raise BadRequest(
            f"{text!r} is not a number of rows.", advice="Write it as 10k, 5M or 1B.", part="rows"
        )
    return round(float(found[1]) * _FACTOR[found[2].lower()])
