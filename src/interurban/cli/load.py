"""Bring data in: `load`, for a dataset or a city that a pack describes, or for any file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest, UnknownDataset

from .load_file import Columns, FileWishes, load_file
from .loads import Job, load_all
from .options import City, Home, Mirror, SocrataToken, open_node
from .output import counted, screen
from .personal_data import tell_findings
from .plan import app_tokens, in_order, tell, tokens_of
from .progress import bars

if TYPE_CHECKING:
    from interurban.catalog.node import Node
    from interurban.core.dataset import Dataset

__all__ = ["load"]


def load(
    what: Annotated[
        list[str],
        typer.Argument(metavar="WHAT...", help="Ids, cities, or your own files."),
    ],
    mirror: Mirror = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the portals, even where a mirror is named.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything again, not only what is new.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="For a file: its dataset, as city.name."),
    ] = None,
    city: City = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="FIELD=EXPRESSION", help="For a file: how a field is made. Repeatable."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="COLUMN=TYPE", help="For a file: correct a guessed type. Repeatable."
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="For a file: how it is read, as layer=roads, sheet=2, crs=EPSG:2263, "
            "encoding=cp1251, delimiter=;, member=a.csv, records=data.items or skip=3. Repeatable.",
        ),
    ] = None,
    unpivot: Annotated[
        list[str] | None,
        typer.Option(
            "--unpivot",
            metavar="COLUMNS",
            help="For a file: columns that become rows: one regular expression of their headers, "
            "or each header by itself (repeatable); no keeps the table wide.",
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--unpivot-into",
            metavar="[HEADER,]VALUE",
            help="For a file: names of the columns that --unpivot makes.",
        ),
    ] = None,
    drop_blanks: Annotated[
        bool,
        typer.Option("--drop-blanks", help="For a file: blank cells of --unpivot are no rows."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="For a file: take the guess without asking.")
    ] = False,
    socrata_token: SocrataToken = None,
    home: Home = None,
) -> None:
    """Load datasets of the packs, any file of your own, or a portal's dataset by its address.

    A dataset or a city comes from the mirror if one is named, else from its portal. A file is
    looked at first: what its columns are, where its place and time stand, its CRS and encoding
    are shown, and can be corrected with --option, --map and --type before anything is stored. So
    is what an address names: a URL, or socrata:data.cityofchicago.org/ijzp-q8t2 (find more with
    `discover`).

    A table with a column for each month or year becomes long: a row for each of its cells. Say
    which columns with --unpivot '(?P<year>[0-9]{4})', or keep it wide with --unpivot no.

    What breaks the standard is left out, never silently: see it with `interurban rejects`.
    """
    source = None if live else mirror
    with open_node(home) as node:
        root = node.home.root
        files = [each for each in what if _is_own(node, each)]
        names = [each for each in what if not _is_own(node, each)]
        datasets = [dataset for each in names for dataset in _named(node, each, source)]
        tokens = app_tokens(datasets, socrata_token)
        if len(files) > 1 and name is not None:
            raise BadRequest(
                "--as names one dataset, and several files are given.",
                advice="Load them one by one.",
                part="as",
            )
        for file in files:
            own = tokens_of(file, socrata_token)
            columns = Columns(tuple(unpivot or ()), into, drop_blanks)
            wishes = FileWishes(
                name, city, option or (), field or (), kind or (), columns, yes, own
            )
            load_file(node, file, wishes)
    if not datasets:
        return
    jobs = [Job(each.id, source, full, tokens) for each in in_order(datasets, source)]
    with bars() as shown:
        outcomes = load_all(root, jobs, shown, lambda outcome: tell(outcome, shown))
    came = [outcome for outcome in outcomes if outcome.error is None]
    rows = sum(outcome.rows for outcome in came)
    screen.print(f"Loaded {len(came)} of {len(jobs)} datasets, {counted(rows, 'row')}.")
    tell_findings(root, sorted(outcome.dataset for outcome in came))
    if len(came) < len(jobs):
        sys.exit(1)


def _is_own(node: Node, text: str) -> bool:
    """Whether it is a file, the URL of one, or a portal's dataset by address."""
    from interurban.sources.discovery import is_address

    web = text.startswith(("https://", "http://"))
    return web or is_address(text) or (text not in node.cities and Path(text).is_file())


def _named(node: Node, text: str, mirror: Path | None) -> list[Dataset]:
    """A dataset by id, or all of a city that can be had from the mirror or the portals.

    Raises
    ------
    UnknownDataset: neither, and no such file.
    """
    from interurban.catalog.loading import Origin

    if text in node.cities:
        origin = Origin(mirror)
        own = [dataset for dataset in node.own.datasets() if dataset.city == text]
        return [dataset for dataset in own if origin.source(dataset) is not None]
    try:
        return [node.dataset(text)]
    except UnknownDataset as error:
        raise UnknownDataset(
            f"There is no dataset, city or file {text!r}.", advice=error.advice, part=text
        ) from error
