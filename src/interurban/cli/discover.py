"""What a portal publishes: `discover`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from .options import AsJson
from .output import screen, show_json, show_table

__all__ = ["discover"]


def discover(
    portal: Annotated[
        str, typer.Argument(help="Kind and host, as socrata:data.cityofchicago.org.")
    ],
    words: Annotated[list[str] | None, typer.Argument(help="Words to look for.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Datasets to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search the catalogue of a Socrata or CKAN portal for datasets that `load` takes."""
    from interurban.sources import Fetching
    from interurban.sources.discovery import discover as search

    with TemporaryDirectory(prefix="interurban-") as work:
        listed = search(portal, " ".join(words or ()), fetching=Fetching(work=Path(work)))
        found = list(islice(listed, limit))
    if as_json:
        show_json(
            [
                {
                    "address": each.address,
                    "title": each.title,
                    "publisher": each.publisher,
                    "updated_at": each.updated_at and each.updated_at.isoformat(),
                    "url": each.url,
                }
                for each in found
            ]
        )
        return
    if not found:
        screen.print("The portal has nothing of that name. Try fewer words.")
        return
    show_table(
        ("address", "title", "updated"),
        [(e.address, e.title, f"{e.updated_at:%d %b %Y}" if e.updated_at else "") for e in found],
    )
    screen.print(f"\nLoad one with: interurban load {found[0].address}", style="dim")
